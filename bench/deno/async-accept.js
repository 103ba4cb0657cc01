/** Accepts every client and closes its connection at once. */
import { BACKLOG, tellPort } from '../lib/program.js'

const listener = Deno.listen({ hostname: '127.0.0.1', port: 0, tcpBacklog: BACKLOG })
tellPort(listener.addr.port)
for await (const conn of listener) conn.close()
