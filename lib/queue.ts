/** The asynchronous calls that wait for one direction of a descriptor: first come, first served. */
import { setTimeout } from 'node:timers'
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

const [POSTPONED, RETRIED] = [1, 2]

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

/** Those that wait for one direction of a descriptor. */
export class Queue implements OperationQueue {
  head: Operation | null = null
  #tail: Operation | null = null
  ready = true
  /** How it goes on later by itself: `POSTPONED` and `RETRIED`, of which one does not serve for the other. */
  #comesBack = 0
  /** Whether among those that wait are some that only wait for a turn with a share left. */
  #hasDeferred = false
  /** How often in a row the poller has woken the first without its moving a byte, and what it had moved by then. */
  #inVain = 0
  #moved = 0
  readonly channel: Owner
  readonly #direction: number

  constructor(channel: Owner, direction: number) {
    this.channel = channel
    this.#direction = direction
  }

  /** Whether a new call may try at once: nobody is before it, and it is not the others' turn. */
  mayTry(): boolean {
    return this.head === null && this.ready && this.channel.hasShare()
  }

  append(operation: Operation): void {
    const { channel } = this
    const tail = this.#tail
    if (channel.isReferenced) addWaiting(1)
    this.#tail = operation
    if (tail !== null) {
      tail.next = operation
      operation.previous = tail
      return
    }
    this.head = operation
    this.#inVain = 0
    if (operation.isHeld) return
    // It was not allowed to try, though it might have had success.
    if (this.ready) this.#postpone()
    else channel.require(this.#direction)
  }

  remove(operation: Operation): void {
    const { next, previous } = operation
    if (next === null) this.#tail = previous
    else next.previous = previous
    if (previous === null) this.head = next
    else previous.next = next
    operation.next = null
    operation.previous = null
    if (this.channel.isReferenced) addWaiting(-1)
  }

  /** The poller says that the direction is ready. */
  wake(): void {
    const { head } = this
    if (head !== null) {
      if (this.#inVain >= MOST_IN_VAIN) {
        this.retry()
        return
      }
      this.ready = true
      this.#serve()
      this.#note(head)
    } else if (this.ready) {
      // Told twice, wanted by nobody.
      this.channel.release(this.#direction)
    } else {
      this.ready = true
    }
  }

  advance(): void {
    if (this.head !== null && this.ready) this.#serve()
    else this.#requireIfWaiting()
  }

  /** Goes on with what was put off. */
  resume(): void {
    this.#comesBack &= ~POSTPONED
    if (this.#hasDeferred) this.#serveDeferred()
    else this.advance()
  }

  /** Puts a call that may not wait off to a turn with a share left, behind those that wait already. */
  defer<T>(operation: OneAttempt<T>, signal: AbortSignal | undefined): Promise<T> {
    const promise = operation.wait(this, -1, signal)
    this.#hasDeferred = true
    this.#postpone()
    return promise
  }

  /** Serves those that wait, as far as it goes without waiting, for a synchronous call behind them. */
  serveAll(): void {
    while (this.head !== null && !this.head.isHeld && this.head.attempt(this)) {}
    this.#requireIfWaiting()
  }

  get isReferenced(): boolean {
    return this.channel.isReferenced
  }

  retry(): void {
    if (this.#comesBack & RETRIED) return
    this.#comesBack |= RETRIED
    setTimeout(() => {
      this.#comesBack &= ~RETRIED
      this.ready = true
      const { head } = this
      this.advance()
      if (this.head !== head) this.#inVain = 0
    }, RETRY_MS).unref()
  }

  /** An operation that was held can be attempted now. */
  retryNow(operation: Operation): void {
    if (this.head !== operation) return
    this.ready = true
    this.#serve()
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

  /** Notes what waking `first` was good for. */
  #note(first: Operation): void {
    if (this.head !== first || this.ready) {
      this.#inVain = 0
      return
    }
    const { moved } = first
    this.#inVain = moved === this.#moved ? this.#inVain + 1 : 0
    this.#moved = moved
  }

  #postpone(): void {
    if (!(this.#comesBack & POSTPONED)) postpone(this)
    this.#comesBack |= POSTPONED
  }

  #serve(): void {
    while (this.head !== null) {
      if (this.head.isHeld) return
      if (!this.channel.hasShare()) {
        this.#postpone()
        return
      }
      if (!this.head.attempt(this)) {
        this.#requireIfWaiting()
        return
      }
    }
  }

  /** The turn of those that were deferred: who is not served now would have to wait, which is an answer. */
  #serveDeferred(): void {
    while (this.head !== null && !this.head.isHeld) {
      if (!this.channel.hasShare()) {
        this.#postpone()
        return
      }
      if (!this.head.attempt(this)) break
    }
    this.#hasDeferred = false
    let operation = this.head
    while (operation !== null) {
      const { next } = operation
      if (operation instanceof OneAttempt) operation.refuse()
      operation = next
    }
    this.#requireIfWaiting()
  }

  #requireIfWaiting(): void {
    if (this.head !== null && !this.head.isHeld && !this.ready) this.channel.require(this.#direction)
  }
}

/**
 * Makes a call at once if it may, and otherwise waits for its turn.
 * @param timeoutNs nanoseconds; below 0 = for ever; 0 = one attempt
 */
export function submit<T>(
  operation: Operation<T>,
  queue: Queue,
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
  queue: Queue,
  timesOut: boolean,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!queue.channel.hasShare()) return queue.defer(new OneAttempt(operation, timesOut), signal)
  queue.serveAll()
  const result = queue.head === null ? operation.performOnce(queue) : again
  if (!(typeof result === 'number' && result < 0)) return Promise.resolve(result as T)
  return Promise.reject(result === again && timesOut ? operation.timeoutError() : operation.errorOf(result))
}
