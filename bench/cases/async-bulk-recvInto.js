import { asyncBulk } from '../lib/async-shapes.js'

export default asyncBulk({
  mode: 'recvInto',
  about: 'recvIntoAsync of one 64 KiB buffer from a source in C over loopback TCP; in C recv, blocking; on one CPU',
})
