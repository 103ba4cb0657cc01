/** The socket object: state, documentation, and one line of delegation per method. */
import type { AddressIn, AddressOut } from './address.js'
import type { AncillaryIn, AncillaryOut } from './ancdata.js'
import type {
  AsyncOptions,
  MessageOptions,
  ReceiveIntoOptions,
  ReceiveMessageOptions,
  SendMessageOptions,
} from './async-options.js'
import type { MessageBatch } from './batch.js'
import type { BytesLike, SendData } from './bytes.js'
import type { MessageFlags, OptionLevel, OptionName, Protocol, ShutdownHow, SocketType } from './constant.js'
import { type DuplexOptions, openDuplex, type SocketDuplex } from './duplex.js'
import * as files from './file.js'
import { AF_INET, SOCK_STREAM, SOMAXCONN } from './generated/constants.js'
import { closeHandle, detachHandle, Handle, setReferenced, setTimeoutNs } from './handle.js'
import { describe } from './inspect.js'
import * as accepting from './operations/accept.js'
import { type AfalgMessage, type AfalgOptions, sendmsgAfalg, sendmsgAfalgAsync } from './operations/afalg.js'
import * as batches from './operations/batch.js'
import * as batchesAsync from './operations/batch-async.js'
import * as connecting from './operations/connect.js'
import * as connectingAsync from './operations/connect-async.js'
import * as descriptors from './operations/descriptor.js'
import type { FileLike } from './operations/file-source.js'
import { iterate } from './operations/iterate.js'
import * as messages from './operations/message.js'
import * as messagesAsync from './operations/message-async.js'
import * as naming from './operations/name.js'
import * as options from './operations/options.js'
import { getpeereid, type PeerCredentials } from './operations/peer.js'
import * as receiving from './operations/receive.js'
import * as receivingAsync from './operations/receive-async.js'
import * as sending from './operations/send.js'
import * as sendingAsync from './operations/send-async.js'
import * as sendingFiles from './operations/sendfile.js'
import type { SendfileOptions } from './operations/sendfile-async.js'
import * as sendingFilesAsync from './operations/sendfile-async.js'
import * as splicing from './operations/splice.js'
import { type SpliceOptions, spliceAsync } from './operations/splice-async.js'
import { sendZeroCopyAsync, type ZeroCopied, type ZeroCopyOptions } from './operations/zero-copy.js'
import { attachFilter, detachFilter, type FilterInstruction, type FilterOptions, lockFilter } from './options/filter.js'
import {
  BLOCK,
  JOIN,
  LEAVE,
  type Membership,
  type SourceMembership,
  setMembership,
  UNBLOCK,
} from './options/multicast.js'
import { getOption, type SocketOptions, type SocketOptionsIn, setOption } from './options.js'
import { argumentTypeError, checkSwitch, timeoutNsOf } from './validate.js'
import { openWebStreams, type WebStreams } from './web-streams.js'

// Names of this module's own: through a module's namespace each call would look its function up.
const { recv, recvInto } = receiving
const { send, sendall } = sending

/** What `socketpair()` is made of: only the class can put a handle into a socket. */
export let makePair: (family: number, type: number, proto: number) => [Socket, Socket]

/** The handle of a socket, for an operation that takes another one; anything else as it is. */
let handleIn: (value: unknown) => unknown

/**
 * The handle of a socket, for the functions of the module.
 * @throws {TypeError} for anything else
 */
export let handleOf: (name: string, sock: unknown) => Handle

/**
 * What `for await` gives: of a listener an array, of any other socket a buffer. A type cannot know which of them a
 * socket is, so it lets each be used as what it is.
 */
export type Received<F extends number = number> = Buffer & [conn: Socket<F>, address: AddressOut<F>]

/** What a receive of a message gives: data or its length, control messages, `MSG_*` flags, the sender's address. */
export type ReceivedMessage<T, F extends number = number> = [
  data: T,
  ancdata: AncillaryOut[],
  flags: number,
  address: AddressOut<F> | null,
]

/**
 * A socket. Its methods without a suffix are the system calls themselves, blocking, non-blocking or with a
 * timeout as the socket is set. Those that end in `Async` wait without blocking the thread, in whichever mode; calls
 * of one direction are served first come, first served, synchronous ones among them.
 *
 * Every method but `close`, `detach`, `fileno`, `gettimeout`, `getblocking`, `ref` and `unref` throws
 * {@link SocketError} with the kernel's errno (`EBADF` on a closed socket), and `TypeError` or `RangeError` for a
 * wrong argument before the kernel is called. An argument that is given as `undefined` where a constant belongs is a
 * `TypeError`: a constant that the platform lacks is `undefined`.
 * @typeParam F the address family, such as `typeof AF_INET`: it decides the form of addresses
 * @see socket(2), socket(7). Linux, macOS.
 */
export class Socket<F extends number = number> {
  readonly #handle: Handle

  /**
   * Opens a TCP socket over IPv4, close-on-exec: `AF_INET`, `SOCK_STREAM`, protocol 0.
   * @throws {SocketError} `EAFNOSUPPORT`, `EMFILE`, `EPERM` and the like
   * @see socket(2). Linux, macOS.
   */
  constructor()
  /**
   * Opens a `SOCK_STREAM` socket of a family.
   * @param family such as `AF_INET6`
   */
  constructor(family: F)
  /**
   * Opens a socket of a family and a type.
   * @param family such as `AF_INET6`
   * @param type such as `SOCK_DGRAM`; on Linux `SOCK_NONBLOCK` may be added
   */
  constructor(family: F, type: SocketType)
  /**
   * Opens a socket of a protocol.
   * @param family such as `AF_INET`
   * @param type such as `SOCK_RAW`
   * @param proto such as `IPPROTO_ICMP`; 0 = the family's own
   */
  constructor(family: F, type: SocketType, proto: Protocol)
  constructor(family: number | Handle = AF_INET, type: number = SOCK_STREAM, proto = 0) {
    if (family instanceof Handle) {
      this.#handle = family
      return
    }
    this.#handle = descriptors.open(
      arguments.length > 0 ? (arguments[0] as number) : family,
      arguments.length > 1 ? (arguments[1] as number) : type,
      arguments.length > 2 ? (arguments[2] as number) : proto,
    )
  }

  /** A socket over a handle of this package. */
  static #of<F extends number>(handle: Handle): Socket<F> {
    return new Socket(handle as never)
  }

  /**
   * Takes ownership of a descriptor: closing the socket closes it. Family, type and protocol are asked of the
   * kernel; with O_NONBLOCK set the socket starts as `settimeout(0)`.
   * @param fd a descriptor that this process holds
   * @returns a socket that owns the descriptor
   * @throws {SocketError} `ENOTSOCK` for what is not a socket, `EBADF` for what is not open
   * @see fcntl(2), getsockopt(2). Linux, macOS.
   */
  static adopt<F extends number = number>(fd: number): Socket<F> {
    return Socket.#of(descriptors.adopt(fd))
  }

  static {
    makePair = (family, type, proto) => {
      const [first, second] = descriptors.openPair(family, type, proto)
      return [Socket.#of(first), Socket.#of(second)]
    }
    handleIn = (value) => (typeof value === 'object' && value !== null && #handle in value ? value.#handle : value)
    handleOf = (name, sock) => {
      const handle = handleIn(sock)
      if (handle instanceof Handle) return handle
      throw argumentTypeError(name, 'an instance of Socket', sock)
    }
  }

  /** The address family, as `AF_*`. */
  get family(): number {
    return this.#handle.family
  }

  /** The type, as `SOCK_*`, without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`. */
  get type(): number {
    return this.#handle.type
  }

  /** The protocol: what the socket was made with; of an adopted one, what the kernel says. */
  get proto(): number {
    return this.#handle.proto
  }

  /** Whether the socket was closed or detached. */
  get closed(): boolean {
    return this.#handle.closing || this.#handle.fd < 0
  }

  /** The descriptor; -1 once closed or detached. A closed socket has it until the last of its files is closed. */
  fileno(): number {
    return this.#handle.fd
  }

  /**
   * Closes the socket; nothing where it is closed already. While files of {@link makefile} are open it is only marked:
   * the descriptor is closed, and calls that wait are ended, with the last of them.
   * @see close(2). Linux, macOS.
   */
  close(): void {
    closeHandle(this.#handle)
  }

  /**
   * Gives the descriptor to the caller and marks the socket closed. Makes no system call.
   * @returns the descriptor; -1 where the socket was closed already
   */
  detach(): number {
    return detachHandle(this.#handle)
  }

  /**
   * A new socket on a duplicate of the descriptor, close-on-exec, with the same timeout.
   * @throws {SocketError} `EMFILE`, `EBADF`
   * @see fcntl(2), F_DUPFD_CLOEXEC. Linux, macOS.
   */
  dup(): Socket<F> {
    return Socket.#of(descriptors.duplicate(this.#handle))
  }

  /**
   * Binds to a local address.
   * @param address the local address, in the form of the family; port 0: the kernel chooses one
   * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like; {@link GaiError} where the host cannot be resolved
   * @see bind(2). Linux, macOS.
   */
  bind(address: AddressIn<F>): void {
    naming.bind(this.#handle, address)
  }

  /**
   * Starts to listen.
   * @param backlog how many connections may wait, below 0 as 0; `SOMAXCONN`, but at most 128, where left out
   * @throws {SocketError} `EADDRINUSE`, `EOPNOTSUPP` where the type cannot listen
   * @see listen(2). Linux, macOS.
   */
  listen(backlog: number = Math.min(SOMAXCONN, 128)): void {
    naming.listen(this.#handle, backlog)
  }

  /**
   * Waits for a connection and takes it. The new socket has the default timeout of this thread.
   * @returns the connection and the peer's address
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see accept(2). Linux, macOS.
   */
  accept(): [conn: Socket<F>, address: AddressOut<F>] {
    const [handle, address] = accepting.accept(this.#handle)
    return [Socket.#of(handle), address as AddressOut<F>]
  }

  /**
   * {@link accept} as a promise, which waits in every blocking mode.
   * @param options `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
   * @throws {SocketError} `ECANCELED` when the socket is closed; at once `EINVAL` where it does not listen
   */
  acceptAsync(options?: AsyncOptions): Promise<[conn: Socket<F>, address: AddressOut<F>]> {
    return accepting.acceptAsync(this.#handle, options, Socket.#of<F>) as Promise<[Socket<F>, AddressOut<F>]>
  }

  /**
   * Connects. A host name is resolved first.
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @throws {SocketTimeoutError} after the socket's timeout
   * @throws {SocketError} `ECONNREFUSED` and the like; `EINPROGRESS` from a non-blocking socket
   * @throws {GaiError} where the host cannot be resolved
   * @see connect(2). Linux, macOS.
   */
  connect(address: AddressIn<F>): void {
    connecting.connect(this.#handle, address)
  }

  /**
   * {@link connect} as a promise; the lookup of a name does not block this thread either.
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @param options `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after the timeout; the connection is still being made then, as after `connect`
   * @throws {SocketError} `ECONNREFUSED` and the like; `ECANCELED` when the socket is closed
   * @throws {GaiError} where the host cannot be resolved
   */
  connectAsync(address: AddressIn<F>, options?: AsyncOptions): Promise<void> {
    return connectingAsync.connectAsync(this.#handle, address, options)
  }

  /**
   * Connects and answers the errno instead of throwing it.
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @returns 0 = connected; else an errno: `EINPROGRESS` of a non-blocking socket, `EAGAIN` after the timeout
   * @throws {GaiError} where the host cannot be resolved
   * @see connect(2). Linux, macOS.
   */
  connect_ex(address: AddressIn<F>): number {
    return connecting.connect_ex(this.#handle, address)
  }

  /**
   * {@link connect_ex} as a promise: the errno, 0 = connected.
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @param options `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns a positive errno where connecting failed, `EAGAIN` after the timeout
   * @throws {GaiError} where the host cannot be resolved; {@link SocketError} `ECANCELED` when the socket is closed
   */
  connect_exAsync(address: AddressIn<F>, options?: AsyncOptions): Promise<number> {
    return connectingAsync.connect_exAsync(this.#handle, address, options)
  }

  /**
   * Receives at most `bufsize` bytes; an empty buffer is the end of the stream.
   * @param bufsize bytes, at least 0; 0 answers at once
   * @returns the bytes, as many as were there
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recv(2). Linux, macOS.
   */
  recv(bufsize: number): Buffer
  /**
   * The same with `flags`.
   * @param bufsize bytes, at least 0; 0 answers at once
   * @param flags `MSG_*`, combined with `|`, such as `MSG_PEEK`
   */
  recv(bufsize: number, flags: MessageFlags): Buffer
  recv(bufsize: number, flags?: number): Buffer {
    return recv(this.#handle, bufsize, arguments.length < 2 ? 0 : (flags as number))
  }

  /**
   * {@link recv} as a promise. No memory is held while it waits.
   * @param bufsize bytes, at least 0; 0 answers at once
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
   * @throws {SocketError} `ECANCELED` when the socket is closed; what arrives then or after a timeout is not lost
   */
  recvAsync(bufsize: number, options?: MessageOptions): Promise<Buffer> {
    return receivingAsync.recvAsync(this.#handle, bufsize, options)
  }

  /**
   * Receives into a buffer.
   * @param buffer bytes, which are overwritten from the first on
   * @param nbytes bytes at most; 0 or left out = the size of the buffer
   * @returns bytes received, 0 = end of the stream (or an empty buffer); with `MSG_TRUNC` the kernel's length, which
   *   can exceed the buffer
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recv(2). Linux, macOS.
   */
  recvInto(buffer: BytesLike, nbytes?: number): number
  /**
   * The same with `flags`.
   * @param buffer bytes, which are overwritten from the first on
   * @param nbytes bytes at most; 0 or left out = the size of the buffer
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvInto(buffer: BytesLike, nbytes: number | undefined, flags: MessageFlags): number
  recvInto(buffer: BytesLike, nbytes = 0, flags?: number): number {
    return recvInto(this.#handle, buffer, nbytes, arguments.length < 3 ? 0 : (flags as number))
  }

  /**
   * {@link recvInto} as a promise. The buffer is written to when the data is there.
   * @param buffer bytes, which are overwritten from the first on
   * @param options `nbytes`, `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns bytes received, 0 = end of the stream (or an empty buffer)
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvIntoAsync(buffer: BytesLike, options?: ReceiveIntoOptions): Promise<number> {
    return receivingAsync.recvIntoAsync(this.#handle, buffer, options)
  }

  /**
   * Receives a message and the sender's address.
   * @param bufsize bytes, at least 0; what a longer datagram has beyond is lost
   * @returns the data and the address, `null` where the kernel gives none
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recvfrom(2). Linux, macOS.
   */
  recvfrom(bufsize: number): [data: Buffer, address: AddressOut<F> | null]
  /**
   * The same with `flags`.
   * @param bufsize bytes, at least 0
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvfrom(bufsize: number, flags: MessageFlags): [data: Buffer, address: AddressOut<F> | null]
  recvfrom(bufsize: number, flags?: number): [data: Buffer, address: AddressOut<F> | null] {
    const result = receiving.recvfrom(this.#handle, bufsize, arguments.length < 2 ? 0 : (flags as number))
    return result as [Buffer, AddressOut<F> | null]
  }

  /**
   * {@link recvfrom} as a promise.
   * @param bufsize bytes, at least 0; what a longer datagram has beyond is lost
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvfromAsync(bufsize: number, options?: MessageOptions): Promise<[data: Buffer, address: AddressOut<F> | null]> {
    return receivingAsync.recvfromAsync(this.#handle, bufsize, options) as Promise<[Buffer, AddressOut<F> | null]>
  }

  /**
   * Receives a message into a buffer.
   * @param buffer bytes, which are overwritten from the first on
   * @param nbytes bytes at most; 0 or left out = the size of the buffer
   * @returns bytes received and the sender's address, `null` where the kernel gives none
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recvfrom(2). Linux, macOS.
   */
  recvfromInto(buffer: BytesLike, nbytes?: number): [nbytes: number, address: AddressOut<F> | null]
  /**
   * The same with `flags`.
   * @param buffer bytes, which are overwritten from the first on
   * @param nbytes bytes at most; 0 or left out = the size of the buffer
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvfromInto(
    buffer: BytesLike,
    nbytes: number | undefined,
    flags: MessageFlags,
  ): [nbytes: number, address: AddressOut<F> | null]
  recvfromInto(buffer: BytesLike, nbytes = 0, flags?: number): [nbytes: number, address: AddressOut<F> | null] {
    const given = arguments.length < 3 ? 0 : (flags as number)
    return receiving.recvfromInto(this.#handle, buffer, nbytes, given) as [number, AddressOut<F> | null]
  }

  /**
   * {@link recvfromInto} as a promise.
   * @param buffer bytes, which are overwritten from the first on
   * @param options `nbytes`, `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvfromIntoAsync(
    buffer: BytesLike,
    options?: ReceiveIntoOptions,
  ): Promise<[nbytes: number, address: AddressOut<F> | null]> {
    return receivingAsync.recvfromIntoAsync(this.#handle, buffer, options) as Promise<[number, AddressOut<F> | null]>
  }

  /**
   * Sends. A blocking stream takes all of the data; otherwise it may be a part. With `MSG_ZEROCOPY` the buffer must
   * stay as it is until the kernel is done with it.
   * @param data bytes, or a string as UTF-8
   * @returns bytes sent
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see send(2). Linux, macOS.
   */
  send(data: SendData): number
  /**
   * The same with `flags`.
   * @param data bytes, or a string as UTF-8
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  send(data: SendData, flags: MessageFlags): number
  send(data: SendData, flags?: number): number {
    return send(this.#handle, data, arguments.length < 2 ? 0 : (flags as number))
  }

  /**
   * {@link send} as a promise: waits until the kernel takes some of the data, which must stay as it is until then.
   * @param data bytes, or a string as UTF-8
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns bytes sent, perhaps fewer than given
   * @throws {SocketTimeoutError} after `options.timeout`, or else the socket's positive timeout
   * @throws {SocketError} `EPIPE`, `ECONNRESET` and the like; `ECANCELED` when the socket is closed
   */
  sendAsync(data: SendData, options?: MessageOptions): Promise<number> {
    return sendingAsync.sendAsync(this.#handle, data, options)
  }

  /**
   * Sends all of the data, in as many calls as it takes; the socket's timeout bounds them together.
   * @param data bytes, or a string as UTF-8
   * @throws {SocketError} whose `bytesSent` tells how many bytes the kernel took before the error
   * @see send(2). Linux, macOS.
   */
  sendall(data: SendData): void
  /**
   * The same with `flags`.
   * @param data bytes, or a string as UTF-8
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  sendall(data: SendData, flags: MessageFlags): void
  sendall(data: SendData, flags?: number): void {
    sendall(this.#handle, data, arguments.length < 2 ? 0 : (flags as number))
  }

  /**
   * {@link sendall} as a promise: done when the kernel has taken all of the data, which must stay as it is until then.
   * @param data bytes, or a string as UTF-8
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketError} whose `bytesSent` tells how many bytes the kernel took before the error: a timeout
   *   ({@link SocketTimeoutError}), `ECANCELED` when the socket is closed, `EPIPE` and the like
   */
  sendallAsync(data: SendData, options?: MessageOptions): Promise<void> {
    return sendingAsync.sendallAsync(this.#handle, data, options)
  }

  /**
   * Sends all of the data, on Linux without copying it: the kernel reads it where it is (`MSG_ZEROCOPY`), and the
   * promise waits until it has done so. Until then the bytes must stay as they are: what is written there may be what
   * the peer gets. They are held meanwhile, also where the call has ended before; but a buffer that is transferred away
   * or made smaller takes its memory with it. It pays for large data, see the guide to zero copy. What cannot be sent
   * so (other families, macOS) is copied. There is no synchronous form.
   * @param data bytes
   * @param options `flags`, `address` of a datagram; `timeout` in seconds, else the socket's own; `signal`
   * @returns how many bytes were sent, all of them; and whether the kernel has copied any after all, as it does over
   *   loopback
   * @throws {SocketError} whose `bytesSent` tells how many bytes the kernel took before the error: a timeout
   *   ({@link SocketTimeoutError}), `ECANCELED` when the socket is closed, `EPIPE` and the like
   * @see send(2), and the kernel's guide to MSG_ZEROCOPY. Linux, macOS.
   */
  sendZeroCopyAsync(data: BytesLike, options?: ZeroCopyOptions<AddressIn<F>>): Promise<ZeroCopied> {
    return sendZeroCopyAsync(this.#handle, data, options)
  }

  /**
   * Sends a message to an address.
   * @param data bytes, or a string as UTF-8
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @returns bytes sent
   * @throws {SocketTimeoutError} after the socket's timeout; {@link SocketError} `EMSGSIZE` for a datagram too long
   * @see sendto(2). Linux, macOS.
   */
  sendto(data: SendData, address: AddressIn<F>): number
  /**
   * The same with `flags`.
   * @param data bytes, or a string as UTF-8
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  sendto(data: SendData, address: AddressIn<F>, flags: MessageFlags): number
  sendto(data: SendData, address: AddressIn<F>, flags?: number): number {
    return sending.sendto(this.#handle, data, address, arguments.length < 3 ? 0 : (flags as number))
  }

  /**
   * {@link sendto} as a promise; the lookup of a name does not block this thread either.
   * @param data bytes, or a string as UTF-8
   * @param address in the form of the family, such as `[host, port]`; a host name is resolved first
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns bytes sent
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `EMSGSIZE` for a datagram too long, `ECANCELED`
   */
  sendtoAsync(data: SendData, address: AddressIn<F>, options?: MessageOptions): Promise<number> {
    return sendingAsync.sendtoAsync(this.#handle, data, address, options)
  }

  /**
   * Receives a message with its control messages.
   * @param bufsize bytes, at least 0; 0 asks the kernel all the same
   * @param ancbufsize room for control messages, bytes, as {@link CMSG_SPACE} and {@link CMSG_LEN} tell; 0 or left out:
   *   none are received
   * @returns the data; the control messages, `[level, type, data]` each; `MSG_*` flags, such as `MSG_TRUNC` where the
   *   datagram was longer and `MSG_CTRUNC` where the room was too small; the sender's address, `null` where the kernel
   *   gives none. Descriptors in an `SCM_RIGHTS` message are close-on-exec, and the caller's to close
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recvmsg(2), cmsg(3). Linux, macOS.
   */
  recvmsg(bufsize: number, ancbufsize?: number): ReceivedMessage<Buffer, F>
  /**
   * The same with `flags`.
   * @param bufsize bytes, at least 0; 0 asks the kernel all the same
   * @param ancbufsize room for control messages, bytes
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvmsg(bufsize: number, ancbufsize: number | undefined, flags: MessageFlags): ReceivedMessage<Buffer, F>
  recvmsg(bufsize: number, ancbufsize = 0, flags?: number): ReceivedMessage<Buffer, F> {
    const given = arguments.length < 3 ? 0 : (flags as number)
    return messages.recvmsg(this.#handle, bufsize, ancbufsize, given) as ReceivedMessage<Buffer, F>
  }

  /**
   * {@link recvmsg} as a promise.
   * @param bufsize bytes, at least 0; what a longer datagram has beyond is lost
   * @param options `ancbufsize` in bytes, `flags`; `timeout` in seconds, else the socket's own; `signal`
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvmsgAsync(bufsize: number, options?: ReceiveMessageOptions): Promise<ReceivedMessage<Buffer, F>> {
    return messagesAsync.recvmsgAsync(this.#handle, bufsize, options) as Promise<ReceivedMessage<Buffer, F>>
  }

  /**
   * Receives a message into several buffers, which are filled one after the other.
   * @param buffers any number up to the system's IOV_MAX, 1024
   * @param ancbufsize room for control messages, bytes; 0 or left out: none are received
   * @returns as {@link recvmsg}, with the number of bytes in place of the data; with `MSG_TRUNC` among the flags given
   *   it is the kernel's length, which can exceed the buffers
   * @throws {SocketTimeoutError} after the socket's timeout; {@link SocketError} `EMSGSIZE` for too many buffers
   * @see recvmsg(2), readv(2). Linux, macOS.
   */
  recvmsgInto(buffers: Iterable<BytesLike>, ancbufsize?: number): ReceivedMessage<number, F>
  /**
   * The same with `flags`.
   * @param buffers any number up to the system's IOV_MAX, 1024
   * @param ancbufsize room for control messages, bytes; 0 or left out: none are received
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvmsgInto(
    buffers: Iterable<BytesLike>,
    ancbufsize: number | undefined,
    flags: MessageFlags,
  ): ReceivedMessage<number, F>
  recvmsgInto(buffers: Iterable<BytesLike>, ancbufsize = 0, flags?: number): ReceivedMessage<number, F> {
    const given = arguments.length < 3 ? 0 : (flags as number)
    return messages.recvmsgInto(this.#handle, buffers, ancbufsize, given) as ReceivedMessage<number, F>
  }

  /**
   * {@link recvmsgInto} as a promise. The buffers are written to when the message is there.
   * @param buffers any number up to the system's IOV_MAX, 1024
   * @param options `ancbufsize` in bytes, `flags`; `timeout` in seconds, else the socket's own; `signal`
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvmsgIntoAsync(buffers: Iterable<BytesLike>, options?: ReceiveMessageOptions): Promise<ReceivedMessage<number, F>> {
    return messagesAsync.recvmsgIntoAsync(this.#handle, buffers, options) as Promise<ReceivedMessage<number, F>>
  }

  /**
   * Sends the bytes of several buffers as one message, with control messages. A blocking stream takes all of the data;
   * otherwise it may be a part, and the control messages went with it.
   * @param buffers bytes or strings, any number up to the system's IOV_MAX, 1024; none is an empty message
   * @param ancdata control messages, `[level, type, data]` each
   * @returns bytes sent, those of the control messages not counted
   * @throws {SocketTimeoutError} after the socket's timeout; {@link SocketError} `EMSGSIZE` for too many buffers or a
   *   datagram too long
   * @see sendmsg(2), cmsg(3). Linux, macOS.
   */
  sendmsg(buffers: Iterable<SendData>, ancdata?: Iterable<AncillaryIn>): number
  /**
   * The same with `flags` and a destination.
   * @param buffers bytes or strings, any number up to the system's IOV_MAX, 1024
   * @param ancdata control messages, `[level, type, data]` each
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   * @param address the destination
   */
  sendmsg(
    buffers: Iterable<SendData>,
    ancdata: Iterable<AncillaryIn> | undefined,
    flags: MessageFlags,
    address?: AddressIn<F> | null,
  ): number
  /**
   * The same with a destination, without `flags`.
   * @param buffers bytes or strings, any number up to the system's IOV_MAX, 1024
   * @param ancdata none, or as above
   * @param flags none
   * @param address the destination
   */
  sendmsg(buffers: Iterable<SendData>, ancdata: undefined, flags: undefined, address: AddressIn<F>): number
  sendmsg(
    buffers: Iterable<SendData>,
    ancdata: Iterable<AncillaryIn> = [],
    flags?: number,
    address?: AddressIn<F> | null,
  ): number {
    // Before an address two undefined stand for what is left out; else one is a constant that the platform lacks.
    const isGap = flags === undefined && arguments[1] === undefined && address !== undefined
    const isLeftOut = isGap || arguments.length < 3
    return messages.sendmsg(this.#handle, buffers, ancdata, isLeftOut ? 0 : (flags as number), address)
  }

  /**
   * {@link sendmsg} as a promise; the lookup of a name does not block this thread either. The buffers must stay as
   * they are until then; control messages are copied.
   * @param buffers bytes or strings, any number up to the system's IOV_MAX, 1024
   * @param options `ancdata`, `flags`, `address`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns bytes sent, perhaps fewer than given
   * @throws {SocketTimeoutError} after the timeout, with nothing sent
   * @throws {SocketError} `EPIPE`, `EMSGSIZE` and the like; `ECANCELED` when the socket is closed, with nothing sent
   */
  sendmsgAsync(buffers: Iterable<SendData>, options?: SendMessageOptions<AddressIn<F>>): Promise<number> {
    return messagesAsync.sendmsgAsync(this.#handle, buffers, options)
  }

  /**
   * Receives the messages that are there, as many as the batch has room for, in one system call. A blocking socket
   * waits for the first of them, never for more.
   * @param batch where the messages go
   * @returns how many messages came, at least 1; what the batch held before is gone
   * @throws {SocketTimeoutError} after the socket's timeout
   * @see recvmmsg(2). Linux, macOS.
   */
  recvmmsg(batch: MessageBatch): number
  /**
   * The same with `flags`.
   * @param batch where the messages go
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  recvmmsg(batch: MessageBatch, flags: MessageFlags): number
  recvmmsg(batch: MessageBatch, flags?: number): number {
    return batches.recvmmsg(this.#handle, batch, arguments.length < 2 ? 0 : (flags as number))
  }

  /**
   * {@link recvmmsg} as a promise, until which the batch is the call's.
   * @param batch where the messages go
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  recvmmsgAsync(batch: MessageBatch, options?: MessageOptions): Promise<number> {
    return batchesAsync.recvmmsgAsync(this.#handle, batch, options)
  }

  /**
   * Sends the messages set in a batch, in order, in one system call. A blocking socket waits until all are gone; of any
   * other it may be a part, and the next call goes on with the rest.
   * @param batch the messages
   * @returns how many messages were sent wholly
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} such as `EMSGSIZE` for `batch.firstUnsent`
   * @see sendmmsg(2). Linux, macOS.
   */
  sendmmsg(batch: MessageBatch): number
  /**
   * The same with `flags`.
   * @param batch the messages
   * @param flags `MSG_*`, combined with `|`; 0 where left out
   */
  sendmmsg(batch: MessageBatch, flags: MessageFlags): number
  sendmmsg(batch: MessageBatch, flags?: number): number {
    return batches.sendmmsg(this.#handle, batch, arguments.length < 2 ? 0 : (flags as number))
  }

  /**
   * {@link sendmmsg} as a promise, settled once some are sent; until then the batch is the call's.
   * @param batch the messages
   * @param options `flags`; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   */
  sendmmsgAsync(batch: MessageBatch, options?: MessageOptions): Promise<number> {
    return batchesAsync.sendmmsgAsync(this.#handle, batch, options)
  }

  /**
   * Says what an operation of `AF_ALG` does, and sends it data, or the first part of it. Linux. The key is set before
   * `accept`, by `setsockopt(SOL_ALG, ALG_SET_KEY, key)`.
   * @param message `op`: `ALG_OP_ENCRYPT` or `ALG_OP_DECRYPT`; `iv`: the initialization vector; `assoclen`: how many
   *   bytes, the first of the data, are authenticated only; `data`: bytes, a string or a list of them; `flags`: with
   *   `MSG_MORE` more of the data comes with the next send
   * @returns bytes of data sent
   * @throws {SocketError} `EAFNOSUPPORT` for a socket of another family, `EINVAL` for a vector of a wrong length
   * @see sendmsg(2), and the kernel’s guide to its crypto API. Linux.
   */
  sendmsgAfalg(message: AfalgMessage): number {
    return sendmsgAfalg(this.#handle, message)
  }

  /**
   * {@link sendmsgAfalg} as a promise.
   * @param options the fields of a message of `sendmsgAfalg`; `timeout` in seconds, else the socket's own; `signal`
   * @throws {SocketTimeoutError} after the timeout; {@link SocketError} `ECANCELED` when the socket is closed
   * @see sendmsg(2). Linux.
   */
  sendmsgAfalgAsync(options: AfalgOptions): Promise<number> {
    return sendmsgAfalgAsync(this.#handle, options)
  }

  /**
   * Sends a file, or a part of it, by sendfile(2), without its bytes coming here; what that does not do (a pipe, some
   * devices) is read and sent. Each wait has the socket's whole timeout. Reading from a disk blocks, like all
   * synchronous reading.
   * @param file a descriptor, whose position is neither used nor moved, or a `FileHandle`, whose position is moved
   *   behind what was sent; what has no positions is read where it stands, from `offset` 0 only
   * @param offset bytes: where in the file to begin
   * @param count bytes at most; until the end of the file where left out or `null`
   * @returns bytes sent
   * @throws {SocketError} whose `bytesSent` tells how many bytes were sent before the error
   * @throws {TypeError} where the socket is not `SOCK_STREAM`, or is non-blocking
   * @see sendfile(2). Linux, macOS.
   */
  sendfile(file: FileLike, offset: number = 0, count?: number | null): number {
    return sendingFiles.sendfile(this.#handle, file, offset, count)
  }

  /**
   * {@link sendfile} as a promise, in every blocking mode. It sends a share at a time, and others have their turns in
   * between; but while the disk is read for one, this thread waits. A bare descriptor must stay open until then.
   * @param file a descriptor or a `FileHandle`, as `sendfile` takes it
   * @param options `offset` and `count` in bytes; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @throws {SocketError} whose `bytesSent` tells how many bytes were sent before the error: a timeout
   *   ({@link SocketTimeoutError}), `ECANCELED` when the socket is closed, `EPIPE` and the like
   */
  sendfileAsync(file: FileLike, options?: SendfileOptions): Promise<number> {
    return sendingFilesAsync.sendfileAsync(this.#handle, file, options)
  }

  /**
   * Moves what this socket receives to another one, by splice(2) through a pipe, without its bytes coming here; on
   * macOS, and where splice(2) does not do, through a buffer. Both are `SOCK_STREAM`; they may be the same. Each wait
   * has the whole timeout of the socket that is waited for. The destination is not shut down at the end.
   * @param destination another socket, connected
   * @param count bytes at most; until the end of the stream where left out or `null`
   * @returns bytes moved
   * @throws {SocketError} with `bytesMoved`, what the destination has got, and `pending`, what had been taken from this
   *   socket besides, if anything
   * @throws {TypeError} where one of them is not `SOCK_STREAM`, or is non-blocking
   * @see splice(2). Linux, macOS.
   */
  splice(destination: Socket, count?: number | null): number {
    return splicing.splice(this.#handle, handleIn(destination), count)
  }

  /**
   * {@link splice} as a promise, in every blocking mode. It has its turn among the receives of this socket and among the
   * sends of the other one, moves a share at a time, and others have their turns in between. What it has taken is sent,
   * before what comes behind it, also where it has ended with a timeout, a signal or this socket: only the
   * destination's own end prevents that.
   * @param destination another socket, connected
   * @param options `count` in bytes; `timeout` in seconds, else the socket's own; `signal`, an AbortSignal
   * @returns bytes moved
   * @throws {SocketError} with `bytesMoved`: a timeout ({@link SocketTimeoutError}), after `options.timeout` or else
   *   the smaller positive timeout of the two; `ECANCELED` when one of them is closed; `EPIPE` and the like. Where the
   *   destination takes no more, `pending` is what had been taken from this socket besides
   */
  spliceAsync(destination: Socket, options?: SpliceOptions): Promise<number> {
    return spliceAsync(this.#handle, handleIn(destination), options)
  }

  /**
   * The address that the socket is bound to.
   * @see getsockname(2). Linux, macOS.
   */
  getsockname(): AddressOut<F> {
    return naming.getsockname(this.#handle) as AddressOut<F>
  }

  /**
   * The address that the socket is connected to.
   * @throws {SocketError} `ENOTCONN` where it is not connected
   * @see getpeername(2). Linux, macOS.
   */
  getpeername(): AddressOut<F> {
    return naming.getpeername(this.#handle) as AddressOut<F>
  }

  /**
   * Who is at the other end of a unix stream or sequenced-packet socket: the process, user and group (the effective
   * ones) that connected or listened, as the kernel knew them when the connection was made. Of a `socketpair`, who made
   * it.
   * @throws {SocketError} `EOPNOTSUPP` where it is no unix socket, `ENOTCONN` where it has had no peer
   * @see getpeereid(3), and SO_PEERCRED in unix(7). Linux, macOS.
   */
  getpeereid(): PeerCredentials {
    return getpeereid(this.#handle)
  }

  /**
   * Reads an option as a number. See the manual page of its level.
   * @param level such as `SOL_SOCKET` or `IPPROTO_TCP`
   * @param name such as `SO_REUSEADDR`
   * @returns the value, 32 bits with a sign
   * @throws {SocketError} `ENOPROTOOPT` where there is no such option
   * @see getsockopt(2), socket(7), ip(7), ipv6(7), tcp(7), udp(7), unix(7). Linux, macOS.
   */
  getsockopt(level: OptionLevel, name: OptionName): number
  /**
   * Reads an option as a number, too.
   * @param level such as `SOL_SOCKET` or `IPPROTO_TCP`
   * @param name such as `SO_REUSEADDR`
   * @param buflen 0 bytes: a number is asked for
   */
  getsockopt(level: OptionLevel, name: OptionName, buflen: 0): number
  /**
   * Reads an option as the bytes of its structure.
   * @param level such as `SOL_SOCKET` or `IPPROTO_TCP`
   * @param name such as `SO_REUSEADDR`
   * @param buflen bytes, at most 65,536; the value has at most that length
   */
  getsockopt(level: OptionLevel, name: OptionName, buflen: number): Buffer
  getsockopt(level: OptionLevel, name: OptionName, buflen = 0): number | Buffer {
    return options.getsockopt(this.#handle, level, name, buflen)
  }

  /**
   * Sets an option.
   * @param level such as `SOL_SOCKET` or `IPPROTO_TCP`
   * @param name such as `SO_REUSEADDR`
   * @param value a 32-bit number, a boolean (1 or 0), the bytes of a structure, or `null`
   * @throws {SocketError} `ENOPROTOOPT`, `EINVAL`, `EPERM` and the like
   * @see setsockopt(2). Linux, macOS.
   */
  setsockopt(level: OptionLevel, name: OptionName, value: number | boolean | ArrayBufferView | ArrayBuffer): void
  /**
   * Passes a null pointer and a length, as a few options want it.
   * @param level such as `SOL_SOCKET` or `IPPROTO_TCP`
   * @param name such as `SO_REUSEADDR`
   * @param value `null`
   * @param optlen bytes: the length that is passed beside the null pointer
   */
  setsockopt(level: OptionLevel, name: OptionName, value: null, optlen: number): void
  setsockopt(level: OptionLevel, name: OptionName, value: unknown, optlen?: number): void {
    options.setsockopt(this.#handle, level, name, value, optlen)
  }

  /**
   * Reads an option by its name, as a value of its own type: `getOption('noDelay')`, `getOption('tcpInfo').rtt`. The
   * table of names, values and units is in docs/options.md.
   * @param name of the table, such as `'noDelay'`
   * @returns the value, in the type and unit of the table
   * @throws {SocketError} `ENOPROTOOPT` where this system, the kernel or this kind of socket lacks the option
   * @throws {TypeError} for a name that is not in the table, or of an option that can only be set
   * @see getsockopt(2). Linux, macOS.
   */
  getOption<K extends keyof SocketOptions>(name: K): SocketOptions[K] {
    return getOption(this.#handle, name)
  }

  /**
   * Sets an option by its name: `setOption('linger', 2)`. Durations are seconds, sizes bytes; the table of names,
   * values and units is in docs/options.md.
   * @param name of the table, such as `'noDelay'`
   * @param value of the type and unit that the table tells
   * @throws {SocketError} `ENOPROTOOPT` as {@link getOption}; `EPERM` where the option is privileged
   * @throws {TypeError} for a name that is not in the table, or of an option that can only be read; for a wrong value
   * @throws {RangeError} for a value that is out of its range
   * @see setsockopt(2). Linux, macOS.
   */
  setOption<K extends keyof SocketOptionsIn>(name: K, value: SocketOptionsIn[K]): void {
    setOption(this.#handle, name, value)
  }

  /**
   * Joins a multicast group: datagrams to it arrive from now on, on a socket that is bound to their port. With
   * `source`, only those of that host (source-specific multicast); several sources are joined one after the other.
   * @param membership `group`, `interface`, `source`
   * @throws {SocketError} `EADDRINUSE` where the socket is a member; `ENODEV` and the like for an interface that cannot
   *   be; `EINVAL` for an address that is no group
   * @see ip(7), ipv6(7). Linux, macOS.
   */
  addMembership(membership: Membership): void {
    setMembership(this.#handle, JOIN, membership)
  }

  /**
   * Leaves a multicast group, or stops receiving a source of it; closing the socket leaves all.
   * @param membership `group`, `interface`, `source`
   * @throws {SocketError} `EADDRNOTAVAIL` where the socket is no such member
   * @see ip(7), ipv6(7). Linux, macOS.
   */
  dropMembership(membership: Membership): void {
    setMembership(this.#handle, LEAVE, membership)
  }

  /**
   * Receives no more from one source of a group that was joined for all.
   * @param membership `group`, `interface`, `source`
   * @throws {SocketError} `EADDRNOTAVAIL` or `EINVAL` where the socket is no such member
   * @see ip(7), RFC 3678. Linux, macOS.
   */
  blockSource(membership: SourceMembership): void {
    setMembership(this.#handle, BLOCK, membership)
  }

  /**
   * Receives from a source again.
   * @param membership `group`, `interface`, `source`
   * @throws {SocketError} `EADDRNOTAVAIL` where it was not blocked
   * @see ip(7), RFC 3678. Linux, macOS.
   */
  unblockSource(membership: SourceMembership): void {
    setMembership(this.#handle, UNBLOCK, membership)
  }

  /**
   * Lets a classic BPF program decide about each packet that arrives: it returns how many bytes of it are kept, 0 drops
   * it. It sees a datagram from its UDP header on, a segment from its TCP header, and of packet sockets the whole
   * frame. Another program takes the place of the one before.
   * @param instructions 1 to 4,096 of `[code, jt, jf, k]`: `BPF_*` added up, two jumps, a number
   * @param options `reusePort`: the program chooses a socket of a `reusePort` group by its number instead
   * @throws {SocketError} `EINVAL` for a program that the kernel refuses, `EPERM` where the filter is locked,
   *   `ENOPROTOOPT` on other systems
   * @see socket(7), SO_ATTACH_FILTER. Linux.
   */
  attachFilter(instructions: readonly FilterInstruction[], options?: FilterOptions): void {
    attachFilter(this.#handle, instructions, options)
  }

  /**
   * Takes the filter away.
   * @param options `reusePort`: the program that chooses a socket of the group
   * @throws {SocketError} `ENOENT` where there is none, `EPERM` where it is locked
   * @see socket(7), SO_DETACH_FILTER. Linux.
   */
  detachFilter(options?: FilterOptions): void {
    detachFilter(this.#handle, options)
  }

  /**
   * Keeps the filter for as long as the socket lives, whoever has it.
   * @throws {SocketError} `ENOPROTOOPT` on other systems
   * @see socket(7), SO_LOCK_FILTER. Linux.
   */
  lockFilter(): void {
    lockFilter(this.#handle)
  }

  /**
   * `true` = wait for ever, as `settimeout(null)`; `false` = never wait, as `settimeout(0)`. Switches O_NONBLOCK.
   * @param flag `true` or `false`; 1 and 0 will do
   * @throws {SocketError} `EBADF` where the socket is closed
   * @see fcntl(2), O_NONBLOCK. Linux, macOS.
   */
  setblocking(flag: boolean): void {
    setTimeoutNs(this.#handle, checkSwitch('flag', flag) ? -1 : 0)
  }

  /** Whether calls may wait: `false` only with a timeout of 0. */
  getblocking(): boolean {
    return this.#handle.timeoutNs !== 0
  }

  /**
   * Sets how long a call may wait in all. Anything but `null` sets O_NONBLOCK on the descriptor, `null` clears it.
   * @param seconds seconds as a float, rounded up to nanoseconds; 0 = never wait; `null` = wait for ever
   * @throws {RangeError} for a negative time or NaN; {@link SocketError} `EBADF` where the socket is closed
   * @see fcntl(2), O_NONBLOCK. Linux, macOS.
   */
  settimeout(seconds: number | null): void {
    setTimeoutNs(this.#handle, timeoutNsOf('seconds', seconds))
  }

  /** The timeout in seconds; `null` = calls wait for ever. */
  gettimeout(): number | null {
    const { timeoutNs } = this.#handle
    return timeoutNs < 0 ? null : timeoutNs / 1e9
  }

  /**
   * Shuts down one or both directions.
   * @param how `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`
   * @throws {SocketError} `ENOTCONN` where it is not connected
   * @see shutdown(2). Linux, macOS.
   */
  shutdown(how: ShutdownHow): void {
    naming.shutdown(this.#handle, how)
  }

  /**
   * Whether the descriptor outlives exec; sockets are born without.
   * @see fcntl(2), FD_CLOEXEC. Linux, macOS.
   */
  getInheritable(): boolean {
    return descriptors.getInheritable(this.#handle)
  }

  /**
   * Lets the descriptor outlive exec, so that a child process can have it, or not.
   * @param flag `true` or `false`; 1 and 0 will do
   * @see fcntl(2), FD_CLOEXEC. Linux, macOS.
   */
  setInheritable(flag: boolean): void {
    descriptors.setInheritable(this.#handle, checkSwitch('flag', flag))
  }

  /**
   * Lets an asynchronous call that waits keep the process alive: the default.
   * @returns the socket
   */
  ref(): this {
    setReferenced(this.#handle, true)
    return this
  }

  /**
   * Lets the process end although an asynchronous call waits.
   * @returns the socket
   */
  unref(): this {
    setReferenced(this.#handle, false)
    return this
  }

  /**
   * Python's file object over the socket: lines, exact sizes, text. Files share the socket with each other and with its
   * own calls; the descriptor stays open until the socket and all of its files are closed.
   *
   * A file of bytes or, without `b`, of text; for reading, writing or both. What is written waits in a buffer until that
   * is full, or `flush` or `close` send it: text always, also with `buffering` 1, which is a buffer of one byte here.
   * @param mode `r` for reading, `w` for writing, or both; `'r'` where left out
   * @param options `buffering` in bytes; `encoding`, `errors`, `newline`
   * @returns a file of text
   * @throws {SocketError} `EBADF` where the socket is closed
   */
  makefile(mode?: files.TextMode, options?: files.TextFileOptions): files.TextFile
  /**
   * A file of bytes.
   * @param mode `b`, with `r`, `w` or both
   * @param options `buffering` in bytes
   */
  makefile(mode: files.BinaryMode, options?: files.BinaryFileOptions): files.BinaryFile
  /**
   * A file whose mode is known at run time only.
   * @param mode the letters `r`, `w` and `b`
   * @param options `buffering` in bytes; for text `encoding`, `errors`, `newline`
   */
  makefile(mode: string, options?: files.TextFileOptions): files.TextFile | files.BinaryFile
  makefile(mode = 'r', options?: files.TextFileOptions): files.TextFile | files.BinaryFile {
    return files.makefile(this.#handle, mode, options)
  }

  /**
   * Hands the socket to Node's streams: a Duplex on which `tls`, `http`, `pipeline` and the like work, as on a
   * `net.Socket`. Nothing is received before somebody reads. Destroying the stream closes the socket; so does its end
   * in both directions. The socket's timeout does not bound it: see {@link SocketDuplex.setTimeout}.
   *
   * The socket remains what it was: its options and addresses can be asked and set, `ref` and `unref` are the stream's.
   * Receives and sends of its own take turns with the stream's, so leave them to the stream; `close` and `detach` end
   * the stream without an error.
   * @param options `allowHalfOpen`, `true` where left out: the peer's end does not end the own direction;
   *   `highWaterMark`
   * @returns the stream
   * @throws {SocketError} `EBADF` where it is closed, `EOPNOTSUPP` where it is not `SOCK_STREAM`, `EBUSY` where it has
   *   a stream already
   */
  toDuplex(options?: DuplexOptions): SocketDuplex {
    return openDuplex(this, options)
  }

  /**
   * Hands the socket to WHATWG streams. `readable` is a byte stream, which receives when somebody reads, into the
   * reader's own buffer where it brings one. Closing `writable` shuts the direction down, cancelling `readable` the
   * other; when both are done the socket is closed. Aborting `writable` closes it at once. The socket's timeout does
   * not bound them.
   * @returns `readable` and `writable`
   * @throws {SocketError} as {@link toDuplex}
   */
  toWeb(): WebStreams {
    return openWebStreams(this)
  }

  /** Closes the socket at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes the socket at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /**
   * `for await` gives the connections of a listening socket as {@link acceptAsync} does, and of any other socket what
   * arrives as {@link recvAsync} does, at most 65,536 bytes at a time. It ends with the stream, or when this side closes
   * the socket; `break` leaves the socket open, and nothing is lost.
   * @throws as these calls
   */
  [Symbol.asyncIterator](): AsyncGenerator<Received<F>, void, undefined> {
    return iterate(this.#handle, Socket.#of<F>) as AsyncGenerator<Received<F>, void, undefined>
  }

  /** What `console.log` shows: descriptor, family, type and addresses. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describe(this.#handle)
  }
}
