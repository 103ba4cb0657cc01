/**
 * The oracle: the same calls in CPython's `socket`, `select` and `selectors` and in this package, with the same results, bytes and errors. The
 * scenarios are in oracle/scenarios, the notation they are written in is explained in oracle/notation.ts.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isCall, run } from './oracle/interpreter.js'
import type { Need, Scenario } from './oracle/notation.js'
import { describeStep, difference, normalised, type Outcome } from './oracle/outcome.js'
import { subjects } from './oracle/scenarios/index.js'
import { Watchdog } from './oracle/watchdog.js'
import { has as families } from './support/families.js'
import { hasPython } from './support/python.js'
import { can } from './support/sockets.js'

const LEAST_CALLS = 150
const PYTHON_TIMEOUT_MS = 120_000

const hasPython311 = hasPython && spawnSync('python3', ['-c', 'ExceptionGroup']).status === 0
const has: Record<Need, boolean> = {
  linux: can.linux,
  bindIPv6: can.bindIPv6,
  python311: hasPython311,
  packet: families.packet,
  vsock: families.vsock,
}
const NAMES: Record<Need, string> = {
  linux: 'Linux',
  bindIPv6: 'IPv6',
  python311: 'CPython 3.11',
  packet: 'CAP_NET_RAW',
  vsock: 'vsock',
}

const scenarios = Object.entries(subjects)
  .flatMap(([subject, list]) => list.map((scenario) => ({ subject, scenario })))
  .map((entry, index) => ({ ...entry, folder: String(index) }))
const isRunnable = ({ needs = [] }: Scenario): boolean => needs.every((need) => has[need])
const runnable = scenarios.filter(({ scenario }) => isRunnable(scenario))

describe.skipIf(!hasPython)('the same calls in CPython and here [needs python3]', () => {
  let root: string
  let watchdog: Watchdog
  const answers = new Map<Scenario, Outcome[]>()

  beforeAll(() => {
    // Short, because the path of a unix socket is.
    root = mkdtempSync(join(tmpdir(), 'bo-'))
    watchdog = new Watchdog()
    const input = { root, scenarios: runnable.map(({ scenario, folder }) => ({ folder, steps: scenario.steps })) }
    const interpreter = fileURLToPath(new URL('oracle/interpreter.py', import.meta.url))
    const { stdout, stderr, status } = spawnSync('python3', [interpreter], {
      input: JSON.stringify(input),
      encoding: 'utf8',
      timeout: PYTHON_TIMEOUT_MS,
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`interpreter.py failed: ${stderr}`)
    const outcomes = JSON.parse(stdout) as Outcome[][]
    runnable.forEach(({ scenario }, index) => {
      answers.set(scenario, outcomes[index] as Outcome[])
    })
  }, PYTHON_TIMEOUT_MS)

  afterAll(async () => {
    await watchdog.stop()
    rmSync(root, { recursive: true, force: true })
  })

  for (const { subject, scenario, folder } of scenarios) {
    const needs = (scenario.needs ?? []).map((need) => ` [needs ${NAMES[need]}]`).join('')
    test.skipIf(!isRunnable(scenario))(`${subject}: ${scenario.name}${needs}`, () => {
      const theirs = answers.get(scenario) ?? []
      const ours = run(scenario, join(root, folder), watchdog)
      expect(theirs.length).toBe(scenario.steps.length)
      expect(ours.length).toBe(scenario.steps.length)
      const seen = { python: new Map(), berkeley: new Map() }
      const differences = scenario.steps.flatMap((step, index) => {
        const python = normalised(step, theirs[index] as Outcome, 'python', seen.python)
        const berkeley = normalised(step, ours[index] as Outcome, 'berkeley', seen.berkeley)
        const found = difference(step, python, berkeley)
        return found === null ? [] : [`step ${index + 1}, ${describeStep(step)}: ${found}`]
      })
      expect(differences).toEqual([])
    })
  }

  test(`at least ${LEAST_CALLS} calls were compared, preparations and repetitions not counted`, () => {
    const compared = runnable.flatMap(({ scenario }) => scenario.steps.filter((step) => !step.prepares && isCall(step)))
    expect([...answers.values()].flat().length).toBeGreaterThanOrEqual(compared.length)
    expect(new Set(compared.map(describeStep)).size).toBeGreaterThanOrEqual(LEAST_CALLS)
  })
})
