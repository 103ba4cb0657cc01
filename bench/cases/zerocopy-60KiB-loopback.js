import { zeroCopy } from '../lib/zero-copy-shapes.js'

export default zeroCopy({
  name: 'zerocopy-60KiB-loopback',
  size: 61440,
  device: 'lo',
  count: 640,
  about: 'the same over loopback, where the kernel copies after all',
})
