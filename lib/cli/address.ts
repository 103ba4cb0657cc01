/** Addresses as people type them: `host:port`, URLs, paths; what one of them is a socket of. */
import {
  type AddressIn,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  AF_VSOCK,
  getaddrinfoAsync,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../index.js'
import { failure, UsageError } from './failure.js'

export type Kind = 'stream' | 'dgram' | 'seqpacket'

/** What was typed: an internet address to look up, a path (abstract names begin with NUL), a virtual machine's. */
export type Target =
  | { family: 'inet'; kind: Kind; version: 4 | 6 | undefined; host: string; port: string }
  | { family: 'unix'; kind: Kind; path: string }
  | { family: 'vsock'; kind: Kind; cid: number; port: number }

/** What is given beside it by flags, as netcat has them. */
export interface AddressFlags {
  udp?: boolean | undefined
  unix?: boolean | undefined
  ipv4?: boolean | undefined
  ipv6?: boolean | undefined
}

/** A socket to make, and its address. */
export interface Place {
  readonly family: number
  readonly type: number
  readonly proto: number
  readonly address: AddressIn
}

const SCHEME = /^(tcp|udp|unix|vsock)(4|6)?(?:-(stream|dgram|seqpacket))?:(?:\/\/)?(.*)$/s
const CIDS: Readonly<Record<string, number>> = { any: 0xffff_ffff, hypervisor: 0, local: 1, host: 2 }
/** Of the most special letters only, so that a mistyped address is no name of a service. */
const PORT = /^(\d{1,5}|[a-z][a-z0-9-]*)$/i
/** What begins as a URL does, or as one of the schemes, and is none of them. */
const OTHER_SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:tcp|udp|unix|vsock)[\w-]*:[^/:]*[/:])/i

/** What is wrong with a port; undefined for a number, or what may be a service. */
export function portProblem(port: string): string | undefined {
  if (PORT.test(port) && !(Number(port) > 65_535)) return undefined
  return 'a port is a number from 0 to 65535, or the name of a service'
}

/**
 * A host without the brackets that addresses of IPv6 have where a port follows.
 * @param what it is, where it is none
 * @throws {UsageError}
 */
export function bareHost(host: string, what: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '') throw new UsageError(`${what} ${JSON.stringify(host)}: it takes a name or an address`)
  return bare
}

/**
 * Reads an address: `tcp://host:port`, `udp:host:port`, `host:port`, `[::1]:80`, `unix:/path`, `unix-dgram:/path`,
 * `unix-seqpacket:@abstract`, `vsock:cid:port`. A second word is the port. A path needs no scheme where it has a slash.
 * @param defaultHost for a port alone; without one it has to be given
 * @throws {UsageError}
 */
export function parseAddress(words: readonly string[], flags: AddressFlags, defaultHost?: string): Target {
  const [text = '', second] = words
  if (flags.ipv4 && flags.ipv6) throw new UsageError('-4 and -6 exclude each other')
  const match = SCHEME.exec(text)
  if (match === null && OTHER_SCHEME.test(text)) throw new UsageError(`${text}: ${SCHEMES}`)
  const scheme = match?.[1] ?? (flags.unix || (text.includes('/') && second === undefined) ? 'unix' : 'tcp')
  const rest = match?.[4] ?? text
  const kind = kindOf(text, scheme, match?.[3], flags)
  if (match?.[2] && scheme !== 'tcp' && scheme !== 'udp') throw new UsageError(`${text}: ${SCHEMES}`)
  refuseContradictions(text, match, flags)
  if (second !== undefined && scheme !== 'tcp' && scheme !== 'udp') {
    throw new UsageError(`${text} has no port: ${second} is too much`)
  }
  if (scheme === 'unix') return { family: 'unix', kind, path: pathIn(text, rest) }
  if (scheme === 'vsock') return { family: 'vsock', kind, ...vsockIn(text, rest) }
  const version = match?.[2] ? (Number(match[2]) as 4 | 6) : flags.ipv4 ? 4 : flags.ipv6 ? 6 : undefined
  return { family: 'inet', kind, version, ...hostIn(text, rest, second, defaultHost) }
}

const SCHEMES =
  'an address begins with tcp:, udp:, tcp4:, udp6: and the like, unix:, unix-dgram:, unix-seqpacket: or vsock:, or has none of these'

/** Flags and a scheme that say different things. */
function refuseContradictions(text: string, match: RegExpExecArray | null, flags: AddressFlags): void {
  const [, scheme, version, kind = 'dgram'] = match ?? []
  const refuse = (flag: string): never => {
    throw new UsageError(`${flag} and ${text} exclude each other`)
  }
  if (scheme !== undefined && scheme !== 'unix' && flags.unix) refuse('-U')
  if (flags.udp && (scheme === 'tcp' || scheme === 'vsock' || kind !== 'dgram')) refuse('-u')
  if (version === '4' && flags.ipv6) refuse('-6')
  if (version === '6' && flags.ipv4) refuse('-4')
}

function kindOf(text: string, scheme: string, named: string | undefined, { udp }: AddressFlags): Kind {
  if (named !== undefined) {
    if (scheme === 'tcp' || scheme === 'udp') throw new UsageError(`${text}: ${scheme} has no kinds`)
    return named as Kind
  }
  return udp || scheme === 'udp' ? 'dgram' : 'stream'
}

function pathIn(text: string, rest: string): string {
  if (rest === '' || rest === '@') throw new UsageError(`${JSON.stringify(text)} has no path`)
  return rest.startsWith('@') ? `\0${rest.slice(1)}` : rest
}

function vsockIn(text: string, rest: string): { cid: number; port: number } {
  const [cid = '', port = '', more] = rest.split(':')
  const number = Object.hasOwn(CIDS, cid) ? CIDS[cid] : wordIn(cid)
  const value = port === 'any' ? 0xffff_ffff : wordIn(port)
  if (number === undefined || value === undefined || more !== undefined) {
    throw new UsageError(`${text}: a vsock address is vsock:CID:PORT, CID a number or ${Object.keys(CIDS).join(', ')}`)
  }
  return { cid: number, port: value }
}

/** An unsigned number of 32 bits. */
function wordIn(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined
}

function hostIn(
  text: string,
  rest: string,
  second: string | undefined,
  defaultHost: string | undefined,
): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(rest)
  let host = bracketed ? (bracketed[1] as string) : rest
  let port = bracketed ? bracketed[2] : undefined
  if (second !== undefined) {
    if (port !== undefined) throw new UsageError(`${text} has a port: ${second} is too much`)
    port = second
  } else if (!bracketed) {
    const colon = rest.lastIndexOf(':')
    if (colon !== rest.indexOf(':')) throw new UsageError(`${text}: an IPv6 address with a port is [ADDRESS]:PORT`)
    if (colon === -1 && defaultHost === undefined)
      throw new UsageError(`${text || '""'} has no port: ADDRESS is HOST:PORT`)
    host = colon === -1 ? (defaultHost as string) : rest.slice(0, colon)
    port = rest.slice(colon + 1)
  }
  const problem = port === undefined ? 'it has no port, which follows as [ADDRESS]:PORT' : portProblem(port)
  if (port === undefined || problem !== undefined) throw new UsageError(`${words(text, second)}: ${problem}`)
  return { host: host === '*' ? '' : host, port }
}

const words = (text: string, second: string | undefined): string => (second === undefined ? text : `${text} ${second}`)

const TYPES: Readonly<Record<Kind, number>> = { stream: SOCK_STREAM, dgram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET }

/**
 * Where a target is: for a host with several addresses, each, in the resolver's order.
 * @param passive for a socket that is bound: no host is every address
 * @throws {Failure} for an unknown host
 */
export async function placesOf(target: Target, passive: boolean, signal?: AbortSignal): Promise<Place[]> {
  const type = TYPES[target.kind]
  if (target.family === 'unix') return [{ family: AF_UNIX, type, proto: 0, address: target.path }]
  if (target.family === 'vsock') {
    if (AF_VSOCK === undefined) throw new UsageError('this system has no vsock')
    return [{ family: AF_VSOCK, type, proto: 0, address: [target.cid, target.port] }]
  }
  const { host, port, version } = target
  const family = version === 4 ? AF_INET : version === 6 ? AF_INET6 : AF_UNSPEC
  if (host === '' && passive) {
    const number = await portOf(port, type, family)
    const any = { type, proto: 0 }
    const both = { family: AF_INET6, ...any, address: ['::', number] as const }
    const four = { family: AF_INET, ...any, address: ['0.0.0.0', number] as const }
    return version === 4 ? [four] : version === 6 ? [both] : [both, four]
  }
  try {
    const found = await getaddrinfoAsync(host === '' ? 'localhost' : host, port, {
      family,
      type,
      ...(signal === undefined ? {} : { signal }),
    })
    return found.map(([itsFamily, itsType, proto, , address]) => ({
      family: itsFamily,
      type: itsType,
      proto,
      address: address as AddressIn,
    }))
  } catch (error) {
    if (signal?.aborted) throw error
    const isPort = host === '' || (error as { code?: unknown }).code === 'EAI_SERVICE'
    throw failure(isPort ? `port ${port}` : host, error)
  }
}

/** The number of a port that may be a service's name. */
async function portOf(port: string, type: number, family: number): Promise<number> {
  if (/^\d+$/.test(port)) return Number(port)
  try {
    const [first] = await getaddrinfoAsync(null, port, { type, family })
    return Number(first?.[4][1])
  } catch (error) {
    throw failure(`port ${port}`, error)
  }
}

/** An address of the kernel's, as it would be typed: `127.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@abstract`, `vsock:2:1024`. */
export function formatAddress(address: unknown): string {
  if (address === null || address === undefined || address === '') return '(unnamed)'
  if (typeof address === 'string') return address.startsWith('\0') ? `@${address.slice(1)}` : address
  if (address instanceof Uint8Array) return Buffer.from(address).toString('latin1').replaceAll('\0', '@')
  const [host, port, , scope] = address as [string | number, number, number?, number?]
  if (typeof host === 'number') return `vsock:${nameOfCid(host)}:${port === CIDS.any ? 'any' : port}`
  if (!host.includes(':')) return `${host}:${port}`
  return `[${host}${scope && !host.includes('%') ? `%${scope}` : ''}]:${port}`
}

const nameOfCid = (cid: number): string => (cid === CIDS.any ? 'any' : String(cid))
