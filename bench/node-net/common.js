import { createServer } from 'node:net'
import { BACKLOG, tellPort } from '../lib/program.js'

/**
 * Listens on a free port and tells it.
 * @param {(conn: import('node:net').Socket) => void} serve
 */
export function listenLoopback(serve) {
  const server = createServer({ noDelay: true }, serve)
  server.listen(0, '127.0.0.1', BACKLOG, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') tellPort(address.port)
  })
}
