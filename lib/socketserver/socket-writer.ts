/** What `wfile` of a stream's handler is without a buffer: CPython's `_SocketWriter`. A raw file would send only a part. */
import type { AsyncOptions } from '../async-options.js'
import { type BytesLike, byteView } from '../bytes.js'
import { socketError } from '../errors.js'
import type { Socket } from '../socket.js'

/** A file to write to, with a buffer or without: what both have. */
export interface RequestWriter {
  /** Whether it was closed. */
  readonly closed: boolean
  /**
   * The descriptor of the socket.
   * @throws {SocketError} `EBADF` where it is closed
   */
  fileno(): number
  /**
   * Whether it is for writing.
   * @throws {SocketError} `EBADF` where it is closed
   */
  writable(): boolean
  /**
   * Takes all of the data.
   * @param data bytes, or a string as UTF-8
   * @returns how many bytes that is
   * @throws {SocketError} what `sendall` throws
   */
  write(data: BytesLike): number | null
  /**
   * {@link write} as a promise.
   * @param data bytes, or a string as UTF-8
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @throws {SocketError} what `sendallAsync` rejects with
   */
  writeAsync(data: BytesLike, options?: AsyncOptions): Promise<number>
  /**
   * Writes each of these; they are not separated.
   * @param lines what to write
   * @throws {SocketError} what `sendall` throws
   */
  writelines(lines: Iterable<BytesLike>): void
  /**
   * {@link writelines} as a promise.
   * @param lines what to write
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @throws {SocketError} what `sendallAsync` rejects with
   */
  writelinesAsync(lines: Iterable<BytesLike>, options?: AsyncOptions): Promise<void>
  /**
   * Sends what is in the buffer.
   * @throws {SocketError} what `sendall` throws
   */
  flush(): void
  /**
   * {@link flush} as a promise.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @throws {SocketError} what `sendallAsync` rejects with
   */
  flushAsync(options?: AsyncOptions): Promise<void>
  /**
   * Sends what is in the buffer, and closes the file.
   * @throws {SocketError} what `sendall` throws
   */
  close(): void
}

/** Sends all of what is written at once, and has nothing to flush. */
export class SocketWriter implements RequestWriter {
  readonly #sock: Socket
  closed = false

  constructor(sock: Socket) {
    this.#sock = sock
  }

  fileno(): number {
    return this.#sock.fileno()
  }

  writable(): boolean {
    return true
  }

  write(data: BytesLike): number {
    const view = this.#viewOf(data)
    this.#sock.sendall(view)
    return view.length
  }

  async writeAsync(data: BytesLike, options?: AsyncOptions): Promise<number> {
    const view = this.#viewOf(data)
    await this.#sock.sendallAsync(view, options)
    return view.length
  }

  writelines(lines: Iterable<BytesLike>): void {
    for (const line of lines) this.write(line)
  }

  async writelinesAsync(lines: Iterable<BytesLike>, options?: AsyncOptions): Promise<void> {
    for (const line of lines) await this.writeAsync(line, options)
  }

  flush(): void {}

  async flushAsync(): Promise<void> {}

  close(): void {
    this.closed = true
  }

  #viewOf(data: BytesLike): Uint8Array {
    if (this.closed) throw socketError('EBADF', 'write')
    return byteView('data', data)
  }
}
