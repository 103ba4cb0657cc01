/** The bench's command: what it takes, how long it goes on, and a smoke run of it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { modulesOf } from '../../bench/lib/modules.js'
import { chosen, parseOptions } from '../../bench/lib/options.js'
import { roundsAfter, runPasses } from '../../bench/lib/schedule.js'
import type { Case, Driver } from '../../bench/lib/types.js'
import { aResult } from './made-up.js'

describe('options', () => {
  test('have defaults, and --quick is one round', () => {
    expect(parseOptions([])).toMatchObject({ rounds: 15, least: 3, budgetMs: 8 * 60_000, wanted: [] })
    expect(parseOptions(['--quick', 'call-overhead'])).toMatchObject({ rounds: 1, least: 1, wanted: ['call-overhead'] })
    expect(parseOptions(['--rounds', '2', '--minutes', '0.5'])).toMatchObject({ rounds: 2, least: 2, budgetMs: 30_000 })
  })

  test.each([
    [['--rounds', '0'], /--rounds takes a whole number from 1 on, not 0/],
    [['--minutes', 'x'], /--minutes takes a number from 0 on, not x/],
    [['--write', 'calls'], /--write takes a full run/],
    [['--fast'], /--fast/],
  ])('%j is refused', (args, reason) => {
    expect(() => parseOptions(args)).toThrow(reason)
  })

  test('a case is asked for by its name or by how it begins', () => {
    const known = ['async-echo-1', 'async-echo-64', 'calls', 'tcp-echo-64', 'tcp-pingpong-1B', 'tcp-pingpong-1B-both']
    expect(chosen(['tcp-echo'], known)).toEqual(['tcp-echo-64'])
    expect(chosen(['tcp-pingpong-1B', 'async-echo'], known)).toEqual([
      'async-echo-1',
      'async-echo-64',
      'tcp-pingpong-1B',
    ])
    expect(() => chosen(['async'], ['calls'])).toThrow('no case async; there are calls')
  })
})

describe('the time there is', () => {
  /** Rounds of two cases that take 100 and 10 ms, by a clock of their own. */
  async function rounds(options: { passes: number; least: number; budgetMs: number }, effort = 1) {
    let now = 0
    const ran: string[] = []
    const results = [aResult({ name: 'slow' }, {}), aResult({ name: 'quick', effort }, {})]
    const count = await runPasses(results, {
      ...options,
      now: () => now,
      round: async (result, round) => {
        ran.push(`${result.case.name} ${round}`)
        now += result.case.name === 'slow' ? 100 : 10
      },
    })
    return { ran, now, ...count }
  }

  test('goes around all cases, so that the rounds of each are spread over it', async () => {
    expect((await rounds({ passes: 2, least: 1, budgetMs: 1e6 })).ran).toEqual([
      'slow 0',
      'quick 0',
      'slow 1',
      'quick 1',
    ])
  })

  test('ends it: no round begins that would not fit, and what was left is told', async () => {
    const { ran, now, done, left } = await rounds({ passes: 9, least: 1, budgetMs: 345 })
    expect(now).toBeLessThanOrEqual(345)
    expect(ran.filter((name) => name.startsWith('slow'))).toHaveLength(3)
    expect(done).toBe(ran.length)
    expect(left).toBe(18 - done)
  })

  test('does not keep the first rounds from being run', async () => {
    expect(await rounds({ passes: 9, least: 3, budgetMs: 0 })).toMatchObject({ now: 330, done: 6, left: 12 })
  })

  test('effort multiplies the rounds, and each case has one', async () => {
    expect(
      (await rounds({ passes: 3, least: 3, budgetMs: 0 }, 2)).ran.filter((name) => name.startsWith('quick')),
    ).toHaveLength(6)
    expect([1, 2, 3, 4, 6].map((passes) => roundsAfter(1 / 3, passes))).toEqual([1, 1, 1, 1, 2])
  })

  test('nothing to do takes none', async () => {
    const looked: number[] = []
    const onPass = async (pass: number) => {
      looked.push(pass)
    }
    await runPasses([], { passes: 5, least: 1, budgetMs: 1e6, round: async () => {}, onPass })
    expect(looked).toEqual([])
  })
})

describe('cases and drivers', async () => {
  const cases = (await modulesOf('cases')) as Map<string, Case>
  const drivers = (await modulesOf('drivers')) as Map<string, Driver>

  test.each([...cases.values()].map((one) => [one.name, one] as const))('%s can be run and judged', (_, one) => {
    const has = (driver: string, program: string) => drivers.get(driver)?.programs.includes(program)
    expect(has('berkeley', one.program), `one of berkeley`).toBe(true)
    if (one.load !== undefined) expect(has('c', one.load)).toBe(true)
    if (one.peer && one.peer.driver !== 'self') expect(has(one.peer.driver, one.peer.program)).toBe(true)
    const metrics = one.metrics.map(({ name }) => name)
    expect(new Set(metrics).size).toBe(metrics.length)
    for (const { driver, metric, against, atLeast, atMost } of one.targets) {
      expect(metrics).toContain(metric)
      for (const name of against === undefined ? [driver] : [driver, against]) {
        expect(has(name, one.program), `${name} has ${one.program}`).toBe(true)
      }
      expect((atLeast === undefined) !== (atMost === undefined)).toBe(true)
    }
    for (const name of Object.values(one.series?.lines ?? {})) expect(metrics).toContain(name)
    if (one.series?.metric !== undefined) expect(metrics).toContain(one.series.metric)
  })
})

test('a smoke run checks bytes, writes the JSON and shows nothing of time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  try {
    const json = join(folder, 'run.json')
    const html = join(folder, 'run.html')
    const args = ['bench/run.js', 'call-overhead', 'tcp-pingpong-1B', 'micro', '--quick', '--drivers', 'berkeley']
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--json', json, '--html', html])
    expect(stdout).toMatch(/call-overhead: .*\n {2}passed: c, berkeley\n/)
    expect(stdout).not.toContain('median')
    const report = JSON.parse(readFileSync(json, 'utf8'))
    expect(report).toMatchObject({ format: 1, quick: true, micro: { failures: [] } })
    const [, pingpong] = report.results
    expect(pingpong.drivers.berkeley.runs[0].raw.percentiles.p50).toBeGreaterThan(0)
    expect(readFileSync(html, 'utf8')).toContain('id="case-call-overhead"')
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)

test('an unknown case, driver or option ends it with 2 and says what there is', async () => {
  for (const [args, text] of [
    [['no-such-case'], 'no case no-such-case; there are async-accept'],
    [['--drivers', 'perl'], 'no driver perl; there are'],
    [['--bogus'], '--drivers a,b'],
  ] as const) {
    const failure = await promisify(execFile)(process.execPath, ['bench/run.js', ...args]).catch((error) => error)
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining(text) })
  }
}, 30_000)

describe('mistakes of the command line', () => {
  const missing = join(tmpdir(), 'berkeley-no-such-folder', 'report.json')

  test.each([
    ['run.js', ['--from', missing], /^--from takes what --json wrote, not .*ENOENT/],
    ['run.js', ['--from', 'package.json'], /^--from takes what --json wrote, not package.json: a report of format/],
    ['run.js', ['--quick', 'open-close', '--json', missing], /^ENOENT/],
    ['run.js', ['--quick', 'open-close', '--html', missing], /^ENOENT/],
    ['profile.js', ['--nonsense'], /^Unknown option '--nonsense'[\s\S]*bench\/profile.js \[case/],
    ['profile.js', ['nosuch'], /^no case nosuch; there are async-accept/],
    ['profile.js', ['--drivers', 'c,nosuch'], /^no driver nosuch; there are asyncio/],
    ['profile.js', ['--top', 'x'], /^--top takes a whole number from 0 on, not x/],
  ])('%s %j says what is wrong, before it measures anything', async (program, args, message) => {
    const failure = await promisify(execFile)(process.execPath, [`bench/${program}`, ...args]).catch((error) => error)
    expect(failure).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })
})
