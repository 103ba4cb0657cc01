/** Socket addresses: what users write, what the kernel takes, and back. */
import { isUtf8 } from 'node:buffer'
import { types } from 'node:util'
import {
  ADDRESS_LENGTH,
  addressBytes,
  ENCODE_COUNT,
  FROM_FAMILY,
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
  textSize,
  toText,
  words,
} from './binding.js'
import { viewOf } from './bytes.js'
import { type ErrorAddress, errorOf, socketError } from './errors.js'
import { AF_INET, AF_INET6, AF_UNIX } from './generated/constants.js'
import { resolveInto } from './host.js'
import { argumentTypeError, checkNoNul, checkRange, checkString, checkWhole } from './validate.js'

/** `[host, port]`: `''` = any address, `'<broadcast>'` = broadcast, a name is resolved; port in host order. */
export type InetAddress = [host: string, port: number]
/** What the kernel says of an IPv6 peer. */
export type Inet6Address = [host: string, port: number, flowinfo: number, scopeId: number]
/** What an IPv6 call takes: flow information and scope id may be left out (0). */
export type Inet6AddressIn = readonly [host: string, port: number, flowinfo?: number, scopeId?: number]
/** A path; a `Buffer` where it is not UTF-8 or (Linux) an abstract name, which begins with NUL; `''` = unnamed. */
export type UnixAddress = string | Buffer
/** An address of a family that is not decoded: the family and the bytes after it. */
export type RawAddress = [family: number, data: Buffer]

/** What a socket of family `F` takes. */
export type AddressIn<F extends number = number> = F extends typeof AF_INET
  ? Readonly<InetAddress>
  : F extends typeof AF_INET6
    ? Inet6AddressIn
    : F extends typeof AF_UNIX
      ? string | Uint8Array
      : Readonly<InetAddress> | Inet6AddressIn | string | Uint8Array

/** What a socket of family `F` gives. */
export type AddressOut<F extends number = number> = F extends typeof AF_INET
  ? InetAddress
  : F extends typeof AF_INET6
    ? Inet6Address
    : F extends typeof AF_UNIX
      ? UnixAddress
      : InetAddress | Inet6Address | UnixAddress | RawAddress

/** The numeric IPv4 address last encoded. While nothing else was, its sockaddr still stands in the shared memory. */
const last = { family: -1, host: '', port: -1, count: -1 }

/**
 * Encodes `address` for `family` into the shared memory, ready for the next native call. Checks come
 * in this order: types, name resolution, ranges.
 * @param name the argument's name, for errors
 * @param syscall the call it is for, for errors
 * @throws TypeError, RangeError, GaiError; SocketError with ENAMETOOLONG or EAFNOSUPPORT
 */
export function encodeAddress(family: number, address: unknown, name: string, syscall: string): void {
  if (family === AF_INET) encodeInet(address, name, syscall)
  else if (family === AF_INET6) encodeInet6(address, name, syscall)
  else if (family === AF_UNIX) encodeUnix(address, name, syscall)
  else throw socketError('EAFNOSUPPORT', syscall)
}

function encodeInet(address: unknown, name: string, syscall: string): void {
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

function encodeInet6(address: unknown, name: string, syscall: string): void {
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
  checkWhole(`${name}[1]`, port)
  checkWhole(`${name}[2]`, flowinfo)
  if (scopeId !== undefined) checkWhole(`${name}[3]`, scopeId)
  return [host, port, flowinfo, scopeId]
}

/** The host of `address` that has to be looked up, `null` where there is none. Checks the types. */
export function nameIn(family: number, address: unknown, name: string): string | null {
  if (family !== AF_INET && family !== AF_INET6) return null
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

function encodeUnix(address: unknown, name: string, syscall: string): void {
  if (typeof address !== 'string' && !types.isUint8Array(address)) {
    throw argumentTypeError(name, 'a path (string or Buffer) for AF_UNIX', address)
  }
  const path = typeof address === 'string' ? Buffer.from(address) : viewOf(name, address)
  const isAbstract = process.platform === 'linux' && path[0] === 0
  if (!isAbstract) checkNoNul(name, path)
  if (path.length > textSize) throw socketError('ENAMETOOLONG', syscall, address)
  toText.set(path)
  words[TO_FAMILY] = AF_UNIX
  words[TO_TEXT_LENGTH] = path.length
  const result = native.encodeAddress()
  if (result < 0) throw errorOf(result, syscall, address)
}

/** A copy of the address last encoded. */
export function encodedAddress(): Uint8Array {
  return addressBytes.slice(0, words[ADDRESS_LENGTH])
}

/** Puts such a copy back in its place. */
export function restoreAddress(encoded: Uint8Array): void {
  addressBytes.set(encoded)
  words[ADDRESS_LENGTH] = encoded.length
  last.family = -1
}

/** The hosts of IPv4 addresses lately seen, by their 32 bits: making the text costs more than finding it. */
const hosts = new Map<number, string>()
const MOST_HOSTS = 4096

function ipv4Host(bits: number): string {
  let host = hosts.get(bits)
  if (host === undefined) {
    const bytes = new Uint8Array(Int32Array.of(bits).buffer)
    host = bytes.join('.')
    if (hosts.size >= MOST_HOSTS) hosts.clear()
    hosts.set(bits, host)
  }
  return host
}

/** The address that the last native call left in the shared memory; `null` where the kernel gave none. */
export function decodeAddress(): AddressOut | null {
  const length = words[FROM_TEXT_LENGTH] as number
  if (length < 0) return null
  const family = words[FROM_FAMILY] as number
  const port = words[FROM_PORT] as number
  if (family === AF_INET) return [ipv4Host(words[FROM_IPV4] as number), port]
  if (family === AF_INET6) {
    const host = fromText.toString('latin1', 0, length)
    return [host, port, words[FROM_FLOWINFO] as number, (words[FROM_SCOPE_ID] as number) >>> 0]
  }
  const bytes = Buffer.from(fromText.subarray(0, length))
  if (family !== AF_UNIX) return [family, bytes]
  return bytes[0] === 0 || !isUtf8(bytes) ? bytes : bytes.toString()
}
