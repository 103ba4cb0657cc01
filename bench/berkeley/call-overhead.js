import { AF_UNIX, SOCK_STREAM, socketpair } from 'berkeley'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

const [near, far] = socketpair(AF_UNIX, SOCK_STREAM)

/**
 * @param {number} count
 * @param {boolean} check
 */
function pairs(count, check) {
  const out = Buffer.alloc(1)
  const into = Buffer.alloc(1)
  for (let i = 0; i < count; i++) {
    if (check) out[0] = i
    if (near.send(out) !== 1 || far.recvInto(into) !== 1) throw new Error('send, recvInto')
    if (check) expect(into[0] === out[0], 'another byte came out')
  }
}

const count = number('count', 1000)
pairs(number('checked', 100), true)
pairs(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
pairs(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count })
