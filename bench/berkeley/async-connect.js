/** Connects and closes, `parallel` at a time. */
import { AF_INET, IPPROTO_TCP, SOCK_STREAM, socket, TCP_NODELAY } from 'berkeley'
import { expect, measure, number } from '../lib/program.js'
import { closeAtOnce, connectLoopback } from './common.js'

const port = number('port')
const parallel = number('parallel', 8)
// Its end tells the sink that this program has ended.
const first = connectLoopback(port)

/**
 * @param {number} count
 * @param {boolean} check
 */
async function connections(count, check) {
  let left = count
  const one = async () => {
    while (left-- > 0) {
      const sock = socket(AF_INET, SOCK_STREAM)
      await sock.connectAsync(['127.0.0.1', port])
      sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
      if (check) expect(sock.getpeername()[1] === port, 'connected to another port')
      closeAtOnce(sock)
    }
  }
  await Promise.all(Array.from({ length: parallel }, one))
  return count
}

await measure(connections)
first.close()
