/** An echo server for many clients, as one writes it with `await`. */
import { BACKLOG, tellPort } from '../lib/program.js'

const listener = Deno.listen({ hostname: '127.0.0.1', port: 0, tcpBacklog: BACKLOG })
tellPort(listener.addr.port)

/** @param {DenoConn} conn */
async function serve(conn) {
  conn.setNoDelay(true)
  const buffer = new Uint8Array(4096)
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    // What is in flight is far less than a send buffer: a part sent is an error here.
    if ((await conn.write(buffer.subarray(0, n))) !== n) throw new Error('a part was sent')
  }
  conn.close()
}

for await (const conn of listener) serve(conn)
