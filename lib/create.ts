/** The functions that make sockets. */
import { type AddressIn, nameIn } from './address.js'
import { type CreateConnectionOptions, planConnection, type ServiceAddress } from './connection-plan.js'
import type { AddressFamily, Protocol, SocketType } from './constant.js'
import { SocketError, socketError } from './errors.js'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from './generated/constants.js'
import { checkDescriptor, closeDescriptor, duplicateDescriptor } from './operations/descriptor.js'
import { getaddrinfo } from './resolve.js'
import { makePair, Socket } from './socket.js'
import { argumentValueError, checkInt, checkNumber, checkOptions, checkSwitch } from './validate.js'

/**
 * Opens a TCP socket over IPv4, close-on-exec, with the default timeout of this thread.
 * @returns a socket of `AF_INET`, `SOCK_STREAM`, protocol 0
 * @throws {SocketError} `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EMFILE`, `EPERM` and the like
 * @see socket(2). Linux, macOS.
 */
export function socket(): Socket<typeof AF_INET>
/**
 * Opens a `SOCK_STREAM` socket of a family.
 * @param family such as `AF_INET6`
 */
export function socket<F extends AddressFamily>(family: F): Socket<F>
/**
 * Opens a socket of a family and a type.
 * @param family such as `AF_INET6`
 * @param type such as `SOCK_DGRAM`; on Linux `SOCK_NONBLOCK` may be added
 */
export function socket<F extends AddressFamily>(family: F, type: SocketType): Socket<F>
/**
 * Opens a socket of a protocol.
 * @param family such as `AF_INET`
 * @param type such as `SOCK_RAW`
 * @param proto such as `IPPROTO_ICMP`; 0 = the family's own
 */
export function socket<F extends AddressFamily>(family: F, type: SocketType, proto: Protocol): Socket<F>
export function socket(...given: unknown[]): Socket {
  return new Socket(...(given as [number, number, number]))
}

/**
 * Two sockets connected to each other.
 * @returns two unix stream sockets
 * @throws {SocketError} `EMFILE`, `EOPNOTSUPP` where the family has no pairs
 * @see socketpair(2). Linux, macOS.
 */
export function socketpair(): [Socket<typeof AF_UNIX>, Socket<typeof AF_UNIX>]
/**
 * Two `SOCK_STREAM` sockets of a family.
 * @param family `AF_UNIX`; others as the system has them
 */
export function socketpair<F extends AddressFamily>(family: F): [Socket<F>, Socket<F>]
/**
 * Two sockets of a type.
 * @param family `AF_UNIX`
 * @param type such as `SOCK_SEQPACKET`
 */
export function socketpair<F extends AddressFamily>(family: F, type: SocketType): [Socket<F>, Socket<F>]
/**
 * Two sockets of a protocol.
 * @param family `AF_UNIX`
 * @param type such as `SOCK_DGRAM`
 * @param proto 0 = the family's own
 */
export function socketpair<F extends AddressFamily>(
  family: F,
  type: SocketType,
  proto: Protocol,
): [Socket<F>, Socket<F>]
export function socketpair(...given: number[]): [Socket, Socket] {
  const defaults = [AF_UNIX, SOCK_STREAM, 0]
  const [family, type, proto] = [...given, ...defaults.slice(given.length)] as [number, number, number]
  return makePair(family, type, proto)
}

/**
 * A socket on a duplicate of a descriptor, which stays the caller's.
 * @param fd a descriptor that this process holds
 * @throws {SocketError} `ENOTSOCK` for what is not a socket, `EBADF` for what is not open
 * @see fcntl(2), F_DUPFD_CLOEXEC. Linux, macOS.
 */
export function fromfd<F extends number = number>(fd: number): Socket<F> {
  checkDescriptor('fd', fd)
  const copy = duplicateDescriptor(fd)
  try {
    return Socket.adopt<F>(copy)
  } catch (error) {
    closeDescriptor(copy)
    throw error
  }
}

/**
 * Connects to a TCP service by host name and port: tries every address that the name has, in order.
 * @param address `[host, port]`; the port is a number or a service's name
 * @param options timeout, source address, all errors
 * @returns a connected socket
 * @throws {SocketError} the last attempt's, or with `allErrors` an `AggregateError` of all; `EINTR` at once, where a
 *   SIGINT came that JavaScript handles
 * @throws {GaiError} where the host cannot be resolved
 * @see getaddrinfo(3), connect(2). Linux, macOS.
 */
export function createConnection(
  address: ServiceAddress,
  options: CreateConnectionOptions = {},
): Socket<typeof AF_INET> | Socket<typeof AF_INET6> {
  const { host, port, timeout, source, failure } = planConnection(address, options)
  const errors: SocketError[] = []
  for (const [family, type, proto, , target] of getaddrinfo(host, port, { type: SOCK_STREAM })) {
    let conn: Socket | undefined
    try {
      conn = new Socket(family, type, proto)
      if (timeout !== undefined) conn.settimeout(timeout)
      if (source !== undefined) conn.bind(source)
      conn.connect(target)
      return conn as Socket<typeof AF_INET>
    } catch (error) {
      conn?.close()
      // Who interrupts a call wants none of the other addresses either.
      if (!(error instanceof SocketError) || error.code === 'EINTR') throw error
      errors.push(error)
    }
  }
  throw failure(errors)
}

/** Options of {@link createServer}. */
export interface CreateServerOptions<F extends number = typeof AF_INET> {
  /** `AF_INET` where left out. */
  family?: F
  /** How many connections may wait to be accepted. */
  backlog?: number | null
  /** SO_REUSEPORT: several sockets share the port. */
  reusePort?: boolean
  /** With `AF_INET6`: take IPv4 connections too. */
  dualstackIPv6?: boolean
}

/**
 * A listening TCP socket (or one of another stream family), with SO_REUSEADDR.
 * @param address as `bind` takes it
 * @param options family, backlog, SO_REUSEPORT, dual stack
 * @throws {SocketError} `EADDRINUSE`, `EACCES` and the like
 * @throws {TypeError} where `dualstackIPv6` is asked for without `AF_INET6`
 * @see bind(2), listen(2). Linux, macOS.
 */
export function createServer<F extends AddressFamily = typeof AF_INET>(
  address: AddressIn<F>,
  options: CreateServerOptions<F> = {},
): Socket<F> {
  checkOptions('options', options)
  const { backlog = null, reusePort = false, dualstackIPv6 = false } = options
  const family: unknown = 'family' in options ? options.family : AF_INET
  checkNumber('options.family', family)
  if (backlog !== null) checkNumber('options.backlog', backlog)
  const sharesPort = checkSwitch('options.reusePort', reusePort)
  const dualstack = checkSwitch('options.dualstackIPv6', dualstackIPv6)
  // The types of the address; all else about it is for `bind` to check.
  nameIn(family, address, 'address')
  checkInt('options.family', family)
  if (backlog !== null) checkInt('options.backlog', backlog)
  if (dualstack && family !== AF_INET6) {
    throw argumentValueError('options.dualstackIPv6', 'needs the family AF_INET6', dualstack)
  }
  if (dualstack && !hasDualstackIPv6()) throw socketError('EAFNOSUPPORT', 'setsockopt')
  const server = new Socket<F>(family as F, SOCK_STREAM)
  try {
    try {
      server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    } catch {
      // A family without the option has no need of it.
    }
    if (sharesPort) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !dualstack)
    server.bind(address)
    if (backlog === null) server.listen()
    else server.listen(backlog)
    return server
  } catch (error) {
    server.close()
    throw error
  }
}

/**
 * Whether one IPv6 socket can take IPv4 connections too.
 * @see ipv6(7), IPV6_V6ONLY. Linux, macOS.
 */
export function hasDualstackIPv6(): boolean {
  try {
    using probe = new Socket(AF_INET6, SOCK_STREAM)
    probe.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
    return true
  } catch {
    return false
  }
}

/**
 * Whether this platform knows IPv6; an interface with an IPv6 address may be missing all the same.
 * @see ipv6(7). Linux, macOS.
 */
export const hasIPv6: boolean = AF_INET6 !== undefined

/**
 * Closes a descriptor by number, such as one that `detach()` gave.
 * @param fd a descriptor that this process holds
 * @throws {SocketError} `EBADF` where it is not open
 * @see close(2). Linux, macOS.
 */
export function close(fd: number): void {
  closeDescriptor(fd)
}

/**
 * A duplicate of a descriptor, close-on-exec.
 * @param fd a descriptor that this process holds; it stays open
 * @throws {SocketError} `EBADF` where it is not open, `EMFILE`
 * @see fcntl(2), F_DUPFD_CLOEXEC. Linux, macOS.
 */
export function dup(fd: number): number {
  checkDescriptor('fd', fd)
  return duplicateDescriptor(fd)
}

const FIRST_PASSED_FD = 3

/**
 * The sockets that systemd passed to this process (LISTEN_FDS, LISTEN_PID), in order; none for a process that was
 * started otherwise. The variables are removed, so that a second call and child processes see none.
 * @throws {SocketError} `ENOTSOCK` where one is not a socket, `EBADF` where it is not open; then none is taken
 * @see sd_listen_fds(3). Linux, macOS.
 */
export function listenFds(): Socket[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = process.env
  if (pid === undefined || count === undefined || Number(pid) !== process.pid) return []
  if (!/^\d+$/.test(count)) throw argumentValueError('LISTEN_FDS', 'must be a count of descriptors', count)
  const passed = adoptRange(FIRST_PASSED_FD, Number(count))
  for (const sock of passed) sock.setInheritable(false)
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name]
  return passed
}

/** Adopts so many descriptors from the first on, or none of them. */
function adoptRange(first: number, count: number): Socket[] {
  const adopted: Socket[] = []
  for (let fd = first; fd < first + count; fd++) {
    try {
      adopted.push(Socket.adopt(fd))
    } catch (error) {
      for (const sock of adopted) sock.detach()
      if (!(error instanceof SocketError)) throw error
      throw new SocketError(error.code, error.errno, error.syscall, `descriptor ${fd} of LISTEN_FDS`)
    }
  }
  return adopted
}
