/** One asynchronous call: what is attempted, and the promise that its end settles. */
import { type Abortable, listenFor, stopListening } from './abort.js'
import { type Deadlined, expireAfter, forgetDeadline } from './deadline.js'
import { errorOf, SocketTimeoutError, wouldBlock } from './errors.js'
import { errno } from './generated/errno.js'

// A name of this module's own, for speed: see operations/transfer.ts.
const [again, canceled] = [wouldBlock, -errno.ECANCELED]

/** The executor of every promise: the newest one's function, without a closure for each. */
let newestResolve: (value: unknown) => void
const keepFunction = (resolve: (value: unknown) => void): void => {
  newestResolve = resolve
}

/** What a promise is resolved with to be rejected: to keep a second function while a call waits costs 64 bytes. */
class Rejected {
  readonly #reason: unknown

  constructor(reason: unknown) {
    this.#reason = reason
  }

  // biome-ignore lint/suspicious/noThenProperty: it is for promises only
  then(_resolve: unknown, reject: (reason: unknown) => void): void {
    reject(this.#reason)
  }
}

/** Where operations wait for their turn. */
export interface OperationQueue {
  /** Whether an attempt may have success: the poller has said so, or nobody has tried. */
  ready: boolean
  /** The descriptor's. */
  readonly channel: {
    /** What has been seen of `HUNG_UP`, `FAILED` and `URGENT`. */
    seen: number
    /** A connect(2) is in progress. */
    beginConnecting(): void
    /** Has the poller tell again what is ready now. */
    ask(): void
  }
  append(operation: Operation): void
  remove(operation: Operation): void
  /** The first has left without an attempt. */
  advance(): void
  /** Tries again in a while: for what the poller does not tell. */
  retry(): void
}

/** What bounds a call that waits: a deadline, a signal. Most calls have none, and pay no memory for it. */
class Limits implements Abortable, Deadlined {
  deadlineMs = 0
  heapIndex = -1
  queue: OperationQueue
  readonly #operation: Operation
  readonly #signal: AbortSignal | undefined

  constructor(queue: OperationQueue, operation: Operation, timeoutNs: number, signal: AbortSignal | undefined) {
    this.queue = queue
    this.#operation = operation
    this.#signal = signal
    if (signal !== undefined) listenFor(signal, this)
    if (timeoutNs >= 0) expireAfter(this, timeoutNs)
  }

  expire(): void {
    this.#operation.interruptAndAdvance(this.#operation.timeoutError())
  }

  abort(reason: unknown): void {
    this.#operation.interruptAndAdvance(reason)
  }

  lift(): void {
    forgetDeadline(this)
    if (this.#signal !== undefined) stopListening(this.#signal, this)
  }
}

/** One call that waits: in a queue, and perhaps within limits. */
export abstract class Operation<T = unknown> {
  next: Operation | null = null
  /** Of the first in its queue the last, if there is another. */
  previous: Operation | null = null
  /** Its queue, or its limits, which know the queue. */
  #place: OperationQueue | Limits | null = null
  #resolve: (value: unknown) => void = unsettled

  /** The system call that errors name. */
  abstract get syscall(): string

  /** Whether it cannot be attempted yet, for a reason that the descriptor does not know. */
  get isHeld(): boolean {
    return false
  }

  /** Looks for what it is held for, as a synchronous call waits behind it: whether that can come without JavaScript. */
  look(): boolean {
    return false
  }

  /** How many bytes it has moved while it waits for more. */
  get moved(): number {
    return 0
  }

  /** Of how many bytes a recv(2) may be made for it before it is asked: see arrivals.ts. 0 = it has to be asked. */
  get armable(): number {
    return 0
  }

  /** Makes the system call without waiting: what the promise gets, or a negative result. */
  abstract perform(queue: OperationQueue): T | number

  /** The same where no other attempt can follow. */
  performOnce(queue: OperationQueue): T | number {
    return this.perform(queue)
  }

  /** Waits at the end of `queue`, so many nanoseconds at most (below 0: for ever). */
  wait(queue: OperationQueue, timeoutNs: number, signal: AbortSignal | undefined): Promise<T> {
    const promise = new Promise<T>(keepFunction as (resolve: (value: T) => void) => void)
    this.#resolve = newestResolve
    this.#place = timeoutNs >= 0 || signal !== undefined ? new Limits(queue, this, timeoutNs, signal) : queue
    queue.append(this)
    return promise
  }

  /** Goes on waiting in another queue, within the same limits. */
  protected moveTo(queue: OperationQueue): void {
    const place = this.#place
    if (place instanceof Limits) {
      place.queue.remove(this)
      place.queue = queue
    } else {
      place?.remove(this)
      this.#place = queue
    }
    queue.append(this)
  }

  /** Whether the call has ended: a first in its queue is asked when something has come. */
  attempt(queue: OperationQueue): boolean {
    let result: T | number
    try {
      result = this.perform(queue)
    } catch (error) {
      // Memory ran out, or a buffer is of a class of the caller's: this call's failure, not that of others in the batch.
      this.interrupt(error)
      return true
    }
    if (typeof result === 'number' && result < 0) {
      if (result === again) {
        queue.ready = false
        return false
      }
      this.fail(this.errorOf(result))
      return true
    }
    this.succeed(result as T)
    return true
  }

  succeed(value: T): void {
    this.leave()
    this.#resolve(value)
  }

  fail(reason: unknown): void {
    this.leave()
    this.#resolve(new Rejected(reason))
  }

  /** The error for a negative result. */
  errorOf(result: number): Error {
    return errorOf(result, this.syscall)
  }

  timeoutError(): Error {
    return new SocketTimeoutError(this.syscall)
  }

  /** Ends the call from outside: a timeout, a signal, the socket's end. What was moved in part is not lost. */
  interrupt(reason: unknown): void {
    this.fail(reason)
  }

  interruptAndAdvance(reason: unknown): void {
    const place = this.#place
    this.interrupt(reason)
    if (place instanceof Limits) place.queue.advance()
    else place?.advance()
  }

  /** The socket is closed, or given away. */
  cancel(): void {
    this.interrupt(this.errorOf(canceled))
  }

  private leave(): void {
    const place = this.#place
    if (place === null) return
    this.#place = null
    if (place instanceof Limits) {
      place.queue.remove(this)
      place.lift()
    } else {
      place.remove(this)
    }
  }
}

function unsettled(): void {}
