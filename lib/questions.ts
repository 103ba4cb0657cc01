/** Lookups apart from their form: arguments, checked, and what is made of the answers. */
import { types } from 'node:util'
import { decodeAddress, type Inet6Address, type InetAddress } from './address.js'
import { native, TO_TEXT_LENGTH, toText, words } from './binding.js'
import { viewOf } from './bytes.js'
import type { AddressFamily, Flavor, Protocol, SocketType } from './constant.js'
import { gaiError, hostLookUpError, lookUpError } from './errors.js'
import { type AF_INET, type AF_INET6, EAI_SERVICE } from './generated/constants.js'
import { asciiHost } from './host.js'
import { gethostname } from './netdb.js'
import {
  argumentTypeError,
  checkInt,
  checkNoNul,
  checkNumber,
  checkOptions,
  checkRange,
  checkString,
  checkWhole,
  hasNul,
} from './validate.js'

/** What narrows a lookup of `getaddrinfo`; each is 0 (any) where left out. */
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

/** The address that `getnameinfo` takes. */
export type NamedAddress = readonly [host: string, port: number, flowinfo?: number, scopeId?: number]

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
  return typeof port === 'string' ? port : viewOf('port', port)
}

function option(options: object, name: string): number {
  if (!(name in options)) return 0
  const value = (options as Record<string, unknown>)[name]
  checkInt(`options.${name}`, value)
  return value
}

/** What a native lookup takes, and what it answers. */
type Question<Name extends 'getaddrinfo' | 'getnameinfo'> = Parameters<(typeof native)[Name]>
type Answer<Name extends 'getaddrinfo' | 'getnameinfo' | 'gethostbyaddr'> = ReturnType<(typeof native)[Name]>

export function addressQuestion(host: unknown, port: unknown, options: GetaddrinfoOptions): Question<'getaddrinfo'> {
  const text = host === null ? null : checkHost('host', host, 'of type string, an instance of Buffer, or null')
  const service = serviceOf(port)
  checkOptions('options', options)
  const family = option(options, 'family')
  const type = option(options, 'type')
  const proto = option(options, 'proto')
  const flags = option(options, 'flags')
  // No service has such a name, and the C library would read a part of it.
  if (service !== null && hasNul(service)) throw gaiError(EAI_SERVICE, 'getaddrinfo', text ?? undefined)
  return [text, service, family, type, proto, flags]
}

export function addressAnswer<F extends number>(found: Answer<'getaddrinfo'>, host: Host | null): AddressInfo<F>[] {
  if (typeof found === 'number') throw lookUpError(found, 'getaddrinfo', host ?? undefined)
  return found.map(([family, type, proto, canonname, sockaddr]) => {
    native.decodeAddress(sockaddr)
    return [family, type, proto, canonname, decodeAddress(null) as ResolvedAddress<F>]
  })
}

export function nameQuestion(sockaddr: unknown, flags: unknown): Question<'getnameinfo'> {
  if (!Array.isArray(sockaddr) || sockaddr.length < 2 || sockaddr.length > 4) {
    throw argumentTypeError('sockaddr', 'an array [host, port, flowinfo?, scopeId?]', sockaddr)
  }
  const [host, port, flowinfo = 0, scopeId = 0]: unknown[] = sockaddr
  checkString('sockaddr[0]', host)
  checkNoNul('sockaddr[0]', host)
  checkNumber('sockaddr[1]', port)
  checkNumber('sockaddr[2]', flowinfo)
  checkNumber('sockaddr[3]', scopeId)
  checkNumber('flags', flags)
  checkWhole('sockaddr[1]', port)
  checkWhole('sockaddr[2]', flowinfo)
  checkWhole('sockaddr[3]', scopeId)
  checkInt('flags', flags)
  checkRange('sockaddr[1]', port, -0x80000000, 0x7fffffff)
  checkRange('sockaddr[2]', flowinfo, 0, 0xfffff)
  checkRange('sockaddr[3]', scopeId, 0, 0xffffffff)
  return [host, String(port), flowinfo, scopeId, sockaddr.length, flags]
}

export function nameAnswer(names: Answer<'getnameinfo'>, host: string): [host: string, service: string] {
  if (typeof names === 'number') throw lookUpError(names, 'getnameinfo', host)
  return names
}

export function hostQuestion(name: string, host: unknown): Host {
  return checkHost(name, host, 'of type string or an instance of Buffer')
}

/** Of `resolveHost`: the numeric host. */
export function numericAnswer(result: number, hostname: Host): string {
  if (result !== 0) throw hostLookUpError(result, 'gethostbyname', hostname)
  return toText.toString('latin1', 0, words[TO_TEXT_LENGTH])
}

export function hostAnswer(found: Answer<'gethostbyaddr'>, syscall: string, host: Host): HostInfo {
  if (typeof found === 'number') throw hostLookUpError(found, syscall, host)
  return found
}

/** The host that `getfqdn` asks for. */
export function qualifiedQuestion(name: unknown): string {
  checkString('name', name)
  const host = name.trim()
  return host === '' || host === '0.0.0.0' || host === '::' ? gethostname() : host
}

export function qualifiedAnswer([hostname, aliases]: HostInfo): string {
  return [hostname, ...aliases].find((name) => name.includes('.')) ?? hostname
}
