import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  close,
  errno,
  GaiError,
  getaddrinfo,
  MSG_DONTWAIT,
  MSG_FASTOPEN,
  MSG_MORE,
  MSG_OOB,
  MSG_ZEROCOPY,
  SHUT_WR,
  SO_LINGER,
  SO_SNDBUF,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  type Socket,
  SocketError,
  SocketTimeoutError,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, fillBoth, isPending, rejection, settles, turns, urgent } from '../support/async.js'
import { Closing, can, listenTcp, pair, tcpPair, temporaryFolder, udp } from '../support/sockets.js'

/** The sends, each with what it answers for some data. */
const sends: [string, (sock: Socket, data: string | Uint8Array, flags?: number) => Promise<number | undefined>][] = [
  ['sendAsync', (sock, data, flags = 0) => sock.sendAsync(data, { flags })],
  [
    'sendallAsync',
    async (sock, data, flags = 0) => {
      await sock.sendallAsync(data, { flags })
      return Buffer.byteLength(data)
    },
  ],
]

/** Whether a name has an IPv6 address here. */
function knows(name: string): boolean {
  try {
    return getaddrinfo(name, 1, { family: AF_INET6 }).length > 0
  } catch {
    return false
  }
}

/** Receives so many bytes, while they come. */
async function take(sock: Socket, count: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let got = 0; got < count; ) {
    const part = await settles(sock.recvAsync(Math.min(count - got, 65_536)))
    if (part.length === 0) break
    parts.push(part)
    got += part.length
  }
  return Buffer.concat(parts)
}

describe.each(sends)('%s', (_, send) => {
  test.each([
    ['a string, as UTF-8', 'grüße', Buffer.from('grüße')],
    ['a Buffer', Buffer.from('abc'), Buffer.from('abc')],
    ['more than goes through the shared memory', bytesFrom(0, 65), bytesFrom(0, 65)],
    ['a view', new Uint8Array(Uint16Array.of(0x4142, 0x4344).buffer), Buffer.from('BADC')],
  ])('takes %s', async (_name, data, expected) => {
    using ends = pair()
    expect(await settles(send(ends[0], data))).toBe(expected.length)
    expect(ends[1].recv(100)).toEqual(expected)
  })

  test('nothing on a stream is nothing, an empty datagram is a message', async () => {
    using ends = pair()
    expect(await settles(send(ends[0], ''))).toBe(0)
    await settles(send(ends[0], 'x'))
    expect(String(ends[1].recv(10))).toBe('x')
    using closing = new Closing()
    const [one, two] = socketpair(AF_UNIX, SOCK_DGRAM).map((sock) => closing.add(sock)) as [Socket, Socket]
    expect(await settles(send(one, ''))).toBe(0)
    await settles(send(one, 'x'))
    expect([two.recv(10).length, String(two.recv(10))]).toEqual([0, 'x'])
  })

  test('a peer that is gone is EPIPE, never a signal; what waits learns of it', async () => {
    using ends = pair()
    fill(ends[0])
    const waiting = [send(ends[0], 'x'), send(ends[0], 'y')]
    expect(await isPending(waiting[0] as Promise<unknown>)).toBe(true)
    ends[1].close()
    const codes = [
      await settles(rejection(waiting[0] as Promise<unknown>)),
      await settles(rejection(waiting[1] as Promise<unknown>)),
    ]
    expect(codes.map(({ code }) => code)).toEqual(['EPIPE', 'EPIPE'])
    expect(await settles(rejection(send(ends[0], 'z')))).toMatchObject({ code: 'EPIPE', errno: errno.EPIPE })
  })

  test('a connection that is reset while it waits is told', async () => {
    using both = tcpPair()
    await fillBoth(both.client)
    let waiting = send(both.client, bytesFrom(0, 100_000))
    // On a busy machine there may be room once more.
    while (!(await isPending(waiting))) waiting = send(both.client, bytesFrom(0, 100_000))
    both.server.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer))
    both.server.close()
    expect((await settles(rejection(waiting))).code).toMatch(/^(ECONNRESET|EPIPE)$/)
  })

  test('what is shut down for sending is EPIPE', async () => {
    using both = tcpPair()
    both.client.shutdown(SHUT_WR)
    expect((await rejection(send(both.client, 'x'))).code).toBe('EPIPE')
  })

  test.skipIf(!can.datagramsWait)('a datagram waits for room in a connected unix peer [needs that]', async () => {
    using folder = temporaryFolder()
    using receiver = socket(AF_UNIX, SOCK_DGRAM)
    receiver.bind(folder.path('in'))
    using sender = socket(AF_UNIX, SOCK_DGRAM)
    sender.connect(folder.path('in'))
    const count = fill(sender, Buffer.from('filler'))
    // More than one round: each time there is room once.
    for (let round = 0; round < 3; round++) {
      const waiting = send(sender, `round ${round}`)
      expect(await isPending(waiting)).toBe(true)
      receiver.recv(100)
      await settles(waiting)
    }
    for (let i = 3; i < count / 6; i++) receiver.recv(100)
    expect([0, 1, 2].map(() => String(receiver.recv(100)))).toEqual(['round 0', 'round 1', 'round 2'])
  })

  test.skipIf(!can.seqpacket)(
    'a message of SOCK_SEQPACKET goes as a whole, or is EMSGSIZE [needs seqpacket]',
    async () => {
      using closing = new Closing()
      const [one, two] = socketpair(AF_UNIX, SOCK_SEQPACKET).map((sock) => closing.add(sock)) as [Socket, Socket]
      await settles(send(one, 'one'))
      await settles(send(one, 'two'))
      expect([String(two.recv(10)), String(two.recv(10))]).toEqual(['one', 'two'])
      expect((await settles(rejection(send(one, Buffer.alloc(8 << 20))))).code).toBe('EMSGSIZE')
    },
  )

  test('MSG_OOB sends urgent data, in line with what waits before it', async () => {
    using both = tcpPair()
    await settles(send(both.client, 'abc'))
    await settles(send(both.client, '!', MSG_OOB))
    expect(String(both.server.recv(10))).toBe('abc')
    expect(await urgent(() => both.server.recv(1, MSG_OOB))).toBe('!')
  })

  test.skipIf(!can.linux)('MSG_MORE holds a part back [Linux]', async () => {
    using both = tcpPair()
    await settles(send(both.client, 'abc', MSG_MORE as number))
    const waiting = both.server.recvAsync(10)
    expect(await isPending(waiting)).toBe(true)
    await settles(send(both.client, 'def'))
    expect(String(await settles(waiting))).toBe('abcdef')
  })

  test.skipIf(!can.linux)('MSG_ZEROCOPY sends the caller’s bytes; a string has none [Linux]', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_ZEROCOPY as number, 1)
    const data = bytesFrom(0, 100_000)
    const sent = settles(send(both.client, data, MSG_ZEROCOPY as number))
    const taken = await take(both.server, 1)
    const count = (await sent) as number
    expect(Buffer.concat([taken, await take(both.server, count - 1)]).equals(data.subarray(0, count))).toBe(true)
    expect((await rejection(send(both.client, 'text', MSG_ZEROCOPY as number))).code).toBe('ERR_INVALID_ARG_TYPE')
  })
})

describe('sendAsync', () => {
  test('takes a part where there is room for a part, and waits where there is none', async () => {
    using ends = pair()
    const data = Buffer.alloc(4 << 20)
    const first = await settles(ends[0].sendAsync(data))
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(data.length)
    expect((await rejection(ends[0].sendAsync('x', { flags: MSG_DONTWAIT }))).code).toBe('EAGAIN')
    const waiting = ends[0].sendAsync(data)
    expect(await isPending(waiting)).toBe(true)
    expect(drain(ends[1])).toHaveLength(first)
    const second = await settles(waiting)
    expect(second).toBeGreaterThan(0)
    expect(drain(ends[1])).toHaveLength(second)
  })
})

describe('sendallAsync', () => {
  test('delivers every byte over many partial sends', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192)
    const data = bytesFrom(0, 3_000_000)
    const sent = both.client.sendallAsync(data)
    expect((await take(both.server, data.length)).equals(data)).toBe(true)
    expect(await settles(sent)).toBeUndefined()
  })

  test.each<[string, string, (sock: Socket) => void]>([
    ['a time-out', 'ETIMEDOUT', () => {}],
    ['close()', 'ECANCELED', (sock) => sock.close()],
    ['detach()', 'ECANCELED', (sock) => close(sock.detach())],
  ])('says after %s how many bytes the kernel has', async (name, code, end) => {
    using ends = pair()
    const data = bytesFrom(0, 4 << 20)
    const first = ends[0].sendallAsync(data, name === 'a time-out' ? { timeout: 2 } : {})
    const second = ends[0].sendallAsync('never begun')
    expect(await isPending(first)).toBe(true)
    // Room for some more in the meantime.
    const begun = ends[1].recv(100_000)
    await turns()
    end(ends[0])
    const error = await settles(rejection(first))
    expect(error).toMatchObject({ code, syscall: 'sendall' })
    ends[0].close()
    const { bytesSent } = await settles(rejection(second))
    expect(bytesSent).toBe(0)
    const arrived = Buffer.concat([begun, drain(ends[1])])
    expect(error.bytesSent).toBe(arrived.length)
    expect(arrived.equals(data.subarray(0, arrived.length))).toBe(true)
  })

  test('an abort gives the signal’s reason as it is; the bytes that went are a prefix', async () => {
    using ends = pair()
    const data = bytesFrom(0, 4 << 20)
    const reason = Object.freeze(new SocketError('EPIPE', errno.EPIPE, 'send'))
    const controller = new AbortController()
    const sent = ends[0].sendallAsync(data, { signal: controller.signal })
    controller.abort(reason)
    expect(await settles(rejection(sent))).toBe(reason)
    const arrived = drain(ends[1])
    expect(arrived.equals(data.subarray(0, arrived.length))).toBe(true)
    await settles(ends[0].sendallAsync('next'))
    expect(String(drain(ends[1]))).toBe('next')
  })

  test('with MSG_DONTWAIT, or a timeout of 0, it is one attempt that says how far it came', async () => {
    using ends = pair()
    const error = await rejection(ends[0].sendallAsync(Buffer.alloc(4 << 20), { flags: MSG_DONTWAIT }))
    expect(error.code).toBe('EAGAIN')
    expect(error.bytesSent).toBe(drain(ends[1]).length)
    const timedOut = await rejection(ends[0].sendallAsync(Buffer.alloc(4 << 20), { timeout: 0 }))
    expect(timedOut).toBeInstanceOf(SocketTimeoutError)
    expect(timedOut.bytesSent).toBe(drain(ends[1]).length)
  })
})

describe('sendtoAsync', () => {
  const families: [number, string, string, boolean][] = [
    [AF_INET, '127.0.0.1', 'localhost', true],
    [AF_INET6, '::1', 'ip6-localhost', can.bindIPv6 && knows('ip6-localhost')],
  ]
  for (const [family, host, name, possible] of families) {
    test.skipIf(!possible)(`sends to ${host} and to ${name}, in order [needs that name]`, async () => {
      using receiver = socket(family, SOCK_DGRAM)
      receiver.bind([host, 0])
      using sender = socket(family, SOCK_DGRAM)
      const [, port] = receiver.getsockname() as [string, number]
      expect(await settles(sender.sendtoAsync('one', receiver.getsockname() as [string, number]))).toBe(3)
      const byName = sender.sendtoAsync('two', [name, port])
      const after = sender.sendtoAsync('three', [host, port])
      expect(await settles(Promise.all([byName, after]))).toEqual([3, 5])
      expect(['one', 'two', 'three'].map(() => String(receiver.recv(10)))).toEqual(['one', 'two', 'three'])
    })
  }

  test('errors carry the address', async () => {
    using sender = udp()
    expect(await rejection(sender.sendtoAsync(Buffer.alloc(70_000), ['127.0.0.1', 9]))).toMatchObject({
      code: 'EMSGSIZE',
      syscall: 'sendto',
      address: ['127.0.0.1', 9],
      message: 'sendto EMSGSIZE 127.0.0.1:9',
    })
    expect(await rejection(sender.sendtoAsync('x', ['no-such-host.invalid', 9]))).toBeInstanceOf(GaiError)
    expect((await rejection(sender.sendtoAsync('x', ['127.0.0.1', 65_536]))).code).toBe('ERR_OUT_OF_RANGE')
    expect((await rejection(sender.sendtoAsync('x', ['localhost', 65_536]))).code).toBe('ERR_OUT_OF_RANGE')
  })

  test('to a name with MSG_DONTWAIT waits for the address alone', async () => {
    using receiver = udp()
    using sender = udp()
    const address: [string, number] = ['localhost', receiver.getsockname()[1]]
    expect(await settles(sender.sendtoAsync('x', address, { flags: MSG_DONTWAIT }))).toBe(1)
    expect(String(receiver.recv(10))).toBe('x')
  })

  test.skipIf(!can.datagramsWait)(
    'to a full queue with MSG_DONTWAIT is EAGAIN [needs datagrams that wait]',
    async () => {
      using folder = temporaryFolder()
      using full = socket(AF_UNIX, SOCK_DGRAM)
      full.bind(folder.path('full'))
      using client = socket(AF_UNIX, SOCK_DGRAM)
      client.connect(folder.path('full'))
      fill(client, Buffer.from('x'))
      using other = socket(AF_UNIX, SOCK_DGRAM)
      const refused = other.sendtoAsync('x', folder.path('full'), { flags: MSG_DONTWAIT })
      expect((await rejection(refused)).code).toBe('EAGAIN')
    },
  )

  test.skipIf(!can.linux)('TCP Fast Open connects and sends [Linux]', async () => {
    using server = listenTcp()
    using client = socket()
    const sent = client.sendtoAsync('hello', server.getsockname(), { flags: MSG_FASTOPEN as number })
    using conn = server.accept()[0]
    expect(await settles(sent)).toBe(5)
    expect(String(conn.recv(10))).toBe('hello')
  })
})
