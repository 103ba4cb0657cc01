import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  htonl,
  htons,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
  SocketError,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { differences, hasPython, pythonAnswers } from './support/python.js'
import { thrown } from './support/sockets.js'

describe('byte order', () => {
  test.skipIf(!hasPython)('swaps as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const value of [0, 1, 0x80, 0xff, 0x1234, 0x7fff, 0x8000, 0xfffe, 0xffff]) {
      calls[`socket.htons(${value})`] = () => htons(value)
      calls[`socket.ntohs(${value})`] = () => ntohs(value)
    }
    for (const value of [0, 1, 0xff, 0x12345678, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffffffff]) {
      calls[`socket.htonl(${value})`] = () => htonl(value)
      calls[`socket.ntohl(${value})`] = () => ntohl(value)
    }
    for (const value of [-1, 0x10000]) calls[`socket.htons(${value})`] = () => htons(value)
    for (const value of [-1, 0x100000000]) calls[`socket.ntohl(${value})`] = () => ntohl(value)
    expect(differences(calls)).toEqual({})
  })

  test.each([
    ['htons', htons, 0xffff],
    ['ntohs', ntohs, 0xffff],
    ['htonl', htonl, 0xffffffff],
    ['ntohl', ntohl, 0xffffffff],
  ])('%s takes integers of its size and gives them back', (_name, swap, max) => {
    expect(swap(swap(max - 1))).toBe(max - 1)
    for (const value of [-1, max + 1, 1.5, Number.NaN, 2 ** 53]) {
      expect(thrown(() => swap(value))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    }
    for (const value of ['1', null, undefined, 1n, {}, true]) {
      expect(thrown(() => swap(value as number))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})

const TEXTS = [
  '127.0.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '127.1',
  '0x7f.1',
  '0177.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '1.2.3.4 trailing',
  ' 1.2.3.4',
  '',
  '.',
  'localhost',
  '::',
  '::1',
  '::ffff:1.2.3.4',
  'fe80::1%lo',
  '1:2:3:4:5:6:7:8',
  '1::2::3',
  '12345::',
]

describe('texts to bytes', () => {
  test.skipIf(!hasPython)('inetAton and inetPton answer as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const text of TEXTS) {
      const literal = JSON.stringify(text)
      calls[`socket.inet_aton(${literal})`] = () => inetAton(text)
      calls[`socket.inet_pton(socket.AF_INET, ${literal})`] = () => inetPton(AF_INET, text)
      calls[`socket.inet_pton(socket.AF_INET6, ${literal})`] = () => inetPton(AF_INET6, text)
    }
    calls["socket.inet_pton(socket.AF_UNIX, '127.0.0.1')"] = () => inetPton(AF_UNIX, '127.0.0.1')
    expect(differences(calls)).toEqual({})
  })

  test('malformed text is EINVAL, an unknown family EAFNOSUPPORT', () => {
    expect(thrown(() => inetAton('nonsense'))).toMatchObject({
      code: 'EINVAL',
      syscall: 'inet_aton',
      address: 'nonsense',
    })
    expect(thrown(() => inetPton(AF_INET6, '1.2.3.4'))).toMatchObject({ code: 'EINVAL', syscall: 'inet_pton' })
    expect(thrown(() => inetPton(9999, '1.2.3.4'))).toMatchObject({ name: 'SocketError', code: 'EAFNOSUPPORT' })
  })

  test('a NUL inside and other types are refused', () => {
    expect(thrown(() => inetAton('1.2.3.4\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(thrown(() => inetPton(AF_INET, '1.2.3.4\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(thrown(() => inetAton(1 as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => inetPton(AF_INET, Buffer.from('::') as unknown as string))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    })
    expect(thrown(() => inetPton(undefined as unknown as number, '::'))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => inetPton(2 ** 31, '::'))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test('the results are Buffers of their own', () => {
    const first = inetAton('1.2.3.4')
    const second = inetAton('5.6.7.8')
    expect(first).toBeInstanceOf(Buffer)
    expect([...first]).toEqual([1, 2, 3, 4])
    expect([...second]).toEqual([5, 6, 7, 8])
  })
})

const PACKED6 = [
  '00000000000000000000000000000000',
  '00000000000000000000000000000001',
  '00000000000000000000ffff01020304',
  '20010db8000000000001000000000001',
  'ffffffffffffffffffffffffffffffff',
]

describe('bytes to texts', () => {
  test.skipIf(!hasPython)('inetNtoa and inetNtop answer as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const hex of ['00000000', '7f000001', 'ffffffff', '01020304']) {
      const bytes = Buffer.from(hex, 'hex')
      calls[`socket.inet_ntoa(bytes.fromhex('${hex}'))`] = () => inetNtoa(bytes)
      calls[`socket.inet_ntop(socket.AF_INET, bytes.fromhex('${hex}'))`] = () => inetNtop(AF_INET, bytes)
    }
    for (const hex of PACKED6) {
      const bytes = Buffer.from(hex, 'hex')
      calls[`socket.inet_ntop(socket.AF_INET6, bytes.fromhex('${hex}'))`] = () => inetNtop(AF_INET6, bytes)
    }
    expect(differences(calls)).toEqual({})
    expect(pythonAnswers(["socket.inet_ntop(socket.AF_INET, b'123')"])).toEqual([['ValueError', null]])
    expect(pythonAnswers(["socket.inet_ntoa(b'123')"])).toEqual([['OSError', null]])
  })

  test('take any view and any array buffer', () => {
    const bytes = Uint8Array.of(9, 127, 0, 0, 1, 9)
    const inside = bytes.subarray(1, 5)
    for (const packed of [
      inside,
      new DataView(bytes.buffer, 1, 4),
      Buffer.from(inside),
      Uint8Array.from(inside).buffer,
    ]) {
      expect(inetNtoa(packed)).toBe('127.0.0.1')
      expect(inetNtop(AF_INET, packed)).toBe('127.0.0.1')
    }
    expect(inetNtop(AF_INET6, new Uint16Array(8))).toBe('::')
    expect(inetNtop(AF_INET6, new SharedArrayBuffer(16))).toBe('::')
  })

  test.each([
    ['inetNtop of none', () => inetNtop(AF_INET, Buffer.alloc(0))],
    ['inetNtop IPv4 of 16', () => inetNtop(AF_INET, Buffer.alloc(16))],
    ['inetNtop IPv6 of 4', () => inetNtop(AF_INET6, Buffer.alloc(4))],
  ])('%s bytes names the length that it takes', (_name, call) => {
    expect(thrown(call)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    expect(thrown(call).message).toMatch(/must be of (4|16) bytes/)
  })

  test.each([0, 3, 5, 16])('inetNtoa of %d bytes is EINVAL, as an OSError without a number', (length) => {
    const error = thrown(() => inetNtoa(Buffer.alloc(length)))
    expect(error).toBeInstanceOf(SocketError)
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'inet_ntoa' })
    expect(error.message).toBe(`inet_ntoa EINVAL: "packed" must be of 4 bytes, not ${length}`)
  })

  test('other types, a detached buffer and another family are refused', () => {
    expect(thrown(() => inetNtoa('1234' as unknown as Buffer))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => inetNtop(AF_INET, null as unknown as Buffer))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    const detached = new Uint8Array(4)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(thrown(() => inetNtoa(detached))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => inetNtop(AF_UNIX, Buffer.alloc(4)))).toMatchObject({
      code: 'EAFNOSUPPORT',
      syscall: 'inet_ntop',
    })
  })
})
