/** What `berkeley bench server` and `berkeley bench client` do. */
import { writeFile } from 'node:fs/promises'
import { formatAddress } from '../address.js'
import { colors } from '../colors.js'
import { failure, UsageError } from '../failure.js'
import { onInterrupt } from '../interrupt.js'
import { print } from '../output.js'
import { version } from '../package.js'
import { counted } from '../units.js'
import { BenchClient } from './client/client.js'
import { thisMachine } from './machine.js'
import { type ClientFlags, intervalOf, type ServerFlags, testsOf } from './options.js'
import { SILENT, showProgress } from './progress.js'
import type { BenchResults } from './results.js'
import { BenchServer } from './server/server.js'
import { overview } from './summary.js'

/** Serves until Ctrl-C, which is how it ends: exit code 0. */
export async function serve(flags: ServerFlags): Promise<void> {
  using interrupt = onInterrupt()
  const bind = flags.bind ?? null
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
  using interrupt = onInterrupt()
  const toStdout = flags.json === true || flags.json === '-'
  const progress = toStdout ? SILENT : showProgress(process.stdout)
  const plan = { host, port: flags.port, tests, interval: intervalOf(flags), machine: thisMachine(version()) }
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
  if (toStdout) process.stdout.write(text)
  else if (typeof json === 'string') await save(json, text)
  if (html === undefined) return
  const { reportOf } = await import('./report/report.js')
  await save(html, reportOf(results))
  if (!toStdout) print(`The report is in ${html}`)
}

async function save(file: string, text: string): Promise<void> {
  if (file === '') throw new UsageError('a file has a name')
  try {
    await writeFile(file, text)
  } catch (error) {
    throw failure(file, error)
  }
}
