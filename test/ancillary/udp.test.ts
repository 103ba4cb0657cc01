/** What the kernel says of a datagram, and what it is told: addresses, hop limits, classes, segments, drops. */
import {
  AF_INET,
  AF_INET6,
  decodeAncillary,
  encodeAncillary,
  IP_PKTINFO,
  IP_RECVDSTADDR,
  IP_RECVIF,
  IP_RECVORIGDSTADDR,
  IP_RECVTOS,
  IP_RECVTTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVORIGDSTADDR,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_V6ONLY,
  ifNametoindex,
  MSG_DONTWAIT,
  MSG_PEEK,
  SO_RCVBUF,
  SO_RCVMARK,
  SO_RXQ_OVFL,
  SOCK_DGRAM,
  SOL_SOCKET,
  setdefaulttimeout,
  socket,
  UDP_GRO,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { ancdataOfPython, forms, inHex } from '../support/messages.js'
import { hasPython } from '../support/python.js'
import { Closing, can, thrown, udp } from '../support/sockets.js'

// What is lost fails a test, and does not hang it.
setdefaulttimeout(10)

const isRoot = process.getuid?.() === 0
const loopback = ifNametoindex(can.linux ? 'lo' : 'lo0')

/** A UDP socket of IPv6 with these options switched on, bound to a loopback or to any address. */
function udp6(host: string, ...names: (number | undefined)[]) {
  const sock = socket(AF_INET6, SOCK_DGRAM)
  if (host === '::') sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
  sock.bind([host, 0])
  for (const name of names) sock.setsockopt(IPPROTO_IPV6, name as number, 1)
  return sock
}

/** A UDP socket of IPv4 with these options switched on, bound to an address. */
function udp4(host: string, ...names: (number | undefined)[]) {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.bind([host, 0])
  for (const name of names) sock.setsockopt(IPPROTO_IP, name as number, 1)
  return sock
}

describe.skipIf(!can.linux).each(forms)('IPv4, $name [needs Linux]', ({ receive, send }) => {
  test('tells the address that was asked, and answers from it', async () => {
    using closing = new Closing()
    const server = closing.add(udp4('0.0.0.0', IP_PKTINFO))
    const client = closing.add(udp())
    for (const asked of ['127.0.0.2', '127.0.0.77']) {
      client.sendto('question', [asked, server.getsockname()[1]])
      const [, ancdata, , address] = await receive(server)
      const { packetInfo, unknown } = decodeAncillary(ancdata)
      expect(packetInfo).toEqual({ address: asked, interfaceIndex: loopback, localAddress: asked })
      expect(unknown).toEqual([])
      await send(server, 'answer', encodeAncillary({ packetInfo }), address)
      expect(client.recvfrom(100)).toEqual([Buffer.from('answer'), [asked, server.getsockname()[1]]])
    }
  })

  test('sends from a chosen address, and from none that is not its own', async () => {
    using closing = new Closing()
    const [sender, receiver] = [closing.add(udp4('0.0.0.0')), closing.add(udp())]
    const packetInfo = { address: '127.0.0.2' }
    await send(sender, 'x', encodeAncillary({ packetInfo }), receiver.getsockname())
    expect(receiver.recvfrom(10)[1]).toEqual(['127.0.0.2', sender.getsockname()[1]])
    await send(sender, 'x', encodeAncillary({ packetInfo: { interfaceIndex: loopback } }), receiver.getsockname())
    expect(receiver.recvfrom(10)[1]).toEqual(['127.0.0.1', sender.getsockname()[1]])
    const foreign = encodeAncillary({ packetInfo: { address: '192.0.2.1' } })
    await expect(send(sender, 'x', foreign, receiver.getsockname())).rejects.toMatchObject({
      code: expect.stringMatching(/^(EINVAL|ENETUNREACH)$/), // as the machine's routes are
    })
    const nowhere = encodeAncillary({ packetInfo: { interfaceIndex: 0x7fffffff } })
    await expect(send(sender, 'x', nowhere, receiver.getsockname())).rejects.toMatchObject({ code: 'ENODEV' })
  })

  test('time to live and type of service of one message', async () => {
    using closing = new Closing()
    const receiver = closing.add(udp4('127.0.0.1', IP_RECVTTL, IP_RECVTOS))
    const sender = closing.add(udp())
    await send(sender, 'x', encodeAncillary({ ttl: 7, tos: 0xb9 }), receiver.getsockname())
    expect(decodeAncillary((await receive(receiver))[1])).toEqual({ ttl: 7, tos: 0xb9, ecn: 1, unknown: [] })
    await send(sender, 'y', [], receiver.getsockname())
    expect(decodeAncillary((await receive(receiver))[1])).toEqual({ ttl: 64, tos: 0, ecn: 0, unknown: [] })
  })

  test('the original destination, of a datagram that no proxy had', async () => {
    using closing = new Closing()
    const receiver = closing.add(udp4('0.0.0.0', IP_RECVORIGDSTADDR))
    const sender = closing.add(udp())
    const port = receiver.getsockname()[1]
    sender.sendto('x', ['127.0.0.5', port])
    const { originalDestination, unknown } = decodeAncillary((await receive(receiver))[1])
    expect(originalDestination).toEqual(['127.0.0.5', port])
    expect(unknown).toEqual([])
  })

  test('datagrams in one piece: UDP_SEGMENT cuts them, UDP_GRO joins them', async () => {
    using closing = new Closing()
    const [plain, joining, sender] = [closing.add(udp()), closing.add(udp()), closing.add(udp())]
    joining.setsockopt(IPPROTO_UDP, UDP_GRO as number, 1)
    const data = Buffer.alloc(1000, '0123456789')
    const ancdata = encodeAncillary({ segmentSize: 300 })
    expect(await send(sender, data, ancdata, plain.getsockname())).toBe(1000)
    const parts = Array.from({ length: 4 }, () => plain.recv(2000))
    expect(parts.map(({ length }) => length)).toEqual([300, 300, 300, 100])
    expect(Buffer.concat(parts)).toEqual(data)
    await send(sender, data, ancdata, joining.getsockname())
    const [joined, found] = await receive(joining)
    expect(joined).toEqual(data)
    expect(decodeAncillary(found)).toEqual({ segmentSize: 300, unknown: [] })
  })

  test('how many datagrams were dropped', async () => {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    receiver.setsockopt(SOL_SOCKET, SO_RXQ_OVFL as number, 1)
    receiver.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)
    const sent = 100
    for (let i = 0; i < sent; i++) sender.sendto(Buffer.alloc(500), receiver.getsockname())
    receiver.setblocking(false)
    let received = 0
    for (;;) {
      const [data] = await receive(receiver, MSG_DONTWAIT).catch(() => [null])
      if (data === null) break
      received++
    }
    receiver.settimeout(10)
    sender.sendto('after all', receiver.getsockname())
    for (;;) {
      const [data, ancdata] = await receive(receiver)
      const { drops, unknown } = decodeAncillary(ancdata)
      expect(unknown).toEqual([])
      if (data.toString() === 'after all') {
        expect(drops).toBeGreaterThan(0)
        expect(drops).toBe(sent - received)
        break
      }
      received++
    }
  })

  test.skipIf(!isRoot || !canReceiveMark())('the mark of a packet [needs root, SO_RCVMARK]', async () => {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    receiver.setsockopt(SOL_SOCKET, SO_RCVMARK as number, 1)
    await send(sender, 'x', encodeAncillary({ mark: 0xcafebabe }), receiver.getsockname())
    expect(decodeAncillary((await receive(receiver))[1])).toEqual({ mark: 0xcafebabe, unknown: [] })
  })
})

function canReceiveMark(): boolean {
  if (!can.linux) return false
  using sock = socket(AF_INET, SOCK_DGRAM)
  try {
    sock.setsockopt(SOL_SOCKET, SO_RCVMARK as number, 1)
    return true
  } catch {
    return false
  }
}

describe.skipIf(!can.bindIPv6).each(forms)('IPv6, $name [needs IPv6]', ({ receive, send }) => {
  test('tells the address that was asked, the hop limit and the class, and answers from it', async () => {
    using closing = new Closing()
    const server = closing.add(udp6('::', IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS))
    const client = closing.add(udp6('::1'))
    const port = server.getsockname()[1]
    await send(client, 'x', encodeAncillary({ hopLimit: 9, trafficClass: 0x2f }), ['::1', port])
    const [, ancdata, , address] = await receive(server)
    const found = decodeAncillary(ancdata)
    const packetInfo = { address: '::1', interfaceIndex: loopback }
    expect(found).toEqual({ packetInfo, hopLimit: 9, trafficClass: 0x2f, ecn: 3, unknown: [] })
    await send(server, 'answer', encodeAncillary({ packetInfo: found.packetInfo }), address)
    expect(client.recvfrom(100)[1]).toEqual(['::1', port, 0, 0])
  })

  test.skipIf(!can.linux)('IPv4 over a socket for both: mapped addresses, in and out [needs Linux]', async () => {
    using closing = new Closing()
    const server = closing.add(udp6('::', IPV6_RECVPKTINFO))
    const client = closing.add(udp())
    const port = server.getsockname()[1]
    client.sendto('x', ['127.0.0.9', port])
    const [, ancdata, , address] = await receive(server)
    const { packetInfo } = decodeAncillary(ancdata)
    expect(packetInfo).toEqual({ address: '::ffff:127.0.0.9', interfaceIndex: loopback })
    await send(server, 'answer', encodeAncillary({ packetInfo }), address)
    expect(client.recvfrom(100)[1]).toEqual(['127.0.0.9', port])
  })

  test.skipIf(!can.linux)('the time to live and type of service of IPv4 over it [needs Linux]', async () => {
    using closing = new Closing()
    const server = closing.add(udp6('::'))
    for (const name of [IP_RECVTTL, IP_RECVTOS]) server.setsockopt(IPPROTO_IP, name, 1)
    const client = closing.add(udp())
    await send(client, 'x', encodeAncillary({ ttl: 5, tos: 8 }), ['127.0.0.1', server.getsockname()[1]])
    expect(decodeAncillary((await receive(server))[1])).toEqual({ ttl: 5, tos: 8, ecn: 0, unknown: [] })
  })

  test.skipIf(!can.linux)('the original destination [needs Linux]', async () => {
    using closing = new Closing()
    const receiver = closing.add(udp6('::1', IPV6_RECVORIGDSTADDR))
    const sender = closing.add(udp6('::1'))
    sender.sendto('x', receiver.getsockname())
    const { originalDestination } = decodeAncillary((await receive(receiver))[1])
    expect(originalDestination).toEqual(receiver.getsockname())
  })
})

describe.skipIf(can.linux).each(forms)('IPv4, $name [needs macOS]', ({ receive, send }) => {
  test('tells the address that was asked in its own forms, and answers from it', async () => {
    using closing = new Closing()
    const server = closing.add(udp4('0.0.0.0', IP_RECVDSTADDR, IP_RECVIF, IP_RECVTTL, IP_RECVTOS))
    const client = closing.add(udp())
    client.sendto('x', ['127.0.0.1', server.getsockname()[1]])
    const [, ancdata, , address] = await receive(server)
    const { packetInfo, ttl, tos } = decodeAncillary(ancdata)
    expect({ packetInfo, ttl, tos }).toEqual({
      packetInfo: { address: '127.0.0.1', interfaceIndex: loopback },
      ttl: 64,
      tos: 0,
    })
    await send(server, 'answer', encodeAncillary({ packetInfo }), address)
    expect(client.recvfrom(100)[1]).toEqual(['127.0.0.1', server.getsockname()[1]])
  })

  test('says what it cannot send', () => {
    expect(thrown(() => encodeAncillary({ ttl: 3 })).message).toContain('this platform cannot send it')
  })
})

test.skipIf(!hasPython || !can.linux)('CPython has the same bytes [needs Linux, python3]', () => {
  using closing = new Closing()
  const receiver = closing.add(udp4('127.0.0.1', IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVORIGDSTADDR))
  receiver.setsockopt(IPPROTO_UDP, UDP_GRO as number, 1)
  const sender = closing.add(udp())
  sender.sendmsg([Buffer.alloc(90)], encodeAncillary({ ttl: 3, tos: 2, segmentSize: 40 }), 0, receiver.getsockname())
  const [, ancdata] = receiver.recvmsg(100, 1024, MSG_PEEK)
  expect(Object.keys(decodeAncillary(ancdata)).sort()).toEqual(
    ['ecn', 'originalDestination', 'packetInfo', 'segmentSize', 'tos', 'ttl', 'unknown'].sort(),
  )
  expect(inHex(ancdata)).toEqual(ancdataOfPython(receiver))
})
