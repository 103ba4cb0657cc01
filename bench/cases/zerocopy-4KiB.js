import { zeroCopy } from '../lib/zero-copy-shapes.js'

export default zeroCopy({
  name: 'zerocopy-4KiB',
  size: 4096,
  device: 'bridge',
  count: 640,
  about: 'datagrams of 4 KiB that leave by a device, sixteen under way: sendZeroCopyAsync beside sendAsync',
})
