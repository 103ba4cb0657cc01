/** What `wfile` of a stream's handler is without a buffer: CPython's `_SocketWriter`. A raw file would send only a part. */
import type { AsyncOptions } from '../async-options.js'
import { type BytesLike, byteView } from '../bytes.js'
import { socketError } from '../errors.js'
import type { Socket } from '../socket.js'

/** A file to write to, with a buffer or without: what both have. */
export interface RequestWriter {
  /** Whether it was closed. */
  readonly closed: boolean
  fileno(): number
  writable(): boolean
  /** Takes all of the data. @returns how many bytes that is */
  write(data: BytesLike): number | null
  writeAsync(data: BytesLike, options?: AsyncOptions): Promise<number>
  /** Writes each of these; they are not separated. */
  writelines(lines: Iterable<BytesLike>): void
  writelinesAsync(lines: Iterable<BytesLike>, options?: AsyncOptions): Promise<void>
  /** Sends what is in the buffer. */
  flush(): void
  flushAsync(options?: AsyncOptions): Promise<void>
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
