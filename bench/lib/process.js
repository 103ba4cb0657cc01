import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { reasonIn } from './command.js'

/** @import { ChildProcess } from 'node:child_process' */

/** Those alive, to be ended with this process. @type {Set<ChildProcess>} */
const alive = new Set()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1))

/** The CPUs this process may run on; an empty list where the system does not tell. */
export const cpus = (() => {
  try {
    const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    return list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
  } catch {
    return []
  }
})()

/** Whether taskset(1), of util-linux, is there to pin processes with. */
export const canPin = (() => {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return cpus.length > 0
  } catch {
    return false
  }
})()

/**
 * Starts a program, pinned to `cpu` where one is given. It is killed after `limitMs`, and then `ended` rejects, as it
 * does for any exit code but 0. The first line of its output comes early.
 * @param {string[]} command
 * @param {{ cpu?: number | undefined, limitMs: number }} options
 */
export function start(command, { cpu, limitMs }) {
  const [file = '', ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  alive.add(child)
  /** @type {string[]} */
  const lines = []
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  const output = createInterface({ input: child.stdout })
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)

  /** @type {Error | undefined} */
  let failure
  const ended = new Promise((/** @type {(lines: string[]) => void} */ resolve, reject) => {
    const fail = (/** @type {string} */ what) => {
      const reason = reasonIn(errors)
      failure = new Error(reason === '' ? what : `${what}: ${reason}`)
      reject(failure)
    }
    child.on('error', (error) => fail(error.message))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      alive.delete(child)
      if (late) fail(`killed after ${limitMs / 1000} s`)
      else if (code !== 0) fail(signal === null ? `exit code ${code}` : `ended by ${signal}`)
      else resolve(lines)
    })
  })
  const firstLine = new Promise((/** @type {(line: string) => void} */ resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line)
      resolve(line)
    })
    ended.then(() => reject(new Error('no output')), reject)
  })
  // Whoever asks gets the rejection; that nobody has asked yet is not an error of its own.
  for (const promise of [ended, firstLine]) promise.catch(() => {})
  return { pid: child.pid, ended, firstLine, failure: () => failure, kill: () => child.kill('SIGKILL') }
}
