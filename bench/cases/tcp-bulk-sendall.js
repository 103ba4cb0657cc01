import { bulk } from '../lib/shapes.js'

export default bulk({
  mode: 'sendall',
  placement: 'free',
  about: 'sendall of 64 KiB to a sink in C over loopback TCP, until the sink says that it has all',
  throughput: 0.95,
})
