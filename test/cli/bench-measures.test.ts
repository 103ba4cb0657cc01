/** `berkeley bench` over loopback, server and client as processes: what is counted adds up. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Percentiles } from '../../lib/cli/bench/latencies.js'
import type { Way } from '../../lib/cli/bench/results.js'
import { clientArgs, measured, only, startBenchServer } from '../support/bench.js'
import { runCli } from '../support/cli.js'
import { can, temporaryFolder } from '../support/sockets.js'

const HOSTS = [
  ['127.0.0.1', true],
  ['::1', can.bindIPv6],
] as const

function ordered(found: Percentiles | null): void {
  expect(found).not.toBe(null)
  const { min, p50, p90, p99, max, mean } = found as Percentiles
  const rising = [1, min, p50, p90, p99, (found as Percentiles)['p99.9'], max]
  expect(rising).toEqual([...rising].sort((a, b) => a - b))
  expect(mean).toBeGreaterThanOrEqual(min)
  expect(mean).toBeLessThanOrEqual(max)
}

/** Intervals follow one another from zero on. */
function consecutive(intervals: readonly { from: number; to: number }[]): void {
  expect(intervals.length).toBeGreaterThan(0)
  expect(intervals[0]?.from).toBe(0)
  for (const [i, { from, to }] of intervals.entries()) {
    expect(to).toBeGreaterThan(from)
    if (i > 0) expect(from).toBeGreaterThanOrEqual(intervals[i - 1]?.to ?? 0)
  }
}

for (const [host, possible] of HOSTS) {
  describe.skipIf(!possible)(`to ${host}${host === '::1' ? ' [needs IPv6]' : ''}`, () => {
    test('throughput: every byte that was sent is received', async () => {
      await using server = await startBenchServer()
      const results = await measured(host, server.port, '--test', 'throughput', '-t', '0.2', '-P', '2')
      const found = only(results, 'throughput')
      expect(found.map(({ settings }) => settings.direction)).toEqual(['up', 'down', 'duplex'])
      for (const { up, down, status, error, cpu, settings } of found) {
        expect({ status, error }).toEqual({ status: 'done', error: null })
        expect([up !== null, down !== null]).toEqual([settings.direction !== 'down', settings.direction !== 'up'])
        for (const way of [up, down].filter((each): each is Way => each !== null)) {
          expect(way.bytesSent).toBeGreaterThan(0)
          expect(way.bytesReceived).toBe(way.bytesSent)
          expect(way.measuredBytes).toBe(way.bytesReceived)
          expect(way.bitsPerSecond).toBeCloseTo((way.measuredBytes * 8) / way.seconds, 0)
        }
        for (const side of [cpu.client, cpu.server]) expect(side?.user).toBeGreaterThanOrEqual(0)
      }
      for (const { intervals } of found) consecutive(intervals)
    })

    test('latency: each message is answered, percentiles rise', async () => {
      await using server = await startBenchServer()
      const results = await measured(host, server.port, '--test', 'latency', '-t', '0.2')
      const found = only(results, 'latency')
      expect(found.map(({ settings }) => settings.transport)).toEqual(['tcp', 'udp'])
      for (const { sent, received, lost, latency, service, curve, status, intervals } of found) {
        expect({ status, lost }).toEqual({ status: 'done', lost: 0 })
        expect(received).toBe(sent)
        ordered(latency)
        expect(latency?.count).toBe(sent)
        expect(service).toBe(null)
        expect(curve.at(-1)).toEqual([100, latency?.max])
        expect(intervals.reduce((sum, { count }) => sum + count, 0)).toBe(received)
        consecutive(intervals)
      }
    })

    test('connections: the server accepted as many as the client made', async () => {
      await using server = await startBenchServer()
      const results = await measured(host, server.port, '--test', 'connections', '-t', '0.2', '-c', '4')
      const [found] = only(results, 'connections')
      expect(found).toMatchObject({ status: 'done', failed: 0, errors: {} })
      expect(found?.completed).toBeGreaterThan(0)
      expect(found?.accepted).toBe(found?.completed)
      ordered(found?.connect ?? null)
      ordered(found?.complete ?? null)
      expect(found?.complete?.p50).toBeGreaterThanOrEqual(found?.connect?.p50 ?? 0)
    })

    test('UDP: nothing of a slow flow is lost', async () => {
      await using server = await startBenchServer()
      const results = await measured(host, server.port, '--test', 'udp', '-t', '0.2', '-b', '1M', '--datagram', '100')
      const found = only(results, 'udp')
      expect(found.map(({ settings }) => settings.direction)).toEqual(['up', 'down'])
      for (const { sent, received, lost, lostPart, duplicates, reordered, intervals, status } of found) {
        expect(sent).toBeGreaterThan(0)
        const all = { status: 'done', received: sent, lost: 0, lostPart: 0, duplicates: 0, reordered: 0 }
        expect({ status, received, lost, lostPart, duplicates, reordered }).toEqual(all)
        expect(intervals.reduce((sum, interval) => sum + interval.received, 0)).toBe(sent)
        consecutive(intervals)
      }
    })
  })
}

describe('settings', () => {
  test('--bytes: exactly so many go, of all connections together', async () => {
    await using server = await startBenchServer()
    const args = ['--test', 'throughput', '-d', 'up,down', '-n', '1000001', '-P', '3', '-l', '4096']
    for (const { up, down } of only(await measured('127.0.0.1', server.port, ...args), 'throughput')) {
      const way = up ?? down
      expect([way?.bytesSent, way?.bytesReceived]).toEqual([1_000_001, 1_000_001])
    }
  })

  test('--omit: the beginning is sent, and does not count', async () => {
    await using server = await startBenchServer()
    const args = ['--test', 'throughput', '-d', 'up', '-t', '0.2', '-O', '0.2']
    const [found] = only(await measured('127.0.0.1', server.port, ...args), 'throughput')
    expect(found?.up?.bytesReceived).toBe(found?.up?.bytesSent)
    expect(found?.up?.measuredBytes).toBeGreaterThan(0)
    expect(found?.up?.measuredBytes).toBeLessThan(found?.up?.bytesReceived ?? 0)
  })

  test('options of TCP reach both sides', async () => {
    await using server = await startBenchServer()
    const args = ['--test', 'throughput', '-d', 'up,down', '-t', '0.1', '-N', '-w', '64k', '-C', 'reno']
    for (const { up, down } of only(await measured('127.0.0.1', server.port, ...args), 'throughput')) {
      expect((up ?? down)?.congestion).toBe('reno')
    }
  })

  test.each(['tcp', 'udp'])('--rate over %s: as many as are due, timed from then', async (transport) => {
    await using server = await startBenchServer()
    const args = ['--test', 'latency', '--transport', transport, '-t', '0.3', '-r', '200']
    const [found] = only(await measured('127.0.0.1', server.port, ...args), 'latency')
    expect(found).toMatchObject({ status: 'done', lost: 0 })
    expect(found?.sent).toBeLessThanOrEqual(60)
    expect(found?.sent).toBeGreaterThan(0)
    ordered(found?.latency ?? null)
    ordered(found?.service ?? null)
    // From when it was due can never be shorter than from when it was sent.
    expect(found?.latency?.mean).toBeGreaterThanOrEqual(found?.service?.mean ?? Number.POSITIVE_INFINITY)
  })

  test('a flow at full speed counts all that it sends', async () => {
    await using server = await startBenchServer()
    const args = ['--test', 'udp', '-t', '0.2', '-b', '0']
    for (const { sent, received, lost, duplicates } of only(await measured('127.0.0.1', server.port, ...args), 'udp')) {
      expect((received ?? 0) + (lost ?? 0)).toBe(sent)
      expect(duplicates).toBe(0)
    }
  })
})

test('without --json, lines for people; --json FILE beside them', async () => {
  await using server = await startBenchServer()
  using folder = temporaryFolder()
  const file = folder.path('out.json')
  const args = ['--test', 'connections', '-t', '0.1', '--json', file]
  const { code, stdout, stderr } = await runCli(clientArgs('127.0.0.1', server.port, ...args))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^TCP connections, 16 at once\n {2}0\.00-\d\.\d\d s {2}[\d,]+ connections\/s {2}p50 /)
  expect(stdout).toMatch(/\nSummary\n {2}TCP connections, 16 at once {2}[\d,]+ connections\/s, p50 .*\n$/)
  const results = JSON.parse(readFileSync(file, 'utf8')) as unknown
  expect(results).toMatchObject({ format: 'berkeley-bench', version: 1, interrupted: false })
  expect(Object.keys(results as object)).toEqual([
    ...['format', 'version', 'started', 'seconds', 'interrupted', 'target', 'client', 'server', 'tests'],
  ])
})
