/** Lookups that other threads do, as promises. */

import { type Abortable, listenFor, stopListening } from './abort.js'
import { native, TOKEN, words } from './binding.js'
import { type Deadlined, expireAfter, forgetDeadline } from './deadline.js'
import { addWaiting, freshToken, READABLE, type Source, watch } from './engine.js'
import { type ErrorAddress, errorOf, SocketTimeoutError, socketError } from './errors.js'

/** How long a lookup may be waited for. */
export interface Limits {
  /** Nanoseconds at most; below 0 = for ever; 0 = what has no answer at once has timed out. */
  readonly timeoutNs: number
  /** Not aborted yet. */
  readonly signal: AbortSignal | undefined
  /** Whether the process is kept alive meanwhile; `true` where left out. */
  readonly isReferenced?: boolean
}

/** A lookup, by the native layer's form for promises. */
export interface LookUp<Answer, Result> {
  /** What errors name. */
  readonly syscall: string
  readonly address: ErrorAddress | undefined
  /** Calls the native form: an answer, or `undefined` where it comes later. */
  begin(): Answer | undefined
  /** What the promise gets, of an answer that has just come; throws what it rejects with. */
  finish(answer: Answer): Result
}

/** One that has been begun and that somebody waits for. */
class Pending implements Abortable, Deadlined {
  deadlineMs = 0
  heapIndex = -1
  readonly #id: number
  readonly #lookUp: LookUp<unknown, unknown>
  readonly #signal: AbortSignal | undefined
  readonly #weight: number
  readonly #resolve: (value: unknown) => void
  readonly #reject: (reason: unknown) => void

  constructor(
    id: number,
    lookUp: LookUp<unknown, unknown>,
    { timeoutNs, signal, isReferenced = true }: Limits,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#id = id
    this.#lookUp = lookUp
    this.#signal = signal
    this.#weight = isReferenced ? 1 : 0
    this.#resolve = resolve
    this.#reject = reject
    pending.set(id, this)
    addWaiting(this.#weight)
    if (timeoutNs >= 0) expireAfter(this, timeoutNs)
    if (signal !== undefined) listenFor(signal, this)
  }

  /** The answer has come. What goes with it in the shared memory is read first of all. */
  end(answer: unknown): void {
    try {
      this.#resolve(this.#lookUp.finish(answer))
    } catch (error) {
      this.#reject(error)
    }
    this.#leave()
  }

  /** The deadline has come. */
  expire(): void {
    this.#abandon(new SocketTimeoutError(this.#lookUp.syscall, this.#lookUp.address))
  }

  /** The signal was aborted. */
  abort(reason: unknown): void {
    this.#abandon(reason)
  }

  cancel(): void {
    this.#abandon(socketError('ECANCELED', this.#lookUp.syscall, this.#lookUp.address))
  }

  #abandon(reason: unknown): void {
    abandon(this.#id)
    this.#leave()
    this.#reject(reason)
  }

  #leave(): void {
    pending.delete(this.#id)
    addWaiting(-this.#weight)
    forgetDeadline(this)
    if (this.#signal !== undefined) stopListening(this.#signal, this)
  }
}

/** By their ids. Of all copies of this module over one addon, because whichever is told takes the answers. */
native.pendingJobs ??= new Map()
const pending = native.pendingJobs

let isPassingOn = false

function abandon(id: number): void {
  native.abandonJob(id)
  if (isPassingOn) return
  isPassingOn = true
  // Once for all that one signal ends: those that wait may be among them.
  queueMicrotask(() => {
    isPassingOn = false
    native.passJobsOn()
  })
}

/** What tells that some are done. */
let source: Source | undefined

function deliver(): void {
  for (;;) {
    const answer = native.takeJob()
    const id = words[TOKEN] as number
    if (id === 0) return
    pending.get(id)?.end(answer)
  }
}

function cancel(): void {
  source = undefined
  for (const one of [...pending.values()]) one.cancel()
}

/** Watches what tells, from the first lookup on. A negative errno where it cannot be watched. */
function watchDone(): number {
  if (source !== undefined) return 0
  const fd = native.jobsDescriptor()
  if (fd < 0) return fd
  const watched = { fd, token: freshToken(), deliver, cancel }
  const result = watch(watched, 0, READABLE)
  if (result >= 0) source = watched
  return result
}

/**
 * Begins a lookup; the promise is settled with its end. An answer that nobody waits for any more is dropped.
 * @throws {SocketTimeoutError} after the timeout; the signal's reason; `SocketError` `EAGAIN` where there is no thread
 */
export function promiseOf<Answer, Result>(lookUp: LookUp<Answer, Result>, limits: Limits): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const answer = lookUp.begin()
    if (answer !== undefined) {
      resolve(lookUp.finish(answer))
      return
    }
    const id = words[TOKEN] as number
    if (limits.timeoutNs === 0) {
      abandon(id)
      reject(new SocketTimeoutError(lookUp.syscall, lookUp.address))
      return
    }
    const result = watchDone()
    if (result < 0) {
      abandon(id)
      reject(errorOf(result, lookUp.syscall, lookUp.address))
      return
    }
    new Pending(id, lookUp as LookUp<unknown, unknown>, limits, resolve as (value: unknown) => void, reject)
  })
}
