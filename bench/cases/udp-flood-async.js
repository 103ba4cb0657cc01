import { flood } from '../lib/udp-shapes.js'

export default flood({
  name: 'udp-flood-async',
  mode: 'async',
  about: 'the same flood with promises: recvmmsgAsync',
  targets: [{ driver: 'berkeley', metric: 'rate', against: 'node-dgram', atLeast: 4 }],
})
