/** Control messages mean what the headers say, whatever their bytes; those of a wrong length are given as they came. */
import * as berkeley from 'berkeley'
import { type Ancillary, type AncillaryIn, decodeAncillary } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { freshSeed, randomOf } from '../support/async.js'
import { can, thrown } from '../support/sockets.js'

type Message = [level: number, type: number, data: Buffer]

/** A constant by its name; of one that this platform lacks the row is left out. */
const constant = (name: string): number | undefined => {
  const value: unknown = Reflect.get(berkeley, name)
  return typeof value === 'number' ? value : undefined
}

/** Every control message that is decoded, with the lengths that it may have: all multiples of 4, at least 8, any. */
type Lengths = readonly number[] | 'ints' | 'link' | 'any'
const KINDS: readonly [level: string, type: string, lengths: Lengths, field: keyof Ancillary][] = [
  ['SOL_SOCKET', 'SCM_RIGHTS', 'ints', 'fds'],
  ['SOL_SOCKET', 'SCM_CREDENTIALS', [12, 84], 'credentials'],
  ['SOL_SOCKET', 'SCM_CREDS', [12, 84], 'credentials'],
  ['SOL_SOCKET', 'SCM_PIDFD', [4], 'pidfd'],
  ['SOL_SOCKET', 'SCM_SECURITY', 'any', 'security'],
  ['SOL_SOCKET', 'SCM_TIMESTAMP', [8, 16], 'timestamp'],
  ['SOL_SOCKET', 'SO_TIMESTAMP_NEW', [8, 16], 'timestamp'],
  ['SOL_SOCKET', 'SCM_TIMESTAMPNS', [8, 16], 'timestamp'],
  ['SOL_SOCKET', 'SO_TIMESTAMPNS_NEW', [8, 16], 'timestamp'],
  ['SOL_SOCKET', 'SCM_TIMESTAMPING', [24, 48], 'hardwareTimestamp'],
  ['SOL_SOCKET', 'SO_TIMESTAMPING_NEW', [24, 48], 'hardwareTimestamp'],
  ['SOL_SOCKET', 'SCM_TIMESTAMP_MONOTONIC', [8], 'monotonicTimestamp'],
  ['SOL_SOCKET', 'SO_RXQ_OVFL', [4], 'drops'],
  ['SOL_SOCKET', 'SO_MARK', [4], 'mark'],
  ['IPPROTO_IP', 'IP_PKTINFO', [12], 'packetInfo'],
  ['IPPROTO_IP', 'IP_RECVDSTADDR', [4], 'packetInfo'],
  ['IPPROTO_IP', 'IP_RECVIF', 'link', 'packetInfo'],
  ['IPPROTO_IP', 'IP_TTL', [1, 4], 'ttl'],
  ['IPPROTO_IP', 'IP_RECVTTL', [1, 4], 'ttl'],
  ['IPPROTO_IP', 'IP_TOS', [1, 4], 'tos'],
  ['IPPROTO_IP', 'IP_RECVTOS', [1, 4], 'tos'],
  ['IPPROTO_IP', 'IP_ORIGDSTADDR', [], 'originalDestination'],
  ['IPPROTO_IP', 'IP_RECVERR', [16, 32, 44], 'errors'],
  ['IPPROTO_IPV6', 'IPV6_PKTINFO', [20], 'packetInfo'],
  ['IPPROTO_IPV6', 'IPV6_2292PKTINFO', [20], 'packetInfo'],
  ['IPPROTO_IPV6', 'IPV6_HOPLIMIT', [1, 4], 'hopLimit'],
  ['IPPROTO_IPV6', 'IPV6_TCLASS', [1, 4], 'trafficClass'],
  ['IPPROTO_IPV6', 'IPV6_ORIGDSTADDR', [], 'originalDestination'],
  ['IPPROTO_IPV6', 'IPV6_RECVERR', [16, 32, 44], 'errors'],
  ['IPPROTO_UDP', 'UDP_GRO', [4], 'segmentSize'],
  ['IPPROTO_TCP', 'TCP_CM_INQ', [4], 'inq'],
  ['SOL_PACKET', 'PACKET_TX_TIMESTAMP', [16, 32, 44], 'errors'],
]

const isTaken = (lengths: Lengths, length: number): boolean => {
  if (lengths === 'ints' || lengths === 'any') return true
  return lengths === 'link' ? length >= 8 : lengths.includes(length)
}

const known = KINDS.flatMap(([levelName, typeName, lengths, field]) => {
  const level = constant(levelName)
  const type = constant(typeName)
  return level === undefined || type === undefined ? [] : [{ name: typeName, level, type, lengths, field }]
})

describe('every kind of control message', () => {
  test.each(known)('$name is taken at its own length only', ({ level, type, lengths, field }) => {
    for (let length = 0; length <= 100; length++) {
      // A small number in each byte order, so that values that must fit into a byte or be no address do.
      const data = Buffer.alloc(length)
      if (length % 4 === 0)
        for (let at = 0; at < length; at += 4) new DataView(data.buffer, data.byteOffset).setInt32(at, 7, true)
      const message: Message = [level, type, data]
      const found = decodeAncillary([message])
      if (isTaken(lengths, length)) {
        expect(Object.keys(found), `${length} bytes`).toContain(field)
        expect(found.unknown, `${length} bytes`).toEqual([])
      } else {
        expect(found, `${length} bytes`).toEqual({ unknown: [message] })
        expect(found.unknown[0]).toBe(message)
      }
    }
  })

  test('whatever the bytes: nothing throws, nothing beyond the data counts, nothing is lost', () => {
    const seed = freshSeed()
    const random = randomOf(seed)
    const types = known.map(({ level, type }) => [level, type] as const)
    const lengths = [0, 1, 3, 4, 8, 12, 16, 20, 24, 28, 32, 44, 48, 84]
    for (let turn = 0; turn < 5000; turn++) {
      const messages = Array.from({ length: random(6) }, () => {
        const chosen = types[random(types.length)] ?? [0, 0]
        const [level, type] = random(8) === 0 ? [random(300), random(80)] : chosen
        const length = random(3) === 0 ? random(100) : (lengths[random(lengths.length)] as number)
        const bytes = Array.from({ length }, () => (random(2) === 0 ? random(256) : random(3)))
        return { level, type, bytes }
      })
      // The same data, with other memory around it, and at another offset.
      const [first, second] = [0, 0xff].map((around) =>
        messages.map(({ level, type, bytes }): Message => {
          const memory = Buffer.alloc(bytes.length + 64, around)
          const offset = around === 0 ? 8 : 13
          memory.set(bytes, offset)
          return [level, type, memory.subarray(offset, offset + bytes.length)]
        }),
      ) as [Message[], Message[]]
      const found = decodeAncillary(first)
      expect(decodeAncillary(second), `BERKELEY_SEED=${seed}`).toEqual(found)
      expect(found.unknown.every((message) => first.includes(message))).toBe(true)
      if (found.unknown.length === first.length) expect(Object.keys(found)).toEqual(['unknown'])
    }
  })
})

const host = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer)
const long = (...values: bigint[]): Buffer => Buffer.from(BigInt64Array.from(values).buffer)
const ipv4 = (text: string): Buffer => berkeley.inetAton(text)
const message = (level: string, type: string, data: Buffer): Message => [
  constant(level) as number,
  constant(type) as number,
  data,
]

describe('what several messages say', () => {
  test('descriptors add up; of an incomplete one there is none', () => {
    const { fds } = decodeAncillary([
      message('SOL_SOCKET', 'SCM_RIGHTS', host(3, 4)),
      message('SOL_SOCKET', 'SCM_RIGHTS', Buffer.concat([host(5), Buffer.of(1, 2, 3)])),
    ])
    expect(fds).toEqual([3, 4, 5])
  })

  test('a long list of descriptors is no list of arguments', () => {
    const many = Int32Array.from({ length: 300_000 }, (_, index) => index)
    const one = message('SOL_SOCKET', 'SCM_RIGHTS', Buffer.from(many.buffer))
    expect(decodeAncillary([one, one]).fds).toHaveLength(600_000)
  })

  test('of all others the last one counts', () => {
    const { hopLimit } = decodeAncillary([
      message('IPPROTO_IPV6', 'IPV6_HOPLIMIT', host(3)),
      message('IPPROTO_IPV6', 'IPV6_HOPLIMIT', host(4)),
    ])
    expect(hopLimit).toBe(4)
  })

  test('what is no byte is none', () => {
    for (const value of [-1, 256]) {
      const one = message('IPPROTO_IPV6', 'IPV6_HOPLIMIT', host(value))
      expect(decodeAncillary([one])).toEqual({ unknown: [one] })
    }
  })

  test('each level has its own types', () => {
    const type = constant('IPV6_HOPLIMIT') as number
    const one: Message = [constant('IPPROTO_IP') as number, type, Buffer.alloc(5)]
    const other: Message = [-0x80000000, 0x7fffffff, Buffer.alloc(0)]
    expect(decodeAncillary([one, other]).unknown).toEqual([one, other])
  })
})

describe.skipIf(!can.linux)('the structures of Linux [needs Linux]', () => {
  test('struct ucred, and ids of 32 bits', () => {
    const data = host(17, -2, -1)
    expect(decodeAncillary([message('SOL_SOCKET', 'SCM_CREDENTIALS', data)]).credentials).toEqual({
      pid: 17,
      uid: 0xfffffffe,
      gid: 0xffffffff,
    })
  })

  test('struct in_pktinfo', () => {
    const data = Buffer.concat([host(3), ipv4('10.1.2.3'), ipv4('239.0.0.1')])
    expect(decodeAncillary([message('IPPROTO_IP', 'IP_PKTINFO', data)]).packetInfo).toEqual({
      address: '239.0.0.1',
      interfaceIndex: 3,
      localAddress: '10.1.2.3',
    })
  })

  test('time stamps, of which a part may be missing', () => {
    const ns = 1_700_000_000_123_456_789n
    const parts = [ns / 1_000_000_000n, ns % 1_000_000_000n] as const
    const decode = (type: string, data: Buffer) => decodeAncillary([message('SOL_SOCKET', type, data)])
    expect(decode('SCM_TIMESTAMPNS', long(...parts))).toEqual({ timestamp: ns, unknown: [] })
    expect(decode('SCM_TIMESTAMPNS', host(5, 6))).toEqual({ timestamp: 5_000_000_006n, unknown: [] })
    expect(decode('SCM_TIMESTAMP', long(5n, 6n))).toEqual({ timestamp: 5_000_006_000n, unknown: [] })
    expect(decode('SCM_TIMESTAMP', host(5, 6))).toEqual({ timestamp: 5_000_006_000n, unknown: [] })
    const SCM = 'SCM_TIMESTAMPING'
    expect(decode(SCM, long(...parts, 8n, 8n, 9n, 9n))).toEqual({
      timestamp: ns,
      hardwareTimestamp: 9_000_000_009n,
      unknown: [],
    })
    expect(decode(SCM, long(...parts, 0n, 0n, 0n, 0n))).toEqual({ timestamp: ns, unknown: [] })
    expect(decode(SCM, host(0, 0, 0, 0, 1, 2))).toEqual({ hardwareTimestamp: 1_000_000_002n, unknown: [] })
    expect(decode(SCM, Buffer.alloc(48))).toEqual({ unknown: [] })
  })

  test('a label ends at its NUL', () => {
    const decode = (text: string) =>
      decodeAncillary([message('SOL_SOCKET', 'SCM_SECURITY', Buffer.from(text))]).security
    expect(decode('unconfined\0')).toBe('unconfined')
    expect(decode('unconfined')).toBe('unconfined')
  })

  test('a negative number is no descriptor', () => {
    const one = message('SOL_SOCKET', 'SCM_PIDFD', host(-3))
    expect(decodeAncillary([one])).toEqual({ unknown: [one] })
  })
})

describe('what is no ancillary data', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'The "ancdata" argument must be an array of [level, type, data]. Received undefined'],
    ['one message', [1, 2, Buffer.alloc(0)], 'The "ancdata[0]" argument must be an array [level, type, data]'],
    ['a pair', [[1, 2]], 'The "ancdata[0]" argument must be an array [level, type, data]. Received [ 1, 2 ]'],
    ['a level that is text', [['1', 2, Buffer.alloc(0)]], 'The "ancdata[0][0]" argument must be of type number'],
    ['a type too large', [[1, 2 ** 31, Buffer.alloc(0)]], '"ancdata[0][1]" is out of range'],
    ['data that is text', [[1, 2, 'x']], 'The "ancdata[0][2]" argument must be an instance of Buffer'],
  ])('%s', (_, ancdata, text) => {
    expect(thrown(() => decodeAncillary(ancdata as Message[])).message).toContain(text)
  })

  test('what encodeAncillary takes and gives is what sendmsg takes', () => {
    const messages: AncillaryIn[] = berkeley.encodeAncillary({ hopLimit: 1 })
    expect(messages).toHaveLength(1)
  })
})
