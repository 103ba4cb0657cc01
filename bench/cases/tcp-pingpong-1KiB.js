import { pingpong } from '../lib/shapes.js'

export default pingpong({
  name: 'tcp-pingpong-1KiB',
  size: 1024,
  peer: 'c',
  about: '1024 bytes to an echo server in C and back, blocking, over loopback TCP, both on one CPU',
  targets: [{ driver: 'berkeley', metric: 'rate', against: 'c', atLeast: 0.95 }],
})
