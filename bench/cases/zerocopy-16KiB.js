import { zeroCopy } from '../lib/zero-copy-shapes.js'

export default zeroCopy({
  name: 'zerocopy-16KiB',
  size: 16384,
  device: 'bridge',
  count: 640,
  about: 'datagrams of 16 KiB that leave by a device, sixteen under way: sendZeroCopyAsync beside sendAsync',
})
