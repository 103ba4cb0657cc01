/** Sends a message and awaits its echo before the next one. */
import { cpuNs, expect, finish, nowNs, number, stopwatch } from '../lib/program.js'
import { connectLoopback } from './common.js'

const size = number('size', 1)
const sock = connectLoopback(number('port'))

/**
 * @param {number} count
 * @param {boolean} check
 * @param {import('../lib/program.js').Stopwatch} [watch]
 */
async function trips(count, check, watch) {
  const out = Buffer.alloc(size)
  const into = Buffer.alloc(size)
  for (let i = 0; i < count; i++) {
    if (check) out.fill(i)
    watch?.start()
    if ((await sock.sendAsync(out)) !== size) throw new Error('send')
    let got = await sock.recvIntoAsync(into)
    while (got < size) {
      const n = await sock.recvIntoAsync(into.subarray(got))
      expect(n > 0, 'the stream ended early')
      got += n
    }
    watch?.end()
    if (check) expect(into.equals(out), 'other bytes came back')
  }
}

const count = number('count', 1000)
await trips(number('checked', 100), true)
await trips(number('warmup'), false)
const timed = number('timed')
const watch = stopwatch(timed)
await trips(timed, false, watch)
const cpu = cpuNs()
const start = nowNs()
await trips(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count, latencies: watch.text() })
sock.close()
