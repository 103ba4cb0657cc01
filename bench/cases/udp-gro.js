import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-gro',
  mode: 'gro',
  about: '50 datagrams of 1,200 bytes in one message that the kernel has joined (UDP_GRO), and in batches without it',
  targets: [{ driver: 'berkeley', metric: 'gain', atLeast: 4 }],
})
