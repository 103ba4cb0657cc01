/** strace(1), which lets system calls fail or take longer: whether it can be had here, and what it did. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** `--seccomp-bpf`: only what is traced stops, so that the rest is as fast as ever. */
const FLAGS = ['-f', '--seccomp-bpf', '-qq', '-e', 'signal=none']

/** Installs strace where it is missing. @throws {Error} where it cannot be had, or may not trace */
export function prepareStrace() {
  if (process.platform !== 'linux') throw new Error('strace(1) is there on Linux only')
  if (spawnSync('strace', ['-V']).error !== undefined) {
    const apt = (/** @type {string[]} */ ...args) => execFileSync('apt-get', ['-qq', ...args], { stdio: 'inherit' })
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'strace')
  }
  const { status, stderr } = spawnSync('strace', [...FLAGS, '-e', 'trace=close', 'true'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`strace may not trace here (ptrace(2) is not permitted?): ${stderr.trim()}`)
}

/** The system call of a line of strace's that tells of an injection. */
const INJECTED = /^\d+ +(?:<\.\.\. )?(\w+)[( ].*\((?:INJECTED|DELAYED)\)$/

/** The system call that a line of strace's output says was tampered with. @param {string} line */
export const injectedCall = (line) => INJECTED.exec(line)?.[1]

/** A line that begins a system call, and the thread that makes it. */
const CALL = /^(\d+) +\w+\(/

/** @typedef {{ env: Record<string, string>, limitMs: number }} Options */

/**
 * Runs Node and all that it starts under strace.
 * @param {string} calls those that are traced: `recvfrom,recvmsg`
 * @param {readonly string[]} more of strace's arguments
 * @param {readonly string[]} args of Node
 * @param {Options} options
 * @param {(line: string) => void} tell gets each line of strace's
 */
async function runTraced(calls, more, args, { env, limitMs }, tell) {
  const folder = mkdtempSync(join(tmpdir(), 'bk-faults-'))
  const log = join(folder, 'strace')
  const child = spawn('strace', [...FLAGS, '-o', log, '-e', `trace=${calls}`, ...more, process.execPath, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  // What strace runs would outlive it: all of its group is ended.
  const timer = setTimeout(() => process.kill(-Number(child.pid), 'SIGKILL'), limitMs)
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  for await (const line of createInterface({ input: createReadStream(log) })) tell(line)
  rmSync(folder, { recursive: true })
  return { ended: signal ?? String(code), stdout, stderr }
}

/**
 * Which call of its kind the last one of a program's first thread is, where all goes well: `when` of strace counts so.
 * @param {string} call a system call
 * @param {readonly string[]} args of Node
 * @param {Options} options
 * @returns {Promise<number>} 0 where it makes none
 */
export async function lastCallOf(call, args, options) {
  /** @type {string | undefined} */
  let first
  let count = 0
  await runTraced(call, [], args, options, (line) => {
    const thread = CALL.exec(line)?.[1]
    if (thread === undefined) return
    first ??= thread
    if (thread === first) count++
  })
  return count
}

/**
 * Runs Node and all that it starts under strace, which injects faults.
 * @param {readonly string[]} injections in strace's terms: `recvfrom,recvmsg:error=EINTR:when=1+2`
 * @param {readonly string[]} args of Node
 * @param {Options} options
 * @returns {Promise<{ ended: string, stdout: string, stderr: string, hits: Map<string, number>, seconds: number }>}
 *   `hits`: how often, by system call
 */
export async function runInjected(injections, args, options) {
  const start = performance.now()
  /** @type {Map<string, number>} */
  const hits = new Map()
  const calls = injections.map((injection) => injection.slice(0, injection.indexOf(':'))).join(',')
  const more = injections.flatMap((injection) => ['-e', `inject=${injection}`])
  const end = await runTraced(calls, more, args, options, (line) => {
    const call = injectedCall(line)
    if (call !== undefined) hits.set(call, (hits.get(call) ?? 0) + 1)
  })
  return { ...end, hits, seconds: (performance.now() - start) / 1000 }
}
