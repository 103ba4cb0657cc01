/** Runs a file of tests in a process of its own, as often as it takes: one that dies or hangs is started again behind it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { command, gcFlags, slowness } from './runtime.js'

/** @typedef {import('./report.js').Told} Told */
/** @typedef {import('./run-file.js').Selection} Selection */

const program = fileURLToPath(new URL('run-file.js', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))
/** What a test needs beyond its own limit, to say that it has not kept it. */
const GRACE_MS = 5000 * slowness
const START_MS = 20_000 * slowness

/**
 * @param {string} path of the file
 * @param {Selection} selection
 * @param {(result: Told) => void} tell
 */
export async function superviseFile(path, selection, tell) {
  let first = 0
  for (;;) {
    const { count, current, problem } = await runOnce(path, selection, first, tell)
    if (problem === undefined) return
    const name = current ?? `(loading ${selection.subject})`
    tell({ subject: selection.subject, name, outcome: 'failed', reason: problem, ms: 0 })
    if (current === undefined) return
    first += count + 1
  }
}

/**
 * @param {string} path
 * @param {Selection} selection
 * @param {number} first
 * @param {(result: Told) => void} tell
 * @returns {Promise<{ count: number, current: string | undefined, problem: string | undefined }>} how many tests it ran to
 *   their end; which one it was at and what became of it
 */
async function runOnce(path, selection, first, tell) {
  const [executable, ...args] = command
  const job = JSON.stringify({ path, selection, first })
  const child = spawn(/** @type {string} */ (executable), [...args, ...gcFlags, program, job], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let count = 0
  let isDone = false
  let problem = ''
  let printed = ''
  /** @type {string | undefined} */
  let current
  const giveUp = () => {
    problem = 'it blocks its thread; killed. '
    child.kill('SIGKILL')
  }
  let watchdog = setTimeout(giveUp, START_MS)
  const closed = once(child, 'close')
  const text = (/** @type {unknown} */ chunk) => {
    printed = (printed + chunk).slice(-4000)
  }
  child.stderr.setEncoding('utf8').on('data', text)
  for await (const line of createInterface({ input: child.stdout })) {
    const told = line.startsWith('{"') ? JSON.parse(line) : undefined
    if (told === undefined) {
      text(`${line}\n`)
      continue
    }
    clearTimeout(watchdog)
    watchdog = setTimeout(giveUp, (told.limitMs ?? 0) + GRACE_MS)
    if (told.done) isDone = true
    else if (told.began !== undefined) current = told.began
    else {
      count++
      current = undefined
      tell(told)
    }
  }
  const [code, signal] = await closed
  clearTimeout(watchdog)
  if (isDone && code === 0) return { count, current, problem: undefined }
  return { count, current, problem: `${problem}the process ended with ${signal ?? `status ${code}`}\n${printed}` }
}
