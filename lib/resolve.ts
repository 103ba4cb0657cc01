/** Names to addresses and back: getaddrinfo(3), getnameinfo(3), gethostbyname(3), gethostbyaddr(3). */
import { types } from 'node:util'
import { decodeAddress, type Inet6Address, type InetAddress } from './address.js'
import { native, TO_TEXT_LENGTH, toText, words } from './binding.js'
import { viewOf } from './bytes.js'
import type { AddressFamily, Flavor, Protocol, SocketType } from './constant.js'
import { lookUpError, SocketError } from './errors.js'
import { AF_INET, type AF_INET6 } from './generated/constants.js'
import { asciiHost } from './host.js'
import { gethostname } from './netdb.js'
import {
  argumentTypeError,
  checkInt,
  checkNoNul,
  checkOptions,
  checkRange,
  checkString,
  checkWhole,
} from './validate.js'

/** What narrows a look-up of `getaddrinfo`; each is 0 (any) where left out. */
export interface GetaddrinfoOptions<F extends AddressFamily = AddressFamily> {
  /** `AF_INET`, `AF_INET6`; `AF_UNSPEC` = any. */
  family?: F
  /** `SOCK_STREAM` and the like. */
  type?: SocketType
  /** `IPPROTO_TCP` and the like. */
  proto?: Protocol
  /** `AI_*`, combined with `|`. */
  flags?: Flavor<'AI'>
}

/** The address in an answer of `getaddrinfo`: what `connect` and `bind` of a socket of that family take. */
export type ResolvedAddress<F extends number = number> = F extends typeof AF_INET
  ? InetAddress
  : F extends typeof AF_INET6
    ? Inet6Address
    : InetAddress | Inet6Address

/** One answer of `getaddrinfo`: the arguments of `socket` and the address for it. */
export type AddressInfo<F extends number = number> = [
  family: AddressFamily,
  type: SocketType,
  proto: Protocol,
  /** The canonical name, in the first answer, with `AI_CANONNAME`; otherwise `''`. */
  canonname: string,
  sockaddr: ResolvedAddress<F>,
]

/** An answer of `gethostbynameEx` and `gethostbyaddr`. */
export type HostInfo = [hostname: string, aliases: string[], addresses: string[]]

/** A host: a string (a name that is not ASCII in IDNA), or its bytes as they are. */
type Host = string | Uint8Array

function checkHost(name: string, host: unknown, takes: string): Host {
  if (typeof host === 'string') return asciiHost(host, name)
  if (!types.isUint8Array(host)) throw argumentTypeError(name, takes, host)
  const bytes = viewOf(name, host)
  checkNoNul(name, bytes)
  return bytes
}

/** A number as its decimal text, whatever its size: it is for getaddrinfo(3) to judge. */
function serviceOf(port: unknown): Host | null {
  if (port === null) return null
  if (typeof port === 'bigint') return port.toString()
  if (typeof port === 'number') {
    checkWhole('port', port)
    return BigInt(port).toString()
  }
  if (typeof port !== 'string' && !types.isUint8Array(port)) {
    throw argumentTypeError('port', 'of type number, bigint or string, an instance of Buffer, or null', port)
  }
  const service = typeof port === 'string' ? port : viewOf('port', port)
  checkNoNul('port', service)
  return service
}

function option(options: object, name: string): number {
  if (!(name in options)) return 0
  const value = (options as Record<string, unknown>)[name]
  checkInt(`options.${name}`, value)
  return value
}

/**
 * The addresses of a host and a service, each with what opens a socket for it. A name is looked up, which can take
 * seconds: the call blocks this thread, though not for ever against `worker.terminate()` or Ctrl-C.
 * @param host a name or a numeric address, `''` as the C library takes it; `null` = loopback, or any address with
 *   `AI_PASSIVE`
 * @param port a service's name, or a number; what no port can be is the C library's to judge; `null` = port 0
 * @param options what the answers are narrowed to; all answers where left out
 * @returns at least one answer, in the order of preference
 * @throws {GaiError} `EAI_NONAME`, `EAI_AGAIN`, `EAI_SERVICE` and the like
 * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles, `EAGAIN` where no thread can be made
 * @see getaddrinfo(3). Linux, macOS.
 */
export function getaddrinfo<F extends AddressFamily = AddressFamily>(
  host: string | Uint8Array | null,
  port: string | number | bigint | Uint8Array | null,
  options: GetaddrinfoOptions<F> = {},
): AddressInfo<F>[] {
  const text = host === null ? null : checkHost('host', host, 'of type string, an instance of Buffer, or null')
  const service = serviceOf(port)
  checkOptions('options', options)
  const family = option(options, 'family')
  const type = option(options, 'type')
  const proto = option(options, 'proto')
  const flags = option(options, 'flags')
  const found = native.getaddrinfo(text, service, family, type, proto, flags)
  if (typeof found === 'number') throw lookUpError(found, 'getaddrinfo', host ?? undefined)
  return found.map(([family, type, proto, canonname, sockaddr]) => {
    native.decodeAddress(sockaddr)
    return [family, type, proto, canonname, decodeAddress() as ResolvedAddress<F>]
  })
}

/**
 * The host and the service of an address, as texts.
 * @param sockaddr `[host, port]` or `[host, port, flowinfo, scopeId]`; the host must be numeric
 * @param flags `NI_*`, combined with `|`; 0 = names where they are known
 * @throws {GaiError} `EAI_NONAME` where the host is not numeric, or has no name and `NI_NAMEREQD` is set; and the like
 * @throws {SocketError} `EINVAL` for an IPv4 host with more than a port, or a host that stands for several addresses
 * @throws {RangeError} for a port that is no C int, flowinfo outside of 0 to 1048575
 * @see getnameinfo(3). Linux, macOS.
 */
export function getnameinfo(
  sockaddr: readonly [host: string, port: number, flowinfo?: number, scopeId?: number],
  flags: Flavor<'NI'>,
): [host: string, service: string] {
  if (!Array.isArray(sockaddr) || sockaddr.length < 2 || sockaddr.length > 4) {
    throw argumentTypeError('sockaddr', 'an array [host, port, flowinfo?, scopeId?]', sockaddr)
  }
  const [host, port, flowinfo = 0, scopeId = 0]: unknown[] = sockaddr
  checkString('sockaddr[0]', host)
  checkNoNul('sockaddr[0]', host)
  checkWhole('sockaddr[1]', port)
  checkWhole('sockaddr[2]', flowinfo)
  checkWhole('sockaddr[3]', scopeId)
  checkInt('flags', flags)
  checkRange('sockaddr[1]', port, -0x80000000, 0x7fffffff)
  checkRange('sockaddr[2]', flowinfo, 0, 0xfffff)
  checkRange('sockaddr[3]', scopeId, 0, 0xffffffff)
  const names = native.getnameinfo(host, String(port), flowinfo, scopeId, sockaddr.length, flags)
  if (typeof names === 'number') throw lookUpError(names, 'getnameinfo', host)
  return names
}

/**
 * An IPv4 address of a host, as numeric text.
 * @param hostname a name or a numeric address; `''` gives `'0.0.0.0'`, `'<broadcast>'` gives `'255.255.255.255'`
 * @throws {GaiError} `EAI_NONAME` where it has none, and the like; `SocketError` as `getaddrinfo`
 * @see gethostbyname(3). Linux, macOS.
 */
export function gethostbyname(hostname: string | Uint8Array): string {
  const text = checkHost('hostname', hostname, 'of type string or an instance of Buffer')
  const result = native.resolveHost(text, AF_INET)
  if (result !== 0) throw lookUpError(result, 'gethostbyname', hostname)
  return toText.toString('latin1', 0, words[TO_TEXT_LENGTH])
}

/**
 * The name, the other names and the IPv4 addresses of a host.
 * @param hostname a name or a numeric address
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {GaiError} `EAI_NONAME` where it has no IPv4 address, and the like; `SocketError` as `getaddrinfo`
 * @throws {HostError} `HOST_NOT_FOUND` and the like
 * @see gethostbyname(3). Linux, macOS.
 */
export function gethostbynameEx(hostname: string | Uint8Array): HostInfo {
  const text = checkHost('hostname', hostname, 'of type string or an instance of Buffer')
  const found = native.gethostbynameEx(text)
  if (typeof found === 'number') throw lookUpError(found, 'gethostbyname', hostname)
  return found
}

/**
 * The name, the other names and the addresses of the host that has an address.
 * @param host a numeric address, IPv4 or IPv6; a name is resolved first
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {HostError} `HOST_NOT_FOUND` where the address has no name, and the like
 * @throws {GaiError} `EAI_NONAME` where a name has no address, and the like; `SocketError` as `getaddrinfo`
 * @see gethostbyaddr(3). Linux, macOS.
 */
export function gethostbyaddr(host: string | Uint8Array): HostInfo {
  const text = checkHost('host', host, 'of type string or an instance of Buffer')
  const found = native.gethostbyaddr(text)
  if (typeof found === 'number') throw lookUpError(found, 'gethostbyaddr', host)
  return found
}

/**
 * The fully qualified name of a host: the first of its names that has a dot, else its first name; the host as it was
 * given where it is not known.
 * @param name a name or a numeric address; `''`, `'0.0.0.0'`, `'::'` and leaving it out mean this machine
 * @throws {SocketError} only `EINTR`, where a SIGINT came that JavaScript handles
 * @see gethostbyaddr(3). Linux, macOS.
 */
export function getfqdn(name: string = ''): string {
  checkString('name', name)
  const host = localOr(name.trim())
  try {
    return qualified(gethostbyaddr(host))
  } catch (error) {
    if (!(error instanceof SocketError) || error.code === 'EINTR') throw error
    return host
  }
}

function localOr(name: string): string {
  return name === '' || name === '0.0.0.0' || name === '::' ? gethostname() : name
}

function qualified([hostname, aliases]: HostInfo): string {
  return [hostname, ...aliases].find((name) => name.includes('.')) ?? hostname
}
