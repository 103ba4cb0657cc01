/** Control messages to send are those that CPython's struct makes; what makes no sense is refused by name. */
import { type AncillaryParts, decodeAncillary, encodeAncillary } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { freshSeed, randomOf } from '../support/async.js'
import { hasPython, python } from '../support/python.js'
import { can, thrown } from '../support/sockets.js'

/** Of each part, what CPython puts into the list that its sendmsg takes. Numbers that its socket lacks are Linux's. */
const MESSAGES: readonly [parts: AncillaryParts, expression: string][] = [
  [{ fds: [0, 1, 0x7fffffff] }, `(SOL_SOCKET, SCM_RIGHTS, struct.pack('=3i', 0, 1, 0x7fffffff))`],
  [
    { credentials: { pid: 1, uid: 0xfffffffe, gid: 1000 } },
    `(SOL_SOCKET, SCM_CREDENTIALS, struct.pack('=iII', 1, 0xfffffffe, 1000))`,
  ],
  [
    { packetInfo: { address: '127.0.0.2', interfaceIndex: 7 } },
    `(IPPROTO_IP, 8, struct.pack('=I', 7) + inet_aton('127.0.0.2') + bytes(4))`,
  ],
  [
    { packetInfo: { address: '10.0.0.9', localAddress: '127.0.0.3' } },
    `(IPPROTO_IP, 8, bytes(4) + inet_aton('127.0.0.3') + bytes(4))`,
  ],
  [{ packetInfo: { interfaceIndex: 3 } }, `(IPPROTO_IP, 8, struct.pack('=I', 3) + bytes(8))`],
  [{ packetInfo: { address: null } }, `(IPPROTO_IP, 8, bytes(12))`],
  [{ packetInfo: { address: '239.1.2.3', interfaceIndex: 3 } }, `(IPPROTO_IP, 8, struct.pack('=I', 3) + bytes(8))`],
  [
    { packetInfo: { address: '2001:db8::1', interfaceIndex: 0x7fffffff } },
    `(IPPROTO_IPV6, IPV6_PKTINFO, inet_pton(AF_INET6, '2001:db8::1') + struct.pack('=I', 0x7fffffff))`,
  ],
  [{ packetInfo: { address: '::' } }, `(IPPROTO_IPV6, IPV6_PKTINFO, bytes(20))`],
  [
    { packetInfo: { address: '::ffff:127.0.0.2' } },
    `(IPPROTO_IPV6, IPV6_PKTINFO, inet_pton(AF_INET6, '::ffff:127.0.0.2') + bytes(4))`,
  ],
  [
    { packetInfo: { address: 'ff02::1', interfaceIndex: 2 } },
    `(IPPROTO_IPV6, IPV6_PKTINFO, bytes(16) + struct.pack('=I', 2))`,
  ],
  [{ ttl: 1 }, `(IPPROTO_IP, IP_TTL, struct.pack('=i', 1))`],
  [{ ttl: 255 }, `(IPPROTO_IP, IP_TTL, struct.pack('=i', 255))`],
  [{ hopLimit: 0 }, `(IPPROTO_IPV6, IPV6_HOPLIMIT, struct.pack('=i', 0))`],
  [{ tos: 0xb9 }, `(IPPROTO_IP, IP_TOS, struct.pack('=i', 0xb9))`],
  [{ trafficClass: 255 }, `(IPPROTO_IPV6, IPV6_TCLASS, struct.pack('=i', 255))`],
  [{ segmentSize: 0xabcd }, `(IPPROTO_UDP, 103, struct.pack('=H', 0xabcd))`],
  [{ transmitTime: 2n ** 64n - 1n }, `(SOL_SOCKET, 61, struct.pack('=Q', 2 ** 64 - 1))`],
  [{ transmitTime: 1n }, `(SOL_SOCKET, 61, struct.pack('=Q', 1))`],
  [{ mark: 0xdeadbeef }, `(SOL_SOCKET, SO_MARK, struct.pack('=I', 0xdeadbeef))`],
  [{ timestamping: 0x80000001 }, `(SOL_SOCKET, 37, struct.pack('=I', 0x80000001))`],
]

const shown = (message: readonly unknown[]): unknown[] =>
  message.map((item) => (item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item))

describe('encodeAncillary', () => {
  test.skipIf(!hasPython || !can.linux)('makes the bytes that CPython packs [needs Linux, python3]', () => {
    const expressions = MESSAGES.map(([, expression]) => expression).join(',\n')
    const theirs = python(`import struct\nfrom socket import *\nSO_MARK = 36\nemit([\n${expressions}\n])`) as unknown[]
    expect(theirs).toHaveLength(MESSAGES.length)
    MESSAGES.forEach(([parts], index) => {
      expect.soft(encodeAncillary(parts).map(shown), JSON.stringify(Object.keys(parts))).toEqual([theirs[index]])
    })
  })

  test('makes a message for each part, and none for what is left out', () => {
    expect(encodeAncillary({})).toEqual([])
    expect(encodeAncillary({ fds: [], hopLimit: undefined, packetInfo: undefined })).toEqual([])
    const made = encodeAncillary({ hopLimit: 3, trafficClass: 4, packetInfo: { address: '::1' }, fds: [0] })
    expect(made).toHaveLength(4)
    expect(decodeAncillary(made)).toEqual({
      fds: [0],
      packetInfo: { address: '::1', interfaceIndex: 0 },
      hopLimit: 3,
      trafficClass: 4,
      ecn: 0,
      unknown: [],
    })
  })

  test.skipIf(!can.linux)('makes what decodeAncillary reads [needs Linux]', () => {
    const parts = { fds: [5, 6], credentials: { pid: 3, uid: 2, gid: 1 }, ttl: 9, tos: 3, mark: 17 }
    expect(decodeAncillary(encodeAncillary(parts))).toEqual({ ...parts, ecn: 3, unknown: [] })
  })

  test('makes what decodeAncillary reads, whatever the numbers', () => {
    const seed = freshSeed()
    const random = randomOf(seed)
    for (let turn = 0; turn < 1000; turn++) {
      const trafficClass = random(256)
      const isIPv6 = random(2) === 0
      const text = isIPv6 ? `2001:db8::${(1 + random(0xffff)).toString(16)}` : `127.${random(256)}.0.${random(256)}`
      const parts = {
        fds: Array.from({ length: 1 + random(5) }, () => random(0x7fffffff)),
        packetInfo: { address: text, interfaceIndex: isIPv6 ? random(0x7fffffff) : 0 },
        hopLimit: random(256),
        trafficClass,
      }
      const found = decodeAncillary(encodeAncillary(parts))
      // What IPv4 sends from is the local address; the header has no destination yet.
      const sent = { ...parts.packetInfo, ...(isIPv6 ? {} : { address: '0.0.0.0', localAddress: text }) }
      const expected = { ...parts, packetInfo: sent, ecn: trafficClass & 3, unknown: [] }
      expect(found, `BERKELEY_SEED=${seed}`).toEqual(expected)
    }
  })

  const REFUSED: readonly [parts: unknown, code: string, message: string][] = [
    [undefined, 'ERR_INVALID_ARG_TYPE', 'The "parts" argument must be of type object. Received undefined'],
    [[], 'ERR_INVALID_ARG_TYPE', 'The "parts" argument must be a plain object. Received []'],
    [{ timestamp: 1n }, 'ERR_INVALID_ARG_VALUE', 'The argument "parts.timestamp" is not one of fds, credentials, '],
    [{ TTL: undefined }, 'ERR_INVALID_ARG_VALUE', 'The argument "parts.TTL" is not one of '],
    [{ toString: 1 }, 'ERR_INVALID_ARG_VALUE', 'The argument "parts.toString" is not one of '],
    [
      { fds: 3 },
      'ERR_INVALID_ARG_TYPE',
      'The "parts.fds" argument must be an array of descriptors. Received type number (3)',
    ],
    [
      { fds: [0, -1] },
      'ERR_OUT_OF_RANGE',
      '"parts.fds[1]" is out of range. It must be >= 0 and <= 2147483647. Received -1',
    ],
    [{ fds: ['0'] }, 'ERR_INVALID_ARG_TYPE', 'The "parts.fds[0]" argument must be of type number'],
    [
      { credentials: null },
      'ERR_INVALID_ARG_TYPE',
      'The "parts.credentials" argument must be of type object. Received null',
    ],
    [{ credentials: { pid: 1, uid: 0 } }, 'ERR_INVALID_ARG_TYPE', 'The "parts.credentials.gid" argument must be'],
    [{ credentials: { pid: -1, uid: 0, gid: 0 } }, 'ERR_OUT_OF_RANGE', '"parts.credentials.pid"'],
    [{ credentials: { pid: 1, uid: 2 ** 32, gid: 0 } }, 'ERR_OUT_OF_RANGE', '"parts.credentials.uid"'],
    [{ packetInfo: '::1' }, 'ERR_INVALID_ARG_TYPE', 'The "parts.packetInfo" argument must be of type object'],
    [
      { packetInfo: { address: 'localhost' } },
      'ERR_INVALID_ARG_VALUE',
      `The argument "parts.packetInfo.address" must be a numeric IPv4 or IPv6 address. Received 'localhost'`,
    ],
    [{ packetInfo: { address: '127.0.0.1\0' } }, 'ERR_INVALID_ARG_VALUE', '"parts.packetInfo.address"'],
    [{ packetInfo: { address: 'fe80::1%lo' } }, 'ERR_INVALID_ARG_VALUE', '"parts.packetInfo.address"'],
    [{ packetInfo: { localAddress: 1 } }, 'ERR_INVALID_ARG_TYPE', '"parts.packetInfo.localAddress"'],
    [{ packetInfo: { interfaceIndex: -1 } }, 'ERR_OUT_OF_RANGE', '"parts.packetInfo.interfaceIndex"'],
    [{ packetInfo: { interfaceIndex: null } }, 'ERR_INVALID_ARG_TYPE', '"parts.packetInfo.interfaceIndex"'],
    [
      { hopLimit: 256 },
      'ERR_OUT_OF_RANGE',
      '"parts.hopLimit" is out of range. It must be >= 0 and <= 255. Received 256',
    ],
    [{ hopLimit: 1.5 }, 'ERR_OUT_OF_RANGE', '"parts.hopLimit" is out of range. It must be an integer'],
    [{ ttl: 0 }, 'ERR_OUT_OF_RANGE', '"parts.ttl" is out of range. It must be >= 1 and <= 255. Received 0'],
    [{ ttl: null }, 'ERR_INVALID_ARG_TYPE', 'The "parts.ttl" argument must be of type number. Received null'],
    [{ tos: -1 }, 'ERR_OUT_OF_RANGE', '"parts.tos"'],
    [{ trafficClass: Number.NaN }, 'ERR_OUT_OF_RANGE', '"parts.trafficClass"'],
    [{ segmentSize: 0 }, 'ERR_OUT_OF_RANGE', '"parts.segmentSize" is out of range. It must be >= 1 and <= 65535'],
    [{ segmentSize: 65_536 }, 'ERR_OUT_OF_RANGE', '"parts.segmentSize"'],
    [{ transmitTime: 1 }, 'ERR_INVALID_ARG_TYPE', 'The "parts.transmitTime" argument must be of type bigint'],
    [{ transmitTime: -1n }, 'ERR_OUT_OF_RANGE', '"parts.transmitTime"'],
    [
      { transmitTime: 2n ** 64n },
      'ERR_OUT_OF_RANGE',
      'It must be >= 0n and < 2n ** 64n. Received 18446744073709551616n',
    ],
    [{ mark: 2 ** 32 }, 'ERR_OUT_OF_RANGE', '"parts.mark"'],
    [{ timestamping: true }, 'ERR_INVALID_ARG_TYPE', '"parts.timestamping"'],
  ]

  test.each(REFUSED)('refuses %o with %s', (parts, code, message) => {
    const error = thrown(() => encodeAncillary(parts as AncillaryParts))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  test.skipIf(can.linux)('says what this platform cannot send [needs macOS]', () => {
    const error = thrown(() => encodeAncillary({ segmentSize: 1 }))
    expect(error.message).toBe(
      'The argument "parts.segmentSize" must be left out, because this platform cannot send it. Received 1',
    )
  })
})
