/** Raw ICMP and ICMPv6 over loopback: the kernel answers. */
import {
  AF_INET,
  AF_INET6,
  ICMP_FILTER,
  ICMP6_FILTER,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPV6_CHECKSUM,
  SOCK_RAW,
  SOL_RAW,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import {
  checksum,
  ECHO,
  ECHO_REPLY,
  ECHO_REPLY6,
  ECHO6,
  type Echo,
  echoRequest,
  parseEcho,
  parsePacket,
} from '../support/icmp.js'
import { can, thrown } from '../support/sockets.js'
import { ended, startWrapped } from '../support/worker.js'

/** Other programs ping too: each test has a number of its own. */
let lastId = process.pid & 0x7fff
const nextId = (): number => lastId++

function icmp() {
  const sock = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
  sock.settimeout(5)
  return sock
}

function icmp6() {
  const sock = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
  sock.settimeout(5)
  return sock
}

/** The next `count` messages with one of these ids that `receive` gives. Others are other programs'. */
function messagesOf(ids: number | readonly number[], count: number, receive: () => Buffer): Echo[] {
  const messages: Echo[] = []
  while (messages.length < count) {
    const echo = parseEcho(receive())
    if ([ids].flat().includes(echo.id)) messages.push(echo)
  }
  return messages
}

/** An ICMPv6 filter that lets only this type pass: a bit for each of 256 types, set for what is dropped. */
function onlyType(type: number): Uint32Array {
  const filter = new Uint32Array(8).fill(0xffffffff)
  filter[type >> 5] = ~(1 << (type & 31))
  return filter
}

describe.skipIf(!has.rawIcmp)('raw ICMP [needs raw sockets]', () => {
  test('gives the request and the reply, with their headers', () => {
    using sock = icmp()
    const id = nextId()
    const request = echoRequest(ECHO, id, 7, 'are you there?')
    expect(sock.sendto(request, ['127.0.0.1', 0])).toBe(request.length)
    const seen = messagesOf(id, 2, () => {
      const [packet, address] = sock.recvfrom(1500)
      expect(address).toEqual(['127.0.0.1', 0])
      const { protocol, header, data } = parsePacket(packet)
      expect({ protocol, version: header.readUInt8(0) >> 4 }).toEqual({ protocol: IPPROTO_ICMP, version: 4 })
      expect(checksum(header)).toBe(0)
      expect(checksum(data)).toBe(0)
      return data
    })
    expect(seen).toEqual([
      { type: ECHO, id, sequence: 7, payload: 'are you there?' },
      { type: ECHO_REPLY, id, sequence: 7, payload: 'are you there?' },
    ])
  })

  test('as promises', async () => {
    using sock = icmp()
    const id = nextId()
    const receiving = sock.recvfromAsync(1500)
    await sock.sendtoAsync(echoRequest(ECHO, id, 1, ''), ['127.0.0.1', 0])
    const messages = [parsePacket((await receiving)[0]).data]
    for (;;) {
      const own = messages.map(parseEcho).filter((message) => message.id === id)
      if (own.some(({ type }) => type === ECHO_REPLY)) break
      messages.push(parsePacket((await sock.recvfromAsync(1500))[0]).data)
    }
    expect(messages.map(parseEcho)).toContainEqual({ type: ECHO_REPLY, id, sequence: 1, payload: '' })
  })

  const connected = 'a connected socket sends without an address, and gives only what comes from its peer'
  test.skipIf(!can.bindSecondLoopback)(`${connected} [needs 127.0.0.2]`, () => {
    using sock = icmp()
    using other = icmp()
    // There are no ports, but with 0 the kernel says that there is no peer.
    sock.connect(['127.0.0.2', 1])
    expect(sock.getpeername()).toEqual(['127.0.0.2', 1])
    const [id, foreign] = [nextId(), nextId()]
    other.sendto(echoRequest(ECHO, foreign, 1, ''), ['127.0.0.1', 0])
    sock.send(echoRequest(ECHO, id, 1, ''))
    const seen = messagesOf([id, foreign], 1, () => {
      const { source, data } = parsePacket(sock.recv(1500))
      if (parseEcho(data).id === id) expect(source).toBe('127.0.0.2')
      return data
    })
    expect(seen).toMatchObject([{ type: ECHO_REPLY, id }])
  })

  test.skipIf(!can.bindSecondLoopback)(
    'a bound socket gives only what was sent to its address [needs 127.0.0.3]',
    () => {
      using sock = icmp()
      using other = icmp()
      sock.bind(['127.0.0.3', 0])
      const [id, foreign] = [nextId(), nextId()]
      other.sendto(echoRequest(ECHO, foreign, 1, ''), ['127.0.0.1', 0])
      other.sendto(echoRequest(ECHO, id, 2, ''), ['127.0.0.3', 0])
      const seen = messagesOf([id, foreign], 1, () => parsePacket(sock.recv(1500)).data)
      expect(seen).toMatchObject([{ type: ECHO, id, sequence: 2 }])
    },
  )

  test('IP_TTL stands in the header', () => {
    using sock = icmp()
    sock.setsockopt(IPPROTO_IP, IP_TTL, 9)
    const id = nextId()
    sock.sendto(echoRequest(ECHO, id, 1, ''), ['127.0.0.1', 0])
    let ttl = 0
    messagesOf(id, 1, () => {
      const packet = parsePacket(sock.recv(1500))
      ttl = packet.ttl
      return packet.data
    })
    expect(ttl).toBe(9)
  })

  test.skipIf(!can.linux)('ICMP_FILTER drops types in the kernel [needs Linux]', () => {
    using sock = icmp()
    const [level, name] = [SOL_RAW as number, ICMP_FILTER as number]
    expect(sock.getsockopt(level, name, 4).readUInt32LE()).toBe(0)
    sock.setsockopt(level, name, Uint32Array.of(1 << ECHO))
    expect(sock.getsockopt(level, name, 4).readUInt32LE()).toBe(1 << ECHO)
    const id = nextId()
    sock.sendto(echoRequest(ECHO, id, 1, ''), ['127.0.0.1', 0])
    expect(messagesOf(id, 1, () => parsePacket(sock.recv(1500)).data)).toMatchObject([{ type: ECHO_REPLY }])
  })

  test('a buffer that is too short gets the beginning', () => {
    using sock = icmp()
    sock.sendto(echoRequest(ECHO, nextId(), 1, 'x'.repeat(500)), ['127.0.0.1', 0])
    expect(sock.recv(20)).toHaveLength(20)
  })
})

describe.skipIf(!has.rawIcmp6)('raw ICMPv6 [needs raw sockets]', () => {
  test('gives messages without a header, and the kernel writes the checksum', () => {
    using sock = icmp6()
    const id = nextId()
    const request = echoRequest(ECHO6, id, 3, 'and you?')
    sock.sendto(request, ['::1', 0])
    const seen = messagesOf(id, 2, () => {
      const [message, address] = sock.recvfrom(1500)
      expect(address).toEqual(['::1', 0, 0, 0])
      return message
    })
    expect(seen).toEqual([
      { type: ECHO6, id, sequence: 3, payload: 'and you?' },
      { type: ECHO_REPLY6, id, sequence: 3, payload: 'and you?' },
    ])
  })

  test('ICMP6_FILTER lets only replies pass', () => {
    using sock = icmp6()
    expect(sock.getsockopt(IPPROTO_ICMPV6, ICMP6_FILTER, 32)).toEqual(Buffer.alloc(32))
    const filter = onlyType(ECHO_REPLY6)
    sock.setsockopt(IPPROTO_ICMPV6, ICMP6_FILTER, filter)
    expect(sock.getsockopt(IPPROTO_ICMPV6, ICMP6_FILTER, 32)).toEqual(Buffer.from(filter.buffer))
    const id = nextId()
    sock.sendto(echoRequest(ECHO6, id, 1, ''), ['::1', 0])
    expect(messagesOf(id, 1, () => sock.recv(1500))).toMatchObject([{ type: ECHO_REPLY6 }])
  })

  test('as promises', async () => {
    using sock = icmp6()
    sock.setsockopt(IPPROTO_ICMPV6, ICMP6_FILTER, onlyType(ECHO_REPLY6))
    const id = nextId()
    let receiving = sock.recvfromAsync(1500, { timeout: 5 })
    await sock.sendtoAsync(echoRequest(ECHO6, id, 5, 'later'), ['::1', 0])
    for (;;) {
      const [message, address] = await receiving
      const echo = parseEcho(message)
      expect([echo.type, address]).toEqual([ECHO_REPLY6, ['::1', 0, 0, 0]])
      if (echo.id === id) break
      receiving = sock.recvfromAsync(1500, { timeout: 5 })
    }
  })

  test('the place of the checksum is fixed', () => {
    using sock = icmp6()
    expect(thrown(() => sock.setsockopt(41, IPV6_CHECKSUM, 4)).code).toMatch(/^E(INVAL|NOPROTOOPT)$/)
    expect(thrown(() => sock.setsockopt(41, IPV6_CHECKSUM, -1)).code).toMatch(/^E(INVAL|NOPROTOOPT)$/)
  })
})

describe('privileges', () => {
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  test.skipIf(!has.ownNetwork)('raw sockets are refused to users [needs Linux, root]', async () => {
    const child = startWrapped(
      asNobody,
      `const { AF_INET, AF_INET6, AF_PACKET, IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_RAW, socket } = berkeley
       for (const [family, proto] of [[AF_INET, IPPROTO_ICMP], [AF_INET6, IPPROTO_ICMPV6], [AF_PACKET, 0]]) {
         try {
           socket(family, SOCK_RAW, proto)
         } catch (error) {
           console.log(error.name, error.message)
         }
       }`,
    )
    expect(await ended(child)).toMatchObject({ code: 0, stdout: 'SocketError socket EPERM\n'.repeat(3), stderr: '' })
  })
})
