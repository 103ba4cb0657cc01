/** A descriptor with a byte through a socketpair, and close of what came, in one thread. */
import { fstatSync, openSync } from 'node:fs'
import { close, recvFds, sendFds, socketpair } from 'berkeley'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

const [near, far] = socketpair()
const file = openSync('/dev/null', 'r')
const { dev, ino } = fstatSync(file)

/**
 * @param {number} count
 * @param {boolean} check
 */
function pass(count, check) {
  const out = Buffer.alloc(1)
  for (let i = 0; i < count; i++) {
    if (check) out[0] = i
    expect(sendFds(near, [out], [file]) === 1, 'sendFds')
    const [data, [fd]] = recvFds(far, 1, 1)
    expect(fd !== undefined, 'no descriptor came')
    if (check) {
      const found = fstatSync(fd)
      expect(data.equals(out) && found.dev === dev && found.ino === ino, 'another byte or file came')
    }
    close(fd)
  }
}

const count = number('count', 1000)
pass(number('checked', 100), true)
pass(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
pass(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count })
