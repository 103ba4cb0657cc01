import { once } from 'node:events'
import { connect } from 'node:net'
import { cpuNs, finish, nowNs, number, stopwatch } from '../lib/program.js'

const size = number('size', 1)
const out = Buffer.alloc(size)
let check = false
let left = 0
let got = 0
let done = () => {}
/** @type {import('../lib/program.js').Stopwatch | undefined} */
let watch

const sock = connect({
  host: '127.0.0.1',
  port: number('port'),
  noDelay: true,
  onread: { buffer: Buffer.alloc(size), callback: receive },
})

/**
 * Into one buffer that is there already, like the other drivers: the option `onread` is node:net's way.
 * @param {number} n
 * @param {Uint8Array} bytes
 */
function receive(n, bytes) {
  if (check && out.compare(bytes, 0, n, got, got + n) !== 0) throw new Error('other bytes came back')
  got += n
  if (got < size) return true
  watch?.end()
  next()
  return true
}

function next() {
  if (left-- === 0) return done()
  if (check) out.fill(left)
  got = 0
  watch?.start()
  sock.write(out)
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
await once(sock, 'connect')
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
sock.destroy()
