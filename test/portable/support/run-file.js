/** Runs one file of tests in this process. As a program: `run-file.js JSON`, which answers in lines of JSON. */
import { pathToFileURL } from 'node:url'
import { AF_UNIX, getaddrinfoAsync, socketpair } from 'berkeley'
import { runTest, takeTests } from '../suite.js'
import { printLine } from './report.js'
import { slowness } from './runtime.js'

/** @typedef {{ subject: string, filters: readonly string[], isList: boolean }} Selection */
/** @typedef {import('./report.js').Told} Told */

/** What is opened once for all asynchronous calls and look-ups is opened now, and so is no test's leak. */
async function warmUp() {
  const [first, second] = socketpair(AF_UNIX)
  const received = second.recvAsync(1)
  await first.sendAsync('x')
  await received
  first.close()
  second.close()
  await getaddrinfoAsync('localhost', 0)
}

/**
 * @param {string} url of the file
 * @param {Selection} selection
 * @param {number} first which of its tests, of those that are selected, is the first to run
 * @param {{ began(name: string, limitMs: number): void, ended(result: Told): void }} tell
 */
export async function runFile(url, { subject, filters, isList }, first, tell) {
  await import(url)
  const isSelected = (/** @type {string} */ name) =>
    filters.length === 0 || filters.some((part) => `${subject}: ${name}`.includes(part))
  const tests = takeTests().filter(({ name }) => isSelected(name))
  if (isList) return tests.forEach(({ name }) => void printLine(`${subject}: ${name}`))
  if (tests.length > first) await warmUp()
  for (const test of tests.slice(first)) {
    tell.began(test.name, test.timeout * slowness * 1000)
    tell.ended({ subject, ...(await runTest(test)) })
  }
}

const [, program, job] = process.argv
if (program !== undefined && pathToFileURL(program).href === import.meta.url) {
  const { path, selection, first } = JSON.parse(String(job))
  await runFile(pathToFileURL(path).href, selection, first, {
    began: (name, limitMs) => printLine(JSON.stringify({ began: name, limitMs })),
    ended: (result) => printLine(JSON.stringify(result)),
  })
  printLine(JSON.stringify({ done: true }))
  process.exit(0)
}
