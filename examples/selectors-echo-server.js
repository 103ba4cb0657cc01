/**
 * A TCP echo server for many clients at once, in one thread: a selector tells which socket has something to do, and
 * nothing blocks. Ctrl-C ends it. Talk to it with tcp-echo-client.js, from several terminals.
 */
import { AF_INET, AF_INET6, createServer, SocketError } from 'berkeley'
import { DefaultSelector, EVENT_READ, EVENT_WRITE } from 'berkeley/selectors'

const USAGE = `Usage: node selectors-echo-server.js [host] [port]
  host  the address to listen on, 127.0.0.1 where left out; ::1 for IPv6; 0.0.0.0 for every interface
  port  50007 where left out; 0 lets the kernel choose`

const [host = '127.0.0.1', portText = '50007'] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

const family = host.includes(':') ? AF_INET6 : AF_INET
const listener = createServer([host, Number(portText)], { family })
listener.setblocking(false)
const [boundHost, boundPort] = listener.getsockname()
console.log(`listening on ${boundHost} port ${boundPort}`)

// What is registered with a socket comes back with it: here the function that serves it.
const selector = new DefaultSelector()
selector.register(listener, EVENT_READ, accept)

function accept() {
  const [conn, [peerHost, peerPort]] = listener.accept()
  const name = `${peerHost} port ${peerPort}`
  console.log(`${name} connected`)
  conn.setblocking(false)
  let rest = Buffer.alloc(0) // what was received and not yet sent back

  function serve(events) {
    try {
      if (events & EVENT_READ) {
        rest = conn.recv(65536)
        if (rest.length === 0) return close('closed')
      }
      // The kernel takes what it has room for. What is left goes when there is room again; until then nothing more is
      // read, so a client that does not read holds up nobody but itself.
      rest = rest.subarray(conn.send(rest))
      selector.modify(conn, rest.length > 0 ? EVENT_WRITE : EVENT_READ, serve)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      // The kernel's buffer is full after all: the selector will tell again.
      if (error.code !== 'EAGAIN') close(error.message)
    }
  }

  function close(reason) {
    console.log(`${name}: ${reason}`)
    selector.unregister(conn)
    conn.close()
  }

  selector.register(conn, EVENT_READ, serve)
}

while (true) {
  // Waits until one socket or more are ready. `await selector.selectAsync()` waits beside an event loop.
  for (const [key, events] of selector.select()) key.data(events)
}
