/**
 * A TCP proxy: passes on what clients say to another server, and what that answers. Two loops for each client, one per
 * direction, and no buffer but the chunk on its way: where one side reads slowly, the other is slowed down.
 */
import { createConnectionAsync, createServer, SHUT_WR, SocketError } from 'berkeley'

const USAGE = `Usage: node async-proxy.js target-host target-port [port]
  target-host, target-port  where to pass connections on to
  port                      the port to listen on, 50008 where left out; 0 lets the kernel choose`
const CONNECT_SECONDS = 5

const [targetHost = '', targetPort = '', portText = '50008'] = process.argv.slice(2)
if (targetHost.startsWith('-') || ![targetPort, portText].every((port) => /^\d{1,5}$/.test(port))) {
  console.error(USAGE)
  process.exit(targetHost === '--help' ? 0 : 2)
}

/** Passes on one direction, its end included: the other one may go on. */
async function pump(from, to) {
  let length = 0
  for await (const chunk of from) {
    await to.sendallAsync(chunk)
    length += chunk.length
  }
  to.shutdown(SHUT_WR)
  return length
}

async function forward(client, name) {
  let server
  try {
    server = await createConnectionAsync([targetHost, Number(targetPort)], {
      signal: AbortSignal.timeout(CONNECT_SECONDS * 1000),
    })
    const [there, back] = await Promise.all([pump(client, server), pump(server, client)])
    console.log(`${name}: ${there} bytes there, ${back} bytes back`)
  } catch (error) {
    // No such server, or one of the two has vanished. Closing both sockets ends the loop of the other direction.
    if (!(error instanceof SocketError) && error.name !== 'TimeoutError') throw error
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
