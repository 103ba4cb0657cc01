/** Sends a message and the next one when its echo has come. */
import { cpuNs, finish, nowNs, number, stopwatch } from '../lib/program.js'
import { connectLoopback } from './common.js'

const size = number('size', 1)
const out = Buffer.alloc(size)
let check = false
let left = 0
let got = 0
let done = () => {}
/** @type {import('../lib/program.js').Stopwatch | undefined} */
let watch

const sock = await connectLoopback((data) => {
  if (check && out.compare(data, 0, data.length, got, got + data.length) !== 0) throw new Error('other bytes came back')
  got += data.length
  if (got < size) return
  watch?.end()
  next()
})

function next() {
  if (left-- === 0) return done()
  if (check) out.fill(left)
  got = 0
  watch?.start()
  if (sock.write(out) !== size) throw new Error('a part was sent')
}

/**
 * @param {number} count
 * @param {boolean} checked
 */
function trips(count, checked) {
  check = checked
  left = count
  return new Promise((resolve) => {
    done = () => resolve(undefined)
    next()
  })
}

const count = number('count', 1000)
await trips(number('checked', 100), true)
await trips(number('warmup'), false)
const timed = number('timed')
const times = stopwatch(timed)
watch = times
await trips(timed, false)
watch = undefined
const cpu = cpuNs()
const start = nowNs()
await trips(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count, latencies: times.text() })
sock.end()
