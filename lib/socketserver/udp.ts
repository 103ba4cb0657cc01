/** The server over a socket that receives datagrams. */
import type { AddressOut } from '../address.js'
import type { AsyncOptions } from '../async-options.js'
import { type AF_INET, AF_UNIX, SOCK_DGRAM } from '../generated/constants.js'
import type { Socket } from '../socket.js'
import { TCPServer } from './tcp.js'

/** What is handled of a datagram: its bytes, and the server's socket, to answer with. */
export type DatagramRequest<F extends number = typeof AF_INET> = [data: Buffer, socket: Socket<F>]

/** How many bytes of a datagram are received where the class does not say. */
const MAX_PACKET_SIZE = 8192

/**
 * A UDP server that handles one datagram at a time: CPython's `UDPServer`.
 * @typeParam F the address family
 * @see Python’s socketserver.UDPServer, recvfrom(2). Linux, macOS.
 */
export class UDPServer<F extends number = typeof AF_INET> extends TCPServer<F, DatagramRequest<F>> {
  /** The type of the socket, `SOCK_DGRAM`. */
  static override socketType: number = SOCK_DGRAM
  /** Bytes of a datagram that are received; the rest is lost. */
  static maxPacketSize = MAX_PACKET_SIZE

  /** Bytes of a datagram that are received: this server's, else that of its class. */
  get maxPacketSize(): number {
    return this.attribute('maxPacketSize')
  }

  set maxPacketSize(bytes: number) {
    this.setAttribute('maxPacketSize', bytes)
  }

  override getRequest(): [request: DatagramRequest<F>, clientAddress: AddressOut<F>] {
    const [data, address] = this.socket.recvfrom(this.maxPacketSize)
    return [[data, this.socket], address as AddressOut<F>]
  }

  override async getRequestAsync(
    options?: AsyncOptions,
  ): Promise<[request: DatagramRequest<F>, clientAddress: AddressOut<F>]> {
    const [data, address] = await this.socket.recvfromAsync(this.maxPacketSize, options)
    return [[data, this.socket], address as AddressOut<F>]
  }

  /** Nothing: datagrams need no `listen`. */
  override serverActivate(): void {}

  /**
   * Nothing but `closeRequest`.
   * @param request what `getRequest` gave
   */
  override shutdownRequest(request: DatagramRequest<F>): void {
    this.closeRequest(request)
  }

  /**
   * Nothing: the socket is the server's.
   * @param _request what `getRequest` gave
   */
  override closeRequest(_request: DatagramRequest<F>): void {}
}

/** Gives another class what makes a {@link UDPServer} of a `TCPServer`: its methods, and its class attributes. */
export function receiveDatagrams(target: { readonly prototype: object }): void {
  const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(UDPServer.prototype)
  Object.defineProperties(target.prototype, methods)
  Object.assign(target, { socketType: SOCK_DGRAM, maxPacketSize: MAX_PACKET_SIZE })
}

/**
 * The same over AF_UNIX. The address of a client that is not bound is `null`.
 * @see Python’s socketserver.UnixDatagramServer, unix(7). Linux, macOS.
 */
export class UnixDatagramServer extends UDPServer<typeof AF_UNIX> {
  static override addressFamily: number = AF_UNIX
}
