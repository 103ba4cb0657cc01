/** A million sockets opened and closed leak neither descriptor nor memory. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { can } from './support/sockets.js'
import { ended, startChild } from './support/worker.js'

const MILLION = 1_000_000

describe.skipIf(!can.linux)('a million sockets [needs Linux: /proc/self]', () => {
  test('opened and closed leave descriptors and memory as they were', { timeout: 120_000 }, async () => {
    expect(readdirSync('/proc/self/fd').length).toBeGreaterThan(0)
    const child = startChild(`
      import { readdirSync, readFileSync } from 'node:fs'
      const descriptors = () => readdirSync('/proc/self/fd').length
      const residentKiB = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      async function open(count) {
        for (let i = 0; i < count; i++) {
          berkeley.socket(berkeley.AF_UNIX, berkeley.SOCK_DGRAM).close()
          // What was collected is reported to the loop, as in any program that has one.
          if (i % 1000 === 0) await turn()
        }
      }
      await open(${MILLION})
      const before = [descriptors(), residentKiB()]
      await open(${MILLION})
      console.log(JSON.stringify({ before, after: [descriptors(), residentKiB()] }))`)
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    const { before, after } = JSON.parse(stdout) as Record<'before' | 'after', [number, number]>
    expect(after[0]).toBe(before[0])
    // 16 MiB is 16 bytes a socket: less than any one thing that could leak with each. A sanitizer has memory of its own,
    // which grows with what was allocated.
    if (process.env.ASAN_OPTIONS === undefined) expect(after[1] - before[1]).toBeLessThan(16 * 1024)
  })
})
