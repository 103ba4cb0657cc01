import { pingpong } from '../lib/shapes.js'

export default pingpong({
  name: 'tcp-pingpong-1B',
  size: 1,
  peer: 'c',
  about: 'one byte to an echo server in C and back, blocking, over loopback TCP, both on one CPU',
  targets: [
    { driver: 'berkeley', metric: 'rate', against: 'c', atLeast: 0.95 },
    { driver: 'berkeley', metric: 'rate', against: 'cpython', atLeast: 1 },
  ],
})
