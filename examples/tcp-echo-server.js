/**
 * A TCP echo server: sends back what it receives, to one client after the other. Ctrl-C ends it.
 * Talk to it with tcp-echo-client.js, or with `nc 127.0.0.1 50007`.
 */
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SocketError, socket } from 'berkeley'

const USAGE = `Usage: node tcp-echo-server.js [host] [port]
  host  the address to listen on, 127.0.0.1 where left out; ::1 for IPv6; 0.0.0.0 for every interface
  port  50007 where left out; 0 lets the kernel choose`

const [host = '127.0.0.1', portText = '50007'] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

// The family decides the form of the addresses; IPv6 addresses are those with colons.
const listener = socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM)
// Without this a restarted server could not have its port back for a minute.
listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
listener.bind([host, Number(portText)])
listener.listen()
const [boundHost, boundPort] = listener.getsockname()
console.log(`listening on ${boundHost} port ${boundPort}`)

while (true) {
  // Waits for a client. Those who come while another one is served wait in the kernel's queue.
  const [conn, [peerHost, peerPort]] = listener.accept()
  console.log(`${peerHost} port ${peerPort} connected`)
  try {
    let data = conn.recv(65536) // what is there, at most so many bytes
    while (data.length > 0) {
      conn.sendall(data)
      data = conn.recv(65536) // none: the end of the stream
    }
    console.log(`${peerHost} port ${peerPort} closed`)
  } catch (error) {
    // Such as ECONNRESET from a client that vanished: no reason to end the server.
    if (!(error instanceof SocketError)) throw error
    console.log(error.message)
  } finally {
    conn.close()
  }
}
