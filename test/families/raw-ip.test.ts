/** Raw IP over loopback: protocols of one's own, and packets with headers of one's own. */
import {
  AF_INET,
  AF_INET6,
  IP_HDRINCL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_UDP,
  IPV6_CHECKSUM,
  inetAton,
  inetPton,
  SOCK_RAW,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { checksum, parsePacket } from '../support/icmp.js'
import { can, thrown, udp } from '../support/sockets.js'

/** For experiments, RFC 3692: nobody else uses them. */
const [EXPERIMENT, OTHER_EXPERIMENT] = [253, 254]

/** An address that nobody else uses at the same time. */
const HOST = `127.${64 + ((process.pid >> 16) & 63)}.${(process.pid >> 8) & 255}.${process.pid & 255}`

/** A header of 20 bytes; the kernel writes the length and the checksum, and the identification where it is 0. */
function ipHeader(protocol: number, ttl: number, source: string, destination: string): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(0xbeef, 4)
  header[8] = ttl
  header[9] = protocol
  header.set(inetAton(source), 12)
  header.set(inetAton(destination), 16)
  return header
}

function raw(proto: number) {
  const sock = socket(AF_INET, SOCK_RAW, proto)
  sock.settimeout(5)
  return sock
}

function raw6(proto: number) {
  const sock = socket(AF_INET6, SOCK_RAW, proto)
  sock.settimeout(5)
  return sock
}

describe.skipIf(!has.rawIcmp)('raw IPv4 [needs raw sockets]', () => {
  test('a protocol of its own', () => {
    using receiver = raw(EXPERIMENT)
    using other = raw(OTHER_EXPERIMENT)
    using sender = raw(EXPERIMENT)
    receiver.bind([HOST, 0])
    other.bind([HOST, 0])
    other.setblocking(false)
    sender.sendto('of no known protocol', [HOST, 0])
    const [packet, address] = receiver.recvfrom(1500)
    expect(address).toEqual(['127.0.0.1', 0])
    expect(parsePacket(packet)).toMatchObject({ protocol: EXPERIMENT, data: Buffer.from('of no known protocol') })
    expect(thrown(() => other.recv(100)).code).toBe('EAGAIN')
  })

  test('IP_HDRINCL: the header is the program', () => {
    using receiver = raw(EXPERIMENT)
    using sender = raw(EXPERIMENT)
    expect(sender.getsockopt(IPPROTO_IP, IP_HDRINCL)).toBe(0)
    sender.setsockopt(IPPROTO_IP, IP_HDRINCL, true)
    expect(sender.getsockopt(IPPROTO_IP, IP_HDRINCL)).not.toBe(0)
    receiver.bind([HOST, 0])
    const packet = Buffer.concat([ipHeader(EXPERIMENT, 42, '127.0.0.9', HOST), Buffer.from('own header')])
    expect(sender.sendto(packet, [HOST, 0])).toBe(packet.length)
    const [received, address] = receiver.recvfrom(1500)
    expect(address).toEqual(['127.0.0.9', 0])
    const { ttl, protocol, source, header, data } = parsePacket(received)
    expect({ ttl, protocol, source, data: data.toString() }).toEqual({
      ttl: 42,
      protocol: EXPERIMENT,
      source: '127.0.0.9',
      data: 'own header',
    })
    expect(header.readUInt16BE(4)).toBe(0xbeef)
    expect(checksum(header)).toBe(0)
  })

  test.skipIf(!can.linux)('IPPROTO_RAW has it from the start, and only sends [needs Linux]', () => {
    using sender = raw(IPPROTO_RAW)
    using receiver = udp()
    expect(sender.getsockopt(IPPROTO_IP, IP_HDRINCL)).toBe(1)
    receiver.settimeout(5)
    // A datagram made by hand: ports, length, no checksum, data.
    const data = Buffer.from('a datagram made by hand')
    const head = Buffer.alloc(8)
    head.writeUInt16BE(12345, 0)
    head.writeUInt16BE(receiver.getsockname()[1], 2)
    head.writeUInt16BE(head.length + data.length, 4)
    sender.sendto(Buffer.concat([ipHeader(IPPROTO_UDP, 64, '127.0.0.7', '127.0.0.1'), head, data]), ['127.0.0.1', 0])
    expect(receiver.recvfrom(100)).toEqual([data, ['127.0.0.7', 12345]])
  })

  test.skipIf(!can.linux)('a header that is cut off is refused [needs Linux]', () => {
    using sender = raw(IPPROTO_RAW)
    expect(thrown(() => sender.sendto(Buffer.alloc(19), ['127.0.0.1', 0])).code).toBe('EINVAL')
  })

  test('waiting calls end with their time, their signal and their socket', async () => {
    using sock = raw(EXPERIMENT)
    sock.bind([HOST, 0])
    sock.settimeout(0.02)
    expect(thrown(() => sock.recvfrom(10)).code).toBe('ETIMEDOUT')
    await expect(sock.recvfromAsync(10)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    sock.settimeout(null)
    const stopped = sock.recvfromAsync(10, { signal: AbortSignal.abort('enough') })
    await expect(stopped).rejects.toBe('enough')
    const waiting = sock.recvfromAsync(10)
    sock.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ECANCELED' })
  })
})

describe.skipIf(!has.rawIcmp6)('raw IPv6 [needs raw sockets]', () => {
  /** What the checksum of a protocol over IPv6 covers besides its own bytes, RFC 8200, section 8.1. */
  function pseudoHeader(length: number, protocol: number): Buffer {
    const header = Buffer.alloc(40)
    header.set(inetPton(AF_INET6, '::1'), 0)
    header.set(inetPton(AF_INET6, '::1'), 16)
    header.writeUInt32BE(length, 32)
    header[39] = protocol
    return header
  }

  /** What is this process's of all that is on the way to ::1. */
  const MARK = Buffer.from(`${process.pid}.`)
  function received(sock: ReturnType<typeof raw6>): [data: Buffer, address: unknown] {
    for (;;) {
      const [data, address] = sock.recvfrom(100)
      if (data.includes(MARK)) return [data, address]
    }
  }

  test('gives data without a header', () => {
    using receiver = raw6(EXPERIMENT)
    using sender = raw6(EXPERIMENT)
    sender.sendto(Buffer.concat([Buffer.from('plain'), MARK]), ['::1', 0])
    expect(received(receiver)).toEqual([Buffer.concat([Buffer.from('plain'), MARK]), ['::1', 0, 0, 0]])
  })

  test('IPV6_CHECKSUM: the kernel writes the checksum at an offset, and drops what has a wrong one', () => {
    using receiver = raw6(OTHER_EXPERIMENT)
    using sender = raw6(OTHER_EXPERIMENT)
    expect(sender.getsockopt(IPPROTO_IPV6, IPV6_CHECKSUM)).toBe(-1)
    expect(thrown(() => sender.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, 3)).code).toBe('EINVAL')
    receiver.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, 2)
    expect(receiver.getsockopt(IPPROTO_IPV6, IPV6_CHECKSUM)).toBe(2)
    sender.sendto(Buffer.concat([Buffer.from([1, 2, 0, 0]), MARK]), ['::1', 0])
    sender.setsockopt(IPPROTO_IPV6, IPV6_CHECKSUM, 2)
    sender.sendto(Buffer.concat([Buffer.from([7, 8, 0, 0]), MARK]), ['::1', 0])
    const [data] = received(receiver)
    // The first one, whose checksum nobody wrote, did not come.
    expect([...data.subarray(0, 2)]).toEqual([7, 8])
    expect(checksum(pseudoHeader(data.length, OTHER_EXPERIMENT), data)).toBe(0)
    expect(data.readUInt16BE(2)).not.toBe(0)
  })
})
