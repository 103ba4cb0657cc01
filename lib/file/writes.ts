/** What each way of writing bytes gives to the kernel, and what it keeps for later. */
import { lost, partOf } from '../bytes.js'

/** A write: what `next` gives is to be sent, until it gives nothing more. */
export interface Write<T> {
  /** The bytes to send next; `null` where there are none. */
  next(): Uint8Array | null
  /** The kernel has taken so many of them. */
  sent(count: number): void
  /** The result, when nothing more is to be sent. */
  finish(): T
  /** The result where the kernel takes nothing now; `undefined` where that is a failure. */
  blocked(): T | undefined
  /** It has failed. What the caller is not told to write again is kept. */
  abandon(): void
  /** How much of the caller's data was taken. */
  readonly accepted: number
}

/** Bytes that were written and not yet sent. */
export class WriteBuffer {
  readonly size: number
  /** There is none before something is written. */
  #memory: Buffer | null = null
  #start = 0
  #end = 0

  constructor(size: number) {
    this.size = size
  }

  get length(): number {
    return this.#end - this.#start
  }

  get room(): number {
    return this.size - this.length
  }

  get bytes(): Uint8Array {
    return (this.#memory as Buffer).subarray(this.#start, this.#end)
  }

  /** Adds bytes, for which there is room. */
  add(data: Uint8Array): void {
    if (this.#memory === null || this.#end + data.length > this.#memory.length)
      this.#makeRoom(this.length + data.length)
    ;(this.#memory as Buffer).set(data, this.#end)
    this.#end += data.length
  }

  drop(count: number): void {
    this.#start += count
    if (this.#start === this.#end) this.#start = this.#end = 0
  }

  #makeRoom(length: number): void {
    const before = this.#memory
    const { length: capacity } = before ?? { length: 0 }
    // A large buffer of which little is used does not take its whole memory at once.
    const memory =
      before !== null && length <= capacity
        ? before
        : Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(length, 2 * capacity, 1024)))
    before?.copy(memory, 0, this.#start, this.#end)
    this.#end = this.length
    this.#start = 0
    this.#memory = memory
  }
}

/** Without a buffer: one send. */
export class WriteOnce implements Write<number | null> {
  readonly #data: Uint8Array
  readonly #size: number
  accepted = 0
  #isDone = false

  constructor(data: Uint8Array) {
    this.#data = data
    this.#size = data.length
  }

  next(): Uint8Array | null {
    if (this.#data.length !== this.#size) throw lost('data', this.#data)
    return this.#isDone ? null : this.#data
  }

  sent(count: number): void {
    this.#isDone = true
    this.accepted = count
  }

  finish(): number {
    return this.accepted
  }

  blocked(): null {
    return null
  }

  abandon(): void {}
}

/** Into the buffer; what has no room there is sent, what the buffer had first. */
export class BufferedWrite implements Write<number> {
  readonly #buffer: WriteBuffer
  readonly #data: Uint8Array
  readonly #size: number
  /** Whether the buffer has to be sent first, once that is known. */
  #mustFlush: boolean | undefined
  #isFlushed = false
  accepted = 0

  constructor(buffer: WriteBuffer, data: Uint8Array) {
    this.#buffer = buffer
    this.#data = data
    this.#size = data.length
  }

  next(): Uint8Array | null {
    const buffer = this.#buffer
    if (this.#data.length !== this.#size) throw lost('data', this.#data)
    this.#mustFlush ??= this.#size > buffer.room
    if (!this.#mustFlush) return null
    if (!this.#isFlushed && buffer.length > 0) return buffer.bytes
    this.#isFlushed = true
    const rest = this.#size - this.accepted
    return rest > buffer.size ? this.#rest(rest) : null
  }

  sent(count: number): void {
    if (this.#isFlushed) this.accepted += count
    else this.#buffer.drop(count)
  }

  finish(): number {
    this.#keep(this.#size - this.accepted)
    return this.#size
  }

  /** As much as there is room for is kept; where that is not all, the caller has to write the rest again. */
  blocked(): number | undefined {
    this.#keep(Math.min(this.#size - this.accepted, this.#buffer.room))
    return this.accepted === this.#size ? this.#size : undefined
  }

  abandon(): void {}

  /** What was not taken. */
  get rest(): Uint8Array {
    return this.#rest(this.#size - this.accepted)
  }

  #rest(count: number): Uint8Array {
    return partOf(this.#data, this.accepted, this.accepted + count)
  }

  #keep(count: number): void {
    if (count > 0) this.#buffer.add(this.#rest(count))
    this.accepted += count
  }
}

/** What the buffer has, until it is empty. */
export class Flush implements Write<undefined> {
  readonly #buffer: WriteBuffer
  readonly accepted = 0

  constructor(buffer: WriteBuffer) {
    this.#buffer = buffer
  }

  next(): Uint8Array | null {
    return this.#buffer.length > 0 ? this.#buffer.bytes : null
  }

  sent(count: number): void {
    this.#buffer.drop(count)
  }

  finish(): undefined {}

  blocked(): undefined {}

  abandon(): void {}
}
