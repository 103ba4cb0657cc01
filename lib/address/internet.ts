/** `AF_INET` and `AF_INET6`, and the families that have their addresses. */
import {
  ENCODE_COUNT,
  FROM_FLOWINFO,
  FROM_IPV4,
  FROM_PORT,
  FROM_SCOPE_ID,
  FROM_TEXT_LENGTH,
  fromText,
  native,
  TO_FAMILY,
  TO_FLOWINFO,
  TO_PORT,
  TO_SCOPE_ID,
  TO_TEXT_LENGTH,
  toText,
  words,
} from '../binding.js'
import { type ErrorAddress, errorOf, socketError } from '../errors.js'
import { AF_INET, AF_INET6, AF_RDS, AF_SMC } from '../generated/constants.js'
import { resolveInto } from '../host.js'
import { argumentTypeError, checkNumber, checkRange, checkString, checkWhole } from '../validate.js'
import type { Inet6Address, InetAddress } from './types.js'

/** Families whose sockets have the addresses of another: of AF_INET6 where there are more than two fields. */
const BORROWERS: readonly (number | undefined)[] = [AF_RDS, AF_SMC]

/** AF_INET or AF_INET6, whose addresses a socket of this family has; -1 where it has others. */
export function internetFamily(family: number, address: unknown): number {
  if (family === AF_INET || family === AF_INET6) return family
  if (!BORROWERS.includes(family)) return -1
  return Array.isArray(address) && address.length > 2 ? AF_INET6 : AF_INET
}

/** The numeric IPv4 address last encoded. While nothing else was, its sockaddr still stands in the shared memory. */
const last = { family: -1, host: '', port: -1, count: -1 }

/** What was encoded last does not stand there any more. */
export function forgetLast(): void {
  last.family = -1
}

export function encodeInet(address: unknown, name: string, syscall: string): void {
  if (
    Array.isArray(address) &&
    address.length === 2 &&
    address[0] === last.host &&
    address[1] === last.port &&
    last.family === AF_INET &&
    words[ENCODE_COUNT] === last.count
  ) {
    return
  }
  const [host, port] = checkInet(address, name)
  encodeInternet(AF_INET, host, port, 0, 0, name, syscall)
}

function checkInet(address: unknown, name: string): [host: string, port: number] {
  if (!Array.isArray(address) || address.length !== 2) {
    throw argumentTypeError(name, 'an array [host, port] for AF_INET', address)
  }
  const host: unknown = address[0]
  const port: unknown = address[1]
  checkString(`${name}[0]`, host)
  checkWhole(`${name}[1]`, port)
  return [host, port]
}

export function encodeInet6(address: unknown, name: string, syscall: string): void {
  const [host, port, flowinfo, scopeId] = checkInet6(address, name)
  encodeInternet(AF_INET6, host, port, flowinfo, scopeId, name, syscall)
}

function checkInet6(
  address: unknown,
  name: string,
): [host: string, port: number, flowinfo: number, scopeId: number | undefined] {
  if (!Array.isArray(address) || address.length < 2 || address.length > 4) {
    throw argumentTypeError(name, 'an array [host, port, flowinfo?, scopeId?] for AF_INET6', address)
  }
  const [host, port, flowinfo = 0, scopeId]: unknown[] = address
  checkString(`${name}[0]`, host)
  checkNumber(`${name}[1]`, port)
  checkNumber(`${name}[2]`, flowinfo)
  if (scopeId !== undefined) checkNumber(`${name}[3]`, scopeId)
  checkWhole(`${name}[1]`, port)
  checkWhole(`${name}[2]`, flowinfo)
  if (scopeId !== undefined) checkWhole(`${name}[3]`, scopeId)
  return [host, port, flowinfo, scopeId]
}

/** The host of `address` that has to be looked up, `null` where there is none. Checks the types. */
export function nameIn(socketFamily: number, address: unknown, name: string): string | null {
  const family = internetFamily(socketFamily, address)
  if (family < 0) return null
  const [host] = family === AF_INET ? checkInet(address, name) : checkInet6(address, name)
  if (host === '' || host === '<broadcast>') return null
  return writeHost(family, host) ? null : host
}

/** An address whose host was looked up: a scope of its own goes before the resolver's. */
export function withHost(address: ErrorAddress, host: string, scopeId: number): unknown[] {
  const [, port, flowinfo, ownScopeId] = address as unknown[]
  return scopeId === 0 && ownScopeId === undefined
    ? [host, ...(address as unknown[]).slice(1)]
    : [host, port, flowinfo ?? 0, ownScopeId ?? scopeId]
}

const NUMERIC_HOST = /^[0-9a-fA-F:.]{1,45}$/

/** Writes a host into the shared memory and encodes what stands there: whether the host is numeric. */
function writeHost(family: number, host: string): boolean {
  words[TO_FAMILY] = family
  words[TO_TEXT_LENGTH] = NUMERIC_HOST.test(host) ? toText.write(host, 'latin1') : -1
  return native.encodeAddress() >= 0
}

function encodeInternet(
  family: number,
  host: string,
  port: number,
  flowinfo: number,
  scopeId: number | undefined,
  name: string,
  syscall: string,
): void {
  let text = host
  if (host === '') text = family === AF_INET ? '0.0.0.0' : '::'
  else if (host === '<broadcast>') {
    if (family !== AF_INET) throw socketError('EAFNOSUPPORT', syscall, host)
    text = '255.255.255.255'
  }
  words[TO_PORT] = port
  words[TO_FLOWINFO] = flowinfo
  words[TO_SCOPE_ID] = scopeId ?? 0
  const isNumeric = writeHost(family, text)
  if (!isNumeric) {
    resolveInto(host, family, `${name}[0]`)
    // 'fe80::1%eth0': the resolver's scope id stands where the address has none of its own.
    if (scopeId !== undefined) words[TO_SCOPE_ID] = scopeId
  }
  checkRange(`${name}[1]`, port, 0, 65535)
  checkRange(`${name}[2]`, flowinfo, 0, 0xfffff)
  if (scopeId !== undefined) checkRange(`${name}[3]`, scopeId, 0, 0xffffffff)
  const result = isNumeric ? 0 : native.encodeAddress()
  if (result < 0) throw errorOf(result, syscall, host)
  last.family = isNumeric && family === AF_INET ? family : -1
  last.host = host
  last.port = port
  last.count = words[ENCODE_COUNT] as number
}

/** The hosts of IPv4 addresses lately seen, by their 32 bits: making the text costs more than finding it. */
const hosts = new Map<number, string>()
const MOST_HOSTS = 4096

/** The text of an IPv4 address whose bytes stand so in memory. */
export function ipv4Host(bits: number): string {
  let host = hosts.get(bits)
  if (host === undefined) {
    const bytes = new Uint8Array(Int32Array.of(bits).buffer)
    host = bytes.join('.')
    if (hosts.size >= MOST_HOSTS) hosts.clear()
    hosts.set(bits, host)
  }
  return host
}

export function decodeInet(): InetAddress {
  return [ipv4Host(words[FROM_IPV4] as number), words[FROM_PORT] as number]
}

export function decodeInet6(): Inet6Address {
  const host = fromText.toString('latin1', 0, words[FROM_TEXT_LENGTH] as number)
  const flowinfo = (words[FROM_FLOWINFO] as number) >>> 0
  return [host, words[FROM_PORT] as number, flowinfo, (words[FROM_SCOPE_ID] as number) >>> 0]
}
