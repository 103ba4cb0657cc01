/** The error queue: what came back by ICMP, from the machine itself, from MSG_ZEROCOPY; read in both forms, waited for. */
import {
  AF_INET,
  AF_INET6,
  type AncillaryOut,
  decodeAncillary,
  errno,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_RECVERR,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_PEEK,
  MSG_ZEROCOPY,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_ZEROCOPY,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOL_SOCKET,
  setdefaulttimeout,
  socket,
  TCP_INQ,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { ANCBUFSIZE, ancdataOfPython, forms, inHex } from '../support/messages.js'
import { hasPython } from '../support/python.js'
import { Closing, can, closedPort, tcpPair, udp } from '../support/sockets.js'

// What is lost fails a test, and does not hang it.
setdefaulttimeout(10)

/** Where nobody receives. */
const closedAddress = (): [string, number] => ['127.0.0.1', closedPort(SOCK_DGRAM)]

function closedAddress6(): [string, number, number, number] {
  using probe = socket(AF_INET6, SOCK_DGRAM)
  probe.bind(['::1', 0])
  return probe.getsockname()
}

/** The same numbers on every Linux. */
const on = (name: number | undefined): number => name as number
const ICMP_UNREACHABLE = { type: 3, icmpCode: 3 }
const ICMP6_UNREACHABLE = { type: 1, icmpCode: 4 }
const only = (ancdata: AncillaryOut[]) => {
  const { errors = [], unknown } = decodeAncillary(ancdata)
  expect(unknown).toEqual([])
  expect(errors).toHaveLength(1)
  return errors[0]
}

describe.skipIf(!can.linux).each(forms)('the error queue, $name [needs Linux]', ({ receive, name }) => {
  test('a port that nobody has: who says so, and to what', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    const address = closedAddress()
    sock.sendto('to nobody', address)
    const [data, ancdata, flags, destination] = await receive(sock, MSG_ERRQUEUE)
    expect(data.toString()).toBe('to nobody')
    expect(flags & on(MSG_ERRQUEUE)).toBe(MSG_ERRQUEUE)
    expect(destination).toEqual(address)
    expect(only(ancdata)).toEqual({
      errno: errno.ECONNREFUSED,
      code: 'ECONNREFUSED',
      origin: SO_EE_ORIGIN_ICMP,
      ...ICMP_UNREACHABLE,
      info: 0,
      data: 0,
      offender: ['127.0.0.1', 0],
    })
    sock.setblocking(false)
    await expect(receive(sock, on(MSG_ERRQUEUE) | MSG_DONTWAIT)).rejects.toMatchObject({ code: 'EAGAIN' })
  })

  test.skipIf(!can.bindIPv6)('the same over IPv6 [needs IPv6]', async () => {
    using sock = socket(AF_INET6, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IPV6, on(IPV6_RECVERR), 1)
    const address = closedAddress6()
    sock.sendto('to nobody', address)
    const [, ancdata, , destination] = await receive(sock, MSG_ERRQUEUE)
    expect(destination).toEqual(address)
    expect(only(ancdata)).toMatchObject({
      code: 'ECONNREFUSED',
      origin: SO_EE_ORIGIN_ICMP6,
      ...ICMP6_UNREACHABLE,
      offender: ['::1', 0, 0, 0],
    })
  })

  test('a socket with a timeout waits for an error, and gets one', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    sock.settimeout(0.02)
    await expect(receive(sock, MSG_ERRQUEUE)).rejects.toMatchObject({ name: 'SocketTimeoutError' })
    sock.settimeout(10)
    sock.sendto('to nobody', closedAddress())
    expect(only((await receive(sock, MSG_ERRQUEUE))[1])).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('several in order, each with its own destination', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    const addresses = [closedAddress(), closedAddress(), closedAddress()]
    for (const address of addresses) {
      // The error of one send is told by the next one, which then sends nothing.
      for (let sent = false; !sent; ) {
        try {
          sock.sendto('x', address)
          sent = true
        } catch (error) {
          expect(error).toMatchObject({ code: 'ECONNREFUSED' })
        }
      }
    }
    for (const address of addresses) {
      const [, ancdata, , destination] = await receive(sock, MSG_ERRQUEUE)
      expect(destination).toEqual(address)
      expect(only(ancdata)).toMatchObject({ code: 'ECONNREFUSED' })
    }
  })

  test('a datagram too long for the interface: its MTU', async () => {
    using closing = new Closing()
    const sock = closing.add(socket(AF_INET, SOCK_DGRAM))
    const receiver = closing.add(udp())
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    expect(() => sock.sendto(Buffer.alloc(65_508), receiver.getsockname())).toThrow('EMSGSIZE')
    const [, ancdata] = await receive(sock, MSG_ERRQUEUE)
    const error = only(ancdata)
    expect(error).toMatchObject({ code: 'EMSGSIZE', origin: SO_EE_ORIGIN_LOCAL, offender: null })
    expect(error?.mtu).toBe(error?.info)
    expect(error?.mtu).toBeGreaterThan(65_000)
  })

  test('sends of MSG_ZEROCOPY: how many are done', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, on(SO_ZEROCOPY), 1)
    const data = Buffer.alloc(20_000, 'zerocopy')
    let done = 0
    for (let i = 0; i < 3; i++) {
      expect(both.client.send(data, on(MSG_ZEROCOPY))).toBe(data.length)
      for (let left = data.length; left > 0; ) left -= both.server.recv(left).length
    }
    while (done < 3) {
      // Loopback copies after all; the notices of several sends may be one.
      const { zerocopy, ...error } = only((await receive(both.client, MSG_ERRQUEUE))[1]) ?? {}
      expect(error).toMatchObject({ errno: 0, code: '', origin: SO_EE_ORIGIN_ZEROCOPY, offender: null })
      expect(zerocopy).toMatchObject({ first: done, copied: true })
      done = (zerocopy?.last ?? -1) + 1
    }
    expect(done).toBe(3)
  })

  test('how much a TCP socket has left', async () => {
    using both = tcpPair()
    both.server.setsockopt(IPPROTO_TCP, on(TCP_INQ), 1)
    both.client.sendall('0123456789')
    both.server.recv(10, MSG_PEEK)
    const [data, ancdata] =
      name === 'synchronous'
        ? both.server.recvmsg(4, ANCBUFSIZE)
        : await both.server.recvmsgAsync(4, { ancbufsize: ANCBUFSIZE })
    expect(data.toString()).toBe('0123')
    expect(decodeAncillary(ancdata)).toEqual({ inq: 6, unknown: [] })
  })
})

describe.skipIf(!can.linux)('waiting for an error [needs Linux]', () => {
  test('a call that waits gets the error that comes later', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    const waiting = sock.recvmsgAsync(100, { ancbufsize: ANCBUFSIZE, flags: on(MSG_ERRQUEUE), timeout: 10 })
    await new Promise(setImmediate)
    sock.sendto('to nobody', closedAddress())
    const [data, ancdata] = await waiting
    expect(data.toString()).toBe('to nobody')
    expect(only(ancdata)).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('and data that comes meanwhile is left to whom it is for', async () => {
    using closing = new Closing()
    const [sock, other] = [closing.add(udp()), closing.add(udp())]
    sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
    const waiting = sock.recvmsgAsync(100, { ancbufsize: ANCBUFSIZE, flags: on(MSG_ERRQUEUE), timeout: 10 })
    await new Promise(setImmediate)
    other.sendto('data', sock.getsockname())
    await new Promise(setImmediate)
    sock.sendto('to nobody', closedAddress())
    expect(only((await waiting)[1])).toMatchObject({ code: 'ECONNREFUSED' })
    expect((await sock.recvAsync(100, { timeout: 10 })).toString()).toBe('data')
  })

  test('ends by its timeout, its signal, close', async () => {
    using sock = udp()
    const options = { ancbufsize: ANCBUFSIZE, flags: on(MSG_ERRQUEUE) }
    await expect(sock.recvmsgAsync(100, { ...options, timeout: 0.02 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const reason = new Error('enough')
    const stop = new AbortController()
    const stopped = sock.recvmsgAsync(100, { ...options, signal: stop.signal })
    stop.abort(reason)
    await expect(stopped).rejects.toBe(reason)
    const closed = sock.recvmsgAsync(100, options)
    sock.close()
    await expect(closed).rejects.toMatchObject({ code: 'ECANCELED' })
  })
})

test.skipIf(!hasPython || !can.linux)('CPython has the same bytes [needs Linux, python3]', () => {
  // The error queue cannot be peeked at: two sends that are alike but for their ports.
  using sock = socket(AF_INET, SOCK_DGRAM)
  sock.setsockopt(IPPROTO_IP, on(IP_RECVERR), 1)
  const address = closedAddress()
  sock.sendto('x', address)
  const [, ours] = sock.recvmsg(10, ANCBUFSIZE, on(MSG_ERRQUEUE))
  sock.sendto('x', address)
  const theirs = ancdataOfPython(sock, on(MSG_ERRQUEUE))
  expect(inHex(ours)).toEqual(theirs)
  expect(ours).toHaveLength(1)
})
