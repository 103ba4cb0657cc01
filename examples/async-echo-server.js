/**
 * A TCP echo server for any number of clients at once, in one thread, with async calls. Ctrl-C ends it in good order:
 * no new clients, and what the others have sent is answered before they are let go.
 * Talk to it with async-echo-client.js, or with `nc 127.0.0.1 50007`.
 */
import { AF_INET, AF_INET6, createServer, SHUT_RD, SocketError } from 'berkeley'

const USAGE = `Usage: node async-echo-server.js [host] [port]
  host  the address to listen on, 127.0.0.1 where left out; ::1 for IPv6; 0.0.0.0 for every interface
  port  50007 where left out; 0 lets the kernel choose`
const GRACE_MS = 2000

const [host = '127.0.0.1', portText = '50007'] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

/** Each connection with the promise of its end. */
const clients = new Map()

async function serve(conn, name) {
  console.log(`${name} connected`)
  try {
    // sendallAsync waits until the kernel has room: a client that does not read is not read from.
    for await (const data of conn) await conn.sendallAsync(data)
    console.log(`${name} closed`)
  } catch (error) {
    // Such as ECONNRESET from a client that vanished: no reason to end the server.
    if (!(error instanceof SocketError)) throw error
    console.log(error.message)
  } finally {
    conn.close()
    clients.delete(conn)
  }
}

function shutDown() {
  listener.close() // ends the loop below
  for (const conn of clients.keys()) conn.shutdown(SHUT_RD) // ends the loop in serve, after what has arrived
  // A client that does not read its answers is not waited for longer than this.
  setTimeout(() => {
    for (const conn of clients.keys()) conn.close()
  }, GRACE_MS).unref()
}

const listener = createServer([host, Number(portText)], { family: host.includes(':') ? AF_INET6 : AF_INET })
// A second Ctrl-C ends the process at once, as ever.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, shutDown)
const [boundHost, boundPort] = listener.getsockname()
console.log(`listening on ${boundHost} port ${boundPort}`)

for await (const [conn, [peerHost, peerPort]] of listener) {
  clients.set(conn, serve(conn, `${peerHost} port ${peerPort}`)) // not awaited: the next one is welcome
}
await Promise.all(clients.values())
console.log('no more clients')
