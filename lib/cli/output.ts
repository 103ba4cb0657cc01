/** What is printed, byte for byte and line by line. */
import { failWith } from './failure.js'

let onClosed: (() => void) | undefined

/** What is to happen when whoever reads the standard output has seen enough, as in `| head`: else the process ends. */
export function whenOutputCloses(end: () => void): void {
  onClosed = end
}

/** The standard output takes no more. */
export function outputFailed(error: Error): void {
  const { code } = error as { code?: unknown }
  if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') failWith(error)
  if (onClosed === undefined) process.exit()
  onClosed()
}

/** Prints a line on the standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a line on the standard error, where it is apart from data. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Milliseconds that an interrupted command waits for whoever reads its output. */
const GRACE_MS = 500

/** Aborted once the command was interrupted. */
const interruption = new AbortController()

/** A person wants the end: from now on it is not held up by a reader of the output who takes nothing. */
export function hurry(): void {
  interruption.abort()
}

/** Writes bytes to the standard output; resolves when it takes more. They may not be changed before it has them. */
export function write(data: Uint8Array | string): Promise<void> | undefined {
  if (data.length === 0 || process.stdout.destroyed || process.stdout.write(data)) return undefined
  return drained(process.stdout, interruption.signal)
}

/** Resolves once a stream takes more, or nothing ever again, or that is not to be waited for. */
function drained(stream: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.removeListener(event, done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stream.on(event, done)
    signal.addEventListener('abort', done)
  })
}

/** Resolves once all that was printed is out, so that the process can end. */
export async function ended(): Promise<void> {
  // A file that took nothing says so in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve))
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      if (stream.destroyed || stream.writableLength === 0) return resolve()
      stream.write('', () => resolve())
      const wait = (): void => void setTimeout(resolve, GRACE_MS)
      if (interruption.signal.aborted) wait()
      else interruption.signal.addEventListener('abort', wait)
    })
  }
}
