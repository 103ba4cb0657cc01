/** A datagram of two halves out with a control message, and into two halves with one, in one thread. */
import { AF_INET, CMSG_SPACE, IP_RECVTOS, IP_TOS, IPPROTO_IP, SOCK_DGRAM, socket } from 'berkeley'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

const HALF = 32
const near = socket(AF_INET, SOCK_DGRAM)
const far = socket(AF_INET, SOCK_DGRAM)
for (const sock of [near, far]) sock.bind(['127.0.0.1', 0])
near.connect(far.getsockname())
far.setsockopt(IPPROTO_IP, IP_RECVTOS, 1)

/**
 * @param {number} count
 * @param {boolean} check
 */
function exchange(count, check) {
  const out = [Buffer.alloc(HALF), Buffer.alloc(HALF)]
  const into = [Buffer.alloc(HALF), Buffer.alloc(HALF)]
  const tos = new Int32Array(1)
  const room = CMSG_SPACE(4)
  for (let i = 0; i < count; i++) {
    tos[0] = 4 * (i % 8)
    if (check) for (const [part, half] of out.entries()) half.fill(i + part)
    expect(near.sendmsg(out, [[IPPROTO_IP, IP_TOS, tos]]) === 2 * HALF, 'sendmsg')
    const [length, [control]] = far.recvmsgInto(into, room)
    expect(length === 2 * HALF, 'recvmsgInto')
    expect(control?.[0] === IPPROTO_IP && control[2][0] === tos[0], 'another control message came')
    if (check) expect(Buffer.concat(into).equals(Buffer.concat(out)), 'other bytes came')
  }
}

const count = number('count', 1000)
exchange(number('checked', 100), true)
exchange(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
exchange(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count })
