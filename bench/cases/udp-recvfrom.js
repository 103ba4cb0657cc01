import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-recvfrom',
  mode: 'recvfrom',
  about: 'datagrams of 64 bytes, one at a time: recvfromInto',
  targets: [{ driver: 'berkeley', metric: 'time', against: 'cpython', atMost: 1 }],
})
