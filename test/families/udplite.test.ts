/** UDP-Lite: datagrams whose checksum covers a part only. Linux. */
import * as berkeley from 'berkeley'
import { AF_INET, AF_INET6, SOCK_DGRAM, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { rejection, settles } from '../support/async.js'
import { has, hasSocket } from '../support/families.js'
import { thrown } from '../support/sockets.js'

const { IPPROTO_UDPLITE = 136, UDPLITE_SEND_CSCOV = 10, UDPLITE_RECV_CSCOV = 11 } = berkeley
const TIMEOUT = 5

function open(host = '127.0.0.1'): berkeley.Socket<typeof AF_INET> {
  const sock = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE)
  sock.settimeout(TIMEOUT)
  sock.bind([host, 0])
  return sock
}

describe.skipIf(!has.udplite)('UDP-Lite [needs UDP-Lite]', () => {
  test('datagrams and their addresses, synchronously and as promises', async () => {
    using receiver = open()
    using sender = open()
    expect(receiver.proto).toBe(IPPROTO_UDPLITE)
    sender.sendto('hello', receiver.getsockname())
    expect(receiver.recvfrom(100)).toEqual([Buffer.from('hello'), sender.getsockname()])
    const received = receiver.recvfromAsync(100)
    await sender.sendtoAsync('again', receiver.getsockname())
    expect(await settles(received)).toEqual([Buffer.from('again'), sender.getsockname()])
  })

  test('a connected pair exchanges, and refuses others', () => {
    using one = open()
    using other = open()
    using stranger = open()
    one.connect(other.getsockname())
    other.connect(one.getsockname())
    one.send('to you')
    expect(other.recv(100).toString()).toBe('to you')
    stranger.sendto('not for you', one.getsockname())
    other.send('to me')
    expect(one.recv(100).toString()).toBe('to me')
  })

  test('the checksum covers as much as the sender says, at least the header', () => {
    using sender = open()
    for (const [level, coverage, is] of [
      [UDPLITE_SEND_CSCOV, 20, 20],
      [UDPLITE_RECV_CSCOV, 12, 12],
      [UDPLITE_SEND_CSCOV, 3, 8],
      [UDPLITE_SEND_CSCOV, 0, 0],
    ] as const) {
      sender.setsockopt(IPPROTO_UDPLITE, level, coverage)
      expect(sender.getsockopt(IPPROTO_UDPLITE, level)).toBe(is)
    }
  })

  test('a receiver that wants more covered than the sender gives hears nothing of it', async () => {
    using receiver = open()
    using sender = open()
    receiver.setsockopt(IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 20)
    sender.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 10)
    sender.sendto('covered too little', receiver.getsockname())
    sender.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 0)
    sender.sendto('covered in all', receiver.getsockname())
    // Loopback keeps the order: had the first been taken, it would be here.
    expect((await settles(receiver.recvAsync(100))).toString()).toBe('covered in all')
    receiver.setblocking(false)
    expect(thrown(() => receiver.recv(100)).code).toBe('EAGAIN')
  })

  test('a port on which nobody receives', async () => {
    using sender = open()
    const gone = open()
    const address = gone.getsockname()
    gone.close()
    sender.connect(address)
    sender.send('x')
    expect(await rejection(settles(sender.recvAsync(10)))).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test.skipIf(!hasSocket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE))('over IPv6 [needs UDP-Lite over IPv6]', () => {
    using receiver = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE)
    receiver.settimeout(TIMEOUT)
    receiver.bind(['::1', 0])
    using sender = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE)
    sender.sendto('hello', receiver.getsockname())
    const [data, from] = receiver.recvfrom(100)
    expect([data.toString(), from?.[0]]).toEqual(['hello', '::1'])
  })

  test('is not for a socket of UDP', () => {
    using udp = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => udp.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 8))).toMatchObject({ code: 'ENOPROTOOPT' })
  })
})
