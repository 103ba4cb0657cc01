/** The structures that no kernel of this machine's makes: other widths, macOS's forms, errors of every origin. */
import { errno } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { Fields } from '../../dist/ancillary/fields.js'
import * as structures from '../../dist/ancillary/structures.js'
import { can } from '../support/sockets.js'

const int = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer)
const short = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer)
const long = (...values: bigint[]): Buffer => Buffer.from(BigInt64Array.from(values).buffer)
const fields = (...parts: Uint8Array[]): Fields => new Fields(Buffer.concat(parts))
const LINUX = { AF_INET: 2, AF_INET6: 10 }

describe("macOS's forms", () => {
  test('struct timeval: an int of microseconds, and padding that means nothing', () => {
    const bytes = fields(long(5n), int(6, -1))
    expect(structures.timeval(bytes, 'darwin')).toBe(5_000_006_000n)
    expect(structures.timeval(fields(long(5n, 6n)), 'linux')).toBe(5_000_006_000n)
    expect(structures.timeval(fields(long(5n), int(6)), 'darwin')).toBe(undefined)
  })

  test('struct cmsgcred: the ids of the process, not its effective ones', () => {
    const cmsgcred = fields(int(17, 501, 0, 20), Buffer.alloc(68))
    expect(structures.credentials(cmsgcred)).toEqual({ pid: 17, uid: 501, gid: 20 })
  })

  test('struct sockaddr_dl: the index, whatever of the name is there', () => {
    expect(structures.linkIndex(fields(Buffer.of(20, 18), short(4), Buffer.of(6, 3, 6, 0), Buffer.from('en0')))).toBe(4)
    expect(structures.linkIndex(fields(Buffer.of(20, 18), short(4), Buffer.of(6, 3, 6)))).toBe(undefined)
  })

  test('bytes where Linux has ints', () => {
    expect(structures.octet(fields(Buffer.of(255)))).toBe(255)
    expect(structures.octet(fields(int(255)))).toBe(255)
    expect(structures.octet(fields(int(256)))).toBe(undefined)
    expect(structures.octet(fields(short(255)))).toBe(undefined)
  })
})

describe.skipIf(!can.linux)('socket addresses of Linux [needs Linux]', () => {
  const port = Buffer.of(0x12, 0x34)
  const ip4 = [Buffer.of(127, 0, 0, 9), Buffer.alloc(8)]
  const ip6 = [Buffer.of(0, 0x0a, 0xbc, 0xde), Buffer.of(0xfe, 0x80), Buffer.alloc(13), Buffer.of(1), int(7)]

  test('IPv4 and IPv6, of their own lengths', () => {
    expect(structures.address(fields(short(LINUX.AF_INET), port, ...ip4))).toEqual(['127.0.0.9', 0x1234])
    expect(structures.address(fields(short(LINUX.AF_INET6), port, ...ip6))).toEqual(['fe80::1', 0x1234, 0xabcde, 7])
    expect(structures.address(fields(short(LINUX.AF_INET6), port, ...ip4))).toBe(undefined)
    expect(structures.address(fields(short(0), port, ...ip4))).toBe(undefined)
    expect(structures.address(fields(short(LINUX.AF_INET), port, ...ip4, Buffer.of(0)))).toBe(undefined)
  })

  const head = (number: number, origin: number, type: number, code: number, info: number, data: number) =>
    Buffer.concat([int(number), Buffer.of(origin, type, code, 0), int(info, data)])

  test('errors with and without an offender', () => {
    const found = structures.extendedError(
      fields(head(errno.EHOSTUNREACH, 3, 1, 3, 0, 0), short(LINUX.AF_INET6), port, ...ip6),
    )
    expect(found).toEqual({
      errno: errno.EHOSTUNREACH,
      code: 'EHOSTUNREACH',
      origin: 3,
      type: 1,
      icmpCode: 3,
      info: 0,
      data: 0,
      offender: ['fe80::1', 0x1234, 0xabcde, 7],
    })
    const alone = structures.extendedError(fields(head(4711, 1, 0, 0, -1, -2)))
    expect(alone).toMatchObject({ code: 'errno 4711', info: 0xffffffff, data: 0xfffffffe, offender: null })
    for (const length of [0, 15, 17, 31, 33, 43, 45]) {
      expect(structures.extendedError(fields(Buffer.alloc(length))), `${length}`).toBe(undefined)
    }
  })

  test('what is derived: the MTU, ranges of MSG_ZEROCOPY, a missed transmit time', () => {
    const decode = (...values: Parameters<typeof head>) => structures.extendedError(fields(head(...values)))
    expect(decode(errno.EMSGSIZE, 2, 3, 4, 1400, 0)).toMatchObject({ code: 'EMSGSIZE', mtu: 1400 })
    expect(decode(0, 5, 0, 1, 3, 9)).toMatchObject({ code: '', zerocopy: { first: 3, last: 9, copied: true } })
    expect(decode(0, 5, 0, 0, 0, 0)).toMatchObject({ zerocopy: { first: 0, last: 0, copied: false } })
    expect(decode(errno.ECANCELED, 6, 0, 2, -2, 1)).toMatchObject({ transmitTime: 0x1_ffff_fffen })
    const icmp = decode(errno.ECONNREFUSED, 2, 3, 3, 0, 0)
    for (const field of ['mtu', 'zerocopy', 'transmitTime']) expect(icmp).not.toHaveProperty(field)
  })
})
