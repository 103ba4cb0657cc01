/** Files of text: CPython's TextIOWrapper. */
import type { AsyncOptions } from '../async-options.js'
import { argumentTypeError } from '../validate.js'
import { linesOf, SocketFile, sizeOf, splitOptions } from './base.js'
import type { HintOptions, LimitOptions, SizeOptions } from './binary.js'
import type { Codec } from './codec.js'
import type { Io } from './io.js'
import { countOf, type Newline } from './text-queue.js'
import { ReadCharacters, ReadText, ReadTextLine, ReadTextLines, TextSource } from './text-reads.js'
import { FlushText, Gathered, WriteDue } from './text-writes.js'
import { type Write, WriteBuffer } from './writes.js'

/**
 * A file of text over a socket. Sizes and counts are characters: code points, as in Python. It waits as the socket's
 * mode says: where nothing has come on a non-blocking socket, `read(n)` and `readline` give what there is, perhaps `''`,
 * which is the end of the stream otherwise. Those that end in `Async` wait in every mode, and are served in the order
 * of their calls, together with the receives or sends of the socket. A read that fails has taken nothing: what had come
 * is there for the next one.
 *
 * Every method throws {@link SocketError} `EBADF` on a closed file and `EOPNOTSUPP` where it is not for reading or not
 * for writing; `EILSEQ` for what is not in the file's encoding (once: the next call goes on behind it); else what `recv`
 * and `send` throw. After the socket's timeout has ended a read, what was not received cannot be read any more, as in
 * CPython.
 * @see recv(2), send(2), Python’s io.TextIOWrapper. Linux, macOS.
 */
export class TextFile extends SocketFile {
  /** As given to `makefile`; `'utf-8'` where left out. */
  readonly encoding: string
  readonly #codec: Codec
  readonly #newline: Newline
  readonly #source: TextSource
  readonly #gathered: Gathered

  /** @internal */
  constructor(io: Io, mode: string, size: number, codec: Codec, newline: Newline) {
    super(io, mode)
    this.encoding = codec.name
    this.#codec = codec
    this.#newline = newline
    this.#source = new TextSource(io.bytes, codec, newline)
    this.#gathered = new Gathered(new WriteBuffer(size))
  }

  /**
   * Reads `size` characters, fewer at the end of the stream, or all until there.
   * @param size characters; below 0, `null` or left out: until the end
   * @returns the text, none at the end
   * @throws {SocketError} `EAGAIN` where all are asked for, and a non-blocking socket has none
   */
  read(size?: number | null): string {
    const count = sizeOf('size', size)
    this.io.checkReadable('read')
    return this.io.read(this.#read(count))
  }

  /**
   * {@link read} as a promise, which waits for all of the characters.
   * @param options `size`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readAsync(options?: SizeOptions): Promise<string>
  /**
   * The same, as a promise, with the size first.
   * @param size characters; -1, `null` or left out: all
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readAsync(size: number | null | undefined, options?: AsyncOptions): Promise<string>
  readAsync(first?: number | null | SizeOptions, second?: AsyncOptions): Promise<string> {
    try {
      const [count, options] = splitOptions('size', first, second)
      this.io.checkReadable('read')
      return this.io.readAsync(this.#read(count), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Reads a line with its end; what there is at the end of the stream, and then `''`.
   * @param limit characters at most; below 0, `null` or left out: none
   * @returns the line with its end; none at the end of the stream
   */
  readline(limit?: number | null): string {
    const most = sizeOf('limit', limit)
    this.io.checkReadable('readline')
    return this.io.read(new ReadTextLine(this.#source, most))
  }

  /**
   * {@link readline} as a promise, which waits for the whole line.
   * @param options `limit`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlineAsync(options?: LimitOptions): Promise<string>
  /**
   * The same, as a promise, with the limit first.
   * @param limit characters at most; -1, `null` or left out: no limit
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlineAsync(limit: number | null | undefined, options?: AsyncOptions): Promise<string>
  readlineAsync(first?: number | null | LimitOptions, second?: AsyncOptions): Promise<string> {
    try {
      const [limit, options] = splitOptions('limit', first, second)
      this.io.checkReadable('readline')
      return this.io.readAsync(new ReadTextLine(this.#source, limit), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Reads lines until the end of the stream.
   * @param hint characters: ends with the line that goes beyond; 0 or below, `null` or left out: none
   * @returns the lines, each with its end
   */
  readlines(hint?: number | null): string[] {
    const count = sizeOf('hint', hint)
    this.io.checkReadable('readlines')
    return this.io.read(new ReadTextLines(this.#source, count))
  }

  /**
   * {@link readlines} as a promise.
   * @param options `hint`; `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlinesAsync(options?: HintOptions): Promise<string[]>
  /**
   * The same, as a promise, with the hint first.
   * @param hint characters after which no further line is begun; 0, -1, `null` or left out: no limit
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  readlinesAsync(hint: number | null | undefined, options?: AsyncOptions): Promise<string[]>
  readlinesAsync(first?: number | null | HintOptions, second?: AsyncOptions): Promise<string[]> {
    try {
      const [hint, options] = splitOptions('hint', first, second)
      this.io.checkReadable('readlines')
      return this.io.readAsync(new ReadTextLines(this.#source, hint), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Writes text: `flush` or `close` send it, and so does a lot of it.
   * @param text the text
   * @returns how many characters it has, all of which the file has taken
   * @throws {TypeError} for a character that the encoding does not have
   * @throws {SocketError} where something had to be sent and was not: the text is kept all the same, and
   *   `charactersWritten` tells so
   */
  write(text: string): number {
    return this.io.write(this.#write(text, 'write'))
  }

  /**
   * {@link write} as a promise.
   * @param text the text
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  writeAsync(text: string, options?: AsyncOptions): Promise<number> {
    try {
      return this.io.writeAsync(this.#write(text, 'write'), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Writes each of these; they are not separated.
   * @param lines what to write
   */
  writelines(lines: Iterable<string>): void {
    this.io.checkWritable('writelines')
    for (const line of linesOf(lines)) this.io.write(this.#write(line, 'writelines'))
  }

  /**
   * {@link writelines} as a promise. What is waited for is each of them, so others may write in between.
   * @param lines what to write
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   */
  async writelinesAsync(lines: Iterable<string>, options?: AsyncOptions): Promise<void> {
    this.io.checkWritable('writelines')
    for (const line of linesOf(lines)) await this.io.writeAsync(this.#write(line, 'writelines'), options)
  }

  /** The lines until the end of the stream, as {@link readline} gives them. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let line = this.readline(); line !== ''; line = this.readline()) yield line
  }

  /** The lines until the end of the stream, as {@link readlineAsync} gives them. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (let line = await this.readlineAsync(); line !== ''; line = await this.readlineAsync()) yield line
  }

  protected override unsent(): Write<undefined> {
    return new FlushText(this.#gathered)
  }

  #read(count: number): ReadText | ReadCharacters {
    return count < 0 ? new ReadText(this.#source) : new ReadCharacters(this.#source, count)
  }

  #write(text: unknown, call: string): Write<number> {
    if (typeof text !== 'string') throw argumentTypeError('data', 'of type string: a text file takes no bytes', text)
    this.io.checkWritable(call)
    const isTranslated = this.#newline === '\r' || this.#newline === '\r\n'
    const lines = isTranslated ? text.replaceAll('\n', this.#newline as string) : text
    this.#gathered.add(this.#codec.encode(lines))
    const count = countOf(text)
    return new WriteDue(this.#gathered, count, count)
  }
}
