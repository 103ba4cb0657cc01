import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-sendto',
  mode: 'sendto',
  about: 'datagrams of 64 bytes, one at a time: sendto',
  targets: [{ driver: 'berkeley', metric: 'time', against: 'cpython', atMost: 1 }],
})
