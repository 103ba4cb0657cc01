/** An echo server for many clients by synchronous calls over epoll: a receive and a send for each readiness. */
import { IPPROTO_TCP, TCP_NODELAY } from 'berkeley'
import { EPOLLIN, epoll } from 'berkeley/select'
import { BACKLOG } from '../lib/program.js'
import { listenLoopback } from './common.js'

if (EPOLLIN === undefined) throw new Error('needs epoll(7)')
const mask = EPOLLIN
const listener = listenLoopback(BACKLOG)
const poller = epoll()
poller.register(listener, mask)
const buffer = Buffer.alloc(65536)
/** @type {Map<number, import('berkeley').Socket>} */
const connections = new Map()

function accept() {
  const [conn] = listener.accept()
  conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  conn.setblocking(false)
  connections.set(conn.fileno(), conn)
  poller.register(conn, mask)
}

for (;;) {
  for (const [fd] of poller.poll()) {
    const conn = connections.get(fd)
    if (!conn) {
      accept()
      continue
    }
    const n = conn.recvInto(buffer)
    if (n === 0) {
      connections.delete(fd)
      conn.close()
    } else {
      // What is in flight is far less than a send buffer: all of it goes at once.
      conn.send(buffer.subarray(0, n))
    }
  }
}
