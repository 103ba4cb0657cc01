/** Servers that handle requests in worker threads. */
import { availableParallelism } from 'node:os'
import type { AddressIn, AddressOut } from '../address.js'
import { type AF_INET, AF_UNIX, SOCK_DGRAM } from '../generated/constants.js'
import type { Socket } from '../socket.js'
import {
  argumentTypeError,
  argumentValueError,
  checkInteger,
  checkOptions,
  checkString,
  timeoutNsOf,
} from '../validate.js'
import { type Freight, packConnection, packDatagram, WorkerPool } from './pool.js'
import { TCPServer } from './tcp.js'
import { type DatagramRequest, receiveDatagrams } from './udp.js'

/** Where threads find a handler: classes and functions cannot cross from one thread to another. */
export interface HandlerModule {
  /** The URL of a module, such as `new URL('./handler.js', import.meta.url)`. */
  module: URL | string
  /** The name by which it exports the class or function; `'default'` where left out. */
  name?: string | undefined
}

/** Options of the servers with threads. */
export interface ThreadingOptions {
  /** How many requests are handled at the same time at most, each in a thread of its own; at least 4 where left out. */
  threads?: number | undefined
  /** Anything that can be cloned: handlers have it as `this.server.data`. */
  data?: unknown
  /** `false` leaves `serverBind` and `serverActivate` to the caller. */
  bindAndActivate?: boolean | undefined
}

/** Options of {@link ThreadingTCPServer.serverCloseAsync}. */
export interface ThreadingCloseOptions {
  /** Seconds that running handlers may take at most; `null` = as long as they like; `closeTimeout` where left out. */
  timeout?: number | null | undefined
}

const FEWEST_THREADS = 4
const MOST_THREADS = 1024

function urlOf(module: unknown): string {
  if (module instanceof URL) return module.href
  checkString('handler.module', module)
  if (URL.canParse(module)) return module
  throw argumentValueError('handler.module', 'must be a URL, such as new URL("./handler.js", import.meta.url)', module)
}

function checkedModule(handler: unknown): { module: string; name: string } {
  if (typeof handler !== 'object' || handler === null) {
    const takes = '{ module, name }, because a class or function cannot cross to another thread'
    throw argumentTypeError('handler', takes, handler)
  }
  const { module, name = 'default' } = handler as HandlerModule
  checkString('handler.name', name)
  return { module: urlOf(module), name }
}

const neverHere = (): never => {
  throw new TypeError('requests of this server are handled in its threads')
}

const isSeconds = (name: string, seconds: unknown): number | null => {
  timeoutNsOf(name, seconds)
  return seconds as number | null
}

/**
 * A TCP server that handles each connection in a worker thread, so handlers may block: CPython's `ThreadingTCPServer`.
 * Connections are handed over by descriptor to a pool of threads, which grows as needed up to `threads`; while all are
 * busy, no more connections are accepted.
 *
 * Hooks of the server (`verifyRequest`, `shutdownRequest`, `handleError` and their kin) run in the server's thread, the
 * handler in its own, where `this.server` has `serverAddress`, `data` and `shutdown()`. An error of a handler goes to
 * `handleError`; so does the end of a thread in the middle of a request. Another thread then takes its place.
 *
 * Both `serveForever` and `serveForeverAsync` serve it; with the second the server's thread stays free, and what handlers
 * print with `console.log` appears at once.
 * @typeParam F the address family, such as `typeof AF_INET`
 * @typeParam Request what is handled: a connected `Socket` here
 * @see Python’s socketserver.ThreadingTCPServer. Linux, macOS.
 */
export class ThreadingTCPServer<F extends number = typeof AF_INET, Request = Socket<F>> extends TCPServer<F, Request> {
  /** How many connections may wait to be accepted; the kernel may allow fewer. They wait while all threads are busy. */
  static override requestQueueSize = 511
  /** Whether the process may end while handlers run; then `serverClose` does not wait for them either. */
  static daemonThreads = false
  /** Whether `serverClose` waits for running handlers. */
  static blockOnClose = true
  /** Seconds for which `serverClose` waits at most; handlers that still run then are ended. `null` = for ever. */
  static closeTimeout: number | null = null

  readonly #pool: WorkerPool<Request, AddressOut<F>>
  /** The server's socket for the threads of one that has datagrams: it outlives the server's own, so that they can answer. */
  #shared: Socket<F> | null = null

  /**
   * Opens, binds and activates the server's socket. Threads are started with the first requests.
   * @param serverAddress as `bind` takes it
   * @param handler the module that has the handler, a class or a function, and the name that it exports it by
   * @param options `threads`, `data` for the handlers, `bindAndActivate`
   * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like; then nothing is left open
   */
  constructor(serverAddress: AddressIn<F>, handler: HandlerModule, options: ThreadingOptions = {}) {
    const source = checkedModule(handler)
    checkOptions('options', options)
    const { threads = Math.max(FEWEST_THREADS, availableParallelism()), data, bindAndActivate = true } = options
    checkInteger('options.threads', threads, 1, MOST_THREADS)
    super(serverAddress, neverHere, bindAndActivate)
    const start = () => ({ ...source, data, serverAddress: this.serverAddress, ...this.#sharedSocket() })
    const pack = (this.socketType === SOCK_DGRAM ? packDatagram : packConnection) as Freight<Request>['pack']
    const freight = { pack, start, release: () => this.#release() }
    this.#pool = new WorkerPool<Request, AddressOut<F>>(this, freight, threads, (error) => this.fail(error))
    this.dispatcher = this.#pool
  }

  /** Whether the process may end while handlers run: this server's, else that of its class. */
  get daemonThreads(): boolean {
    return this.attribute('daemonThreads')
  }

  set daemonThreads(isDaemon: boolean) {
    this.setAttribute('daemonThreads', isDaemon)
  }

  /** Whether `serverClose` waits for handlers: this server's, else that of its class. */
  get blockOnClose(): boolean {
    return this.attribute('blockOnClose')
  }

  set blockOnClose(blocks: boolean) {
    this.setAttribute('blockOnClose', blocks)
  }

  /** Seconds for which `serverClose` waits at most: this server's, else that of its class. */
  get closeTimeout(): number | null {
    return this.attribute('closeTimeout')
  }

  set closeTimeout(seconds: number | null) {
    this.setAttribute('closeTimeout', isSeconds('closeTimeout', seconds))
  }

  /** How many requests are being handled. */
  get activeConnections(): number {
    return this.#pool.busy
  }

  #sharedSocket(): { socketDescriptor: number; socketTimeout: number | null } {
    if (this.socketType !== SOCK_DGRAM) return { socketDescriptor: -1, socketTimeout: null }
    this.#shared ??= this.socket.dup()
    return { socketDescriptor: this.#shared.fileno(), socketTimeout: this.#shared.gettimeout() }
  }

  /**
   * Closes the server's socket and, with `blockOnClose` and without `daemonThreads`, waits for running handlers, blocking:
   * at most `closeTimeout` seconds, then it ends their threads and closes their connections. Otherwise they run on.
   * @throws {RangeError} where `closeTimeout` is no time
   */
  override serverClose(): void {
    super.serverClose()
    // Not made yet where the constructor failed.
    if (!(#pool in this)) return
    if (this.blockOnClose && !this.daemonThreads) this.#pool.close(this.closeTimeout)
    else this.#pool.stopFree()
  }

  /**
   * {@link serverClose} that does not block: closes the server's socket and waits for running handlers, whatever
   * `blockOnClose` says, then ends those that are left. No thread runs afterwards.
   * @param options `timeout` in seconds; `closeTimeout` where left out
   * @returns a promise of how many handlers were ended
   * @throws {TypeError | RangeError} where the timeout is no time: the promise rejects with it
   */
  async serverCloseAsync(options: ThreadingCloseOptions = {}): Promise<number> {
    checkOptions('options', options)
    const seconds = isSeconds('options.timeout', options.timeout === undefined ? this.closeTimeout : options.timeout)
    super.serverClose()
    return await this.#pool.closeAsync(seconds)
  }

  #release(): void {
    this.#shared?.close()
    this.#shared = null
  }

  /** Closes the server at the end of an `await using` block, without blocking. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.serverCloseAsync()
  }
}

/**
 * A UDP server that handles each datagram in a worker thread: CPython's `ThreadingUDPServer`. See {@link ThreadingTCPServer}.
 * @typeParam F the address family
 * @see Python’s socketserver.ThreadingUDPServer. Linux, macOS.
 */
export class ThreadingUDPServer<F extends number = typeof AF_INET> extends ThreadingTCPServer<F, DatagramRequest<F>> {
  /** Bytes of a datagram that are received; the rest is lost. */
  declare static maxPacketSize: number
  /** Bytes of a datagram that are received: this server's, else that of its class. */
  declare maxPacketSize: number

  static {
    receiveDatagrams(ThreadingUDPServer)
  }
}

/**
 * {@link ThreadingTCPServer} over AF_UNIX: the address is a path, whose file the server does not remove.
 * @see Python’s socketserver.ThreadingUnixStreamServer, unix(7). Linux, macOS.
 */
export class ThreadingUnixStreamServer extends ThreadingTCPServer<typeof AF_UNIX> {
  static override addressFamily: number = AF_UNIX
}

/**
 * {@link ThreadingUDPServer} over AF_UNIX. The address of a client that is not bound is `null`.
 * @see Python’s socketserver.ThreadingUnixDatagramServer, unix(7). Linux, macOS.
 */
export class ThreadingUnixDatagramServer extends ThreadingUDPServer<typeof AF_UNIX> {
  static override addressFamily: number = AF_UNIX
}
