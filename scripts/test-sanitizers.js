/**
 * Runs the scripts of test/sanitizers/ over the addon, built with AddressSanitizer, whose LeakSanitizer looks at what is
 * left when a process ends, and built with ThreadSanitizer. First both have to see faults that are made on purpose.
 * Arguments choose: `leaks` or `threads`, and scripts by part of their name (`engine`, `io_uring`).
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasUring } from './has-uring.js'
import { buildForLeaks, buildForThreads, buildSlowResolver } from './sanitizers/builds.js'
import { read } from './sanitizers/reports.js'

const root = fileURLToPath(new URL('../', import.meta.url))

/** @typedef {'leaks' | 'threads'} Sanitizer */

/** @type {Record<Sanitizer, Record<string, string>>} */
const OPTIONS = {
  leaks: {
    ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1',
    // Leaks that are Node's own are told from the addon's by reports.js.
    LSAN_OPTIONS: 'exitcode=0:max_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  },
  // Of what Node does it sees too little to judge it: its atomics, for one.
  threads: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1:second_deadlock_stack=1:atexit_sleep_ms=200' },
}

/** What must be seen where the fault is made, and by whom. @type {[Sanitizer, string, RegExp][]} */
const FAULTS = [
  ['leaks', 'leak', /Direct leak of 12345 byte/],
  ['leaks', 'leakInWorker', /Direct leak of 12345 byte/],
  ['leaks', 'leakAtExit', /Direct leak of 12345 byte/],
  ['leaks', 'useAfterFree', /heap-use-after-free/],
  ['leaks', 'overflow', /signed integer overflow/],
  ['threads', 'raceOfThreads', /data race/],
  ['threads', 'raceOfEnvironments', /data race/],
]

const THREAD = { BERKELEY_WAKER: 'thread' }
const URING = { BERKELEY_ENGINE: 'io_uring' }

/** @type {{ script: string, args?: string[], envs: Record<string, string>[], slowResolver?: boolean, prints?: RegExp }[]} */
const SCRIPTS = [
  { script: 'engine', envs: [{}, THREAD, URING, { ...THREAD, ...URING }] },
  { script: 'blocking', envs: [{}] },
  { script: 'look-ups', envs: [{}, THREAD], slowResolver: true },
  { script: 'data', envs: [{}, URING] },
  { script: 'teardown', args: ['main'], envs: [{}, THREAD, URING] },
  { script: 'teardown', args: ['workers'], envs: [{}, THREAD] },
  { script: 'exit', args: ['exit'], envs: [{}, THREAD, URING] },
  { script: 'exit', args: ['later'], envs: [{}, THREAD] },
  { script: 'exit', args: ['close'], envs: [{}, THREAD, URING] },
  { script: 'portable', envs: [{ BERKELEY_SLOWNESS: '4' }], prints: /^\d+ passed, 0 failed, \d+ skipped$/m },
]

/** Those that are not in test/sanitizers/. @type {Record<string, string>} */
const PROGRAMS = { portable: 'test/portable/run.js' }

const LIMIT_MS = 120_000

/**
 * Runs Node with a sanitizer, and reads what that had to say of this process and its children.
 * @param {Sanitizer} sanitizer @param {string[]} args @param {Record<string, string>} given
 * @returns {Promise<{ ended: string, stdout: string, stderr: string, reports: string, seconds: number }>}
 */
async function runNode(sanitizer, args, given) {
  const start = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'bk-sanitizers-'))
  const options = Object.entries(OPTIONS[sanitizer]).map(([name, value]) => [
    name,
    `${value}:log_path=${folder}/report`,
  ])
  const env = { ...Object.fromEntries(options), ...given }
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code, signal] = await once(child, 'close')
  const reports = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  rmSync(folder, { recursive: true })
  const seconds = (performance.now() - start) / 1000
  return { ended: signal ?? String(code), stdout, stderr, reports: reports.join('\n\n'), seconds }
}

/**
 * A run, and what it must show: a line of the table, and the reason where it failed.
 * @typedef {{ name: string, run: () => Promise<{ note: string, failure?: string }> }} Row
 */

/** @param {Sanitizer} sanitizer @param {import('./sanitizers/builds.js').Build} build @returns {Row[]} */
function faultRows(sanitizer, build) {
  return FAULTS.filter(([by]) => by === sanitizer).map(([, fault, expected]) => ({
    name: `${sanitizer} fault ${fault}`,
    async run() {
      const args = ['test/sanitizers/faulty.js', fault, build.faulty]
      const { stderr, reports } = await runNode(sanitizer, args, { LD_PRELOAD: build.preload })
      const isSeen = read(`${stderr}\n\n${reports}`).found.some((report) => expected.test(report))
      return isSeen ? { note: 'seen, as it must be' } : { note: '', failure: `not seen: ${stderr}\n${reports}` }
    },
  }))
}

/**
 * @param {Sanitizer} sanitizer @param {import('./sanitizers/builds.js').Build} build @param {string} slowResolver
 * @param {boolean} canUring
 * @returns {Row[]}
 */
function scriptRows(sanitizer, build, slowResolver, canUring) {
  return SCRIPTS.flatMap((row) =>
    row.envs
      .filter((env) => canUring || env.BERKELEY_ENGINE === undefined)
      .map((env) => ({
        name: [sanitizer, row.script, ...(row.args ?? []), ...Object.values(env)].join(' '),
        async run() {
          const preload = row.slowResolver ? `${build.preload} ${slowResolver}` : build.preload
          const given = { ...env, LD_PRELOAD: preload, BERKELEY_ADDON: build.addon }
          const args = [PROGRAMS[row.script] ?? `test/sanitizers/${row.script}.js`, ...(row.args ?? [])]
          const { ended, stdout, stderr, reports, seconds } = await runNode(sanitizer, args, given)
          const { found, others } = read(`${stderr}\n\n${reports}`)
          const note = `${seconds.toFixed(1)} s${others > 0 ? `, ${others} leaks of Node's own` : ''}`
          if (found.length > 0) {
            return { note, failure: `${found.length} reports, of which\n${found.slice(0, 5).join('\n\n')}` }
          }
          if (ended === '0' && (row.prints ?? /^done$/).test(stdout.trimEnd())) return { note }
          return { note, failure: `ended with ${ended} and printed ${stdout.slice(-4000)}\n${stderr.slice(-4000)}` }
        },
      })),
  )
}

/** Runs rows, as many at a time as there are CPUs. @param {Row[]} rows @returns {Promise<number>} how many failed */
async function runAll(rows) {
  const waiting = [...rows]
  let failures = 0
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const { note, failure } = await row.run()
      console.log(`${failure === undefined ? 'ok    ' : 'FAILED'} ${row.name.padEnd(48)} ${note}`)
      if (failure === undefined) continue
      failures++
      console.error(`${failure}\n`)
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
  return failures
}

async function main() {
  if (process.platform !== 'linux') throw new Error('elsewhere than on Linux no sanitizer can be preloaded into Node')
  const given = process.argv.slice(2)
  const wanted = /** @type {Sanitizer[]} */ (['leaks', 'threads'].filter((name) => given.includes(name)))
  const names = given.filter((name) => name !== 'leaks' && name !== 'threads')
  execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' })
  const canUring = hasUring()
  if (!canUring) console.log('SKIPPED: the scripts over io_uring, which this machine has not')
  const slowResolver = buildSlowResolver()
  let failures = 0
  for (const sanitizer of wanted.length > 0 ? wanted : /** @type {Sanitizer[]} */ (['leaks', 'threads'])) {
    const build = sanitizer === 'leaks' ? buildForLeaks() : buildForThreads()
    const scripts = scriptRows(sanitizer, build, slowResolver, canUring)
    const chosen = scripts.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
    if (chosen.length === 0) throw new Error(`no script is called ${names.join(', ')}`)
    failures += await runAll([...faultRows(sanitizer, build), ...chosen])
  }
  console.log(failures === 0 ? 'nothing found' : `${failures} failed`)
  process.exit(failures === 0 ? 0 : 1)
}

await main()
