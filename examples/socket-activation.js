/**
 * A server that is given its listening sockets: systemd opens the ports, perhaps below 1024, and starts the program, as an
 * ordinary user, when the first client comes. Clients wait in the kernel's queue while the program is started anew.
 *
 *   systemd-socket-activate -l 127.0.0.1:8080 node examples/socket-activation.js
 */
import { createServer, listenFds } from 'berkeley'

const given = listenFds() // by LISTEN_FDS and LISTEN_PID; empty where nobody gave any
const listeners = given.length > 0 ? given : [createServer(['127.0.0.1', 0])]
for (const listener of listeners) {
  const [host, port] = listener.getsockname()
  console.log(`${given.length > 0 ? 'given' : 'listening on'} ${host} port ${port}`)
}

async function serve(listener) {
  for await (const [conn] of listener) {
    await conn.sendallAsync(`hello from ${process.pid}\n`)
    conn.close()
  }
}

process.once('SIGTERM', () => {
  for (const listener of listeners) listener.close() // ends the loops, and with them the program
})
await Promise.all(listeners.map(serve))
