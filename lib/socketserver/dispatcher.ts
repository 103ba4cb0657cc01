/** Where the requests of a server are handled, if not in its own thread and at once. */
import type { HasFileno } from '../select/selectable.js'

export interface Dispatcher<Request, Address> {
  /** Whether a request more can be taken now. */
  hasRoom(): boolean
  /** Waits until there may be room, or the signal is aborted. */
  room(signal: AbortSignal): Promise<void>
  /** Gets ready before a loop begins. */
  prepare(): void
  /** What a blocking loop watches beside the server's socket. */
  watched(): HasFileno[]
  /** Hears these, in a blocking loop, after one of them became readable. */
  attend(): void
  /** Begins to handle a request. */
  dispatch(request: Request, clientAddress: Address): void
}

/** Those that wait until something may have changed. */
export class Bell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Waits for the next {@link ring}, or until the signal is aborted, which is no error. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
