/** What all servers have in common: the loops, and the hooks that a derived class may override. */
import { type AsyncOptions, checkAsyncOptions, signalIn } from '../async-options.js'
import { SocketTimeoutError } from '../errors.js'
import { selectAsync } from '../select/select.js'
import { argumentTypeError, timeoutNsOf } from '../validate.js'
import { handleOne, serve } from './blocking-loop.js'
import type { Dispatcher } from './dispatcher.js'
import { Failure, handleOneAsync, type ServeOptions, serveAsync } from './event-loop.js'
import { type RequestHandlerClass, type RequestServer, runHandler } from './handler.js'
import { reportError, warnOf } from './report.js'
import { beginServing, endServing, isEndRequested, newFlag, requestEnd, type ShutdownFlag } from './shutdown.js'

/**
 * The form of every server: CPython's `BaseServer`. A derived class says what its descriptor is and how it gets a request.
 *
 * What are class attributes in Python, such as `timeout`, are static here; an instance has the value of its class until
 * it is given one of its own. A field of the instance in a derived class (`timeout = 5`, without `static`) comes into
 * being after the constructor has bound the socket: too late for what that reads.
 * @typeParam Request what is handled: a connected `Socket`, or of datagrams `[data, socket]`
 * @typeParam Address the address of a client
 * @see Python’s socketserver.BaseServer. Linux, macOS.
 */
export abstract class BaseServer<Request = unknown, Address = unknown> implements RequestServer {
  /** Seconds that `handleRequest` waits for a request at most; `null` = for ever. The loops do not heed it. */
  static timeout: number | null = null

  /** The address that the server is bound to; before `serverBind`, that which the constructor was given. */
  serverAddress: Address
  /** What handles requests. */
  RequestHandlerClass: RequestHandlerClass<Request, Address>
  /**
   * Tells the loop to end, from any thread: post it there, and give it to `shutdownServer` or `shutdownServerAsync`.
   */
  readonly shutdownFlag: ShutdownFlag = newFlag()
  /** @internal Where requests are handled; `null` = here, one at a time. */
  protected dispatcher: Dispatcher<Request, Address> | null = null
  readonly #attributes = new Map<string, unknown>()
  /** The asynchronous loops that run; aborting ends one, with the reason as its error where that is a failure. */
  readonly #loops = new Set<AbortController>()
  #blockingLoops = 0

  /**
   * Keeps the address and the handler; what it binds, a derived class says.
   * @param serverAddress what becomes `serverAddress`
   * @param handler a class or a function
   * @throws {TypeError} where the handler is neither class nor function
   */
  constructor(serverAddress: unknown, handler: RequestHandlerClass<Request, Address>) {
    if (typeof handler !== 'function') throw argumentTypeError('RequestHandlerClass', 'a class or a function', handler)
    this.serverAddress = serverAddress as Address
    this.RequestHandlerClass = handler
  }

  /** @internal An attribute of the class, or what the instance has instead. */
  protected attribute<T>(name: string): T {
    if (this.#attributes.has(name)) return this.#attributes.get(name) as T
    return (this.constructor as unknown as Record<string, T>)[name] as T
  }

  /** @internal Gives the instance a value of its own. */
  protected setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, value)
  }

  /** Seconds that {@link handleRequest} waits at most: this server's, else that of its class; `null` = for ever. */
  get timeout(): number | null {
    return this.attribute('timeout')
  }

  set timeout(seconds: number | null) {
    this.setAttribute('timeout', seconds)
  }

  /** The descriptor that becomes readable with a request; -1 once closed. */
  abstract fileno(): number

  /**
   * Takes a request that is there.
   * @returns the request, and who sent it
   * @throws {SocketError} which the loops pass over: the request has gone
   */
  abstract getRequest(): [request: Request, clientAddress: Address]

  /**
   * {@link getRequest} that waits until there is a request: what the asynchronous loop calls.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @returns a promise of the same
   * @throws {SocketError} as {@link getRequest}; `SocketTimeoutError` after the timeout; the signal's reason
   */
  async getRequestAsync(options: AsyncOptions = {}): Promise<[request: Request, clientAddress: Address]> {
    const [readable] = await selectAsync([this], [], [], options)
    if (readable.length === 0) throw new SocketTimeoutError('select')
    return this.getRequest()
  }

  /** The timeout of the server's socket, which bounds `handleRequest` too: seconds; `null` where there is none. */
  protected requestTimeout(): number | null {
    return null
  }

  /**
   * Called by the constructor: makes the server ready for requests.
   * @throws {SocketError} what the kernel says; the constructor passes it on
   */
  serverActivate(): void {}

  /**
   * Handles requests until {@link shutdown}, blocking this thread.
   * @param pollInterval seconds after which it looks at the latest whether to end, and calls `serviceActions`; `null` =
   *   only when a request comes
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles
   * @throws what a hook other than `processRequest` throws
   */
  serveForever(pollInterval: number | null = 0.5): void {
    timeoutNsOf('pollInterval', pollInterval)
    this.#blockingLoops++
    beginServing(this.shutdownFlag)
    try {
      serve(this, this.dispatcher, pollInterval, () => isEndRequested(this.shutdownFlag))
    } finally {
      this.#blockingLoops--
      endServing(this.shutdownFlag)
    }
  }

  /**
   * {@link serveForever} that does not block the event loop while there is no request. Requests are handled one at a time
   * all the same, by a handler that blocks, unless the server is asynchronous or has threads.
   * @param options `signal` ends it too, with the signal's reason; `pollInterval` as there
   * @returns when the loop has ended
   * @throws {SocketError} where the socket cannot take requests, such as `EINVAL` where it does not listen
   */
  async serveForeverAsync(options: ServeOptions = {}): Promise<void> {
    const loop = new AbortController()
    this.#loops.add(loop)
    beginServing(this.shutdownFlag)
    try {
      await serveAsync(this, this.dispatcher, options, loop, () => isEndRequested(this.shutdownFlag))
    } finally {
      this.#loops.delete(loop)
      endServing(this.shutdownFlag)
    }
  }

  /**
   * Ends the loop, after the request that it is at; where none runs, the next one ends at once. Unlike Python's it does not
   * wait for the loop, because it can only be called from within it, in a handler or a hook, or beside an asynchronous
   * one. From another thread: `shutdownServer(server.shutdownFlag)`.
   */
  shutdown(): void {
    requestEnd(this.shutdownFlag)
    for (const loop of this.#loops) loop.abort()
  }

  /** @internal An error that belongs to no call: ends the asynchronous loop with it. */
  protected fail(error: unknown): void {
    if (this.#loops.size === 0) warnOf(error, 'BERKELEY_SERVER_ERROR')
    for (const loop of this.#loops) loop.abort(new Failure(error))
  }

  /**
   * Waits for one request, at most `timeout` seconds or those of the socket, and handles it, blocking this thread; calls
   * `handleTimeout` where none came.
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles
   */
  handleRequest(): void {
    handleOne(this, this.dispatcher, this.#leastTimeout())
  }

  /**
   * {@link handleRequest} that does not block the event loop while it waits.
   * @param options `signal` ends the waiting, with its reason
   * @throws what the request's hooks throw; the signal's reason
   */
  async handleRequestAsync(options?: { signal?: AbortSignal | undefined }): Promise<void> {
    checkAsyncOptions(options)
    await handleOneAsync(this, this.dispatcher, this.#leastTimeout(), signalIn(options))
  }

  #leastTimeout(): number | null {
    const [own, ofSocket] = [this.timeout, this.requestTimeout()]
    timeoutNsOf('timeout', own)
    if (own === null || ofSocket === null) return own ?? ofSocket
    return Math.min(own, ofSocket)
  }

  /**
   * Called in every turn of a loop.
   * @throws what it likes: that ends the loop
   */
  serviceActions(): void {}

  /**
   * Called by `handleRequest` when no request came in time.
   * @throws what it likes: `handleRequest` passes it on
   */
  handleTimeout(): void {}

  /**
   * Whether to handle a request.
   * @param _request what `getRequest` gave
   * @param _clientAddress who sent it
   * @throws what it likes: it goes to {@link handleError}
   */
  verifyRequest(_request: Request, _clientAddress: Address): boolean {
    return true
  }

  /**
   * Has a request handled: here at once, or in a thread, or beside others.
   * @param request what `getRequest` gave
   * @param clientAddress who sent it
   * @throws what the handler throws: it goes to {@link handleError}
   */
  processRequest(request: Request, clientAddress: Address): void {
    if (this.dispatcher !== null) {
      this.dispatcher.dispatch(request, clientAddress)
      return
    }
    this.finishRequest(request, clientAddress)
    this.shutdownRequest(request)
  }

  /**
   * Handles a request with an instance of `RequestHandlerClass`.
   * @param request what `getRequest` gave
   * @param clientAddress who sent it
   * @returns a promise where the server is asynchronous
   * @throws what the handler throws
   */
  finishRequest(request: Request, clientAddress: Address): void | Promise<void> {
    runHandler(this.RequestHandlerClass, request, clientAddress, this)
  }

  /**
   * Ends a request that was handled, failed or was refused.
   * @param request what `getRequest` gave
   * @throws {SocketError} what the kernel says
   */
  shutdownRequest(request: Request): void {
    this.closeRequest(request)
  }

  /**
   * Releases what a request holds.
   * @param _request what `getRequest` gave
   * @throws {SocketError} what the kernel says
   */
  closeRequest(_request: Request): void {}

  /**
   * Called where a handler threw: prints the error. What it throws itself ends the loop.
   * @param _request what `getRequest` gave
   * @param clientAddress who sent it
   * @param error what the handler threw
   * @throws what it likes: that ends the loop
   */
  handleError(_request: Request, clientAddress: Address, error: unknown): void {
    reportError(clientAddress, error)
  }

  /** Releases what the server holds; does not end its loop. */
  serverClose(): void {
    if (this.#blockingLoops + this.#loops.size === 0) endServing(this.shutdownFlag)
  }

  /** Closes the server at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.serverClose()
  }

  /** Closes the server at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.serverClose()
  }
}
