/** An echo server for many clients, as one writes it with `await`. */
import { IPPROTO_TCP, TCP_NODELAY } from 'berkeley'
import { BACKLOG } from '../lib/program.js'
import { listenLoopback } from './common.js'

/** @param {import('berkeley').Socket} conn */
async function serve(conn) {
  conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  for (;;) {
    const data = await conn.recvAsync(65536)
    if (data.length === 0) break
    await conn.sendallAsync(data)
  }
  conn.close()
}

const listener = listenLoopback(BACKLOG)
for (;;) {
  const [conn] = await listener.acceptAsync()
  serve(conn)
}
