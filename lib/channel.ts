/** A descriptor in the poller, and the queues of those that wait for it. */

import { arm, disarm } from './arrivals.js'
import type { Completions } from './completions.js'
import { addWaiting, FAILED, HUNG_UP, READABLE, type Source, turn, URGENT, WRITABLE, watch } from './engine.js'
import type { Operation } from './operation.js'
import { Line, Queue } from './queue.js'

// Names of this module's own, for speed: see operations/transfer.ts.
const [readable, writable, failed, lasting] = [READABLE, WRITABLE, FAILED, HUNG_UP | FAILED | URGENT]
const watchable = readable | writable

/** How many calls of a socket may end in one turn; then others have theirs. */
const SHARE = 64
/** Turns and calls in one small integer. */
const [TURNS, SPENT] = [0x3fffff, 256]

/** Bits of a channel's state beside those of readiness: it keeps the process alive; a connect(2) is in progress. */
const [REFERENCED, CONNECTING] = [32, 64]

/** Who reads the error queue on behalf of calls whose ends are told there. */
export interface ErrorReader {
  /** Whether more is to come. */
  readonly isWaiting: boolean
  /** Takes what is theirs: what is ready besides, of a descriptor of which `FAILED` was told. */
  read(): number
  /** The socket is about to be closed: what is to be done right after that, if anything. */
  outlive(): (() => void) | null
  /** It can read no more. */
  leave(): void
}

/** What hardly any channel needs. */
interface Rare {
  errors: Queue | null
  urgent: Queue | null
  releases: Queue | null
  errorReader: ErrorReader | null
  completions: Completions | null
}

/**
 * It knows nothing of the socket, so that one that nobody holds can be collected. It is itself the line of those that
 * receive: an idle connection is one object less. Its private methods are not `#` ones, as in `Line`.
 */
export class Channel extends Line implements Source {
  readonly fd: number
  readonly token: number
  /** What is watched (the two lowest bits), what has been `seen`, `REFERENCED` and `CONNECTING`. */
  #state: number
  /** The turn and, in the lowest bits, how many calls have ended in it. */
  #spent = 0
  #writes: Queue | null = null
  #rare: Rare | null = null

  constructor(fd: number, token: number, isReferenced: boolean) {
    super()
    this.fd = fd
    this.token = token
    this.#state = isReferenced ? REFERENCED : 0
  }

  override get channel(): this {
    return this
  }

  override get direction(): number {
    return readable
  }

  /** Those that receive. */
  get reads(): this {
    return this
  }

  override get isReferenced(): boolean {
    return (this.#state & REFERENCED) !== 0
  }

  /**
   * What has been seen of `HUNG_UP`, `FAILED` and `URGENT`: after that a receive that gives less than was asked for
   * may have left something that no further event tells of.
   */
  get seen(): number {
    return this.#state & lasting
  }

  set seen(seen: number) {
    this.#state = (this.#state & ~lasting) | seen
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

  /** A call was worth several: so many more than one. */
  spend(calls: number): void {
    if (this.#spent % SPENT < SHARE) this.#spent += Math.min(calls, SHARE)
  }

  get hasWriters(): boolean {
    return this.#writes !== null && this.#writes.head !== null
  }

  /** Those that wait for the error queue. */
  get errors(): Queue {
    const rare = this.needed()
    rare.errors ??= new Queue(this, failed)
    return rare.errors
  }

  /** Something has been read out of the error queue for those that wait for it. */
  wakeErrors(): void {
    this.#rare?.errors?.wake()
  }

  /** Those that receive urgent data, which is there or not: they wait for a turn at most. */
  get urgent(): Queue {
    const rare = this.needed()
    rare.urgent ??= new Queue(this, 0)
    return rare.urgent
  }

  /** Those that have sent, and wait until the kernel has done with their memory: their reader tells them. */
  get releases(): Queue {
    const rare = this.needed()
    if (rare.releases === null) {
      rare.releases = new Queue(this, failed)
      rare.releases.ready = false
    }
    return rare.releases
  }

  /** Who reads the error queue, from the first `sendZeroCopyAsync` on. */
  get errorReader(): ErrorReader | null {
    return this.#rare?.errorReader ?? null
  }

  set errorReader(reader: ErrorReader | null) {
    this.needed().errorReader = reader
  }

  /** What the kernel tells of sends with MSG_ZEROCOPY, from then on too. */
  get completions(): Completions | null {
    return this.#rare?.completions ?? null
  }

  set completions(completions: Completions | null) {
    this.needed().completions = completions
  }

  deliver(told: number): void {
    const readiness = told & failed && this.#rare?.errorReader ? this.#rare.errorReader.read() : told
    this.#state |= readiness & lasting
    const isConnected = (this.#state & CONNECTING) !== 0 && (readiness & writable) !== 0
    if (isConnected) {
      this.#state &= ~CONNECTING
      this.#writes?.wake()
    }
    if (readiness & readable) this.wake()
    if (readiness & writable && !isConnected) this.#writes?.wake()
    if (readiness & failed) this.#rare?.errors?.wake()
  }

  override remove(operation: Operation): void {
    if (operation === this.head) disarm(this.fd)
    super.remove(operation)
  }

  /** Has the poller watch a direction for those that wait. Errors come with either. */
  require(direction: number): void {
    const wanted = direction === failed ? readable : direction
    if ((this.#state & wanted) === 0) this.change((this.#state & watchable) | wanted)
    if (direction !== readable || this.head === null || this.#state & CONNECTING) return
    const size = this.head.armable
    if (size > 0) arm(this.fd, this.token, size)
  }

  /** A connect(2) is in progress. What was seen of the socket before is over, and nothing can be received yet. */
  beginConnecting(): void {
    // How it ended is for the one who waits for it, and a receive would take the error.
    disarm(this.fd)
    this.#state = (this.#state & ~lasting) | CONNECTING
    this.ready = false
  }

  /** Has the poller tell again what is ready now. */
  ask(): void {
    if (this.#state & watchable) this.change(this.#state & watchable)
  }

  /** What nobody waits for is not watched any more, or each packet would wake the event loop. */
  release(direction: number): void {
    // An error is told whatever is watched; to watch the same anew would have it told again, for ever.
    const isForErrors =
      this.#rare !== null && (this.#rare.errors !== null || this.#rare.errorReader?.isWaiting === true)
    const isNeeded = direction === readable && isForErrors
    if (this.#state & watchable & direction && !isNeeded) this.change(this.#state & watchable & ~direction)
  }

  /** Leaves the poller, and ends every waiting call. Before the descriptor is closed, because a duplicate lives on. */
  cancel(): void {
    const interest = this.#state & watchable
    if (interest !== 0) {
      watch(this, interest, 0)
      this.#state &= ~watchable
    }
    this.#rare?.errorReader?.leave()
    this.cancelAll()
    this.#writes?.cancelAll()
    this.#rare?.errors?.cancelAll()
    this.#rare?.urgent?.cancelAll()
    this.#rare?.releases?.cancelAll()
  }

  setReferenced(isReferenced: boolean): void {
    if (isReferenced === this.isReferenced) return
    this.#state ^= REFERENCED
    let waiting = this.count()
    for (const queue of this.besides()) waiting += queue?.count() ?? 0
    if (waiting > 0) addWaiting(isReferenced ? waiting : -waiting)
  }

  /** Watches what it is told to, where it can. */
  private change(interest: number): void {
    const result = watch(this, this.#state & watchable, interest)
    if (result >= 0) this.#state = (this.#state & ~watchable) | interest
    else this.failAll(result)
  }

  /** Its lines, but for itself. */
  private besides(): (Queue | null | undefined)[] {
    return [this.#writes, this.#rare?.errors, this.#rare?.urgent, this.#rare?.releases]
  }

  private needed(): Rare {
    this.#rare ??= { errors: null, urgent: null, releases: null, errorReader: null, completions: null }
    return this.#rare
  }

  private failAll(result: number): void {
    for (const line of [this, this.#writes, this.#rare?.errors, this.#rare?.releases]) {
      if (!line) continue
      // Whoever comes next has no news to wait for, and may try.
      line.ready = true
      while (line.head !== null) line.head.interrupt(line.head.errorOf(result))
    }
  }
}
