/** The asynchronous calls that wait for one direction of a descriptor: first come, first served. */
import { setTimeout } from 'node:timers'
import { hasArrived } from './arrivals.js'
import { addWaiting, postpone } from './engine.js'
import { wouldBlock } from './errors.js'
import { OneAttempt } from './one-attempt.js'
import type { Operation, OperationQueue } from './operation.js'

// A name of this module's own, for speed: see operations/transfer.ts.
const again: number = wouldBlock

/** How long a call waits for what the poller does not tell. */
const RETRY_MS = 5

/**
 * So often in a row the poller may say that there is something where nothing is; then it is asked less often. Some
 * kernels tell of a socket because of the very attempt that they refuse: AF_ALG's, of a cipher without input.
 */
const MOST_IN_VAIN = 64

/**
 * Bits of a line's state: whether an attempt may have success; how it goes on later by itself, of which one way does
 * not serve for the other; whether among those that wait are some that only wait for a turn with a share left. Above
 * them, how often in a row the poller has woken the first without its moving a byte.
 */
const [READY, POSTPONED, RETRIED, DEFERRED, ONCE_IN_VAIN] = [1, 2, 4, 8, 16]
const BITS = ONCE_IN_VAIN - 1

/** The descriptor's channel, as its queues know it. */
interface Owner {
  seen: number
  isReferenced: boolean
  beginConnecting(): void
  ask(): void
  /** Whether one more call may end in this turn. */
  hasShare(): boolean
  /** Has the poller watch a direction for those that wait. */
  require(direction: number): void
  /** Nobody waits for a direction, and the poller keeps telling of it. */
  release(direction: number): void
}

/**
 * Those that wait for one direction of a descriptor. Small, as each idle connection has one: what is a yes, a no or a
 * small number shares a field, and private methods are not `#` ones, which cost each object a field.
 */
export abstract class Line implements OperationQueue {
  head: Operation | null = null
  #state = READY
  abstract readonly channel: Owner
  /** The readiness bit that is waited for; 0 = none. */
  abstract readonly direction: number

  get ready(): boolean {
    return (this.#state & READY) !== 0
  }

  set ready(ready: boolean) {
    this.#state = ready ? this.#state | READY : this.#state & ~READY
  }

  /** Whether a new call may try at once: nobody is before it, and it is not the others' turn. */
  mayTry(): boolean {
    return this.head === null && this.ready && this.channel.hasShare()
  }

  append(operation: Operation): void {
    const { head, channel } = this
    if (channel.isReferenced) addWaiting(1)
    if (head !== null) {
      // The first knows the last: a field less in each line.
      const last = head.previous ?? head
      last.next = operation
      operation.previous = last
      head.previous = operation
      return
    }
    this.head = operation
    this.#state &= BITS
    if (operation.isHeld) return
    // It was not allowed to try, though it might have had success.
    if (this.ready) this.postpone()
    else channel.require(this.direction)
  }

  remove(operation: Operation): void {
    const { head } = this
    const { next, previous } = operation
    if (operation === head) {
      this.head = next
      // It is the last too where it is alone.
      if (next !== null) next.previous = previous === next ? null : previous
    } else if (head !== null && previous !== null) {
      previous.next = next
      if (next !== null) next.previous = previous
      else head.previous = previous === head ? null : previous
    }
    operation.next = null
    operation.previous = null
    if (this.channel.isReferenced) addWaiting(-1)
  }

  /** The poller says that the direction is ready. */
  wake(): void {
    const { head } = this
    if (head !== null) {
      if (this.#state >= MOST_IN_VAIN * ONCE_IN_VAIN && !hasArrived()) {
        this.retry()
        return
      }
      const { moved } = head
      this.#state |= READY
      this.serve()
      if (this.head !== head || this.ready || head.moved !== moved) this.#state &= BITS
      else this.#state += ONCE_IN_VAIN
    } else if (this.ready) {
      // Told twice, wanted by nobody.
      this.channel.release(this.direction)
    } else {
      this.ready = true
    }
  }

  advance(): void {
    if (this.head !== null && this.ready) this.serve()
    else this.requireIfWaiting()
  }

  /** Goes on with what was put off. */
  resume(): void {
    this.#state &= ~POSTPONED
    if (this.#state & DEFERRED) this.serveDeferred()
    else this.advance()
  }

  /** Puts a call that may not wait off to a turn with a share left, behind those that wait already. */
  defer<T>(operation: OneAttempt<T>, signal: AbortSignal | undefined): Promise<T> {
    const promise = operation.wait(this, -1, signal)
    this.#state |= DEFERRED
    this.postpone()
    return promise
  }

  /** Serves those that wait, as far as it goes without waiting, for a synchronous call behind them. */
  serveAll(): void {
    while (this.head !== null && !this.head.isHeld && this.head.attempt(this)) {}
    this.requireIfWaiting()
  }

  get isReferenced(): boolean {
    return this.channel.isReferenced
  }

  retry(): void {
    if (this.#state & RETRIED) return
    this.#state |= RETRIED
    setTimeout(() => {
      this.#state = (this.#state & ~RETRIED) | READY
      const { head } = this
      this.advance()
      if (this.head !== head) this.#state &= BITS
    }, RETRY_MS).unref()
  }

  /** An operation that was held can be attempted now. */
  retryNow(operation: Operation): void {
    if (this.head !== operation) return
    this.ready = true
    this.serve()
  }

  /** How many wait. */
  count(): number {
    let count = 0
    for (let operation = this.head; operation !== null; operation = operation.next) count++
    return count
  }

  cancelAll(): void {
    this.ready = false
    while (this.head !== null) this.head.cancel()
  }

  private postpone(): void {
    if (!(this.#state & POSTPONED)) postpone(this)
    this.#state |= POSTPONED
  }

  private serve(): void {
    while (this.head !== null) {
      if (this.head.isHeld) return
      // What has been received already may not wait for another turn.
      if (!this.channel.hasShare() && !hasArrived()) {
        this.postpone()
        return
      }
      if (!this.head.attempt(this)) {
        this.requireIfWaiting()
        return
      }
    }
  }

  /** The turn of those that were deferred: who is not served now would have to wait, which is an answer. */
  private serveDeferred(): void {
    while (this.head !== null && !this.head.isHeld) {
      if (!this.channel.hasShare()) {
        this.postpone()
        return
      }
      if (!this.head.attempt(this)) break
    }
    this.#state &= ~DEFERRED
    let operation = this.head
    while (operation !== null) {
      const { next } = operation
      if (operation instanceof OneAttempt) operation.refuse()
      operation = next
    }
    this.requireIfWaiting()
  }

  private requireIfWaiting(): void {
    if (this.head !== null && !this.head.isHeld && !this.ready) this.channel.require(this.direction)
  }
}

/** A line of its own beside the channel's. */
export class Queue extends Line {
  readonly channel: Owner
  readonly direction: number

  constructor(channel: Owner, direction: number) {
    super()
    this.channel = channel
    this.direction = direction
  }
}

/**
 * Makes a call at once if it may, and otherwise waits for its turn.
 * @param timeoutNs nanoseconds; below 0 = for ever; 0 = one attempt
 */
export function submit<T>(
  operation: Operation<T>,
  queue: Line,
  timeoutNs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (timeoutNs === 0) return submitOnce(operation, queue, true, signal)
  if (queue.mayTry()) {
    const result = operation.perform(queue)
    if (!(typeof result === 'number' && result < 0)) return Promise.resolve(result as T)
    if (result !== again) return Promise.reject(operation.errorOf(result))
    queue.ready = false
  }
  return operation.wait(queue, timeoutNs, signal)
}

/**
 * Makes a call at once, behind those that wait already; where it would have to wait it has timed out, or `EAGAIN`. Where
 * the socket has had its share of the turn, all that is done in a later one: a loop of such calls starves nobody.
 */
export function submitOnce<T>(
  operation: Operation<T>,
  queue: Line,
  timesOut: boolean,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!queue.channel.hasShare()) return queue.defer(new OneAttempt(operation, timesOut), signal)
  queue.serveAll()
  const result = queue.head === null ? operation.performOnce(queue) : again
  if (!(typeof result === 'number' && result < 0)) return Promise.resolve(result as T)
  return Promise.reject(result === again && timesOut ? operation.timeoutError() : operation.errorOf(result))
}
