/** Servers that handle many requests at the same time in one thread: their handlers are asynchronous. */
import type { AddressIn, AddressOut } from '../address.js'
import { SocketError } from '../errors.js'
import { type AF_INET, AF_UNIX, SHUT_RDWR } from '../generated/constants.js'
import type { Socket } from '../socket.js'
import { checkNumber, checkOptions, rangeError, timeoutNsOf } from '../validate.js'
import { AsyncRequests } from './async-requests.js'
import type { ServeOptions } from './event-loop.js'
import { type RequestHandlerClass, runHandlerAsync } from './handler.js'
import { TCPServer } from './tcp.js'
import { type DatagramRequest, receiveDatagrams } from './udp.js'

/** Options of {@link AsyncTCPServer.shutdown}. */
export interface AsyncShutdownOptions {
  /** Seconds that running handlers may take at most; `null` or left out = as long as they like. */
  timeout?: number | null | undefined
}

/** A blocking call where nothing blocks. */
function refuseBlocking(name: string): never {
  throw new TypeError(`${name}() blocks: an asynchronous server has ${name}Async()`)
}

/**
 * A TCP server whose handlers run beside each other in this thread: a class whose `handle` is asynchronous, or a function
 * `async (conn, clientAddress, server, signal) => {}`. The connection is closed when the handler is done.
 *
 * An error of one handler goes to `handleError` and touches no other. While `maxConnections` handlers run, no more
 * connections are accepted: they wait in the queue of the listener, and beyond that the kernel holds the clients off.
 * Where the system has no descriptor or no memory left for a connection, the loop rests, with a warning, and tries again.
 * @typeParam F the address family, such as `typeof AF_INET`
 * @typeParam Request what is handled: a connected `Socket` here
 * @see accept(2), Python’s socketserver.TCPServer. Linux, macOS.
 */
export class AsyncTCPServer<F extends number = typeof AF_INET, Request = Socket<F>> extends TCPServer<F, Request> {
  /** How many connections may wait to be accepted; the kernel may allow fewer. As many as in `node:net`. */
  static override requestQueueSize = 511
  /** How many requests are handled at the same time at most. */
  static maxConnections: number = Number.POSITIVE_INFINITY

  readonly #requests: AsyncRequests<Request, AddressOut<F>>
  /** Those who wait for the end. */
  #shutdowns: Promise<unknown> = Promise.resolve()

  /**
   * Opens, binds and activates the server's socket.
   * @param serverAddress as `bind` takes it
   * @param RequestHandlerClass a class, usually derived from {@link BaseRequestHandler}, or a function
   * @param bindAndActivate `false` leaves `serverBind` and `serverActivate` to the caller
   * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like; then nothing is left open
   */
  constructor(
    serverAddress: AddressIn<F>,
    RequestHandlerClass: RequestHandlerClass<Request, AddressOut<F>>,
    bindAndActivate = true,
  ) {
    super(serverAddress, RequestHandlerClass, bindAndActivate)
    this.#requests = new AsyncRequests<Request, AddressOut<F>>(this, (error) => this.fail(error))
    this.dispatcher = this.#requests
  }

  /** How many requests are handled at the same time: this server's, else that of its class. */
  get maxConnections(): number {
    return this.attribute('maxConnections')
  }

  set maxConnections(most: number) {
    checkNumber('maxConnections', most)
    // NaN too: with it nothing would ever be accepted.
    if (!(most >= 1)) throw rangeError('maxConnections', '>= 1', most)
    this.setAttribute('maxConnections', most)
  }

  /** How many requests are being handled. */
  get activeConnections(): number {
    return this.#requests.size
  }

  /**
   * Takes requests until {@link shutdown} or {@link serverClose}; after `shutdown` it ends when that is done, so nothing
   * runs any more. It keeps the process alive.
   * @param options `pollInterval` in seconds; `signal`
   * @returns a promise: done when the loop has ended
   * @throws {SocketError} where the socket cannot take requests; the signal's reason: the promise rejects with it
   */
  override async serveForeverAsync(options?: ServeOptions): Promise<void> {
    await super.serveForeverAsync(options)
    await this.#shutdowns
  }

  /**
   * Not here: see {@link serveForeverAsync}.
   * @throws {TypeError} always: see {@link serveForeverAsync}
   */
  override serveForever(): never {
    refuseBlocking('serveForever')
  }

  /**
   * Not here: see {@link handleRequestAsync}.
   * @throws {TypeError} always: see {@link handleRequestAsync}
   */
  override handleRequest(): never {
    refuseBlocking('handleRequest')
  }

  /**
   * Handles a request with an instance of `RequestHandlerClass`, or by calling it where it is a function.
   * @param request what `getRequest` gave
   * @param clientAddress who sent it
   * @param signal aborted when the handler shall end
   * @returns a promise of the handler's end
   * @throws what the handler throws
   */
  override async finishRequest(request: Request, clientAddress: AddressOut<F>, signal?: AbortSignal): Promise<void> {
    await runHandlerAsync(this.RequestHandlerClass, request, clientAddress, this, signal)
  }

  /**
   * Ends the server gracefully: accepts no more, and refuses new clients; lets the running handlers end; after the timeout
   * aborts the signals of those that are left and closes their sockets. A handler that calls it must not wait for it.
   * @param options `timeout` in seconds
   * @returns how many handlers were aborted; 0 where all ended by themselves
   * @throws {TypeError | RangeError} where the timeout is no time: the promise rejects with it
   */
  override shutdown(options: AsyncShutdownOptions = {}): Promise<number> {
    try {
      checkOptions('options', options)
      const timeoutNs = timeoutNsOf('options.timeout', options.timeout ?? null)
      super.shutdown()
      this.refuseRequests()
      const ended = this.#end(timeoutNs < 0 ? Number.POSITIVE_INFINITY : timeoutNs / 1e6)
      this.#shutdowns = Promise.allSettled([this.#shutdowns, ended])
      return ended
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #end(limitMs: number): Promise<number> {
    const aborted = await this.#requests.end(limitMs)
    this.serverClose()
    return aborted
  }

  /** @internal Closes a request that its handler still has. Files over the connection would keep it open. */
  abortRequest(request: Request): void {
    try {
      const conn = request as Socket
      conn.shutdown(SHUT_RDWR)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
    }
    this.closeRequest(request)
  }

  /** @internal Lets no request more come in. */
  protected refuseRequests(): void {
    this.serverClose()
  }

  /** At the end of an `await using` block: {@link shutdown} that aborts what still runs. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown({ timeout: 0 })
  }
}

/**
 * A UDP server whose handlers run beside each other in this thread, as those of {@link AsyncTCPServer}. While
 * `maxConnections` of them run, nothing is received: datagrams wait in the socket's buffer, and beyond it get lost.
 * @typeParam F the address family
 * @see recvfrom(2), Python’s socketserver.UDPServer. Linux, macOS.
 */
export class AsyncUDPServer<F extends number = typeof AF_INET> extends AsyncTCPServer<F, DatagramRequest<F>> {
  /** Bytes of a datagram that are received; the rest is lost. */
  declare static maxPacketSize: number
  /** Bytes of a datagram that are received: this server's, else that of its class. */
  declare maxPacketSize: number

  static {
    receiveDatagrams(AsyncUDPServer)
  }

  /** @internal Nothing: the socket is the server's. */
  override abortRequest(_request: DatagramRequest<F>): void {}

  /** Handlers may still answer: the socket is closed after them. */
  protected override refuseRequests(): void {}
}

/**
 * {@link AsyncTCPServer} over AF_UNIX: the address is a path, whose file the server does not remove.
 * @see unix(7). Linux, macOS.
 */
export class AsyncUnixStreamServer extends AsyncTCPServer<typeof AF_UNIX> {
  static override addressFamily: number = AF_UNIX
}

/**
 * {@link AsyncUDPServer} over AF_UNIX. The address of a client that is not bound is `null`.
 * @see unix(7). Linux, macOS.
 */
export class AsyncUnixDatagramServer extends AsyncUDPServer<typeof AF_UNIX> {
  static override addressFamily: number = AF_UNIX
}
