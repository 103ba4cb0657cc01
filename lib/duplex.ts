/** A socket as a stream of Node's: a Duplex that behaves like `net.Socket` where others rely on it. */
import { Duplex } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'
import * as endpoints from './endpoint.js'
import { SocketError, socketError } from './errors.js'
import { Gatherer } from './gather.js'
import { MSG_MORE } from './generated/constants.js'
import { CHUNK_SIZE, endSending, type StreamSource, take, WAIT } from './stream-source.js'
import { argumentTypeError, checkBoolean, checkInteger, checkOptions, rangeError } from './validate.js'

/** Options of `toDuplex`. */
export interface DuplexOptions {
  /**
   * Whether the writable half stays open when the peer has ended its own. `true` where left out, as sockets are;
   * with `false` the stream ends itself then, as `node:net` does and clients such as `http.Agent` rely on.
   */
  allowHalfOpen?: boolean | undefined
  /** Bytes that each half holds before it asks the other side to wait, and that are received at once: 65,536. */
  highWaterMark?: number | undefined
}

type Done = (error?: Error | null) => void

/** The longest delay of a timer, milliseconds. */
const LONGEST_DELAY = 0x7fffffff

/** More comes at once, so that a short part needs no packet of its own. */
const WAIT_MORE = MSG_MORE === undefined ? WAIT : Object.freeze({ ...WAIT, flags: MSG_MORE })

/**
 * The stream that `toDuplex` makes.
 * @see tcp(7), node:stream. Linux, macOS.
 */
export class SocketDuplex extends Duplex {
  /** Bytes received. */
  bytesRead = 0
  /** Bytes that the kernel has taken. */
  bytesWritten = 0
  /** The idle time in milliseconds that {@link setTimeout} set; `undefined` before. */
  timeout: number | undefined = undefined
  readonly #source: StreamSource
  readonly #chunkSize: number
  #timer: NodeJS.Timeout | undefined
  #isReceiving = false
  #isSending = false
  /** What is left of destroying the stream when the last send has ended. */
  #whenSent: (() => void) | undefined
  #local: endpoints.Endpoint | undefined
  #remote: endpoints.Endpoint | undefined

  /** @internal */
  constructor(source: StreamSource, allowHalfOpen: boolean, highWaterMark: number) {
    super({ allowHalfOpen, highWaterMark })
    this.#source = source
    this.#chunkSize = highWaterMark > 0 ? highWaterMark : CHUNK_SIZE
  }

  /** The peer's IP address; `undefined` where it has none. Once asked, it is known after the end too. */
  get remoteAddress(): string | undefined {
    return this.#peer()?.address
  }

  /** The peer's port. */
  get remotePort(): number | undefined {
    return this.#peer()?.port
  }

  /** `'IPv4'` or `'IPv6'`. */
  get remoteFamily(): string | undefined {
    return this.#peer()?.family
  }

  /** The own IP address. */
  get localAddress(): string | undefined {
    return this.#own()?.address
  }

  /** The own port. */
  get localPort(): number | undefined {
    return this.#own()?.port
  }

  /** `'IPv4'` or `'IPv6'`. */
  get localFamily(): string | undefined {
    return this.#own()?.family
  }

  /** The own address, family and port; an empty object where there is none. */
  address(): Partial<endpoints.Endpoint> {
    return { ...this.#own() }
  }

  /**
   * TCP_NODELAY: small writes are sent at once. Nothing where the socket is no TCP socket.
   * @param enable `true` where left out
   * @returns the stream
   */
  setNoDelay(enable = true): this {
    endpoints.setNoDelay(this.#source, Boolean(enable))
    return this
  }

  /**
   * SO_KEEPALIVE: the kernel probes an idle peer, with TCP_KEEPINTVL 1 and TCP_KEEPCNT 10 as `node:net` sets them.
   * @param enable `false` where left out
   * @param initialDelay milliseconds before the first probe; below 1000 = as the system has it
   * @returns the stream
   */
  setKeepAlive(enable = false, initialDelay = 0): this {
    endpoints.setKeepAlive(this.#source, Boolean(enable), Math.trunc(initialDelay / 1000))
    return this
  }

  /**
   * Emits `'timeout'` when nothing was received or sent for so long; what to do then is the listener's. It has nothing
   * to do with the socket's own timeout, which streams do not have.
   * @param milliseconds 0 = never
   * @param listener added for one `'timeout'`; with 0 removed
   * @throws {TypeError | RangeError} for what is no time
   */
  setTimeout(milliseconds: number, listener?: () => void): this {
    if (typeof milliseconds !== 'number') throw argumentTypeError('milliseconds', 'of type number', milliseconds)
    if (!(milliseconds >= 0)) throw rangeError('milliseconds', '>= 0', milliseconds)
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.timeout = milliseconds
    if (milliseconds > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => this.emit('timeout'), Math.min(milliseconds, LONGEST_DELAY)).unref()
    }
    if (listener !== undefined) {
      if (milliseconds > 0) this.once('timeout', listener)
      else this.off('timeout', listener)
    }
    return this
  }

  /**
   * The stream keeps the process alive while it waits: the default.
   * @returns the stream
   */
  ref(): this {
    this.#source.ref()
    return this
  }

  /**
   * The stream does not keep the process alive.
   * @returns the stream
   */
  unref(): this {
    this.#source.unref()
    return this
  }

  /** Ends the stream, and destroys it when all is written. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Destroys the stream at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  /** Destroys the stream and waits until it is closed. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.destroy()
    if (!this.closed) await new Promise<void>((resolve) => this.once('close', resolve))
  }

  override _read(): void {
    if (this.#isReceiving) return
    this.#isReceiving = true
    this.#source.recvAsync(this.#chunkSize, WAIT).then(this.#received, this.#receiveFailed)
  }

  readonly #received = (data: Buffer): void => {
    this.#isReceiving = false
    if (this.destroyed) return
    this.#timer?.refresh()
    this.bytesRead += data.length
    if (data.length > 0) {
      // It asks for more by itself as long as there is room.
      this.push(data)
      return
    }
    this.push(null)
    // Tells the end even where nobody reads, because a stream that was written to and ended would never close.
    this.read(0)
  }

  readonly #receiveFailed = (error: Error): void => {
    this.#isReceiving = false
    this.#endBy(error)
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Done): void {
    this.#send(new Gatherer([chunk]), callback)
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: Done): void {
    this.#send(new Gatherer(chunks.map(({ chunk }) => chunk)), callback)
  }

  #send(chunks: Gatherer, callback: Done): void {
    if (chunks.isAtEnd) {
      this.#sent(callback, null)
      return
    }
    const part = chunks.next()
    this.#isSending = true
    this.#timer?.refresh()
    this.#source.sendallAsync(part, chunks.isAtEnd ? WAIT : WAIT_MORE).then(
      () => {
        this.bytesWritten += part.length
        this.#timer?.refresh()
        if (this.destroyed && !chunks.isAtEnd) this.#sendFailed(socketError('ECANCELED', 'sendall'), callback)
        else this.#send(chunks, callback)
      },
      (error: Error) => this.#sendFailed(error, callback),
    )
  }

  #sendFailed(error: Error, callback: Done): void {
    if (error instanceof SocketError) this.bytesWritten += error.bytesSent ?? 0
    this.#endBy(error)
    this.#sent(callback, this.errored ?? error)
  }

  /** The write has ended. */
  #sent(callback: Done, error: Error | null): void {
    this.#isSending = false
    callback(error)
    this.#whenSent?.()
  }

  override _final(callback: Done): void {
    try {
      endSending(this.#source)
    } catch (error) {
      this.#endBy(error as Error)
      callback(error as Error)
      return
    }
    callback()
    // Where nobody reads, somebody has to look for the peer's end.
    this.read(0)
  }

  override _destroy(error: Error | null, callback: Done): void {
    clearTimeout(this.#timer)
    let failure = error
    try {
      this.#source.close()
    } catch (closeError) {
      failure ??= closeError as Error
    }
    // What waits has been cancelled; a write's callback is told before the stream is closed.
    if (this.#isSending) this.#whenSent = () => callback(failure)
    else callback(failure)
  }

  /** The socket gave an error. One that comes from its being closed is the end that was asked for. */
  #endBy(error: Error): void {
    if (this.#source.closed) this.destroy()
    else this.destroy(error)
  }

  #own(): endpoints.Endpoint | undefined {
    this.#local ??= endpoints.endpointOf(this.#source, 'getsockname')
    return this.#local
  }

  #peer(): endpoints.Endpoint | undefined {
    this.#remote ??= endpoints.endpointOf(this.#source, 'getpeername')
    return this.#remote
  }
}

/** A stream over a socket, which has no stream yet. */
export function openDuplex(source: StreamSource, options: DuplexOptions = {}): SocketDuplex {
  checkOptions('options', options)
  const { allowHalfOpen = true, highWaterMark = CHUNK_SIZE } = options
  checkBoolean('options.allowHalfOpen', allowHalfOpen)
  checkInteger('options.highWaterMark', highWaterMark, 0, 0x7fffffff)
  take(source, 'toDuplex')
  return new SocketDuplex(source, allowHalfOpen, highWaterMark)
}
