import { zeroCopy } from '../lib/zero-copy-shapes.js'

export default zeroCopy({
  name: 'zerocopy-60KiB',
  size: 61440,
  device: 'bridge',
  count: 640,
  about: 'datagrams of 60 KiB that leave by a device, sixteen under way: sendZeroCopyAsync beside sendAsync',
})
