/** Workers and child processes that run a piece of code over the built package. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const root = new URL('../../', import.meta.url)
/** The address of an entry point of the built package, to import in code for workers and children. */
export const entryOf = (name: string): string => new URL(`dist/${name}.js`, root).href
const entry = entryOf('index')
const PREAMBLE = `import * as berkeley from '${entry}'\nimport { parentPort, workerData } from 'node:worker_threads'\n`

/** A worker that runs `code`, a module with `berkeley`, `parentPort` and `workerData` in scope. */
export function startWorker(code: string, workerData?: unknown): Worker {
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(PREAMBLE + code)}`), { workerData })
}

/** The next message of a worker; an error of its is this promise's. */
export async function message<T = unknown>(worker: Worker): Promise<T> {
  const [value] = (await once(worker, 'message')) as [T]
  return value
}

/** A child process that runs `code`, a module with `berkeley` in scope. Its standard output is piped. */
export function startChild(code: string, ...args: string[]): ChildProcess {
  return startWrapped([], code, ...args)
}

/** The same, started by another program: `[command, ...arguments]`, to which Node and its arguments are added. */
export function startWrapped(wrapper: readonly string[], code: string, ...args: string[]): ChildProcess {
  const source = `import * as berkeley from '${entry}'\n${code}`
  const [command, ...rest] = [...wrapper, process.execPath, '--input-type=module', '-e', source, ...args]
  return spawn(command as string, rest, { cwd: fileURLToPath(root), stdio: ['pipe', 'pipe', 'pipe'] })
}

/**
 * Interrupts a child that has just printed that it is about to block; once more where it says nothing then: on a busy
 * machine a signal may come before the call, which does not hear of it.
 */
export function interrupt(child: ChildProcess): void {
  const send = () => {
    child.kill('SIGINT')
    timer = setTimeout(send, 3000)
  }
  let timer = setTimeout(send, 50)
  const stop = () => clearTimeout(timer)
  child.stdout?.once('data', stop)
  child.once('exit', stop)
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Waits for a child's end and what it printed. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}

/** Waits until a child has printed `text`. */
export async function printed(child: ChildProcess, text: string): Promise<void> {
  let seen = ''
  for await (const chunk of child.stdout ?? []) {
    seen += String(chunk)
    if (seen.includes(text)) return
  }
  throw new Error(`the child ended without printing ${JSON.stringify(text)}; it printed ${JSON.stringify(seen)}`)
}

/** How the engine can be woken: by libuv, or by a thread of its own. */
export const wakers = ['libuv', 'thread'] as const
export type Waker = (typeof wakers)[number]

/** Runs `code`, a module with `berkeley` in scope, to its end in a process of its own, whose engine has that waker. */
export async function runProcess(waker: Waker, code: string, limitMs = 15_000): Promise<Ended> {
  const source = `import * as berkeley from '${entry}'\n${code}`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], {
    env: { ...process.env, BERKELEY_WAKER: waker },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  child.stdin.end()
  return await ended(child)
}

/**
 * The same in a worker, which is sooner begun: it ends as a process does when nothing keeps it alive. What `print` is
 * given, and the exit code; an error of the worker's is this promise's.
 */
export async function runWorker(waker: Waker, code: string): Promise<{ printed: unknown[]; code: number }> {
  const source = `${PREAMBLE}const print = (value) => parentPort.postMessage(value)\n${code}`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    env: { ...process.env, BERKELEY_WAKER: waker },
  })
  const printed: unknown[] = []
  worker.on('message', (value) => printed.push(value))
  const limit = setTimeout(() => void worker.terminate(), 15_000)
  try {
    const [exitCode] = (await once(worker, 'exit')) as [number]
    return { printed, code: exitCode }
  } finally {
    clearTimeout(limit)
  }
}
