/** Handlers with files in place of sockets: of a connection, and of a datagram. */
import type { AddressOut } from '../address.js'
import { SocketError } from '../errors.js'
import type { BinaryFile } from '../file.js'
import { type AF_INET, IPPROTO_TCP, TCP_NODELAY } from '../generated/constants.js'
import type { Socket } from '../socket.js'
import { BaseRequestHandler } from './handler.js'
import { MemoryFile } from './memory-file.js'
import { type RequestWriter, SocketWriter } from './socket-writer.js'
import type { DatagramRequest } from './udp.js'

/**
 * Handles a connection by files: CPython's `StreamRequestHandler`. A derived class sets the four attributes as static ones
 * or as fields. In an asynchronous server use the calls of the files that end in `Async`.
 * @typeParam F the address family
 * @see Python’s socketserver.StreamRequestHandler. Linux, macOS.
 */
export class StreamRequestHandler<F extends number = typeof AF_INET> extends BaseRequestHandler<
  Socket<F>,
  AddressOut<F>
> {
  /** Bytes of the buffer of `rfile`; -1 = the usual size, 0 = none. */
  static rbufsize = -1
  /** Bytes of the buffer of `wfile`; 0 = none: each write is sent. */
  static wbufsize = 0
  /** Seconds of the connection's timeout; `null` = none. */
  static timeout: number | null = null
  /** TCP_NODELAY: small writes are sent at once. */
  static disableNagleAlgorithm = false

  /** Bytes of the buffer of `rfile`: -1 = 8,192, 0 = none. */
  rbufsize: number = this.#class.rbufsize
  /** Likewise of `wfile`; 0, the default: every write is sent at once, whole. */
  wbufsize: number = this.#class.wbufsize
  /** The timeout of the connection: seconds; `null` = as it is. */
  timeout: number | null = this.#class.timeout
  /** TCP_NODELAY: only with a buffer for writing, or small packets result. */
  disableNagleAlgorithm: boolean = this.#class.disableNagleAlgorithm
  /** The connection: `request`. From `setup` on. */
  declare connection: Socket<F>
  /** What the client sends. From `setup` on. */
  declare rfile: BinaryFile
  /** What is sent to the client. From `setup` on. */
  declare wfile: RequestWriter

  get #class(): typeof StreamRequestHandler {
    return this.constructor as typeof StreamRequestHandler
  }

  /**
   * Opens the files.
   * @throws {SocketError} where an option cannot be set
   */
  override setup(): void | Promise<void> {
    const conn = this.request
    this.connection = conn
    if (this.timeout !== null) conn.settimeout(this.timeout)
    if (this.disableNagleAlgorithm) conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, true)
    this.rfile = conn.makefile('rb', { buffering: this.rbufsize })
    this.wfile = this.wbufsize === 0 ? new SocketWriter(conn) : conn.makefile('wb', { buffering: this.wbufsize })
  }

  /**
   * Sends what is in the buffer of `wfile`, as far as the client still takes it, and closes the files.
   * @throws {SocketError} what the kernel says of the last flush
   */
  override finish(): void | Promise<void> {
    try {
      if (!this.wfile.closed) this.wfile.flush()
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
    }
    try {
      this.wfile.close()
    } catch (error) {
      // It could not be flushed above either.
      if (!(error instanceof SocketError)) throw error
    } finally {
      this.rfile.close()
    }
  }

  protected override async finishAsync(): Promise<void> {
    try {
      if (!this.wfile.closed) await this.wfile.flushAsync()
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      // What was not taken is tried once more by `finish`, which must not wait.
      if (!this.connection.closed) this.connection.setblocking(false)
    }
    await this.finish()
  }
}

/**
 * Handles a datagram by files in memory: what is written to `wfile` is sent back as one datagram. CPython's
 * `DatagramRequestHandler`.
 * @typeParam F the address family
 * @see Python’s socketserver.DatagramRequestHandler. Linux, macOS.
 */
export class DatagramRequestHandler<F extends number = typeof AF_INET> extends BaseRequestHandler<
  DatagramRequest<F>,
  AddressOut<F>
> {
  /** The datagram. From `setup` on. */
  declare packet: Buffer
  /** The server's socket. From `setup` on. */
  declare socket: Socket<F>
  /** What the datagram says. From `setup` on. */
  declare rfile: MemoryFile
  /** What is answered. From `setup` on. */
  declare wfile: MemoryFile
  #isAnswered = false

  override setup(): void | Promise<void> {
    ;[this.packet, this.socket] = this.request
    this.rfile = new MemoryFile(this.packet)
    this.wfile = new MemoryFile()
  }

  /**
   * Sends what was written, which may be nothing: an empty datagram.
   * @throws {SocketError} what the kernel says of the answer
   */
  override finish(): void | Promise<void> {
    if (!this.#isAnswered) this.socket.sendto(this.wfile.getvalue(), this.clientAddress as never)
  }

  protected override async finishAsync(): Promise<void> {
    await this.socket.sendtoAsync(this.wfile.getvalue(), this.clientAddress as never)
    this.#isAnswered = true
    await this.finish()
  }
}
