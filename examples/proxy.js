/**
 * A TCP proxy whose bytes stay in the kernel: two spliceAsync for each client, one per direction. At the end of one
 * direction the other may go on, so that end is passed on by shutdown, and the sockets are closed after both.
 */
import { createConnectionAsync, createServer, SHUT_WR, SocketError } from 'berkeley'

const USAGE = `Usage: node proxy.js target-host target-port [port]
  target-host, target-port  where to pass connections on to
  port                      the port to listen on, 50009 where left out; 0 lets the kernel choose`
const CONNECT_SECONDS = 5

const [targetHost = '', targetPort = '', portText = '50009'] = process.argv.slice(2)
if (targetHost.startsWith('-') || ![targetPort, portText].every((port) => /^\d{1,5}$/.test(port))) {
  console.error(USAGE)
  process.exit(targetHost === '--help' ? 0 : 2)
}

/** Passes on one direction, its end included. */
async function pump(from, to) {
  const length = await from.spliceAsync(to)
  to.shutdown(SHUT_WR)
  return length
}

async function forward(client, name) {
  let server
  try {
    server = await createConnectionAsync([targetHost, Number(targetPort)], { timeout: CONNECT_SECONDS })
    const [there, back] = await Promise.all([pump(client, server), pump(server, client)])
    console.log(`${name}: ${there} bytes there, ${back} bytes back`)
  } catch (error) {
    // No such server, or one of the two has vanished. Closing both sockets ends the other direction.
    if (!(error instanceof SocketError)) throw error
    console.log(`${name}: ${error.message}`)
  } finally {
    client.close()
    server?.close()
  }
}

const listener = createServer(['127.0.0.1', Number(portText)])
const [host, port] = listener.getsockname()
console.log(`listening on ${host} port ${port}`)
for await (const [client, [peerHost, peerPort]] of listener) forward(client, `${peerHost} port ${peerPort}`)
