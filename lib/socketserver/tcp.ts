/** The server over a socket that accepts connections. */
import type { AddressIn, AddressOut } from '../address.js'
import type { AsyncOptions } from '../async-options.js'
import type { AddressFamily } from '../constant.js'
import { SocketError } from '../errors.js'
import {
  AF_INET,
  AF_UNIX,
  SHUT_WR,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../generated/constants.js'
import { Socket } from '../socket.js'
import { checkBoolean } from '../validate.js'
import { BaseServer } from './base.js'
import type { RequestHandlerClass } from './handler.js'

/**
 * A TCP server that handles one connection at a time, in the thread of its loop: CPython's `TCPServer`.
 * @typeParam F the address family, such as `typeof AF_INET`
 * @typeParam Request what is handled: a connected `Socket` here
 * @see Python’s socketserver.TCPServer, accept(2). Linux, macOS.
 */
export class TCPServer<F extends number = typeof AF_INET, Request = Socket<F>> extends BaseServer<
  Request,
  AddressOut<F>
> {
  /** The family of the socket, as `AF_*`. */
  static addressFamily: number = AF_INET
  /** The type of the socket, as `SOCK_*`. */
  static socketType: number = SOCK_STREAM
  /** How many connections may wait to be accepted. */
  static requestQueueSize = 5
  /** SO_REUSEADDR: the port can be bound although connections of an earlier server linger. */
  static allowReuseAddress = false
  /** SO_REUSEPORT: several sockets share the port. */
  static allowReusePort = false

  /** The server's socket. */
  socket: Socket<F>

  /**
   * Opens, binds and activates the server's socket.
   * @param serverAddress as `bind` takes it
   * @param RequestHandlerClass a class, usually derived from {@link BaseRequestHandler}, or a function
   * @param bindAndActivate `false` leaves `serverBind` and `serverActivate` to the caller
   * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like; then nothing is left open
   * @see socket(2), bind(2), listen(2). Linux, macOS.
   */
  constructor(
    serverAddress: AddressIn<F>,
    RequestHandlerClass: RequestHandlerClass<Request, AddressOut<F>>,
    bindAndActivate = true,
  ) {
    super(serverAddress, RequestHandlerClass)
    checkBoolean('bindAndActivate', bindAndActivate)
    this.socket = new Socket<F>(this.addressFamily as F, this.socketType as typeof SOCK_STREAM)
    if (!bindAndActivate) return
    try {
      this.serverBind()
      this.serverActivate()
    } catch (error) {
      this.serverClose()
      throw error
    }
  }

  /** The family of the socket: this server's, else that of its class. */
  get addressFamily(): number {
    return this.attribute('addressFamily')
  }

  set addressFamily(family: AddressFamily) {
    this.setAttribute('addressFamily', family)
  }

  /** The type of the socket: this server's, else that of its class. */
  get socketType(): number {
    return this.attribute('socketType')
  }

  set socketType(type: number) {
    this.setAttribute('socketType', type)
  }

  /** How many connections may wait to be accepted: this server's, else that of its class. */
  get requestQueueSize(): number {
    return this.attribute('requestQueueSize')
  }

  set requestQueueSize(size: number) {
    this.setAttribute('requestQueueSize', size)
  }

  /** SO_REUSEADDR: this server's, else that of its class. */
  get allowReuseAddress(): boolean {
    return this.attribute('allowReuseAddress')
  }

  set allowReuseAddress(allowed: boolean) {
    this.setAttribute('allowReuseAddress', allowed)
  }

  /** SO_REUSEPORT: this server's, else that of its class. */
  get allowReusePort(): boolean {
    return this.attribute('allowReusePort')
  }

  set allowReusePort(allowed: boolean) {
    this.setAttribute('allowReusePort', allowed)
  }

  fileno(): number {
    return this.socket.fileno()
  }

  /**
   * Called by the constructor: binds the socket to `serverAddress`, which is then what the kernel says.
   * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like
   * @see bind(2). Linux, macOS.
   */
  serverBind(): void {
    if (this.allowReuseAddress) this.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    if (this.allowReusePort) this.socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    this.socket.bind(this.serverAddress as AddressIn<F>)
    this.serverAddress = this.socket.getsockname()
  }

  /**
   * Called by the constructor: begins to listen.
   * @throws {SocketError} `EADDRINUSE` and the like
   * @see listen(2). Linux, macOS.
   */
  override serverActivate(): void {
    this.socket.listen(this.requestQueueSize)
  }

  /** Closes the server's socket, which ends an asynchronous loop. */
  override serverClose(): void {
    this.socket.close()
    super.serverClose()
  }

  getRequest(): [request: Request, clientAddress: AddressOut<F>] {
    return this.socket.accept() as unknown as [Request, AddressOut<F>]
  }

  override async getRequestAsync(options?: AsyncOptions): Promise<[request: Request, clientAddress: AddressOut<F>]> {
    return (await this.socket.acceptAsync(options)) as unknown as [Request, AddressOut<F>]
  }

  protected override requestTimeout(): number | null {
    return this.socket.gettimeout()
  }

  /**
   * Shuts the connection down for writing, so that the client sees its end, and closes it.
   * @param request what `getRequest` gave
   * @throws {TypeError} for a request that is no socket
   */
  override shutdownRequest(request: Request): void {
    try {
      const conn = request as Socket
      conn.shutdown(SHUT_WR)
    } catch (error) {
      // The client has gone already, or the handler has closed the connection.
      if (!(error instanceof SocketError)) throw error
    }
    this.closeRequest(request)
  }

  override closeRequest(request: Request): void {
    const conn = request as Socket
    conn.close()
  }
}

/**
 * A {@link TCPServer} over AF_UNIX: the address is a path, whose file the server does not remove.
 * @see Python’s socketserver.UnixStreamServer, unix(7). Linux, macOS.
 */
export class UnixStreamServer<Request = Socket<typeof AF_UNIX>> extends TCPServer<typeof AF_UNIX, Request> {
  static override addressFamily: number = AF_UNIX
}
