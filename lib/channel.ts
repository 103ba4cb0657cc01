/** A descriptor in the poller, and the queues of those that wait for it. */
import { addWaiting, FAILED, HUNG_UP, READABLE, type Source, turn, URGENT, WRITABLE, watch } from './engine.js'
import { Queue } from './queue.js'

// Names of this module's own, for speed: see operations/transfer.ts.
const [readable, writable, failed, lasting] = [READABLE, WRITABLE, FAILED, HUNG_UP | FAILED | URGENT]

/** How many calls of a socket may end in one turn; then others have theirs. */
const SHARE = 64
/** Turns and calls in one small integer. */
const [TURNS, SPENT] = [0x3fffff, 256]

/** It knows nothing of the socket, so that one that nobody holds can be collected. */
export class Channel implements Source {
  readonly fd: number
  readonly token: number
  isReferenced: boolean
  /**
   * What has been seen of `HUNG_UP`, `FAILED` and `URGENT`: after that a receive that gives less than was asked for
   * may have left something that no further event tells of.
   */
  seen = 0
  /** A connect(2) is in progress: how it ended is for the one who waits for it, and a receive would take the error. */
  #isConnecting = false
  #interest = 0
  /** The turn and, in the lowest bits, how many calls have ended in it. */
  #spent = 0
  readonly reads: Queue
  #writes: Queue | null = null
  #errors: Queue | null = null
  #urgent: Queue | null = null

  constructor(fd: number, token: number, isReferenced: boolean) {
    this.fd = fd
    this.token = token
    this.isReferenced = isReferenced
    this.reads = new Queue(this, readable)
  }

  get writes(): Queue {
    this.#writes ??= new Queue(this, writable)
    return this.#writes
  }

  /** Whether a new send may try at once. */
  maySend(): boolean {
    return this.#writes === null ? this.hasShare() : this.#writes.mayTry()
  }

  hasShare(): boolean {
    const now = (turn & TURNS) * SPENT
    if (this.#spent - now >= SPENT || this.#spent < now) this.#spent = now
    if (this.#spent - now >= SHARE) return false
    this.#spent++
    return true
  }

  get hasWriters(): boolean {
    return this.#writes !== null && this.#writes.head !== null
  }

  /** Those that wait for the error queue. */
  get errors(): Queue {
    this.#errors ??= new Queue(this, failed)
    return this.#errors
  }

  /** Those that receive urgent data, which is there or not: they wait for a turn at most. */
  get urgent(): Queue {
    this.#urgent ??= new Queue(this, 0)
    return this.#urgent
  }

  deliver(readiness: number): void {
    this.seen |= readiness & lasting
    const isConnected = this.#isConnecting && (readiness & writable) !== 0
    if (isConnected) {
      this.#isConnecting = false
      this.#writes?.wake()
    }
    if (readiness & readable) this.reads.wake()
    if (readiness & writable && !isConnected) this.#writes?.wake()
    if (readiness & failed) this.#errors?.wake()
  }

  /** Has the poller watch a direction for those that wait. Errors come with either. */
  require(direction: number): void {
    const wanted = direction === failed ? readable : direction
    if ((this.#interest & wanted) === 0) this.#watch(this.#interest | wanted)
  }

  /** A connect(2) is in progress. What was seen of the socket before is over, and nothing can be received yet. */
  beginConnecting(): void {
    this.seen = 0
    this.#isConnecting = true
    this.reads.ready = false
  }

  /** Has the poller tell again what is ready now. */
  ask(): void {
    if (this.#interest !== 0) this.#watch(this.#interest)
  }

  /** What nobody waits for is not watched any more, or each packet would wake the event loop. */
  release(direction: number): void {
    // An error is told whatever is watched; to watch the same anew would have it told again, for ever.
    if ((this.#interest & direction) === 0 || (direction === readable && this.#errors !== null)) return
    this.#watch(this.#interest & ~direction)
  }

  /** Leaves the poller, and ends every waiting call. Before the descriptor is closed, because a duplicate lives on. */
  cancel(): void {
    if (this.#interest !== 0) {
      watch(this, this.#interest, 0)
      this.#interest = 0
    }
    this.reads.cancelAll()
    this.#writes?.cancelAll()
    this.#errors?.cancelAll()
    this.#urgent?.cancelAll()
  }

  setReferenced(isReferenced: boolean): void {
    if (isReferenced === this.isReferenced) return
    this.isReferenced = isReferenced
    let waiting = this.reads.count()
    for (const queue of [this.#writes, this.#errors, this.#urgent]) waiting += queue?.count() ?? 0
    if (waiting > 0) addWaiting(isReferenced ? waiting : -waiting)
  }

  #watch(interest: number): void {
    const result = watch(this, this.#interest, interest)
    if (result >= 0) this.#interest = interest
    else this.#failAll(result)
  }

  #failAll(result: number): void {
    for (const queue of [this.reads, this.#writes, this.#errors]) {
      if (queue === null) continue
      // Whoever comes next has no news to wait for, and may try.
      queue.ready = true
      while (queue.head !== null) queue.head.interrupt(queue.head.errorOf(result))
    }
  }
}
