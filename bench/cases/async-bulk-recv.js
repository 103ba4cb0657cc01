import { asyncBulk } from '../lib/async-shapes.js'

export default asyncBulk({
  mode: 'recv',
  about: 'recvAsync(65536) from a source in C over loopback TCP; in C recv, blocking; on one CPU',
})
