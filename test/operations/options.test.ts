import {
  AF_INET,
  AF_INET6,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
  type TCP_MAXSEG,
  TCP_NODELAY,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, thrown } from '../support/sockets.js'

/** What a flag that is set reads as: 1, and on macOS its own bit. */
const set = (bit: number): number => (can.linux ? 1 : bit)

describe('setsockopt and getsockopt', () => {
  test.each([
    ['SO_REUSEADDR', AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR, true, set(SO_REUSEADDR)],
    ['SO_KEEPALIVE', AF_INET, SOCK_STREAM, SOL_SOCKET, SO_KEEPALIVE, 1, set(SO_KEEPALIVE)],
    ['SO_BROADCAST', AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_BROADCAST, true, set(SO_BROADCAST)],
    ['TCP_NODELAY', AF_INET, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY, true, set(4)],
    ['IP_TTL', AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_TTL, 33, 33],
    ['IP_TTL from bytes', AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_TTL, Int32Array.of(34), 34],
    ['IPV6_V6ONLY', AF_INET6, SOCK_STREAM, IPPROTO_IPV6, IPV6_V6ONLY, 1, 1],
  ] as const)('%s is read back as it was set', (_, family, type, level, name, value, expected) => {
    using sock = socket(family as number, type)
    expect(sock.getsockopt(level, name)).not.toBe(expected)
    sock.setsockopt(level, name, value)
    expect(sock.getsockopt(level, name)).toBe(expected)
    expect(sock.getsockopt(level, name, 0)).toBe(expected)
    expect(sock.getsockopt(level, name, 4)).toEqual(Buffer.from(Int32Array.of(expected).buffer))
  })

  test('a structure goes in and comes out as bytes, no longer than the kernel fills', () => {
    using sock = socket()
    const linger = Buffer.from(Int32Array.of(1, 7).buffer)
    expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 8)).not.toEqual(linger)
    sock.setsockopt(SOL_SOCKET, SO_LINGER, linger)
    expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 8)).toEqual(linger)
    expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 65_536)).toEqual(linger)
    sock.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 3).buffer)
    expect(sock.getsockopt(SOL_SOCKET, SO_LINGER, 8)).toEqual(Buffer.from(Int32Array.of(1, 3).buffer))
  })

  test.skipIf(!can.linux)('null and a length pass a null pointer: the kernel answers EFAULT [needs Linux]', () => {
    using sock = socket()
    expect(thrown(() => sock.setsockopt(SOL_SOCKET, SO_RCVBUF, null, 4))).toMatchObject({ code: 'EFAULT' })
  })

  test('what the kernel refuses is its errno', () => {
    using sock = socket()
    expect(thrown(() => sock.setsockopt(SOL_SOCKET, SO_TYPE, 1))).toMatchObject({
      code: 'ENOPROTOOPT',
      syscall: 'setsockopt',
    })
    expect(thrown(() => sock.getsockopt(IPPROTO_TCP, 4711 as typeof TCP_MAXSEG)).code).toBe('ENOPROTOOPT')
    sock.close()
    expect(thrown(() => sock.getsockopt(SOL_SOCKET, SO_TYPE)).code).toBe('EBADF')
    expect(thrown(() => sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)).code).toBe('EBADF')
  })

  test.each([
    ['level', () => [undefined, SO_TYPE, 1], 'ERR_INVALID_ARG_TYPE'],
    ['name', () => [SOL_SOCKET, undefined, 1], 'ERR_INVALID_ARG_TYPE'],
    ['name', () => [SOL_SOCKET, Number.NaN, 1], 'ERR_OUT_OF_RANGE'],
    ['value', () => [SOL_SOCKET, SO_KEEPALIVE, 2 ** 31], 'ERR_OUT_OF_RANGE'],
    ['value', () => [SOL_SOCKET, SO_KEEPALIVE, 1.5], 'ERR_OUT_OF_RANGE'],
    ['value', () => [SOL_SOCKET, SO_KEEPALIVE, 'on'], 'ERR_INVALID_ARG_TYPE'],
    ['value', () => [SOL_SOCKET, SO_KEEPALIVE, undefined], 'ERR_INVALID_ARG_TYPE'],
    ['optlen', () => [SOL_SOCKET, SO_KEEPALIVE, null], 'ERR_INVALID_ARG_TYPE'],
    ['optlen', () => [SOL_SOCKET, SO_KEEPALIVE, null, -1], 'ERR_OUT_OF_RANGE'],
    ['value', () => [SOL_SOCKET, SO_KEEPALIVE, 1, 4], 'ERR_INVALID_ARG_TYPE'],
  ] as const)('a wrong %s is refused', (name, given, code) => {
    using sock = socket()
    const error = thrown(() => sock.setsockopt(...(given() as unknown as [number, number, number])))
    expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) })
  })

  test.each([-1, 65_537, 1.5])('buflen %s is refused', (buflen) => {
    using sock = socket()
    expect(thrown(() => sock.getsockopt(SOL_SOCKET, SO_TYPE, buflen)).code).toBe('ERR_OUT_OF_RANGE')
  })
})
