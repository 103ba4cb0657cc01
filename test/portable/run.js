/**
 * Runs the portable suite by the runtime that runs this file: `node test/portable/run.js [options] [part of a name]...`
 *
 * Each file of tests has a process of its own, so that one that crashes or blocks for ever is told and the others still
 * run. A line per test, `ok`, `not ok` or `skip`, with its milliseconds or the reason; the status is 1 where one failed.
 *
 *   --in-process   all of it in this one process, without a watchdog
 *   --list         only the names
 *   --json         one JSON object a line
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { reporterOf } from './support/report.js'
import { runFile } from './support/run-file.js'
import { superviseFile } from './support/supervise.js'

const folder = fileURLToPath(new URL('tests/', import.meta.url))
const given = process.argv.slice(2)
const has = (/** @type {string} */ flag) => given.includes(flag)
const filters = given.filter((argument) => !argument.startsWith('--'))

const reporter = reporterOf(has('--json'))
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .sort()
for (const file of files) {
  const path = folder + file
  const subject = file.replace(/\.js$/, '')
  const options = { subject, filters, isList: has('--list') }
  if (has('--list') || has('--in-process')) {
    await runFile(pathToFileURL(path).href, options, 0, { began: () => {}, ended: reporter.tell })
  } else {
    await superviseFile(path, options, reporter.tell)
  }
}
reporter.summary()
process.exit(reporter.failed > 0 || reporter.passed === 0 ? 1 : 0)
