import { datagrams } from '../lib/udp-shapes.js'

export default datagrams({
  name: 'udp-receive-async',
  mode: 'receive-async',
  about: 'the same with promises: recvmmsgAsync into batches of 64',
  targets: [{ driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.2 }],
})
