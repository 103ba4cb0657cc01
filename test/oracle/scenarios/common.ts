/** Preparations that many scenarios share. What could block has a timeout of 5 seconds as a safety net. */
import {
  AF_INET,
  AF_UNIX,
  bytes,
  call,
  constant,
  kind,
  path,
  port,
  prepare,
  ref,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type Step,
  timeval,
} from '../notation.js'

export const SAFETY_SECONDS = 5

/** A blocking socket whose calls give up after a while all the same: the kernel's own timeouts. */
export const guard = (...names: string[]): Step[] =>
  prepare(
    ...names.flatMap((name) => [
      call(`${name}.setsockopt`, SOL_SOCKET, constant('SO_RCVTIMEO'), timeval(SAFETY_SECONDS)),
      call(`${name}.setsockopt`, SOL_SOCKET, constant('SO_SNDTIMEO'), timeval(SAFETY_SECONDS)),
    ]),
  )

/** `server` listens on 127.0.0.1 at `address`. */
export const tcpListener = (backlog = 5): Step[] =>
  prepare(
    call('server = socket', AF_INET, SOCK_STREAM),
    call('server.settimeout', SAFETY_SECONDS),
    call('server.bind', ['127.0.0.1', 0]),
    call('server.listen', backlog),
    port(call('address = server.getsockname')),
  )

/** `client` and `conn` are the blocking ends of a TCP connection. */
export const tcpConnection = (): Step[] => [
  ...tcpListener(),
  ...prepare(
    call('client = socket', AF_INET, SOCK_STREAM),
    call('client.settimeout', SAFETY_SECONDS),
    call('client.connect', ref('address')),
    call('client.settimeout', null),
    { ...call('conn, peer = server.accept'), kinds: { '1.1': 'port' } },
  ),
  ...guard('client', 'conn'),
]

/** `a` and `b` are the blocking ends of a unix stream pair. */
export const streamPair = (): Step[] => [...prepare(call('a, b = socketpair')), ...guard('a', 'b')]

/** `name` is a bound UDP socket at `<name>Address`, with a timeout. */
export const udpSocket = (name: string): Step[] =>
  prepare(
    call(`${name} = socket`, AF_INET, SOCK_DGRAM),
    call(`${name}.settimeout`, SAFETY_SECONDS),
    call(`${name}.bind`, ['127.0.0.1', 0]),
    port(call(`${name}Address = ${name}.getsockname`)),
  )

/**
 * Waits until what was sent over loopback before has arrived, and its answer too: packets of loopback stand in one
 * queue, and two datagrams go through it after them.
 */
export const settle = (): Step[] =>
  prepare(
    call('marker = socket', AF_INET, SOCK_DGRAM),
    call('marker.settimeout', SAFETY_SECONDS),
    call('marker.bind', ['127.0.0.1', 0]),
    kind('any port', '1', call('markerAddress = marker.getsockname')),
    ...[1, 2].flatMap(() => [call('marker.sendto', bytes('x'), ref('markerAddress')), call('marker.recv', 1)]),
    call('marker.close'),
  )

/** `closedAddress` is a TCP address on which nothing listens: `holder` is bound to it. */
export const closedTcpAddress = (): Step[] =>
  prepare(
    call('holder = socket', AF_INET, SOCK_STREAM),
    call('holder.bind', ['127.0.0.1', 0]),
    port(call('closedAddress = holder.getsockname')),
  )

/**
 * `gone` is the number of a descriptor that was closed, no larger than the kernel's table of them: select(2) on Linux
 * ignores numbers beyond.
 */
export const closedDescriptor = (): Step[] =>
  prepare(
    call('closing = socket', AF_INET, SOCK_DGRAM),
    kind('descriptor', '', call('gone = closing.detach')),
    call('close', ref('gone')),
  )

/** `server` is a unix stream socket that listens in the scenario's folder, at `path('server')`. */
export const unixListener = (backlog: number): Step[] =>
  prepare(
    call('server = socket', AF_UNIX, SOCK_STREAM),
    call('server.settimeout', SAFETY_SECONDS),
    call('server.bind', path('server')),
    call('server.listen', backlog),
  )
