/** splice(2) between two sockets as a promise. */
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from '../async-options.js'
import { MODE_ONCE } from '../binding.js'
import { wouldBlock } from '../errors.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import type { Queue } from '../queue.js'
import { Conduit } from './conduit.js'
import { checkCount, checkEnds, checkTypes, fallback } from './splice.js'

/** What `spliceAsync` takes. */
export interface SpliceOptions extends AsyncOptions {
  /** Bytes at most; until the end of the stream where left out. */
  count?: number | null | undefined
}

// Names of this module's own, for speed: see transfer.ts.
const [once, again] = [MODE_ONCE, wouldBlock]

/** So many bytes are moved in one go; then others have their turn. */
const SHARE = 1 << 20

/**
 * The call itself, which has its place among the receives of the source. Its other half is among the sends of the
 * destination: it begins when that one is the first there, and goes on whenever that one has got rid of all bytes.
 */
class Taking extends Operation<number> {
  readonly #conduit: Conduit
  readonly #count: number
  readonly #reads: Queue
  readonly #giving: Giving
  #hasBegun = false
  #hasEnded = false
  /** The destination takes no more. */
  #isLost = false

  constructor(conduit: Conduit, count: number, reads: Queue, writes: Queue) {
    super()
    this.#conduit = conduit
    this.#count = count
    this.#reads = reads
    this.#giving = new Giving(conduit, writes, this)
  }

  override get syscall(): string {
    return 'splice'
  }

  override get isHeld(): boolean {
    return !this.#hasBegun || this.#conduit.length > 0
  }

  override get moved(): number {
    return this.#conduit.taken
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Takes its places in both queues. */
  start(timeoutNs: number, signal: AbortSignal | undefined): Promise<number> {
    const isFirst = this.#giving.enter()
    try {
      const moved = this.wait(this.#reads, timeoutNs, signal)
      if (isFirst) this.begin()
      // Where the socket has had its share of the turn, the timer ends it, in a later one.
      if (timeoutNs === 0 && this.#reads.channel.hasShare()) this.#expire()
      return moved
    } catch (error) {
      // A signal of a class of the caller's.
      this.#giving.end()
      throw error
    }
  }

  /** The other half is the first in its queue. */
  begin(): void {
    this.#hasBegun = true
    this.goOn()
  }

  /** The destination has taken everything. */
  goOn(): void {
    this.#reads.retryNow(this)
  }

  override perform(queue: OperationQueue): number {
    const conduit = this.#conduit
    const before = conduit.taken
    for (;;) {
      const rest = this.#count - conduit.taken
      if (rest <= 0) return conduit.taken
      if (conduit.taken - before >= SHARE) {
        queue.channel.ask()
        return again
      }
      const taken = conduit.take(rest, once)
      if (taken < 0) return taken
      if (taken === 0) return conduit.taken
      const result = conduit.give(once)
      if (result < 0) {
        if (result === again) this.#giving.waitForRoom()
        else this.#isLost = true
        return result
      }
    }
  }

  #expire(): void {
    if (!this.#hasEnded) this.interruptAndAdvance(this.timeoutError())
  }

  override succeed(value: number): void {
    this.#hasEnded = true
    this.#giving.end()
    super.succeed(value)
  }

  override fail(reason: unknown): void {
    this.#hasEnded = true
    const told = this.#conduit.tell(reason, this.#isLost)
    // What was taken is the destination's, whoever does not want to wait for it any more.
    if (this.#isLost || this.#conduit.length === 0) this.#giving.end()
    else this.#giving.isLeft = true
    super.fail(told)
  }

  /** The destination has failed, or is closed. */
  lose(reason: unknown): void {
    this.#isLost = true
    this.interruptAndAdvance(reason)
  }
}

/** The half among the sends of the destination. */
class Giving extends Operation<undefined> {
  readonly #conduit: Conduit
  readonly #writes: Queue
  readonly #taking: Taking
  #hasEnded = false
  #isEntering = false
  /** The call is over; what was taken for it is still given. */
  isLeft = false

  constructor(conduit: Conduit, writes: Queue, taking: Taking) {
    super()
    this.#conduit = conduit
    this.#writes = writes
    this.#taking = taking
  }

  override get syscall(): string {
    return 'splice'
  }

  override get isHeld(): boolean {
    return this.#conduit.length === 0 && (this.#taking.hasBegun || this.#isEntering)
  }

  override get moved(): number {
    return this.#conduit.given
  }

  /** Goes into the queue: whether it is the first there. */
  enter(): boolean {
    const isFirst = this.#writes.head === null
    this.#isEntering = isFirst
    this.wait(this.#writes, -1, undefined)
    this.#isEntering = false
    return isFirst
  }

  /** The destination has no room. */
  waitForRoom(): void {
    if (this.#writes.head !== this) return
    this.#writes.ready = false
    this.#writes.advance()
  }

  override perform(): number {
    return this.#conduit.give(once)
  }

  override attempt(queue: OperationQueue): boolean {
    if (!this.#taking.hasBegun) {
      this.#taking.begin()
      return this.#hasEnded
    }
    const result = this.perform()
    if (result === again) {
      queue.ready = false
      return false
    }
    if (result < 0) this.#lose(this.errorOf(result))
    else if (this.isLeft) this.end()
    else this.#taking.goOn()
    return this.#hasEnded
  }

  /** The destination is closed. */
  override interrupt(reason: unknown): void {
    this.#lose(reason)
  }

  #lose(reason: unknown): void {
    if (this.#hasEnded) return
    if (this.isLeft) this.end()
    else this.#taking.lose(reason)
  }

  /** Leaves the queue. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#conduit.close()
    super.succeed(undefined)
    // Later, because the queue may be about to be closed.
    queueMicrotask(() => this.#writes.advance())
  }
}

/** The smaller of two timeouts of sockets, of which none is positive that does not bound anything. */
function smaller(one: number, other: number): number {
  if (one <= 0 || other <= 0) return Math.max(one, other)
  return Math.min(one, other)
}

export function spliceAsync(source: Handle, destination: unknown, options: SpliceOptions | undefined): Promise<number> {
  try {
    checkAsyncOptions(options)
    checkTypes(destination, 'options.count', options?.count)
    const count = checkCount('options.count', options?.count)
    checkEnds(source, destination)
    const timeoutNs = timeoutIn(options, smaller(source.timeoutNs, destination.timeoutNs))
    const signal = signalIn(options)
    const { reads } = openChannel(source, 'splice')
    const { writes } = openChannel(destination, 'splice')
    const conduit = new Conduit(source, destination, fallback.isForced)
    return new Taking(conduit, count, reads, writes).start(timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
