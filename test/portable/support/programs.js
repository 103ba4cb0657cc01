/** Workers and child processes that run a piece of code over the package, by the same runtime. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { command, gcFlags, slowness } from './runtime.js'

/** @import { Context } from '../suite.js' */

/**
 * The address of an entry point, for code that stands elsewhere.
 * @param {string} name
 */
export const entry = (name) => import.meta.resolve(name)

/**
 * A file with that code, a module in which `berkeley` is the package.
 * @param {Context} t
 * @param {string} code
 */
export function programFile(t, code) {
  const folder = mkdtempSync(join(tmpdir(), 'bkp-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'program.mjs')
  writeFileSync(
    path,
    `import * as berkeley from '${entry('berkeley')}'
import { parentPort, workerData } from 'node:worker_threads'
import process from 'node:process'
${code}`,
  )
  return path
}

/**
 * A worker that runs `code`, with `berkeley`, `parentPort` and `workerData` in scope; ended with the test.
 * @param {Context} t
 * @param {string} code
 * @param {unknown} [workerData]
 */
export function startWorker(t, code, workerData) {
  const worker = new Worker(pathToFileURL(programFile(t, code)), { workerData })
  t.after(() => worker.terminate())
  return worker
}

/**
 * The next message of a worker; an error of its is this promise's.
 * @param {Worker} worker
 * @returns {Promise<any>}
 */
export async function message(worker) {
  const [value] = await once(worker, 'message')
  return value
}

/** A child process, what it has printed, and how it ended. */
class Child {
  /** @type {import('node:child_process').ChildProcess} */
  process
  stdout = ''
  stderr = ''
  /** @type {Promise<{ code: number | null, signal: string | null }>} */
  #end
  #hasEnded = false

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.process = child
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000 * slowness)
    this.#end = once(child, 'close').then(([code, signal]) => {
      clearTimeout(limit)
      this.#hasEnded = true
      return { code, signal }
    })
  }

  /** Deno takes a signal by `kill()` of the child for its end. @param {NodeJS.Signals} name */
  signal(name) {
    process.kill(this.process.pid ?? 0, name)
  }

  /** Waits until it has printed that. @param {string} text */
  async printed(text) {
    while (!this.stdout.includes(text)) {
      if (this.#hasEnded) {
        throw new Error(`it ended without printing ${text}: ${this.stdout} ${this.stderr}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Waits for its end. @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>} */
  async ended() {
    return { ...(await this.#end), stdout: this.stdout, stderr: this.stderr }
  }
}

/**
 * A child process that runs `code`, with `berkeley` in scope.
 * @param {Context} t
 * @param {string} code
 * @param {{ stdio?: (number | 'pipe' | 'ignore')[], env?: Record<string, string> }} [options] what it gets besides standard
 *   input (none), output and error
 */
export function startChild(t, code, { stdio = [], env = {} } = {}) {
  const [executable = '', ...args] = command
  const child = new Child(
    spawn(executable, [...args, ...gcFlags, programFile(t, code)], {
      stdio: ['ignore', 'pipe', 'pipe', ...stdio],
      env: { ...process.env, ...env },
    }),
  )
  t.after(async () => {
    child.process.kill('SIGKILL')
    await child.ended()
  })
  return child
}
