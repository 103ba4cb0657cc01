/** What each way of reading bytes waits for, how much it asks the kernel for meanwhile, and what it gives. */
import { lost } from '../bytes.js'
import { socketError } from '../errors.js'
import type { ByteQueue } from './byte-queue.js'

/** Why a read is asked for its result: more may come, nothing more will come, nothing more is there now. */
export type State = 'more' | 'end' | 'blocked'

/**
 * A read: until it gives its result the bytes stay in the queue, so that one that fails has lost nothing. It asks the
 * kernel for what CPython's asks it for, because what it leaves there others may receive.
 */
export interface Read<T> {
  /** The result; `undefined` where more is needed, which only the state `'more'` allows. */
  take(state: State): T | undefined
  /** How many bytes to receive next, at most. */
  ask(): number
  /** It has failed: puts back what it has taken out of the queue, if it has. */
  abandon?(): void
}

const NEWLINE = 10
/** The most that is asked for at once, however much is wanted: the memory is taken before the bytes come. */
const MOST_ASKED = 1 << 18

/** A read that would have to wait where Python's answers None, and the call that it is part of cannot. */
const blocked = () => socketError('EAGAIN', 'recv')

/** What is there, or else one receive: CPython's `read1`, and `read` without a buffer. */
export class ReadSome<T extends null | Buffer> implements Read<Buffer | T> {
  readonly #queue: ByteQueue
  readonly #size: number
  readonly #nothing: T

  /** @param nothing what a call that would have to wait gives */
  constructor(queue: ByteQueue, size: number, nothing: T) {
    this.#queue = queue
    this.#size = size
    this.#nothing = nothing
  }

  take(state: State): Buffer | T | undefined {
    if (this.#size === 0 || state === 'end') return this.#queue.take(0)
    if (this.#queue.length > 0) return this.#queue.take(Math.min(this.#size, this.#queue.length))
    return state === 'blocked' ? this.#nothing : undefined
  }

  ask(): number {
    return Math.min(this.#size, MOST_ASKED)
  }
}

/** What is in the buffer, or else what fills it once. The bytes stay. */
export class Peek implements Read<Buffer> {
  readonly #queue: ByteQueue
  readonly #chunk: number

  constructor(queue: ByteQueue, chunk: number) {
    this.#queue = queue
    this.#chunk = chunk
  }

  take(state: State): Buffer | undefined {
    if (this.#queue.length === 0 && state === 'more') return undefined
    const seen = Buffer.allocUnsafe(Math.min(this.#queue.length, this.#chunk))
    this.#queue.copyTo(seen)
    return seen
  }

  ask(): number {
    return this.#chunk
  }
}

/** Just so many bytes, fewer at the end. */
export class ReadExactly implements Read<Buffer | null> {
  readonly #queue: ByteQueue
  readonly #size: number
  readonly #demand: Demand

  constructor(queue: ByteQueue, size: number, chunk: number) {
    this.#queue = queue
    this.#size = size
    this.#demand = new Demand(queue, chunk)
  }

  take(state: State): Buffer | null | undefined {
    const { length } = this.#queue
    if (length >= this.#size) return this.#queue.take(this.#size)
    if (state === 'more') return undefined
    return length === 0 && state === 'blocked' ? null : this.#queue.takeAll()
  }

  ask(): number {
    const missing = this.#size - this.#queue.length
    const blocks = missing - (missing % this.#demand.chunk)
    return this.#demand.next(blocks)
  }
}

/** What is asked for on the way to a number of bytes: what does not go through the buffer first, then what fills it. */
class Demand {
  readonly chunk: number
  readonly #queue: ByteQueue
  #filledFrom = -1

  constructor(queue: ByteQueue, chunk: number) {
    this.chunk = chunk
    this.#queue = queue
  }

  next(past: number): number {
    if (past > 0) return Math.min(past, MOST_ASKED)
    const { length } = this.#queue
    if (this.#filledFrom < 0) this.#filledFrom = length
    return Math.max(this.chunk - (length - this.#filledFrom), 1)
  }
}

/** All until the stream ends. */
export class ReadAll implements Read<Buffer | null> {
  readonly #queue: ByteQueue

  constructor(queue: ByteQueue) {
    this.#queue = queue
  }

  take(state: State): Buffer | null | undefined {
    if (state === 'more') return undefined
    return this.#queue.length === 0 && state === 'blocked' ? null : this.#queue.takeAll()
  }

  ask(): number {
    return Math.min(Math.max(this.#queue.length, 65_536), MOST_ASKED)
  }
}

/** A line with its end; what there is at the end of the stream, or where the limit is. */
export class ReadLine implements Read<Buffer> {
  readonly #queue: ByteQueue
  readonly #limit: number
  readonly #chunk: number
  readonly #isStrict: boolean
  #searched = 0

  /**
   * @param limit bytes; below 0 = none
   * @param isStrict whether a call that would have to wait fails, as where CPython's has no buffer to look into
   */
  constructor(queue: ByteQueue, limit: number, chunk: number, isStrict: boolean) {
    this.#queue = queue
    this.#limit = limit
    this.#chunk = chunk
    this.#isStrict = isStrict
  }

  take(state: State): Buffer | undefined {
    const { length } = this.#queue
    const limit = this.#limit < 0 ? Number.POSITIVE_INFINITY : this.#limit
    const end = this.#queue.find(NEWLINE, this.#searched) + 1
    if (end > 0 || length >= limit) return this.#queue.take(Math.min(end > 0 ? end : limit, limit))
    this.#searched = length
    if (state === 'more') return undefined
    if (state === 'blocked' && this.#isStrict) throw blocked()
    return this.#queue.takeAll()
  }

  ask(): number {
    return this.#chunk
  }
}

/** Lines, until they have more bytes than `hint` or the stream ends. */
export class ReadLines implements Read<Buffer[]> {
  readonly #queue: ByteQueue
  readonly #hint: number
  readonly #chunk: number
  readonly #isStrict: boolean
  readonly #ends: number[] = []
  #searched = 0

  /** @param hint bytes; 0 or below = no limit */
  constructor(queue: ByteQueue, hint: number, chunk: number, isStrict: boolean) {
    this.#queue = queue
    this.#hint = hint > 0 ? hint : Number.POSITIVE_INFINITY
    this.#chunk = chunk
    this.#isStrict = isStrict
  }

  take(state: State): Buffer[] | undefined {
    const { length } = this.#queue
    let last = this.#ends.at(-1) ?? 0
    while (last <= this.#hint) {
      const end = this.#queue.find(NEWLINE, this.#searched) + 1
      this.#searched = end > 0 ? end : length
      if (end === 0) break
      this.#ends.push(end)
      last = end
    }
    if (last <= this.#hint) {
      if (state === 'more') return undefined
      if (state === 'blocked' && this.#isStrict) throw blocked()
      if (length > last) this.#ends.push(length)
    }
    return this.#ends.map((end, index) => this.#queue.take(end - (this.#ends[index - 1] ?? 0)))
  }

  ask(): number {
    return this.#chunk
  }
}

/** Into a buffer of the caller's until it is full; with `chunk` 0 as much as comes at once. */
export class ReadInto implements Read<number | null> {
  readonly #queue: ByteQueue
  readonly #view: Uint8Array
  readonly #size: number
  readonly #demand: Demand

  constructor(queue: ByteQueue, view: Uint8Array, chunk: number) {
    this.#queue = queue
    this.#view = view
    this.#size = view.length
    this.#demand = new Demand(queue, chunk)
  }

  take(state: State): number | null | undefined {
    const { length } = this.#queue
    const enough = this.#demand.chunk === 0 ? Math.min(1, this.#size) : this.#size
    if (state === 'more' && length < enough) return undefined
    if (state === 'blocked' && length === 0 && this.#size > 0) return null
    // The caller may have given the memory away while the call waited.
    if (this.#view.length !== this.#size) throw lost('buffer', this.#view)
    const count = this.#queue.copyTo(this.#view)
    this.#queue.drop(count)
    return count
  }

  ask(): number {
    const missing = this.#size - this.#queue.length
    return this.#demand.next(missing > this.#demand.chunk ? missing : 0)
  }
}
