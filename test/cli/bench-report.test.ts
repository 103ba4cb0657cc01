/** The report of `berkeley bench client --html`: what stands in it, and that a browser draws it. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { chartsOf } from '../../lib/cli/bench/report/charts.js'
import { reportOf } from '../../lib/cli/bench/report/report.js'
import type { BenchResults, LatencyResult, UdpResult } from '../../lib/cli/bench/results.js'
import { clientArgs, startBenchServer } from '../support/bench.js'
import { runCli, startCli } from '../support/cli.js'
import { can, closedPort, temporaryFolder } from '../support/sockets.js'

// A sanitizer that is preloaded into it lets it hang.
const { LD_PRELOAD: _, ...env } = process.env
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore', env, timeout: 20_000 }).status === 0,
)

let results: BenchResults
let html: string

beforeAll(async () => {
  using folder = temporaryFolder()
  await using server = await startBenchServer()
  const files = ['--json', folder.path('found.json'), '--html', folder.path('found.html')]
  const outcome = await runCli(clientArgs('127.0.0.1', server.port, '-t', '0.2', ...files))
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(outcome.stdout).toMatch(/^The report is in .*found\.html$/m)
  results = JSON.parse(readFileSync(folder.path('found.json'), 'utf8')) as BenchResults
  html = readFileSync(folder.path('found.html'), 'utf8')
})

/** The charts as the page has them. */
const chartsIn = (page: string): { title: string; labels: string[]; series: { data: unknown[] }[] }[] =>
  JSON.parse(/<script type="application\/json" id="charts">(.*)<\/script>/.exec(page)?.[1] ?? '') as never

describe('a report', () => {
  test('has each test, its figures and its charts, and a point for each interval', () => {
    const charts = chartsIn(html)
    expect(charts).toHaveLength(results.tests.flatMap(chartsOf).length)
    expect(charts.length).toBeGreaterThanOrEqual(results.tests.length)
    for (const { labels, series } of charts) for (const { data } of series) expect(data).toHaveLength(labels.length)
    for (const { title } of results.tests) expect(html).toContain(`<h2>${title}</h2>`)
    expect(html).toContain('Settings: direction up, parallel 1, seconds 0.2, omit 0, block 131072, interval 0.05<')
    expect(html.match(/<canvas id="chart-\d+"/g)).toHaveLength(charts.length)
  })

  test('needs no network', () => {
    expect(html).not.toMatch(/<(?:link|img|iframe)\b|<script[^>]+src=|@import|url\(/)
    expect(html).toContain("default-src 'none'")
  })

  test.skipIf(browser === undefined)('is drawn by a browser [needs chromium]', { timeout: 120_000 }, () => {
    using folder = temporaryFolder()
    writeFileSync(folder.path('report.html'), html)
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--dump-dom']
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
    const profile = `--user-data-dir=${folder.path('profile')}`
    const { stdout } = spawnSync(
      browser as string,
      [...flags, ...quiet, profile, pathToFileURL(folder.path('report.html')).href],
      { encoding: 'utf8', timeout: 50_000, env },
    )
    expect(stdout).toContain(`data-drawn="${chartsIn(html).length}"`)
  })

  test('takes nothing of what a server says for markup', () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>'
    const found = {
      ...results,
      server: { ...results.server, kernel: evil, cpu: evil },
      target: { ...results.target, host: evil },
    }
    const page = reportOf(found)
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('<img')
    expect(page).toContain('&lt;/script&gt;')
  })

  test('tells what failed and what was interrupted', () => {
    const [first, second] = results.tests as [UdpResult, UdpResult]
    const page = reportOf({
      ...results,
      interrupted: true,
      tests: [
        { ...first, status: 'failed', error: { code: 'ECONNRESET', message: 'the server is gone' } },
        { ...second, status: 'interrupted' },
      ],
    })
    expect(page).toContain('Failed: the server is gone (ECONNRESET)')
    expect(page).toContain('Interrupted: these are the figures of the time before.')
    expect(page).toContain('Interrupted: what was not measured by then is not here.')
  })

  test('is written after Ctrl-C, too', async () => {
    using folder = temporaryFolder()
    await using server = await startBenchServer()
    const args = ['--test', 'latency', '-t', '30', '-i', '0.05', '--html', folder.path('cut.html')]
    await using client = startCli(clientArgs('127.0.0.1', server.port, ...args))
    await client.printed(/0\.\d\d s {2}/)
    client.signal('SIGINT')
    expect(await client.ended()).toMatchObject({ code: 130 })
    expect(readFileSync(folder.path('cut.html'), 'utf8')).toContain('Interrupted: ')
  })
})

describe('charts', () => {
  const intervals = [
    { from: 0, to: 1, received: 90, lost: 10, bitsPerSecond: 2_500_000, jitterNs: 1 },
    { from: 1, to: 2, received: 0, lost: 0, bitsPerSecond: 0, jitterNs: 1 },
  ]

  test('choose a unit in which the middle value is at least 1', () => {
    const [chart] = chartsOf({ test: 'udp', intervals } as unknown as UdpResult)
    expect(chart).toMatchObject({
      y: 'Mbit/s',
      labels: ['1.00', '2.00'],
      series: [{ data: [2.5, 0] }, { data: [10, null], right: true }],
    })
  })

  test('name percentiles by as many digits as tell what is left', () => {
    const curve = [50, 99, 99.7, 99.96838, 100].map((percent) => [percent, 2000])
    const [chart] = chartsOf({ test: 'latency', intervals: [], curve } as unknown as LatencyResult)
    expect(chart?.labels).toEqual(['50', '99', '99.7', '99.968', '100'])
    expect(chart?.y).toBe('µs')
  })

  test('of nothing there are none', () => {
    expect(chartsOf({ test: 'latency', intervals: [], curve: [] } as unknown as LatencyResult)).toEqual([])
  })
})

describe('files that cannot be written', () => {
  test.each([
    ['--json', '/nowhere/at/all.json', 'No such file or directory (ENOENT)'],
    ['--html', '/', 'Illegal operation on a directory (EISDIR)'],
  ])('%s %s is told before anything is measured', async (flag, file, reason) => {
    // Nobody listens there: had it asked, it would tell that.
    const { code, stdout, stderr } = await runCli(clientArgs('127.0.0.1', closedPort(), flag, file))
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `berkeley: ${flag} ${file}: ${reason}\n` })
  })

  test.skipIf(!can.linux)(
    'one that is full does not keep the other from being written [Linux: /dev/full]',
    async () => {
      await using server = await startBenchServer()
      using folder = temporaryFolder()
      const args = ['--test', 'connections', '-t', '0.1', '--json', '/dev/full', '--html', folder.path('r.html')]
      const { code, stderr } = await runCli(clientArgs('127.0.0.1', server.port, ...args))
      expect({ code, stderr }).toEqual({ code: 1, stderr: 'berkeley: /dev/full: No space left on device (ENOSPC)\n' })
      expect(readFileSync(folder.path('r.html'), 'utf8')).toContain('Network to 127.0.0.1')
    },
  )
})
