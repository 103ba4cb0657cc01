import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-receive',
  mode: 'receive',
  about: 'datagrams of 64 bytes into batches of 64 (CPython: one at a time), looking at each and at its sender',
  targets: [{ driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.1 }],
})
