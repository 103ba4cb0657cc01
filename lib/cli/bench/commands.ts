/** What `berkeley bench server` and `berkeley bench client` do. */
import { writeFile } from 'node:fs/promises'
import { bareHost, formatAddress } from '../address.js'
import { colors } from '../colors.js'
import { failure } from '../failure.js'
import { onInterrupt } from '../interrupt.js'
import { print } from '../output.js'
import { version } from '../package.js'
import { counted } from '../units.js'
import { BenchClient } from './client/client.js'
import { checkFile } from './files.js'
import { thisMachine } from './machine.js'
import { type ClientFlags, intervalOf, type ServerFlags, testsOf } from './options.js'
import { SILENT, showProgress } from './progress.js'
import type { BenchResults } from './results.js'
import { BenchServer } from './server/server.js'
import { overview } from './summary.js'

/** Serves until Ctrl-C, which is how it ends: exit code 0. */
export async function serve(flags: ServerFlags): Promise<void> {
  using interrupt = onInterrupt()
  const bind = flags.bind === undefined ? null : bareHost(flags.bind, '--bind')
  let server: BenchServer
  try {
    server = await BenchServer.start({
      bind,
      port: flags.port,
      oneOff: flags.oneOff ?? false,
      maxSessions: flags.maxSessions,
      limits: { seconds: flags.maxTime, parallel: flags.maxConnections, bitrate: flags.maxBitrate ?? null },
      machine: thisMachine(version()),
      say: (line) => print(`  ${line}`),
    })
  } catch (error) {
    throw failure(`${bind ?? 'all addresses'} port ${flags.port}`, error)
  }
  const where = formatAddress([server.host, server.port])
  const all = bind === null ? ' (all addresses of this host)' : ''
  print(`berkeley bench: serving on ${where}${all}, TCP and UDP`)
  interrupt.signal.addEventListener('abort', () => void server.stop('the server was stopped'))
  const { sessions, tests, refused } = await server.run()
  const turned = refused === 0 ? '' : `, ${counted(refused, 'connection')} turned away`
  print(`Served ${counted(sessions, 'session')} with ${counted(tests, 'test')}${turned}.`)
}

/** Measures; the exit code is 1 where a test failed, and 130 or 143 after an interruption. */
export async function measure(host: string, flags: ClientFlags): Promise<void> {
  const tests = testsOf(flags)
  const { json, html } = flags
  // Before anything is measured in vain.
  if (typeof json === 'string' && json !== '-') await checkFile('--json', json)
  if (html !== undefined) await checkFile('--html', html)
  using interrupt = onInterrupt()
  const toStdout = json === true || json === '-'
  const progress = toStdout ? SILENT : showProgress(process.stdout)
  const plan = {
    host: bareHost(host, 'HOST'),
    port: flags.port,
    tests,
    interval: intervalOf(flags),
    machine: thisMachine(version()),
  }
  let client: BenchClient
  try {
    client = await BenchClient.connect(plan, interrupt.signal, progress)
  } catch (error) {
    if (interrupt.exitCode === undefined) throw error
    process.exitCode = interrupt.exitCode
    return
  }
  const results = await client.run()
  if (!toStdout) {
    const { bold } = colors(process.stdout)
    print(bold('Summary'))
    for (const line of overview(results)) print(`  ${line}`)
  }
  await write(results, flags, toStdout)
  const failed = results.tests.some(({ status }) => status === 'failed') || results.tests.length < tests.length
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode
  else if (failed) process.exitCode = 1
}

/** JSON and the report, where they were asked for. */
async function write(results: BenchResults, { json, html }: ClientFlags, toStdout: boolean): Promise<void> {
  const text = `${JSON.stringify(results, null, 2)}\n`
  const failures: unknown[] = []
  const save = async (file: string, content: string): Promise<boolean> => {
    try {
      await writeFile(file, content)
      return true
    } catch (error) {
      failures.push(failure(file, error))
      return false
    }
  }
  if (toStdout) process.stdout.write(text)
  else if (typeof json === 'string') await save(json, text)
  if (html !== undefined) {
    const { reportOf } = await import('./report/report.js')
    if ((await save(html, reportOf(results))) && !toStdout) print(`The report is in ${html}`)
  }
  // Not before both were tried: what was measured is not to be lost.
  if (failures.length > 0) throw failures[0]
}
