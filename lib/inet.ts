/** Numeric addresses and byte order: inet(3), byteorder(3). */
import { native } from './binding.js'
import { type BytesLike, viewOf } from './bytes.js'
import type { AddressFamily } from './constant.js'
import { errorOf, socketError } from './errors.js'
import { AF_INET, AF_INET6 } from './generated/constants.js'
import { argumentValueError, checkInt, checkInteger, checkNoNul, checkString } from './validate.js'

const SWAPS = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function swap16(value: number): number {
  return SWAPS ? ((value & 0xff) << 8) | (value >> 8) : value
}

function swap32(value: number): number {
  return SWAPS ? ((swap16(value & 0xffff) << 16) | swap16(value >>> 16)) >>> 0 : value
}

/**
 * A 16-bit number from host to network byte order.
 * @param value 0 to 65535
 * @throws {RangeError} for a number that has not 16 bits
 * @see htons(3). Linux, macOS.
 */
export function htons(value: number): number {
  checkInteger('value', value, 0, 0xffff)
  return swap16(value)
}

/**
 * A 16-bit number from network to host byte order.
 * @param value 0 to 65535
 * @throws {RangeError} for a number that has not 16 bits
 * @see ntohs(3). Linux, macOS.
 */
export function ntohs(value: number): number {
  checkInteger('value', value, 0, 0xffff)
  return swap16(value)
}

/**
 * A 32-bit number from host to network byte order.
 * @param value 0 to 4294967295
 * @throws {RangeError} for a number that has not 32 bits
 * @see htonl(3). Linux, macOS.
 */
export function htonl(value: number): number {
  checkInteger('value', value, 0, 0xffffffff)
  return swap32(value)
}

/**
 * A 32-bit number from network to host byte order.
 * @param value 0 to 4294967295
 * @throws {RangeError} for a number that has not 32 bits
 * @see ntohl(3). Linux, macOS.
 */
export function ntohl(value: number): number {
  checkInteger('value', value, 0, 0xffffffff)
  return swap32(value)
}

/**
 * The 4 bytes of an IPv4 address, in network order. Takes what the C library does: `'127.1'` and `'0x7f000001'` too.
 * @param text an address in any form that the C library takes
 * @throws {SocketError} `EINVAL` where the text is no address
 * @see inet_aton(3). Linux, macOS.
 */
export function inetAton(text: string): Buffer {
  checkString('text', text)
  checkNoNul('text', text)
  const packed = native.inetAton(text)
  if (typeof packed === 'number') throw errorOf(packed, 'inet_aton', text)
  return packed
}

/**
 * The dotted text of an IPv4 address.
 * @param packed 4 bytes, in network order
 * @throws {SocketError} `EINVAL` where `packed` is not of 4 bytes
 * @see inet_ntoa(3). Linux, macOS.
 */
export function inetNtoa(packed: BytesLike): string {
  const view = viewOf('packed', packed)
  if (view.length !== 4) {
    // CPython's is an OSError here, and a ValueError in inet_ntop.
    const error = socketError('EINVAL', 'inet_ntoa')
    error.message += `: "packed" must be of 4 bytes, not ${view.length}`
    throw error
  }
  return textOf(AF_INET, view, 'inet_ntoa')
}

/**
 * The bytes of a numeric address, in network order: 4 for `AF_INET`, 16 for `AF_INET6`.
 * @param family `AF_INET` or `AF_INET6`
 * @param text a numeric address
 * @throws {SocketError} `EINVAL` where the text is no address of that family; `EAFNOSUPPORT` for another family
 * @see inet_pton(3). Linux, macOS.
 */
export function inetPton(family: AddressFamily, text: string): Buffer {
  checkInt('family', family)
  checkString('text', text)
  checkNoNul('text', text)
  const packed = native.inetPton(family, text)
  if (typeof packed === 'number') throw errorOf(packed, 'inet_pton', text)
  return packed
}

/**
 * The text of an address.
 * @param family `AF_INET` or `AF_INET6`
 * @param packed 4 bytes for `AF_INET`, 16 for `AF_INET6`, in network order
 * @throws {TypeError} where `packed` is of another length
 * @throws {SocketError} `EAFNOSUPPORT` for another family
 * @see inet_ntop(3). Linux, macOS.
 */
export function inetNtop(family: AddressFamily, packed: BytesLike): string {
  checkInt('family', family)
  const view = viewOf('packed', packed)
  if (family !== AF_INET && family !== AF_INET6) throw socketError('EAFNOSUPPORT', 'inet_ntop')
  const length = family === AF_INET ? 4 : 16
  if (view.length !== length) {
    const reason = `must be of ${length} bytes for ${family === AF_INET ? 'AF_INET' : 'AF_INET6'}, not ${view.length}`
    throw argumentValueError('packed', reason, packed)
  }
  return textOf(family, view, 'inet_ntop')
}

function textOf(family: number, view: Uint8Array, syscall: string): string {
  const text = native.inetNtop(family, view)
  if (typeof text === 'number') throw errorOf(text, syscall)
  return text
}
