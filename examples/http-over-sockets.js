/**
 * HTTP over sockets: the server of node:http takes connections of a listener with any option that the kernel has, and
 * a client keeps its connections, sockets too, in an agent.
 */
import { once } from 'node:events'
import { Agent, createServer as createHttpServer, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { createConnection, createServer, IPPROTO_TCP, SO_RCVBUF, SOL_SOCKET, TCP_NODELAY } from 'berkeley'

const web = createHttpServer((request, response) => {
  response.end(`${request.method} ${request.url} from port ${request.socket.remotePort}`)
})

// A listener with options that node:net cannot set; accepted sockets inherit them.
const listener = createServer(['127.0.0.1', 0], { reusePort: true, backlog: 16 })
listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 16384)
listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
const [host, port] = listener.getsockname()
console.log(`listening on ${host} port ${port}`)

async function serve() {
  for await (const [conn] of listener) web.emit('connection', conn.toDuplex())
}
const served = serve()

/** Connections are sockets. An agent expects them to end themselves when the server has ended them. */
class SocketAgent extends Agent {
  createConnection(options) {
    const sock = createConnection([options.host, options.port])
    console.log('a new connection')
    return sock.toDuplex({ allowHalfOpen: false }).setNoDelay()
  }
}

const agent = new SocketAgent({ keepAlive: true })
const ports = new Set()
for (const path of ['/one', '/two', '/three']) {
  const [response] = await once(get({ host, port, path, agent }), 'response')
  const body = await text(response)
  console.log(`${response.statusCode} ${body}`)
  ports.add(body.split(' ').at(-1))
}
console.log(`connections: ${ports.size}`)

agent.destroy() // closes the sockets that it keeps
listener.close() // ends the loop of serve()
await served
