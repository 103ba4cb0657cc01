import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-gso',
  mode: 'gso',
  about: '50 datagrams of 1,200 bytes in one message that the kernel cuts (UDP_SEGMENT), and in batches without it',
  targets: [{ driver: 'berkeley', metric: 'gain', atLeast: 4 }],
})
