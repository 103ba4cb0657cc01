import { pingpong } from '../lib/shapes.js'

export default pingpong({
  name: 'tcp-pingpong-1B-both',
  size: 1,
  peer: 'self',
  about: 'like tcp-pingpong-1B, but with the echo server in the same language too',
  targets: [{ driver: 'berkeley', metric: 'rate', against: 'c', atLeast: 0.95 }],
})
