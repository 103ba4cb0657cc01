/** What a command and its connections share: how it is told to end, and the clock of idleness. */
import { onInterrupt } from '../interrupt.js'
import { tell, whenOutputCloses } from '../output.js'
import { formatDuration } from '../units.js'
import type { Flags } from './flags.js'

export class Session implements Disposable {
  readonly #interrupt = onInterrupt()
  readonly #stop = new AbortController()
  #idle: NodeJS.Timeout | undefined
  /** How often something was sent or received. */
  #touches = 0
  #failure: { error: unknown } | undefined
  readonly flags: Flags

  constructor(flags: Flags) {
    this.flags = flags
    this.#interrupt.signal.addEventListener('abort', () => this.stop())
    whenOutputCloses(() => this.stop())
  }

  /** From now on `--idle` counts: there is somebody to be idle, or somewhere to come to. */
  begin(): void {
    if (this.flags.idle !== undefined) this.endWhenIdle(this.flags.idle)
  }

  /** Aborted when all is to end: by Ctrl-C, idleness, or since nobody reads the output. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** The exit code of an interrupted command, if it was. */
  get interrupted(): number | undefined {
    return this.#interrupt.exitCode
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Ends all, since of no connection in particular something failed: the first such error is what the command fails with. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.stop()
  }

  /** @throws what it failed with, where it did */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Something was sent or received. */
  touch(): void {
    this.#touches++
    this.#idle?.refresh()
  }

  /** A line with `--verbose`. */
  note(line: string): void {
    if (this.flags.verbose) tell(line)
  }

  /** Ends once nothing was sent or received for so many seconds. */
  endWhenIdle(seconds: number): void {
    clearTimeout(this.#idle)
    const end = (touches: number): void => {
      if (touches !== this.#touches) return
      this.note(`nothing was sent or received for ${formatDuration(seconds)}`)
      this.stop()
    }
    this.#idle = setTimeout(() => {
      // On a busy machine a timer is late, and may come before what has been there for long: that has its turn first.
      const touches = this.#touches
      setImmediate(() => setImmediate(() => end(touches)))
    }, seconds * 1000)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#idle)
    this.#interrupt[Symbol.dispose]()
  }
}
