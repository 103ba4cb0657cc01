import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-send',
  mode: 'send',
  about: 'datagrams of 64 bytes from batches of 64 (CPython: one at a time), each with its address',
  targets: [{ driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.1 }],
})
