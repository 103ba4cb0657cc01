import { bulk } from '../lib/shapes.js'

export default bulk({
  mode: 'recvInto',
  placement: 'free',
  about: 'recvInto of one 64 KiB buffer from a source in C over loopback TCP',
  throughput: 0.95,
})
