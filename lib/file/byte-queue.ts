/** Bytes that were received and that nobody has taken yet, as the chunks in which they came. */

const EMPTY = Buffer.alloc(0)
/** A result that is so much smaller than its chunk is copied out of it, so that a few bytes do not keep many. */
const WASTE = 4

export class ByteQueue {
  #chunks: Buffer[] = []
  /** The first chunk that is left, and where in it. */
  #first = 0
  #offset = 0
  length = 0

  /** Adds what was received: memory that nobody else has. */
  add(data: Buffer): void {
    if (data.length === 0) return
    this.#chunks.push(data)
    this.length += data.length
  }

  /** Where a byte stands, from a place on; -1 where it does not. */
  find(byte: number, from: number): number {
    const chunks = this.#chunks
    if (from >= this.length) return -1
    let index = chunks.length
    let start = this.length
    while (start > from) {
      index--
      start -= this.#sizeOf(index)
    }
    for (; index < chunks.length; index++) {
      const chunk = chunks[index] as Buffer
      const skipped = index === this.#first ? this.#offset : 0
      const at = chunk.indexOf(byte, skipped + Math.max(from - start, 0))
      if (at >= 0) return start + at - skipped
      start += chunk.length - skipped
    }
    return -1
  }

  /** The first `count` bytes, which are there. */
  take(count: number): Buffer {
    if (count === 0) return EMPTY
    const first = this.#chunks[this.#first] as Buffer
    const start = this.#offset
    let data: Buffer
    if (start + count > first.length) {
      data = Buffer.allocUnsafe(count)
      this.copyTo(data)
    } else {
      data =
        count * WASTE < first.length ? Buffer.from(first.subarray(start, start + count)) : part(first, start, count)
    }
    this.drop(count)
    return data
  }

  /** All bytes. */
  takeAll(): Buffer {
    return this.take(this.length)
  }

  /** Copies as many bytes as there are and as the view has room for: how many. They stay. */
  copyTo(view: Uint8Array): number {
    let done = 0
    for (let index = this.#first; index < this.#chunks.length && done < view.length; index++) {
      const chunk = this.#chunks[index] as Buffer
      const skipped = index === this.#first ? this.#offset : 0
      const count = Math.min(chunk.length - skipped, view.length - done)
      chunk.copy(view, done, skipped, skipped + count)
      done += count
    }
    return done
  }

  /** Leaves out the first `count` bytes. */
  drop(count: number): void {
    this.length -= count
    let rest = count
    while (rest > 0) {
      const left = this.#sizeOf(this.#first)
      if (rest < left) {
        this.#offset += rest
        break
      }
      rest -= left
      this.#first++
      this.#offset = 0
    }
    if (this.#first > 32 && this.#first * 2 > this.#chunks.length) this.#forget()
    else if (this.length === 0) this.#forget()
  }

  /** Puts bytes before all others. */
  putBack(data: Buffer): void {
    if (data.length === 0) return
    const rest = this.length === 0 ? [] : [this.takeAll()]
    this.#chunks = [data, ...rest]
    this.#first = 0
    this.#offset = 0
    this.length = data.length + (rest[0]?.length ?? 0)
  }

  #sizeOf(index: number): number {
    return (this.#chunks[index] as Buffer).length - (index === this.#first ? this.#offset : 0)
  }

  #forget(): void {
    this.#chunks = this.#chunks.slice(this.#first)
    this.#first = 0
  }
}

const part = (chunk: Buffer, start: number, count: number): Buffer =>
  start === 0 && count === chunk.length ? chunk : chunk.subarray(start, start + count)
