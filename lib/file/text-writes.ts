/** How text goes to the buffer of a file: gathered first, as in CPython. */
import { BufferedWrite, type Write, type WriteBuffer } from './writes.js'

/** How much is gathered. */
const CHUNK = 8192

/** The bytes of text that was written and has not come to the buffer. */
export class Gathered {
  readonly buffer: WriteBuffer
  /** What is to go there, a write each. */
  readonly due: Uint8Array[] = []
  #parts: Uint8Array[] = []
  #length = 0

  constructor(buffer: WriteBuffer) {
    this.buffer = buffer
  }

  add(data: Uint8Array): void {
    if (this.#length + data.length > CHUNK) this.close()
    this.#parts.push(data)
    this.#length += data.length
    if (this.#length >= CHUNK) this.close()
  }

  /** What is gathered is to go. */
  close(): void {
    if (this.#length > 0)
      this.due.push(this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts))
    this.#parts = []
    this.#length = 0
  }
}

/** What is due goes to the buffer. What does not get there stays due. */
export class WriteDue<T> implements Write<T> {
  protected readonly gathered: Gathered
  readonly #result: T
  readonly accepted: number
  #write: BufferedWrite | null = null

  /** @param accepted characters of the caller's: they are kept, whatever comes */
  constructor(gathered: Gathered, result: T, accepted: number) {
    this.gathered = gathered
    this.#result = result
    this.accepted = accepted
  }

  next(): Uint8Array | null {
    const { buffer, due } = this.gathered
    for (;;) {
      if (this.#write === null) {
        const [data] = due
        if (data === undefined) return null
        this.#write = new BufferedWrite(buffer, data)
        due.shift()
      }
      const view = this.#write.next()
      if (view !== null) return view
      this.#write.finish()
      this.#write = null
    }
  }

  sent(count: number): void {
    this.#write?.sent(count)
  }

  /** Whether what `next` gave is of what is due. */
  protected get isWriting(): boolean {
    return this.#write !== null
  }

  finish(): T {
    return this.#result
  }

  blocked(): T | undefined {
    while (this.#write !== null) {
      if (this.#write.blocked() === undefined) return undefined
      this.#write = null
      // What is due next may have room too, but does not ask the kernel again.
      const [data] = this.gathered.due
      if (data === undefined) break
      this.gathered.due.shift()
      this.#write = new BufferedWrite(this.gathered.buffer, data)
    }
    return this.#result
  }

  abandon(): void {
    if (this.#write !== null && this.#write.rest.length > 0) this.gathered.due.unshift(this.#write.rest)
    this.#write = null
  }
}

/** All that was written goes to the kernel. */
export class FlushText extends WriteDue<undefined> {
  #isGathered = false

  constructor(gathered: Gathered) {
    super(gathered, undefined, 0)
  }

  override next(): Uint8Array | null {
    if (!this.#isGathered) this.gathered.close()
    this.#isGathered = true
    const view = super.next()
    if (view !== null) return view
    const { buffer } = this.gathered
    return buffer.length > 0 ? buffer.bytes : null
  }

  override sent(count: number): void {
    if (this.isWriting) super.sent(count)
    else this.gathered.buffer.drop(count)
  }

  override blocked(): undefined {
    super.blocked()
  }
}
