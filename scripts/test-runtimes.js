/**
 * Runs the portable suite, test/portable, on every runtime and over every engine that this machine can have:
 * `npm run test:runtimes -- [--install] [part of a runtime's name]...`. It ends with a table, and fails where a test did.
 *
 *   --install   gets what emulation needs by apt-get, as root
 *   --all       fails where one of them could not be run, but for io_uring, which many kernels forbid
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { EMULATOR_PACKAGES, entries, hasEmulator } from './runtimes/list.js'

/** @typedef {{ subject: string, name: string, outcome: 'passed' | 'failed' | 'skipped', reason?: string }} Result */
/** @typedef {{ name: string, results: Result[], seconds: number, problem?: string, missing?: string }} Report */

const root = fileURLToPath(new URL('../', import.meta.url))
const given = process.argv.slice(2)
const filters = given.filter((argument) => !argument.startsWith('--')).map((argument) => argument.toLowerCase())
const chosen = entries.filter(
  ({ name }) => filters.length === 0 || filters.some((part) => name.toLowerCase().includes(part)),
)

execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' })
if (given.includes('--install') && !hasEmulator() && chosen.some(({ name }) => name.includes('qemu'))) {
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...EMULATOR_PACKAGES], {
    stdio: 'inherit',
  })
}

/**
 * @param {import('./runtimes/list.js').Entry} entry
 * @returns {Promise<Report>}
 */
async function run(entry) {
  const runtime = entry.open()
  if (typeof runtime === 'string') return { name: entry.name, results: [], seconds: 0, missing: runtime }
  const { command, env, end } = runtime
  const began = performance.now()
  const [executable = '', ...args] = command
  const child = spawn(executable, [...args, 'test/portable/run.js', '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Two run at a time.
    env: { ...process.env, BERKELEY_SLOWNESS: '2', ...env, BERKELEY_RUNTIME: JSON.stringify(command) },
  })
  const closed = once(child, 'close')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  /** @type {Result[]} */
  const results = []
  let isWhole = false
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line)
    if (told.outcome !== undefined) results.push(told)
    else isWhole = told.passed !== undefined
  }
  const [code, signal] = await closed
  end?.()
  const seconds = (performance.now() - began) / 1000
  if (isWhole) return { name: entry.name, results, seconds }
  return { name: entry.name, results, seconds, problem: `ended with ${signal ?? code}: ${stderr.slice(-2000)}` }
}

/** @param {Report} report @param {Result['outcome']} outcome */
const count = ({ results }, outcome) => results.filter((result) => result.outcome === outcome).length

/** @param {Report} report */
function tell(report) {
  const { name, results, seconds, problem, missing } = report
  if (missing !== undefined) return console.log(`${name}: NOT RUN, ${missing}`)
  const numbers = `${count(report, 'passed')} passed, ${count(report, 'failed')} failed, ${count(report, 'skipped')} skipped`
  console.log(`${name}: ${numbers} in ${seconds.toFixed(0)} s`)
  if (problem !== undefined) console.log(problem.replace(/^/gm, '    '))
  for (const { subject, name: test, outcome, reason } of results) {
    if (outcome === 'failed') console.log(`  FAILED ${subject}: ${test}\n${String(reason).replace(/^/gm, '    ')}`)
  }
}

/** @type {Report[]} */
const reports = []
const waiting = [...chosen]
await Promise.all(
  Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const report = await run(entry)
      tell(report)
      reports.push(report)
    }
  }),
)
reports.sort(
  (a, b) => entries.findIndex(({ name }) => name === a.name) - entries.findIndex(({ name }) => name === b.name),
)

/** Each reason once, with how many tests it stands for. @param {Report} report */
function reasonsOf({ results, missing, problem }) {
  if (missing !== undefined) return `not run: ${missing}`
  const reasons = results.filter(({ outcome }) => outcome === 'skipped').map(({ reason }) => String(reason))
  const lines = [...new Set(reasons)].map(
    (reason) => `${reasons.filter((other) => other === reason).length}: ${reason}`,
  )
  return [...(problem === undefined ? [] : ['did not end well']), ...lines].join('\n')
}

const table = new Table({
  head: ['runtime', 'passed', 'failed', 'skipped', 'why skipped'],
  colAligns: ['left', 'right', 'right', 'right', 'left'],
  colWidths: [null, null, null, null, 70],
  wordWrap: true,
  style: { head: [], border: [] },
})
for (const report of reports) {
  const { name } = report
  table.push([name, count(report, 'passed'), count(report, 'failed'), count(report, 'skipped'), reasonsOf(report)])
}
console.log(table.toString())
const isWell = reports.every(
  (report) =>
    (report.missing !== undefined && (!given.includes('--all') || report.name === 'io_uring')) ||
    (report.problem === undefined && count(report, 'failed') === 0 && count(report, 'passed') > 0),
)
process.exit(isWell && reports.length > 0 ? 0 : 1)
