/** The requests that an asynchronous server handles at the same time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { socketError } from '../errors.js'
import { Bell, type Dispatcher } from './dispatcher.js'

/** What the requests need of their server. */
export interface AsyncHooks<Request, Address> {
  readonly maxConnections: number
  finishRequest(request: Request, clientAddress: Address, signal: AbortSignal): Promise<void>
  shutdownRequest(request: Request): void
  abortRequest(request: Request): void
  handleError(request: Request, clientAddress: Address, error: unknown): void
}

/** How long handlers that were aborted may still take, before nobody waits for them any more: milliseconds. */
const LAST_WORDS_MS = 100

export class AsyncRequests<Request, Address> implements Dispatcher<Request, Address> {
  readonly #server: AsyncHooks<Request, Address>
  /** Told what a hook throws that no call can answer. */
  readonly #fail: (error: unknown) => void
  /** Those that run, each with what aborts it. */
  readonly #running = new Map<AbortController, Request>()
  readonly #changed = new Bell()

  constructor(server: AsyncHooks<Request, Address>, fail: (error: unknown) => void) {
    this.#server = server
    this.#fail = fail
  }

  get size(): number {
    return this.#running.size
  }

  hasRoom(): boolean {
    return this.#running.size < this.#server.maxConnections
  }

  room(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal)
  }

  prepare(): void {}

  watched(): [] {
    return []
  }

  attend(): void {}

  dispatch(request: Request, clientAddress: Address): void {
    const controller = new AbortController()
    this.#running.set(controller, request)
    void this.#handle(request, clientAddress, controller)
  }

  /** Never rejects. */
  async #handle(request: Request, clientAddress: Address, controller: AbortController): Promise<void> {
    const { signal } = controller
    try {
      try {
        await this.#server.finishRequest(request, clientAddress, signal)
      } catch (error) {
        // What an aborted handler throws is only its way to end.
        if (!signal.aborted) this.#server.handleError(request, clientAddress, error)
      } finally {
        this.#server.shutdownRequest(request)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running.delete(controller)
      this.#changed.ring()
    }
  }

  /** Waits until none runs, at most so many milliseconds. */
  async #idle(limitMs: number): Promise<void> {
    if (this.#running.size === 0) return
    const limit = new AbortController()
    const timer =
      limitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => limit.abort(), Math.min(limitMs, 0x7fffffff))
    try {
      while (this.#running.size > 0 && !limit.signal.aborted) await this.#changed.wait(limit.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Lets the requests end, at most so many milliseconds, then aborts those that are left and closes them.
   * @returns how many were aborted
   */
  async end(limitMs: number): Promise<number> {
    await this.#idle(limitMs)
    const left = [...this.#running.keys()]
    for (const controller of left) controller.abort(socketError('ECANCELED', 'shutdown'))
    if (left.length === 0) return 0
    // A last word to the client is possible where it does not have to wait.
    await sleep(0)
    for (const controller of left) this.#close(controller)
    await this.#idle(LAST_WORDS_MS)
    return left.length
  }

  #close(controller: AbortController): void {
    const request = this.#running.get(controller)
    if (request === undefined) return
    try {
      this.#server.abortRequest(request)
    } catch (error) {
      this.#fail(error)
    }
  }
}
