import { flood } from '../lib/udp-shapes.js'

export default flood({
  name: 'udp-flood',
  mode: 'sync',
  about:
    'datagrams of 64 bytes as fast as another CPU can send: recvmmsg; CPython one at a time, node:dgram an event each',
  targets: [{ driver: 'berkeley', metric: 'rate', against: 'node-dgram', atLeast: 4 }],
})
