/** Accepts every client and closes its connection at once, blocking. */
import { BACKLOG } from '../lib/program.js'
import { listenLoopback } from './common.js'

const listener = listenLoopback(BACKLOG)
for (;;) {
  const [conn] = listener.accept()
  conn.close()
}
