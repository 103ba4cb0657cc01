/** Echo requests, and what comes back, RFC 792 and RFC 4443: the messages, and sockets that may send them. */
import {
  type AddressIn,
  AF_INET6,
  decodeAncillary,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  MSG_ERRQUEUE,
  SOCK_DGRAM,
  SOCK_RAW,
  type Socket,
  SocketError,
  socket,
} from '../../index.js'
import { Failure, textOf } from '../failure.js'

const HEADER = 8
/** The next header of IPv6 where a fragment's, of 8 bytes, lies between. */
const FRAGMENT = 44

export interface Version {
  readonly proto: number
  readonly request: number
  readonly reply: number
  /** The types that tell of a message of ours. */
  readonly errors: Readonly<Record<number, 'unreachable' | 'exceeded' | 'too big' | 'problem'>>
  /** By the code of `unreachable`; beyond, EHOSTUNREACH. */
  readonly unreachable: readonly string[]
  /** Codes of `unreachable` by which a router or host says that it was told to refuse. */
  readonly prohibited: readonly number[]
  readonly any: string
}

/** The codes are those of Linux, icmp_err_convert[] and icmpv6_err_convert(). */
const V4: Version = {
  ...{ proto: IPPROTO_ICMP, request: 8, reply: 0, any: '0.0.0.0' },
  errors: { 3: 'unreachable', 11: 'exceeded', 12: 'problem' },
  unreachable: [
    ...['ENETUNREACH', 'EHOSTUNREACH', 'ENOPROTOOPT', 'ECONNREFUSED', 'EMSGSIZE', 'EOPNOTSUPP', 'ENETUNREACH'],
    ...['EHOSTDOWN', 'ENONET', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETUNREACH'],
  ],
  prohibited: [9, 10, 13],
}
const V6: Version = {
  ...{ proto: IPPROTO_ICMPV6, request: 128, reply: 129, any: '::' },
  errors: { 1: 'unreachable', 2: 'too big', 3: 'exceeded', 4: 'problem' },
  unreachable: ['ENETUNREACH', 'EACCES', 'EHOSTUNREACH', 'EHOSTUNREACH', 'ECONNREFUSED', 'EACCES', 'EACCES'],
  prohibited: [1, 5, 6],
}

export const versionOf = (family: number): Version => (family === AF_INET6 ? V6 : V4)

/** RFC 1071. The kernel writes that of ICMPv6 itself. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? (bytes[i] as number) << 8 : (bytes[i] as number)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** @param size bytes of data */
export function echoRequest(type: number, id: number, sequence: number, size: number): Buffer {
  const message = Buffer.alloc(HEADER + size, 'berkeley')
  message.fill(0, 0, HEADER)
  message[0] = type
  message.writeUInt16BE(id, 4)
  message.writeUInt16BE(sequence & 0xffff, 6)
  message.writeUInt16BE(checksum(message), 2)
  return message
}

/** What a message is to who sent requests with `id`: an answer, or an error that quotes one of them. */
export type Heard = { sequence: number; error?: { type: number; code: number } }

/**
 * Reads an ICMP message; undefined for those of others.
 * @param data as the socket gives it: raw sockets give the IP header, too, with IPv4
 */
export function hear(data: Buffer, version: Version, id: number): (Heard & { bytes: number }) | undefined {
  const message = version === V4 && (data[0] ?? 0) >> 4 === 4 ? data.subarray(((data[0] ?? 0) & 15) * 4) : data
  if (message.length < HEADER) return undefined
  const [type = 0, code = 0] = message
  const bytes = message.length
  if (type === version.reply) {
    return message.readUInt16BE(4) === id ? { sequence: message.readUInt16BE(6), bytes } : undefined
  }
  if (!(type in version.errors)) return undefined
  // It quotes the packet that it is about.
  const packet = message.subarray(HEADER)
  const quoted = packet.subarray(version === V4 ? ((packet[0] ?? 0) & 15) * 4 : packet[6] === FRAGMENT ? 48 : 40)
  if (quoted.length < HEADER || quoted[0] !== version.request || quoted.readUInt16BE(4) !== id) return undefined
  return { sequence: quoted.readUInt16BE(6), bytes, error: { type, code } }
}

/** The code that the kernel has for an ICMP error, and words for it. */
export function meaningOf(version: Version, type: number, code: number): { code: string; reason: string } {
  const kind = version.errors[type]
  if (kind === 'exceeded') {
    return { code: 'EHOSTUNREACH', reason: code === 0 ? 'Time to live exceeded' : 'Not reassembled in time' }
  }
  if (kind === 'problem') return { code: 'EPROTO', reason: 'Parameter problem' }
  const named = kind === 'too big' ? 'EMSGSIZE' : (version.unreachable[code] ?? 'EHOSTUNREACH')
  if (named === 'EMSGSIZE') return { code: named, reason: 'Packet too big' }
  if (version.prohibited.includes(code)) return { code: named, reason: 'Administratively prohibited' }
  return { code: named, reason: textOf(named) ?? 'Unreachable' }
}

export interface Pinger {
  readonly sock: Socket
  readonly kind: 'ping socket' | 'raw socket'
  /** What requests have to carry. */
  readonly id: number
}

/**
 * A socket that may send echo requests: a ping socket, which needs no privilege where the system allows it, or a raw one.
 * @throws {Failure} that tells how to allow it
 */
export function openPinger(family: number, ttl: number | undefined): Pinger {
  const { proto, any } = versionOf(family)
  const refused: string[] = []
  for (const [type, kind] of [
    [SOCK_DGRAM, 'ping socket'],
    [SOCK_RAW, 'raw socket'],
  ] as const) {
    let sock: Socket
    try {
      sock = socket(family, type, proto)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      refused.push(`${kind}: ${error.code}`)
      continue
    }
    const isV6 = family === AF_INET6
    sock.setOption(isV6 ? 'receiveHopLimit' : 'receiveTtl', true)
    if (ttl !== undefined) sock.setOption(isV6 ? 'unicastHops' : 'ttl', ttl)
    if (kind === 'raw socket') return { sock, kind, id: process.pid & 0xffff }
    // What became of requests, and who told it: Linux.
    if (MSG_ERRQUEUE !== undefined) sock.setOption('receiveErrors', true)
    // On Linux its id is what ports are to others, and the kernel writes it into each request.
    sock.bind([any, 0] as AddressIn as never)
    return { sock, kind, id: (sock.getsockname() as [string, number])[1] || process.pid & 0xffff }
  }
  throw new Failure(
    `not allowed to ping (${refused.join(', ')}). A raw socket needs root or CAP_NET_RAW; a ping socket, on Linux, a group within net.ipv4.ping_group_range: sysctl -w net.ipv4.ping_group_range="0 2147483647". --tcp PORT needs neither`,
  )
}

/** The TTL in the control messages. */
export function ttlIn(ancdata: Parameters<typeof decodeAncillary>[0]): number | undefined {
  const { ttl, hopLimit } = decodeAncillary(ancdata)
  return ttl ?? hopLimit
}
