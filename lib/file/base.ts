/** What all files over sockets have, whatever they read and write. */
import type { AsyncOptions } from '../async-options.js'
import { argumentTypeError, checkRange, checkWhole } from '../validate.js'
import type { Io } from './io.js'
import type { Write } from './writes.js'

/** As in CPython, where any number below 0 will do, except for a read of a buffered file of bytes. */
const ANY = Number.MIN_SAFE_INTEGER
const MOST = 0x7fffffff

/** An optional size: `null`, `undefined` and numbers from `least` to -1 are no limit, which is told as -1. */
export function sizeOf(name: string, value: unknown, least = ANY): number {
  if (value === undefined || value === null) return -1
  checkWhole(name, value)
  checkRange(name, value, least, MOST)
  return Math.max(value, -1)
}

/** What `writelines` is given. */
export function linesOf<T>(lines: Iterable<T>): Iterable<T> {
  const given = lines as Iterable<T> | null | undefined
  if (typeof given?.[Symbol.iterator] === 'function') return lines
  throw argumentTypeError('lines', 'an iterable of lines', lines)
}

/** Asynchronous calls take their optional number first, or by its name among the options. */
export function splitOptions<O extends AsyncOptions>(
  name: string,
  first: unknown,
  options: O | undefined,
  least = ANY,
): [size: number, options: O | undefined] {
  if (typeof first !== 'object' || first === null) return [sizeOf(name, first, least), options]
  const given: unknown = (first as Record<string, unknown>)[name]
  return [sizeOf(`options.${name}`, given, least), first as O]
}

/**
 * A file over a socket: what {@link Socket.makefile} gives, of which there is a kind for bytes and one for text.
 * @see recv(2), send(2), Python’s socket.makefile. Linux, macOS.
 */
export abstract class SocketFile implements Disposable, AsyncDisposable {
  /** The way to the socket. */
  protected readonly io: Io
  /** As given to `makefile`; of a binary file in CPython's spelling, such as `'rb'`. */
  readonly mode: string
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(io: Io, mode: string) {
    this.io = io
    this.mode = mode
  }

  /** What the file has written and not sent, for `flush` and `close`. */
  protected abstract unsent(): Write<undefined>

  /** Whether the file was closed. */
  get closed(): boolean {
    return this.io.isClosed
  }

  /** The descriptor of the socket; -1 once the file is closed. */
  get name(): number {
    return this.io.isClosed ? -1 : this.io.handle.fd
  }

  /**
   * The descriptor of the socket.
   * @throws {SocketError} `EBADF` where the file is closed
   */
  fileno(): number {
    this.io.checkOpen('fileno')
    return this.io.handle.fd
  }

  /** Whether it is for reading. @throws {SocketError} `EBADF` where it is closed */
  readable(): boolean {
    this.io.checkOpen('readable')
    return this.io.isReading
  }

  /** Whether it is for writing. @throws {SocketError} `EBADF` where it is closed */
  writable(): boolean {
    this.io.checkOpen('writable')
    return this.io.isWriting
  }

  /** `false`: a socket has no position. @throws {SocketError} `EBADF` where it is closed */
  seekable(): boolean {
    this.io.checkOpen('seekable')
    return false
  }

  /**
   * Sends what was written and is still in the buffer; nothing where the file is not for writing.
   * @throws {SocketTimeoutError} after the socket's timeout; {@link SocketError} `EAGAIN` where a non-blocking socket
   *   takes no more. What was not sent stays in the buffer.
   */
  flush(): void {
    this.io.checkOpen('flush')
    if (this.io.isWriting) this.io.write(this.unsent())
  }

  /**
   * {@link flush} as a promise.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
   */
  flushAsync(options?: AsyncOptions): Promise<void> {
    try {
      this.io.checkOpen('flush')
      return this.io.isWriting ? this.io.writeAsync(this.unsent(), options) : Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends what is still in the buffer and closes the file, which is closed even where that failed; nothing where it is
   * closed already. Reads that wait reject with `ECANCELED`. The socket is closed with its last file where its own
   * `close` was called before.
   * @throws as {@link flush}
   */
  close(): void {
    const { io } = this
    if (io.isClosed && this.#closing === null) return
    try {
      io.cancelReads()
      if (io.isWriting) io.write(this.unsent())
    } finally {
      io.release()
    }
  }

  /**
   * {@link close} as a promise, which waits until the kernel has taken what is in the buffer. The file takes no more
   * calls at once.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @throws as {@link flushAsync}; the file is closed then too
   */
  closeAsync(options?: AsyncOptions): Promise<void> {
    if (this.#closing === null) {
      if (this.io.isClosed) return Promise.resolve()
      this.#closing = this.#close(options).finally(() => {
        this.#closing = null
      })
    }
    return this.#closing
  }

  async #close(options: AsyncOptions | undefined): Promise<void> {
    const { io } = this
    io.isClosed = true
    try {
      io.cancelReads()
      if (io.isWriting) await io.writeAsync(this.unsent(), options)
    } finally {
      io.release()
    }
  }

  /** What `console.log(file)` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.constructor.name} [${this.io.isClosed ? 'closed' : `fd ${this.name}`}, mode '${this.mode}']`
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes the file at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAsync()
  }
}
