import { bulk } from '../lib/shapes.js'

export default bulk({
  mode: 'recv',
  placement: 'free',
  about: 'recv(65536) from a source in C over loopback TCP: each call makes a buffer, but in C',
  throughput: 0.85,
})
