/**
 * The structures that control messages hold, on each system, with the headers that say so. Each function answers
 * `undefined` where the bytes are not as long as the structure.
 */
import type { Inet6Address, InetAddress } from '../address.js'
import { errnoName } from '../errors.js'
import { SO_EE_CODE_ZEROCOPY_COPIED, SO_EE_ORIGIN_TXTIME, SO_EE_ORIGIN_ZEROCOPY } from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import type { Fields } from './fields.js'
import type { Credentials, ExtendedError, PacketInfo } from './parts.js'

/** An array of ints: `SCM_RIGHTS`. Of an incomplete last one there is nothing to be had; the others must not get lost. */
export function ints(fields: Fields): number[] {
  return Array.from({ length: Math.floor(fields.length / 4) }, (_, index) => fields.int32(4 * index))
}

/** An int that is 0 or more. */
export function count(fields: Fields): number | undefined {
  const value = fields.length === 4 ? fields.int32(0) : -1
  return value < 0 ? undefined : value
}

/** An array of `gid_t` and the like. */
export function unsignedInts(fields: Fields): number[] {
  return Array.from({ length: Math.floor(fields.length / 4) }, (_, index) => fields.uint32(4 * index))
}

export function unsignedInt(fields: Fields): number | undefined {
  return fields.length === 4 ? fields.uint32(0) : undefined
}

/** 0 to 255: an int where Linux has one, else a byte. */
export function octet(fields: Fields): number | undefined {
  if (fields.length === 1) return fields.uint8(0)
  const value = count(fields)
  return value !== undefined && value <= 255 ? value : undefined
}

export function unsignedLong(fields: Fields): bigint | undefined {
  return fields.length === 8 ? fields.uint64(0) : undefined
}

/** `struct ucred` of Linux's sys/socket.h; `struct cmsgcred` of macOS's, where the ids of `SCM_CREDS` stand. */
export function credentials(fields: Fields): Credentials | undefined {
  const UCRED = 12
  const CMSGCRED = 84
  if (fields.length === UCRED) return { pid: fields.int32(0), uid: fields.uint32(4), gid: fields.uint32(8) }
  if (fields.length === CMSGCRED) return { pid: fields.int32(0), uid: fields.uint32(4), gid: fields.uint32(12) }
  return undefined
}

/** `struct in_pktinfo`: netinet/in.h of both systems. */
export function packetInfo(fields: Fields): PacketInfo | undefined {
  if (fields.length !== 12) return undefined
  return { address: fields.ipv4(8), interfaceIndex: fields.uint32(0), localAddress: fields.ipv4(4) }
}

/** `struct in6_pktinfo`: RFC 3542; netinet/in.h, netinet6/in6.h. */
export function packetInfo6(fields: Fields): PacketInfo | undefined {
  if (fields.length !== 20) return undefined
  return { address: fields.ipv6(0), interfaceIndex: fields.uint32(16) }
}

/** `struct sockaddr_in` and `struct sockaddr_in6` of Linux: netinet/in.h, linux/in6.h. */
export function address(fields: Fields): InetAddress | Inet6Address | undefined {
  return fields.length === 16 || fields.length === 28 ? (fields.sockaddr(0) ?? undefined) : undefined
}

/** `struct in_addr`: `IP_RECVDSTADDR` of macOS. */
export function ipv4(fields: Fields): string | undefined {
  return fields.length === 4 ? fields.ipv4(0) : undefined
}

/** `struct sockaddr_dl` of macOS's net/if_dl.h, whose end may be cut: the index, for `IP_RECVIF`. */
export function linkIndex(fields: Fields): number | undefined {
  return fields.length >= 8 ? fields.uint16(2) : undefined
}

const SECOND = 1_000_000_000n

/**
 * `struct timeval` in nanoseconds: two longs (sys/time.h), on 32-bit systems perhaps wide ones; macOS has an int and
 * padding for the microseconds.
 */
export function timeval(fields: Fields, system: string = process.platform): bigint | undefined {
  if (fields.length === 8) return BigInt(fields.int32(0)) * SECOND + BigInt(fields.int32(4)) * 1000n
  if (fields.length !== 16) return undefined
  const microseconds = system === 'darwin' ? BigInt(fields.int32(8)) : fields.int64(8)
  return fields.int64(0) * SECOND + microseconds * 1000n
}

function timespecAt(fields: Fields, offset: number, size: number): bigint {
  if (size === 8) return BigInt(fields.int32(offset)) * SECOND + BigInt(fields.int32(offset + 4))
  return fields.int64(offset) * SECOND + fields.int64(offset + 8)
}

/** `struct timespec` in nanoseconds: two longs (time.h), on 32-bit systems perhaps wide ones. */
export function timespec(fields: Fields): bigint | undefined {
  return fields.length === 8 || fields.length === 16 ? timespecAt(fields, 0, fields.length) : undefined
}

/** `struct scm_timestamping` of linux/errqueue.h: three `timespec`; 0 = not taken. The second is out of use. */
export function timestamping(fields: Fields): { software: bigint; hardware: bigint } | undefined {
  if (fields.length !== 24 && fields.length !== 48) return undefined
  const size = fields.length / 3
  return { software: timespecAt(fields, 0, size), hardware: timespecAt(fields, 2 * size, size) }
}

/** `struct sock_extended_err` of linux/errqueue.h, alone or with the `sockaddr` of the offender behind it. */
export function extendedError(fields: Fields): ExtendedError | undefined {
  const ALONE = 16
  const WITH_IPV4 = ALONE + 16
  const WITH_IPV6 = ALONE + 28
  if (fields.length !== ALONE && fields.length !== WITH_IPV4 && fields.length !== WITH_IPV6) return undefined
  const number = fields.uint32(0)
  const found: ExtendedError = {
    errno: number,
    code: number === 0 ? '' : errnoName(number),
    origin: fields.uint8(4),
    type: fields.uint8(5),
    icmpCode: fields.uint8(6),
    info: fields.uint32(8),
    data: fields.uint32(12),
    offender: fields.sockaddr(ALONE),
  }
  if (number === errno.EMSGSIZE) found.mtu = found.info
  if (found.origin === SO_EE_ORIGIN_ZEROCOPY) {
    const copied = found.icmpCode === SO_EE_CODE_ZEROCOPY_COPIED
    found.zerocopy = { first: found.info, last: found.data, copied }
  }
  if (found.origin === SO_EE_ORIGIN_TXTIME) found.transmitTime = (BigInt(found.data) << 32n) | BigInt(found.info)
  return found
}
