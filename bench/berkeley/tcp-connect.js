/** Connects and closes, one after the other. */
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'
import { closeAtOnce, connectLoopback } from './common.js'

const port = number('port')
// Its end tells the sink that this program has ended.
const first = connectLoopback(port)

/**
 * @param {number} count
 * @param {boolean} check
 */
function connections(count, check) {
  for (let i = 0; i < count; i++) {
    const sock = connectLoopback(port)
    if (check) expect(sock.getpeername()[1] === port, 'connected to another port')
    closeAtOnce(sock)
  }
}

const count = number('count', 1000)
connections(number('checked', 10), true)
connections(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
connections(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count })
first.close()
