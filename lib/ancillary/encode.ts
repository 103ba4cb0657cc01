/** Ancillary data out: control messages from what they shall say. */
import type { AncillaryOut } from '../ancdata.js'
import { native } from '../binding.js'
import * as c from '../generated/constants.js'
import {
  argumentTypeError,
  argumentValueError,
  checkInteger,
  checkOptions,
  checkString,
  rangeError,
} from '../validate.js'
import { structure } from './fields.js'
import type { AncillaryParts } from './parts.js'

const MOST_INT = 0x7fffffff
const MOST_UNSIGNED = 0xffffffff

/** The control message of a field of the parts; `null` where it needs none. */
type Make = (value: unknown, name: string) => AncillaryOut | null

const int = (value: number): Buffer => structure(4, (view, little) => view.setInt32(0, value, little))
const unsigned = (value: number): Buffer => structure(4, (view, little) => view.setUint32(0, value, little))

function message(level: number, type: number | undefined, data: Buffer, name: string, value: unknown): AncillaryOut {
  if (type !== undefined) return [level, type, data]
  throw argumentValueError(name, 'must be left out, because this platform cannot send it', value)
}

/** A number from `min` to `max`, written by `write`. */
function numeric(
  level: number,
  type: number | undefined,
  min: number,
  max: number,
  write: (value: number) => Buffer,
): Make {
  return (value, name) => {
    checkInteger(name, value, min, max)
    return message(level, type, write(value), name, value)
  }
}

const rights: Make = (fds, name) => {
  if (!Array.isArray(fds)) throw argumentTypeError(name, 'an array of descriptors', fds)
  const data = fds.map((fd: unknown, index) => {
    checkInteger(`${name}[${index}]`, fd, 0, MOST_INT)
    return int(fd)
  })
  return data.length === 0 ? null : [c.SOL_SOCKET, c.SCM_RIGHTS, Buffer.concat(data)]
}

/** `struct ucred` of Linux's sys/socket.h. */
const credentials: Make = (value, name) => {
  checkOptions(name, value)
  const { pid, uid, gid } = value as Record<string, unknown>
  checkInteger(`${name}.pid`, pid, 0, MOST_INT)
  checkInteger(`${name}.uid`, uid, 0, MOST_UNSIGNED)
  checkInteger(`${name}.gid`, gid, 0, MOST_UNSIGNED)
  const data = structure(12, (view, little) => {
    view.setInt32(0, pid, little)
    view.setUint32(4, uid, little)
    view.setUint32(8, gid, little)
  })
  return message(c.SOL_SOCKET, c.SCM_CREDENTIALS, data, name, value)
}

const isMulticast = (packed: Buffer): boolean =>
  packed.length === 4 ? (packed[0] as number) >> 4 === 14 : packed[0] === 0xff

/** The bytes of a source address; no bytes = the kernel's choice. A group cannot be a source. */
function sourceOf(address: unknown, name: string): { packed: Buffer; isIPv6: boolean } {
  if (address === undefined || address === null) return { packed: Buffer.alloc(0), isIPv6: false }
  checkString(name, address)
  const isIPv6 = address.includes(':')
  const packed = address.includes('\0') ? -1 : native.inetPton(isIPv6 ? c.AF_INET6 : c.AF_INET, address)
  if (typeof packed === 'number') throw argumentValueError(name, 'must be a numeric IPv4 or IPv6 address', address)
  return { packed: isMulticast(packed) ? Buffer.alloc(0) : packed, isIPv6 }
}

/** `struct in_pktinfo` and `struct in6_pktinfo` of netinet/in.h. */
const packetInfo: Make = (value, name) => {
  checkOptions(name, value)
  const { address, localAddress, interfaceIndex = 0 } = value as Record<string, unknown>
  checkInteger(`${name}.interfaceIndex`, interfaceIndex, 0, MOST_INT)
  const own = localAddress !== undefined
  const { packed, isIPv6 } = sourceOf(own ? localAddress : address, `${name}.${own ? 'localAddress' : 'address'}`)
  if (isIPv6) {
    const data = structure(20, (view, little) => view.setUint32(16, interfaceIndex, little))
    data.set(packed)
    return [c.IPPROTO_IPV6, c.IPV6_PKTINFO, data]
  }
  // macOS heeds the address only where there is no index.
  const index = process.platform === 'darwin' && packed.length > 0 ? 0 : interfaceIndex
  const data = structure(12, (view, little) => view.setUint32(0, index, little))
  data.set(packed, 4)
  return [c.IPPROTO_IP, c.IP_PKTINFO, data]
}

const transmitTime: Make = (value, name) => {
  if (typeof value !== 'bigint') throw argumentTypeError(name, 'of type bigint', value)
  if (value < 0n || value >= 1n << 64n) throw rangeError(name, '>= 0n and < 2n ** 64n', value)
  const data = structure(8, (view, little) => view.setBigUint64(0, value, little))
  return message(c.SOL_SOCKET, c.SCM_TXTIME, data, name, value)
}

const short = (value: number): Buffer => structure(2, (view, little) => view.setUint16(0, value, little))

// macOS takes these two as options only.
const [IP_TTL, IP_TOS] = process.platform === 'darwin' ? [] : [c.IP_TTL, c.IP_TOS]

const makes: { readonly [name in keyof AncillaryParts]-?: Make } = {
  fds: rights,
  credentials,
  packetInfo,
  ttl: numeric(c.IPPROTO_IP, IP_TTL, 1, 255, int),
  hopLimit: numeric(c.IPPROTO_IPV6, c.IPV6_HOPLIMIT, 0, 255, int),
  tos: numeric(c.IPPROTO_IP, IP_TOS, 0, 255, int),
  trafficClass: numeric(c.IPPROTO_IPV6, c.IPV6_TCLASS, 0, 255, int),
  segmentSize: numeric(c.IPPROTO_UDP, c.UDP_SEGMENT, 1, 0xffff, short),
  transmitTime,
  mark: numeric(c.SOL_SOCKET, c.SO_MARK, 0, MOST_UNSIGNED, unsigned),
  timestamping: numeric(c.SOL_SOCKET, c.SO_TIMESTAMPING, 0, MOST_UNSIGNED, unsigned),
}
const names = Object.keys(makes) as (keyof AncillaryParts)[]

/**
 * Ancillary data for `sendmsg`: a control message for each field. Not every field goes with every socket; the kernel
 * says so. What `decodeAncillary` gave as `packetInfo` sends an answer from the address that was asked.
 * @param parts what the message shall say, a field each
 * @returns control messages for `sendmsg`
 * @throws {TypeError} for a field that there is not, one of the wrong type, or one that this platform cannot send
 * @throws {RangeError} for a number out of its range
 * @see cmsg(3), unix(7), ip(7), ipv6(7), udp(7). Linux, macOS.
 */
export function encodeAncillary(parts: AncillaryParts): AncillaryOut[] {
  checkOptions('parts', parts)
  if (Array.isArray(parts)) throw argumentTypeError('parts', 'a plain object', parts)
  for (const name of Object.keys(parts)) {
    if (Object.hasOwn(makes, name)) continue
    throw argumentValueError(
      `parts.${name}`,
      `is not one of ${names.join(', ')}`,
      (parts as Record<string, unknown>)[name],
    )
  }
  const made: AncillaryOut[] = []
  for (const name of names) {
    const value: unknown = parts[name]
    const encoded = value === undefined ? null : makes[name](value, `parts.${name}`)
    if (encoded !== null) made.push(encoded)
  }
  return made
}
