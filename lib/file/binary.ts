/** Files of bytes: CPython's BufferedReader, BufferedWriter and BufferedRWPair, and SocketIO where there is no buffer. */
import type { AsyncOptions } from '../async-options.js'
import { type BytesLike, byteView } from '../bytes.js'
import { linesOf, SocketFile, sizeOf, splitOptions } from './base.js'
import type { Io } from './io.js'
import * as reads from './reads.js'
import { BufferedWrite, Flush, type Write, WriteBuffer, WriteOnce } from './writes.js'

/** What asynchronous reads of a size take. */
export interface SizeOptions extends AsyncOptions {
  /** Bytes, or characters of text; -1 or left out = no limit. */
  size?: number | null | undefined
}

/** What `readlineAsync` takes. */
export interface LimitOptions extends AsyncOptions {
  /** Bytes, or characters of text, at most; -1 or left out = no limit. */
  limit?: number | null | undefined
}

/** What `readlinesAsync` takes. */
export interface HintOptions extends AsyncOptions {
  /** Bytes, or characters of text, after which no further line is begun; 0, -1 or left out = no limit. */
  hint?: number | null | undefined
}

const EMPTY = Buffer.alloc(0)

/**
 * A file of bytes over a socket. It waits as the socket's mode says: where nothing has come on a non-blocking socket,
 * `read` and `readinto` give `null`, `read1`, `peek` and `readline` an empty buffer, as in CPython. Those that end in
 * `Async` wait in every mode, and are served in the order of their calls, together with the receives or sends of the
 * socket. A read that fails has taken nothing: what had come is there for the next one.
 *
 * Every method throws {@link SocketError} `EBADF` on a closed file and `EOPNOTSUPP` where it is not for reading or not
 * for writing; else what `recv` and `send` throw. After the socket's timeout has ended a read, what is not in the
 * buffer cannot be read any more, as in CPython.
 * @see recv(2), send(2), Python’s io.BufferedReader. Linux, macOS.
 */
export class BinaryFile extends SocketFile {
  readonly #size: number
  readonly #buffer: WriteBuffer
  /** A line needs a buffer to look into: without, CPython reads byte by byte, and cannot wait for less than a line. */
  readonly #isStrict: boolean

  /** @internal @param size of the buffer, bytes; 0 = none */
  constructor(io: Io, size: number) {
    super(io, `${io.isReading ? 'r' : ''}${io.isWriting ? 'w' : ''}b`)
    this.#size = size
    this.#buffer = new WriteBuffer(size)
    this.#isStrict = size === 0 || io.isWriting
  }

  /**
   * Reads `size` bytes, fewer at the end of the stream, or all until there. Without a buffer: what one receive gives.
   * @param size bytes; -1, `null` or left out: until the end
   * @returns the bytes, none at the end; what there is, or `null`, where a non-blocking socket has no more
   */
  read(size?: number | null): Buffer | null {
    const read = this.#read(sizeOf('size', size, this.#least))
    this.io.checkReadable('read')
    return this.io.read(read)
  }

  /**
   * {@link read} as a promise, which waits for all of the bytes.
   * @param options `size`; `timeout` in seconds, in all; `signal`, an AbortSignal
   * @returns a promise of the bytes, none at the end
   */
  readAsync(options?: SizeOptions): Promise<Buffer>
  /**
   * The same, as a promise, with the size first.
   * @param size bytes; -1, `null` or left out: all
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readAsync(size: number | null | undefined, options?: AsyncOptions): Promise<Buffer>
  readAsync(first?: number | null | SizeOptions, second?: AsyncOptions): Promise<Buffer> {
    try {
      const [size, options] = splitOptions('size', first, second, this.#least)
      this.io.checkReadable('read')
      return this.io.readAsync(this.#read(size), options) as Promise<Buffer>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Reads what is in the buffer, or else what one receive gives.
   * @param size bytes at most; below 0, `null` or left out: the size of the buffer
   * @returns the bytes, none at the end
   */
  read1(size?: number | null): Buffer {
    const read = this.#readSome(sizeOf('size', size))
    this.io.checkReadable('read1')
    return this.io.read(read)
  }

  /**
   * {@link read1} as a promise.
   * @param options `size`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  read1Async(options?: SizeOptions): Promise<Buffer>
  /**
   * The same, as a promise, with the size first.
   * @param size bytes; -1, `null` or left out: all
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  read1Async(size: number | null | undefined, options?: AsyncOptions): Promise<Buffer>
  read1Async(first?: number | null | SizeOptions, second?: AsyncOptions): Promise<Buffer> {
    try {
      const [size, options] = splitOptions('size', first, second)
      this.io.checkReadable('read1')
      return this.io.readAsync(this.#readSome(size), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** What is in the buffer, or else what one receive puts there. The bytes stay to be read. */
  peek(): Buffer {
    this.io.checkReadable('peek')
    return this.io.read(new reads.Peek(this.io.bytes, this.#chunk))
  }

  /**
   * {@link peek} as a promise.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  peekAsync(options?: AsyncOptions): Promise<Buffer> {
    try {
      this.io.checkReadable('peek')
      return this.io.readAsync(new reads.Peek(this.io.bytes, this.#chunk), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Reads a line with its end, `\n`; what there is at the end of the stream, and then nothing.
   * @param limit bytes at most; below 0, `null` or left out: none
   * @returns the line with its end; none at the end of the stream
   * @throws {SocketError} `EAGAIN` where a non-blocking socket has no more, and the file has no buffer or is for
   *   writing too; otherwise the line ends there
   */
  readline(limit?: number | null): Buffer {
    const most = sizeOf('limit', limit)
    this.io.checkReadable('readline')
    return this.io.read(this.#readLine(most))
  }

  /**
   * {@link readline} as a promise, which waits for the whole line.
   * @param options `limit`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlineAsync(options?: LimitOptions): Promise<Buffer>
  /**
   * The same, as a promise, with the limit first.
   * @param limit bytes at most; -1, `null` or left out: no limit
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlineAsync(limit: number | null | undefined, options?: AsyncOptions): Promise<Buffer>
  readlineAsync(first?: number | null | LimitOptions, second?: AsyncOptions): Promise<Buffer> {
    try {
      const [limit, options] = splitOptions('limit', first, second)
      this.io.checkReadable('readline')
      return this.io.readAsync(this.#readLine(limit), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Reads lines until the end of the stream.
   * @param hint bytes: ends with the line that goes beyond; 0 or below, `null` or left out: none
   * @returns the lines, each with its end
   */
  readlines(hint?: number | null): Buffer[] {
    const size = sizeOf('hint', hint)
    this.io.checkReadable('readlines')
    return this.io.read(this.#readLines(size))
  }

  /**
   * {@link readlines} as a promise.
   * @param options `hint`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlinesAsync(options?: HintOptions): Promise<Buffer[]>
  /**
   * The same, as a promise, with the hint first.
   * @param hint bytes after which no further line is begun; 0, -1, `null` or left out: no limit
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlinesAsync(hint: number | null | undefined, options?: AsyncOptions): Promise<Buffer[]>
  readlinesAsync(first?: number | null | HintOptions, second?: AsyncOptions): Promise<Buffer[]> {
    try {
      const [hint, options] = splitOptions('hint', first, second)
      this.io.checkReadable('readlines')
      return this.io.readAsync(this.#readLines(hint), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Fills a buffer of the caller's, as far as the stream goes. Without a buffer of its own: with what one receive gives.
   * @param buffer bytes, which are overwritten from the first on
   * @returns how many bytes; `null` where a non-blocking socket has none
   */
  readinto(buffer: BytesLike): number | null {
    const read = new reads.ReadInto(this.io.bytes, byteView('buffer', buffer), this.#size)
    this.io.checkReadable('readinto')
    return this.io.read(read)
  }

  /**
   * {@link readinto} as a promise. The buffer is written to at the end.
   * @param buffer bytes, which are overwritten from the first on
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readintoAsync(buffer: BytesLike, options?: AsyncOptions): Promise<number> {
    try {
      const read = new reads.ReadInto(this.io.bytes, byteView('buffer', buffer), this.#size)
      this.io.checkReadable('readinto')
      return this.io.readAsync(read, options) as Promise<number>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Writes into the buffer, and sends what has no room there. Without a buffer: one `send`.
   * @param data bytes; text is for text files
   * @returns how many bytes were taken: all of them, except without a buffer: what was sent, `null` where a
   *   non-blocking socket takes none
   * @throws {SocketError} whose `charactersWritten` tells how many bytes the file has taken: `EAGAIN` where a
   *   non-blocking socket takes no more and the buffer is full
   */
  write(data: BytesLike): number | null {
    const write = this.#write(data)
    this.io.checkWritable('write')
    return this.io.write(write)
  }

  /**
   * {@link write} as a promise. The data must stay as it is until then.
   * @param data bytes; text is for text files
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  writeAsync(data: BytesLike, options?: AsyncOptions): Promise<number> {
    try {
      const write = this.#write(data)
      this.io.checkWritable('write')
      return this.io.writeAsync(write, options) as Promise<number>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Writes each of these; they are not separated. All of it, without a buffer too.
   * @param lines what to write
   */
  writelines(lines: Iterable<BytesLike>): void {
    this.io.checkWritable('writelines')
    for (const line of linesOf(lines)) this.io.write(this.#writeAll(line))
  }

  /**
   * {@link writelines} as a promise. What is waited for is each of them, so others may write in between.
   * @param lines what to write
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  async writelinesAsync(lines: Iterable<BytesLike>, options?: AsyncOptions): Promise<void> {
    this.io.checkWritable('writelines')
    for (const line of linesOf(lines)) await this.io.writeAsync(this.#writeAll(line), options)
  }

  /** The lines until the end of the stream, as {@link readline} gives them. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line
  }

  /** The lines until the end of the stream, as {@link readlineAsync} gives them. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let line = await this.readlineAsync(); line.length > 0; line = await this.readlineAsync()) yield line
  }

  protected override unsent(): Write<undefined> {
    return new Flush(this.#buffer)
  }

  /** The least size that `read` takes: CPython's buffered one takes no number below -1. */
  get #least(): number | undefined {
    return this.#size > 0 ? -1 : undefined
  }

  /** How much a receive fills. */
  get #chunk(): number {
    return this.#size || 1
  }

  #read(size: number): reads.Read<Buffer | null> {
    const { bytes } = this.io
    if (size < 0) return new reads.ReadAll(bytes)
    if (this.#size === 0) return new reads.ReadSome(bytes, size, null)
    return new reads.ReadExactly(bytes, size, this.#size)
  }

  #readSome(size: number): reads.Read<Buffer> {
    return new reads.ReadSome(this.io.bytes, size < 0 ? this.#size || 65_536 : size, EMPTY)
  }

  #readLine(limit: number): reads.Read<Buffer> {
    return new reads.ReadLine(this.io.bytes, limit, this.#chunk, this.#isStrict)
  }

  #readLines(hint: number): reads.Read<Buffer[]> {
    return new reads.ReadLines(this.io.bytes, hint, this.#chunk, this.#isStrict)
  }

  #write(data: unknown): Write<number | null> {
    const view = byteView('data', data)
    return this.#size === 0 ? new WriteOnce(view) : new BufferedWrite(this.#buffer, view)
  }

  /** Without a buffer too: what a size of 0 keeps for later is nothing. */
  #writeAll(data: unknown): Write<unknown> {
    this.#write(data)
    return new BufferedWrite(this.#buffer, byteView('data', data))
  }
}
