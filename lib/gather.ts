/** Chunks of a stream as few sends: small ones are joined, large ones are neither copied nor sent in one piece. */

/** From so many bytes on a chunk is sent by itself: a system call costs less than the copy. */
const LARGE = 16384
/** The most bytes that are joined: more would only keep memory. */
const MOST_JOINED = 65536
/** The most bytes of one send, so that whoever watches sees a slow transfer move. */
const MOST_SENT = 1 << 18

/** The bytes of a list of chunks, in order. */
export class Gatherer {
  readonly #chunks: readonly Uint8Array[]
  #index = 0
  #offset = 0

  constructor(chunks: readonly Uint8Array[]) {
    this.#chunks = chunks
    this.#skipEmpty()
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#index === this.#chunks.length
  }

  /** The bytes of the next send: memory of the caller's, or a copy of several small chunks. */
  next(): Uint8Array {
    const first = this.#chunks[this.#index] as Uint8Array
    const part = first.length < LARGE ? this.#join() : this.#slice(first)
    this.#skipEmpty()
    return part
  }

  #slice(chunk: Uint8Array): Uint8Array {
    const from = this.#offset
    const rest = chunk.length - from
    if (rest > MOST_SENT) {
      this.#offset += MOST_SENT
      return chunk.subarray(from, this.#offset)
    }
    this.#index++
    this.#offset = 0
    return from === 0 ? chunk : chunk.subarray(from)
  }

  #join(): Uint8Array {
    const from = this.#index
    let length = 0
    for (; this.#index < this.#chunks.length; this.#index++) {
      const next = (this.#chunks[this.#index] as Uint8Array).length
      if (next >= LARGE || length + next > MOST_JOINED) break
      length += next
    }
    const small = this.#chunks.slice(from, this.#index)
    return small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small, length)
  }

  #skipEmpty(): void {
    while (this.#chunks[this.#index]?.length === 0) this.#index++
  }
}
