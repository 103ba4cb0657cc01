/**
 * Runs the portable suite, and the scripts of test/faults/, while strace(1) lets system calls fail, or take longer:
 * what a signal interrupts is done again, what the kernel refuses is told as it says, nothing leaks or hangs.
 * Arguments choose runs by part of their name (`EINTR`). A run in which nothing was injected fails.
 */
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { rows } from './faults/injections.js'
import { lastCallOf, prepareStrace, runInjected } from './faults/strace.js'
import { hasUring } from './has-uring.js'

/** @typedef {import('./faults/injections.js').Row} Row */

const root = fileURLToPath(new URL('../', import.meta.url))
const LIMIT_MS = 180_000

/** @param {Row} row @returns {Promise<boolean>} whether it went well */
async function runRow({ name, faults, args, env = {}, mayFail = false }) {
  const options = { env: { BERKELEY_SLOWNESS: '4', ...env }, limitMs: LIMIT_MS }
  const injections = []
  for (const [calls, fault] of faults) {
    // What the program comes to with that very call is known by what it does untouched.
    const when = fault.endsWith('when=last') ? String(await lastCallOf(calls, args, options)) : 'last'
    injections.push(`${calls}:${fault.replace(/last$/, when)}`)
  }
  const { ended, stdout, stderr, hits, seconds } = await runInjected(injections, args, options)
  const missed = faults.flatMap(([calls]) => {
    const unhit = calls.split(',').filter((call) => !hits.has(call))
    // How far tests come that fail is by chance: one call of each fault will do.
    return mayFail && unhit.length < calls.split(',').length ? [] : unhit
  })
  const passed = (mayFail ? /^(\d+) passed/m : /^(\d+) passed, 0 failed/m).exec(stdout)?.[1]
  // By SIGKILL those are ended that wait for what was never sent.
  const died = mayFail ? /ended with SIG(?!KILL)\w+/.exec(stdout)?.[0] : undefined
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0)
  const hasEnded = ended === '0' || (mayFail && ended === '1' && died === undefined)
  const isGood = hasEnded && passed !== undefined && missed.length === 0
  const figures = `${passed?.padStart(3) ?? 'not all'} passed, ${String(total).padStart(5)} injected, ${seconds.toFixed(1)} s`
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${name.padEnd(32)} ${figures}`)
  console.log(`         ${[...hits].map(([call, count]) => `${call} ${count}`).join(', ')}`)
  if (isGood) return true
  if (missed.length > 0) console.error(`never hit: ${missed.join(', ')}`)
  if (died !== undefined) console.error(`a process ${died}`)
  const failures = stdout.split('\n').filter((line) => !/^(ok|skip) - /.test(line))
  console.error(`ended with ${ended}: ${failures.join('\n').slice(-6000)}\n${stderr.slice(-4000)}\n`)
  return false
}

async function main() {
  const names = process.argv.slice(2)
  const chosen = rows.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
  if (chosen.length === 0) throw new Error(`no run is called ${names.join(', ')}`)
  try {
    prepareStrace()
  } catch (error) {
    console.error(`test:faults: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
  execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' })
  const canUring = hasUring()
  if (!canUring) console.log('SKIPPED: what is over io_uring, which this machine has not')
  const waiting = chosen.filter(({ env }) => canUring || env?.BERKELEY_ENGINE !== 'io_uring')
  let failed = 0
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) if (!(await runRow(row))) failed++
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work))
  console.log(failed === 0 ? 'all as it must be' : `${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}

await main()
