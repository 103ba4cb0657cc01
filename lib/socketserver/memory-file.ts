/** A file of bytes in memory: CPython's BytesIO, as far as a handler of datagrams needs it, in the form of a socket's file. */
import { type BytesLike, byteView } from '../bytes.js'
import { sizeOf } from '../file/base.js'
import { ByteQueue } from '../file/byte-queue.js'
import { type Read, ReadExactly, ReadInto, ReadLine, ReadLines } from '../file/reads.js'

/** A read's answer where nothing more will come. */
const answerOf = <T>(read: Read<T>): T => read.take('end') as T

/**
 * Bytes to read, from the first to the last, or bytes that were written. Nothing in here waits; calls that end in
 * `Async` are there so that a handler can be written for both kinds of sockets.
 *
 * Methods throw `TypeError` or `RangeError` for a wrong argument, and nothing else.
 * @see Python’s io.BytesIO. Linux, macOS.
 */
export class MemoryFile {
  readonly #unread = new ByteQueue()
  readonly #written: Buffer[] = []

  /**
   * Makes a file of bytes to read.
   * @param data bytes to read, none where left out
   * @throws {TypeError} for what is no bytes
   */
  constructor(data: Uint8Array = Buffer.alloc(0)) {
    this.#unread.add(Buffer.from(data))
  }

  /**
   * Reads `size` bytes, fewer at the end; -1, `null` or left out: all.
   * @param size bytes; -1, `null` or left out: all
   * @returns the bytes, none at the end
   */
  read(size?: number | null): Buffer {
    const most = sizeOf('size', size)
    const { length } = this.#unread
    const count = most < 0 ? length : Math.min(most, length)
    return answerOf(new ReadExactly(this.#unread, count, length)) ?? Buffer.alloc(0)
  }

  /**
   * {@link read} as a promise.
   * @param size bytes; -1, `null` or left out: all
   */
  async readAsync(size?: number | null): Promise<Buffer> {
    return this.read(size)
  }

  /**
   * Reads a line with its end, `\n`; what is left where there is none.
   * @param limit bytes at most; -1, `null` or left out: no limit
   * @returns the line, none at the end
   */
  readline(limit?: number | null): Buffer {
    return answerOf(new ReadLine(this.#unread, sizeOf('limit', limit), 1, false))
  }

  /**
   * {@link readline} as a promise.
   * @param limit bytes at most; -1, `null` or left out: no limit
   */
  async readlineAsync(limit?: number | null): Promise<Buffer> {
    return this.readline(limit)
  }

  /**
   * Reads lines until the end.
   * @param hint bytes after which no further line is begun; 0, -1, `null` or left out: no limit
   * @returns the lines, each with its end
   */
  readlines(hint?: number | null): Buffer[] {
    return answerOf(new ReadLines(this.#unread, sizeOf('hint', hint), 1, false))
  }

  /**
   * {@link readlines} as a promise.
   * @param hint bytes after which no further line is begun; 0, -1, `null` or left out: no limit
   */
  async readlinesAsync(hint?: number | null): Promise<Buffer[]> {
    return this.readlines(hint)
  }

  /**
   * Fills a buffer.
   * @param buffer bytes, which are overwritten from the first on
   * @returns how many bytes there were
   */
  readinto(buffer: BytesLike): number {
    return answerOf(new ReadInto(this.#unread, byteView('buffer', buffer), 1)) ?? 0
  }

  /**
   * {@link readinto} as a promise.
   * @param buffer bytes, which are overwritten from the first on
   */
  async readintoAsync(buffer: BytesLike): Promise<number> {
    return this.readinto(buffer)
  }

  /**
   * Adds bytes to those that were written: a copy.
   * @param data bytes, or a string as UTF-8
   * @returns how many bytes
   */
  write(data: BytesLike): number {
    const copy = Buffer.from(byteView('data', data))
    this.#written.push(copy)
    return copy.length
  }

  /**
   * {@link write} as a promise.
   * @param data bytes, or a string as UTF-8
   */
  async writeAsync(data: BytesLike): Promise<number> {
    return this.write(data)
  }

  /**
   * Writes each of these; they are not separated.
   * @param lines what to write
   */
  writelines(lines: Iterable<BytesLike>): void {
    for (const line of lines) this.write(line)
  }

  /**
   * {@link writelines} as a promise.
   * @param lines what to write
   */
  async writelinesAsync(lines: Iterable<BytesLike>): Promise<void> {
    this.writelines(lines)
  }

  /** Nothing: what was written is in memory. */
  flush(): void {}

  /** {@link flush} as a promise. */
  async flushAsync(): Promise<void> {}

  /** All that was written. */
  getvalue(): Buffer {
    return Buffer.concat(this.#written)
  }

  /** The lines that are left. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line
  }

  /** The lines that are left. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (const line of this) yield line
  }
}
