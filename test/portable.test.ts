/** The portable suite by this Node; `npm run test:runtimes` runs it by all the others. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

interface Result {
  subject: string
  name: string
  outcome: 'passed' | 'failed' | 'skipped'
  reason?: string
}

function run(...filters: string[]): { status: number | null; results: Result[] } {
  const { VITEST, VITEST_MODE, VITEST_POOL_ID, VITEST_WORKER_ID, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, ['test/portable/run.js', '--json', ...filters], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...env, BERKELEY_SLOWNESS: '2' },
  })
  const lines = stdout.trimEnd().split('\n')
  const results = lines.map((line) => JSON.parse(line) as Partial<Result>)
  return { status, results: results.filter((one): one is Result => one.outcome !== undefined) }
}

test('the portable suite', { timeout: 240_000 }, () => {
  const { status, results } = run()
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  expect(status).toBe(0)
  expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(200)
  for (const { outcome, reason } of results) if (outcome === 'skipped') expect(reason).toMatch(/\w/)
})

test('a part of it that no test is in fails', () => {
  expect(run('there is no such test')).toEqual({ status: 1, results: [] })
})
