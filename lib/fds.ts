/** Passing descriptors to other processes and threads: send_fds and recv_fds of Python's module. */
import type { AddressIn, AddressOut } from './address.js'
import type { MessageOptions } from './async-options.js'
import type { SendData } from './bytes.js'
import type { MessageFlags } from './constant.js'
import * as operations from './operations/fds.js'
import type { Selectable } from './select/selectable.js'
import { handleOf, type Socket } from './socket.js'

/** Options of {@link sendFdsAsync}. */
export interface SendFdsOptions<F extends number = number> extends MessageOptions {
  /** The destination; the peer of a connected socket where left out. */
  address?: AddressIn<F> | null | undefined
}

/** What {@link recvFds} gives: the data, the descriptors, `MSG_*` flags, and the sender's address. */
export type ReceivedFds<F extends number = number> = [
  data: Buffer,
  fds: number[],
  flags: number,
  address: AddressOut<F> | null,
]

/**
 * Sends data and, with it, duplicates of descriptors over a unix socket. Those given stay open, and the caller's. They
 * go with the first byte, all or none: where a non-blocking stream takes a part of the data, they went with it, and the
 * rest is for `send`.
 * @param sock a unix socket
 * @param buffers as `sendmsg` takes them; on a stream at least a byte, with which the descriptors go
 * @param fds descriptors, or objects with a `fileno()` method; Linux takes 253 at once
 * @returns bytes of data sent
 * @throws {SocketError} `EBADF` for a descriptor that is not open, `EAGAIN` from a full non-blocking socket,
 *   `ETOOMANYREFS` where too many are under way, `EOPNOTSUPP` where it is no unix socket: nothing was sent then
 * @see unix(7), SCM_RIGHTS. Linux, macOS.
 */
export function sendFds<F extends number>(
  sock: Socket<F>,
  buffers: Iterable<SendData>,
  fds: Iterable<Selectable>,
): number
/**
 * The same with `flags` and `address`.
 * @param sock a unix socket
 * @param buffers as `sendmsg` takes them
 * @param fds descriptors, or objects with a `fileno()` method
 * @param flags `MSG_*`
 * @param address the destination
 */
export function sendFds<F extends number>(
  sock: Socket<F>,
  buffers: Iterable<SendData>,
  fds: Iterable<Selectable>,
  flags: MessageFlags,
  address?: AddressIn<F> | null,
): number
export function sendFds(sock: Socket, buffers: unknown, fds: unknown, flags?: number, address?: unknown): number {
  const given = arguments.length < 4 ? 0 : (flags as number)
  return operations.sendFds(handleOf('sock', sock), buffers, fds, given, address)
}

/**
 * {@link sendFds} as a promise. The descriptors must stay open until then; an object is asked for its own when the
 * message is sent. A call that ends without sending (closed, aborted, timed out) has passed none.
 * @param sock a unix socket
 * @param buffers as `sendmsg` takes them; on a stream at least a byte
 * @param fds descriptors, or objects with a `fileno()` method; Linux takes 253 at once
 * @param options `flags`, `address`; `timeout` in seconds, in all; `signal`, an AbortSignal
 * @returns bytes of data sent, perhaps fewer than given
 * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
 * @throws {SocketError} as {@link sendFds}; `ECANCELED` when the socket is closed
 * @see unix(7), SCM_RIGHTS. Linux, macOS.
 */
export async function sendFdsAsync<F extends number>(
  sock: Socket<F>,
  buffers: Iterable<SendData>,
  fds: Iterable<Selectable>,
  options?: SendFdsOptions<F>,
): Promise<number> {
  return await operations.sendFdsAsync(handleOf('sock', sock), buffers, fds, options)
}

/**
 * Receives data and descriptors, which are close-on-exec and the caller's to close: `Socket.adopt(fd)`, `close(fd)`.
 * What comes beyond `maxfds` is closed.
 * @param sock a unix socket
 * @param bufsize bytes, at least 0
 * @param maxfds how many descriptors at most
 * @returns the data, the descriptors, the flags of the message (`MSG_CTRUNC` where descriptors were closed for want of
 *   room, `MSG_TRUNC` where a datagram was longer), and the sender's address, `null` where it has none
 * @throws {SocketTimeoutError} after the socket's timeout
 * @see unix(7), SCM_RIGHTS. Linux, macOS.
 */
export function recvFds<F extends number>(sock: Socket<F>, bufsize: number, maxfds: number): ReceivedFds<F>
/**
 * The same with `flags`.
 * @param sock a unix socket
 * @param bufsize bytes, at least 0
 * @param maxfds how many descriptors at most
 * @param flags `MSG_*`
 */
export function recvFds<F extends number>(
  sock: Socket<F>,
  bufsize: number,
  maxfds: number,
  flags: MessageFlags,
): ReceivedFds<F>
export function recvFds<F extends number>(sock: Socket<F>, bufsize: number, maxfds: number, flags?: number) {
  const given = arguments.length < 4 ? 0 : (flags as number)
  return operations.recvFds(handleOf('sock', sock), bufsize, maxfds, given) as ReceivedFds<F>
}

/**
 * {@link recvFds} as a promise.
 * @param sock a unix socket
 * @param bufsize bytes, at least 0
 * @param maxfds how many descriptors at most
 * @param options `flags`; `timeout` in seconds, in all; `signal`, an AbortSignal
 * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
 * @throws {SocketError} `ECANCELED` when the socket is closed
 * @see unix(7), SCM_RIGHTS. Linux, macOS.
 */
export async function recvFdsAsync<F extends number>(
  sock: Socket<F>,
  bufsize: number,
  maxfds: number,
  options?: MessageOptions,
): Promise<ReceivedFds<F>> {
  return (await operations.recvFdsAsync(handleOf('sock', sock), bufsize, maxfds, options)) as ReceivedFds<F>
}
