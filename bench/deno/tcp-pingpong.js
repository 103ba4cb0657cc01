/** Sends a message and awaits its echo before the next one. */
import { cpuNs, expect, finish, nowNs, number, stopwatch } from '../lib/program.js'

const size = number('size', 1)
const conn = await Deno.connect({ hostname: '127.0.0.1', port: number('port') })
conn.setNoDelay(true)

/**
 * @param {number} count
 * @param {boolean} check
 * @param {import('../lib/program.js').Stopwatch} [watch]
 */
async function trips(count, check, watch) {
  const out = new Uint8Array(size)
  const into = new Uint8Array(size)
  for (let i = 0; i < count; i++) {
    if (check) out.fill(i)
    watch?.start()
    if ((await conn.write(out)) !== size) throw new Error('write')
    for (let got = 0; got < size; ) {
      const n = await conn.read(into.subarray(got))
      if (n === null) throw new Error('the stream ended early')
      got += n
    }
    watch?.end()
    if (check) expect(Buffer.from(into.buffer).equals(out), 'other bytes came back')
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
conn.close()
