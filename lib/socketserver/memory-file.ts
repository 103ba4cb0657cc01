/** A file of bytes in memory: CPython's BytesIO, as far as a handler of datagrams needs it, in the form of a socket's file. */
import { type BytesLike, byteView } from '../bytes.js'
import { sizeOf } from '../file/base.js'
import { ByteQueue } from '../file/byte-queue.js'
import { type Read, ReadExactly, ReadInto, ReadLine, ReadLines } from '../file/reads.js'

/** A read's answer where nothing more will come. */
const answerOf = <T>(read: Read<T>): T => read.take('end') as T

/**
 * Bytes to read, from the first to the last, or bytes that were written. Nothing in here waits; calls that end in `Async` are
 * there so that a handler can be written for both kinds of sockets.
 */
export class MemoryFile {
  readonly #unread = new ByteQueue()
  readonly #written: Buffer[] = []

  /** @param data bytes to read, none where left out */
  constructor(data: Uint8Array = Buffer.alloc(0)) {
    this.#unread.add(Buffer.from(data))
  }

  /** Reads `size` bytes, fewer at the end; -1, `null` or left out: all. */
  read(size?: number | null): Buffer {
    const most = sizeOf('size', size)
    const { length } = this.#unread
    const count = most < 0 ? length : Math.min(most, length)
    return answerOf(new ReadExactly(this.#unread, count, length)) ?? Buffer.alloc(0)
  }

  async readAsync(size?: number | null): Promise<Buffer> {
    return this.read(size)
  }

  /** Reads a line with its end, `\n`; what is left where there is none. `limit` bytes at most. */
  readline(limit?: number | null): Buffer {
    return answerOf(new ReadLine(this.#unread, sizeOf('limit', limit), 1, false))
  }

  async readlineAsync(limit?: number | null): Promise<Buffer> {
    return this.readline(limit)
  }

  /** Reads lines, until `hint` bytes are exceeded. */
  readlines(hint?: number | null): Buffer[] {
    return answerOf(new ReadLines(this.#unread, sizeOf('hint', hint), 1, false))
  }

  async readlinesAsync(hint?: number | null): Promise<Buffer[]> {
    return this.readlines(hint)
  }

  /** Fills a buffer. How many bytes there were. */
  readinto(buffer: BytesLike): number {
    return answerOf(new ReadInto(this.#unread, byteView('buffer', buffer), 1)) ?? 0
  }

  async readintoAsync(buffer: BytesLike): Promise<number> {
    return this.readinto(buffer)
  }

  /** Adds bytes to those that were written: a copy. How many. */
  write(data: BytesLike): number {
    const copy = Buffer.from(byteView('data', data))
    this.#written.push(copy)
    return copy.length
  }

  async writeAsync(data: BytesLike): Promise<number> {
    return this.write(data)
  }

  /** Writes each of these; they are not separated. */
  writelines(lines: Iterable<BytesLike>): void {
    for (const line of lines) this.write(line)
  }

  async writelinesAsync(lines: Iterable<BytesLike>): Promise<void> {
    this.writelines(lines)
  }

  /** Nothing: what was written is in memory. */
  flush(): void {}

  async flushAsync(): Promise<void> {}

  /** All that was written. */
  getvalue(): Buffer {
    return Buffer.concat(this.#written)
  }

  /** The lines that are left. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (const line of this) yield line
  }
}
