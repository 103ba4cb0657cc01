/** Lines that wait in a unix stream, read one by one to its end, in one thread. */
import { socketpair } from 'berkeley'
import { lines, text } from '../lib/lines.js'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

/**
 * @param {number} count
 * @param {boolean} check
 */
function readLines(count, check) {
  for (let i = 0; i < count; i++) {
    const [near, far] = socketpair()
    near.sendall(text)
    near.close()
    const file = far.makefile('r')
    let at = 0
    for (const line of file) {
      if (check) expect(line === lines[at], 'another line came')
      at++
    }
    expect(at === lines.length, 'another number of lines came')
    file.close()
    far.close()
  }
}

const count = number('count', 10)
readLines(number('checked', 1), true)
readLines(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
readLines(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: count * lines.length })
