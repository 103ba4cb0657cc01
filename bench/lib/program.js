/** What every JavaScript program of the benchmarks shares; the counterpart of c/bench.h. */
import { writeSync } from 'node:fs'

export const CHUNK = 65536
export const MAX_SIZE = 1 << 20
export const BACKLOG = 1024

/** Twice the period, so that any CHUNK bytes of the stream are contiguous in it. */
export const PATTERN = Buffer.alloc(2 * CHUNK)
for (let i = 0; i < 2 * CHUNK; i++) {
  const at = i % CHUNK
  PATTERN[i] = at + 7 * (at >> 8)
}

/** The arguments of this program, written key=value: counts and texts. */
const given = new Map(process.argv.slice(2).map((word) => /** @type {[string, string]} */ (word.split('=', 2))))

/**
 * @param {string} key
 * @param {number} [fallback]
 */
export function number(key, fallback = 0) {
  return Number(given.get(key) ?? fallback)
}

/** @param {string} key */
export function text(key) {
  return given.get(key) ?? ''
}

/** CLOCK_MONOTONIC, as in the other languages. */
export function nowNs() {
  return process.hrtime.bigint()
}

/**
 * Notes single times: `start()` before and `end()` after each. `performance.now` reads the same clock as `nowNs` for less.
 * @param {number} most
 */
export function stopwatch(most) {
  const times = new Uint32Array(most)
  let done = 0
  let from = 0
  return {
    start() {
      from = performance.now()
    },
    end() {
      times[done++] = Math.round((performance.now() - from) * 1e6)
    },
    /** For the field `latencies` of a result; nothing where no time was noted. */
    text: () => (done === 0 ? undefined : Buffer.from(times.buffer, 0, 4 * done).toString('base64')),
  }
}

/** @typedef {ReturnType<typeof stopwatch>} Stopwatch */

/** User and system time of this process, the threads of the engine included. */
export function cpuNs() {
  const { user, system } = process.cpuUsage()
  return BigInt(user + system) * 1000n
}

/**
 * @param {unknown} condition
 * @param {string} what
 * @returns {asserts condition}
 */
export function expect(condition, what) {
  if (!condition) throw new Error(what)
}

/**
 * Whether `data` is what the stream holds from the byte at `position` on.
 * @param {Buffer} data
 * @param {number} position
 */
export function isPattern(data, position) {
  const at = position % CHUNK
  return data.equals(PATTERN.subarray(at, at + data.length))
}

/**
 * Little-endian uint64s, as the peers expect them.
 * @param {number[]} values
 */
export function uint64(...values) {
  const bytes = Buffer.alloc(8 * values.length)
  values.forEach((value, i) => {
    bytes.writeBigUInt64LE(BigInt(value), 8 * i)
  })
  return bytes
}

/**
 * The first line of a server's output. Synchronous, because the server may block right after it.
 * @param {number} port
 */
export function tellPort(port) {
  writeSync(1, `${port}\n`)
}

/**
 * The three phases of a program that awaits, and its result.
 * @param {(count: number, check: boolean) => Promise<number>} phase gives the number of calls made
 */
export async function measure(phase) {
  const count = number('count', 100)
  await phase(number('checked', 10), true)
  await phase(number('warmup'), false)
  const cpu = cpuNs()
  const start = nowNs()
  const calls = await phase(count, false)
  const ns = nowNs() - start
  finish({ ns, cpuNs: cpuNs() - cpu, count, calls })
}

/** @param {Record<string, unknown>} result */
export function finish(result) {
  writeSync(1, `${JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? Number(value) : value))}\n`)
}
