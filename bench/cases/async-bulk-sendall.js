import { asyncBulk } from '../lib/async-shapes.js'

export default asyncBulk({
  mode: 'sendall',
  about:
    'sendallAsync of 64 KiB to a sink in C over loopback TCP, until the sink says that it has all; in C send, blocking; on one CPU',
})
