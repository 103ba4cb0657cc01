import { spawnSync } from 'node:child_process'
import {
  AF_INET,
  AF_UNIX,
  close,
  errno,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_WR,
  SO_OOBINLINE,
  SO_RCVLOWAT,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  type Socket,
  SocketTimeoutError,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, isPending, rejection, settles, turns, urgent } from '../support/async.js'
import { hasPython } from '../support/python.js'
import { Closing, can, closedPort, pair, tcpPair, temporaryFolder, udp } from '../support/sockets.js'

/** The receives, each as the bytes it gives and the address that goes with them. */
const receives: [name: string, call: (sock: Socket, size: number) => Promise<[Buffer, unknown]>][] = [
  ['recvAsync', async (sock, size) => [await sock.recvAsync(size), null]],
  ['recvfromAsync', (sock, size) => sock.recvfromAsync(size)],
  [
    'recvIntoAsync',
    async (sock, size) => {
      const memory = Buffer.alloc(size)
      return [memory.subarray(0, await sock.recvIntoAsync(memory)), null]
    },
  ],
  [
    'recvfromIntoAsync',
    async (sock, size) => {
      const memory = Buffer.alloc(size)
      const [length, address] = await sock.recvfromIntoAsync(memory)
      return [memory.subarray(0, length), address]
    },
  ],
]

describe.each(receives)('%s', (name, call) => {
  test('gives at most the bytes asked for, and the rest to the next call', async () => {
    using both = tcpPair()
    const first = call(both.server, 5)
    expect(await isPending(first)).toBe(true)
    both.client.sendall('hello world')
    expect(String((await settles(first))[0])).toBe('hello')
    expect(String((await settles(call(both.server, 1)))[0])).toBe(' ')
    expect(String((await settles(call(both.server, 100)))[0])).toBe('world')
  })

  test.each([1, 64, 65, 4096, 65_536, 70_000])('gives %i bytes as they were sent, over and over', async (size) => {
    using ends = pair()
    let place = 0
    for (let round = 0; round < 5; round++) {
      const waiting = call(ends[1], size)
      if (round % 2 === 0) await turns(1)
      ends[0].sendall(bytesFrom(place, size))
      let [data] = await settles(waiting)
      while (data.length < size) data = Buffer.concat([data, (await settles(call(ends[1], size - data.length)))[0]])
      expect(data.equals(bytesFrom(place, size))).toBe(true)
      place += size
    }
  })

  test('the end of the stream is empty, again and again, and comes after the data', async () => {
    using ends = pair()
    ends[0].send('last')
    ends[0].shutdown(SHUT_WR)
    expect(String((await settles(call(ends[1], 10)))[0])).toBe('last')
    for (let i = 0; i < 3; i++) expect((await settles(call(ends[1], 10)))[0]).toHaveLength(0)
  })

  test('the end of the stream ends all that wait, and those that come', async () => {
    using both = tcpPair()
    const waiting = [call(both.server, 10), call(both.server, 10), call(both.server, 10)]
    expect(await isPending(waiting[0] as Promise<unknown>)).toBe(true)
    both.client.sendall('x')
    both.client.close()
    const lengths = (await settles(Promise.all([...waiting, call(both.server, 10)]))).map(([data]) => data.length)
    expect(lengths).toEqual([1, 0, 0, 0])
  })

  test('a datagram comes with its sender’s address, what is longer than the buffer is lost', async () => {
    using receiver = udp()
    using sender = udp()
    const waiting = call(receiver, 4)
    expect(await isPending(waiting)).toBe(true)
    sender.sendto('one', receiver.getsockname())
    sender.sendto('2222222', receiver.getsockname())
    sender.sendto('', receiver.getsockname())
    const address = name.includes('from') ? sender.getsockname() : null
    expect(await settles(waiting)).toEqual([Buffer.from('one'), address])
    expect(await settles(call(receiver, 4))).toEqual([Buffer.from('2222'), address])
    expect(await settles(call(receiver, 4))).toEqual([Buffer.alloc(0), address])
    expect(await isPending(call(receiver, 4).catch(() => []))).toBe(true)
  })

  test.skipIf(!can.seqpacket)('messages of SOCK_SEQPACKET stay apart [needs seqpacket]', async () => {
    using closing = new Closing()
    const [one, two] = socketpair(AF_UNIX, SOCK_SEQPACKET)
    closing.add(one)
    closing.add(two)
    const waiting = [call(two, 10), call(two, 10), call(two, 10)]
    for (const text of ['a', 'bb', 'ccc']) one.send(text)
    expect((await settles(Promise.all(waiting))).map(([data]) => String(data))).toEqual(['a', 'bb', 'ccc'])
  })

  test('an error of the connection is told once, by the next call', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
    const waiting = call(sock, 10)
    expect(await isPending(waiting)).toBe(true)
    sock.send('x')
    expect(await settles(rejection(waiting))).toMatchObject({ code: 'ECONNREFUSED', errno: errno.ECONNREFUSED })
    expect(await isPending(call(sock, 10).catch(() => []))).toBe(true)
  })

  test.skipIf(!can.linux)('a datagram socket that is shut down has ended [Linux]', async () => {
    using closing = new Closing()
    const [one, two] = socketpair(AF_UNIX, SOCK_DGRAM)
    closing.add(one)
    closing.add(two)
    const waiting = call(two, 10)
    expect(await isPending(waiting)).toBe(true)
    two.shutdown(SHUT_RD)
    expect((await settles(waiting))[0]).toHaveLength(0)
    expect((await settles(call(two, 10)))[0]).toHaveLength(0)
  })
})

describe('flags', () => {
  test('MSG_PEEK leaves the bytes, also for those that wait', async () => {
    using ends = pair()
    const peeks = [
      ends[1].recvAsync(3, { flags: MSG_PEEK }),
      ends[1].recvIntoAsync(Buffer.alloc(10), { flags: MSG_PEEK }),
    ]
    const taken = ends[1].recvAsync(10)
    ends[0].send('abcdef')
    expect(await settles(Promise.all(peeks))).toEqual([Buffer.from('abc'), 6])
    expect(String(await settles(taken))).toBe('abcdef')
  })

  test('MSG_TRUNC tells a datagram’s length, and gives no byte that was not received', async () => {
    using receiver = udp()
    const memory = Buffer.alloc(4)
    const waiting = receiver.recvIntoAsync(memory, { flags: MSG_TRUNC })
    receiver.sendto('0123456789', receiver.getsockname())
    // Elsewhere than on Linux the flag means nothing to a receive.
    expect(await settles(waiting)).toBe(can.linux ? 10 : 4)
    expect(String(memory)).toBe('0123')
    receiver.sendto('0123456789', receiver.getsockname())
    expect(String(await settles(receiver.recvAsync(4, { flags: MSG_TRUNC })))).toBe('0123')
  })

  test.skipIf(!can.linux)('MSG_TRUNC on TCP throws bytes away, and the rest is there [Linux]', async () => {
    using both = tcpPair()
    const thrownAway = both.server.recvAsync(10, { flags: MSG_TRUNC })
    expect(await isPending(thrownAway)).toBe(true)
    both.client.send(bytesFrom(0, 100))
    expect(await settles(thrownAway)).toHaveLength(0)
    expect((await settles(both.server.recvAsync(100))).equals(bytesFrom(10, 90))).toBe(true)
  })

  test('MSG_OOB takes urgent data, does not wait, and goes past those that wait', async () => {
    using both = tcpPair()
    expect((await rejection(both.server.recvAsync(1, { flags: MSG_OOB }))).code).toBe('EINVAL')
    const waiting = both.server.recvAsync(10)
    expect(await isPending(waiting)).toBe(true)
    both.client.send('!', MSG_OOB)
    // That it has come is no reason to look for other data, which would throw it away.
    await turns()
    expect(await urgent(() => both.server.recvAsync(1, { flags: MSG_OOB }))).toBe('!')
    both.client.send('rest')
    expect(String(await settles(waiting))).toBe('rest')
  })

  test.each([0, 1])('what is behind urgent data is not forgotten (SO_OOBINLINE %i)', async (inline) => {
    using both = tcpPair()
    both.server.setsockopt(SOL_SOCKET, SO_OOBINLINE, inline)
    const first = both.server.recvAsync(100)
    expect(await isPending(first)).toBe(true)
    both.client.send('abc')
    both.client.send('!', MSG_OOB)
    both.client.send('def')
    expect(String(await settles(first))).toBe('abc')
    expect(String(await settles(both.server.recvAsync(100)))).toBe(inline ? '!def' : 'def')
  })

  test.skipIf(!can.linux)('MSG_ERRQUEUE waits for errors, beside those that wait for data [Linux]', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
    const address: [string, number] = ['127.0.0.1', closedPort(SOCK_DGRAM)]
    const flags = MSG_ERRQUEUE as number
    const data = sock.recvAsync(10)
    const failed = sock.recvfromAsync(10, { flags })
    expect(await isPending(failed)).toBe(true)
    sock.sendto('lost', address)
    expect(await settles(failed)).toEqual([Buffer.from('lost'), address])
    expect(await settles(rejection(data))).toMatchObject({ code: 'ECONNREFUSED' })
    const refused = sock.recvAsync(10, { flags: flags | MSG_DONTWAIT })
    expect((await rejection(refused)).code).toBe('EAGAIN')
    const again = sock.recvAsync(10, { flags })
    expect(await isPending(again)).toBe(true)
    sock.sendto('too', address)
    expect(String(await settles(again))).toBe('too')
  })
})

describe('MSG_WAITALL', () => {
  const flags = MSG_WAITALL

  test.each(['tcp', 'unix'])('goes on until the buffer is full (%s)', async (kind) => {
    using closing = new Closing()
    const [one, two] = kind === 'unix' ? closing.add(pair()) : Object.values(closing.add(tcpPair()))
    const memory = Buffer.alloc(8)
    const filled = [two.recvAsync(10, { flags }), two.recvIntoAsync(memory, { flags, nbytes: 6 })]
    for (let place = 0; place < 15; place += 3) {
      one.send(bytesFrom(place, 3))
      expect(await isPending(filled[1] as Promise<unknown>)).toBe(true)
    }
    one.send(bytesFrom(15, 3))
    expect(await settles(Promise.all(filled))).toEqual([bytesFrom(0, 10), 6])
    expect(memory).toEqual(Buffer.concat([bytesFrom(10, 6), Buffer.alloc(2)]))
    expect(await settles(two.recvAsync(100))).toEqual(bytesFrom(16, 2))
  })

  test.each<[string, (sock: Socket, peer: Socket, controller: AbortController) => void]>([
    ['the end of the stream', (_, peer) => peer.shutdown(SHUT_WR)],
    ['an abort', (_, __, controller) => controller.abort()],
    ['close()', (sock) => sock.close()],
    ['detach()', (sock) => close(sock.detach())],
  ])('gives the part that came before %s', async (_, end) => {
    using ends = pair()
    const controller = new AbortController()
    ends[0].send('part')
    const filled = ends[1].recvAsync(10, { flags, signal: controller.signal })
    expect(await isPending(filled)).toBe(true)
    end(ends[1], ends[0], controller)
    expect(String(await settles(filled))).toBe('part')
  })

  test('gives the part that came before a time-out; without any it has timed out', async () => {
    using ends = pair()
    expect(await settles(rejection(ends[1].recvAsync(10, { flags, timeout: 0.01 })))).toBeInstanceOf(SocketTimeoutError)
    ends[0].send('part')
    expect(String(await settles(ends[1].recvAsync(10, { flags, timeout: 0.01 })))).toBe('part')
    ends[0].send('again')
    expect(String(await settles(ends[1].recvAsync(10, { flags, timeout: 0 })))).toBe('again')
    ends[0].send('once')
    expect(String(await settles(ends[1].recvAsync(10, { flags: flags | MSG_DONTWAIT })))).toBe('once')
  })

  test('with MSG_PEEK waits for all, takes nothing', async () => {
    using ends = pair()
    ends[0].send('abc')
    const peeked = ends[1].recvAsync(6, { flags: flags | MSG_PEEK })
    expect(await isPending(peeked)).toBe(true)
    ends[0].send('def')
    expect(String(await settles(peeked))).toBe('abcdef')
    const short = ends[1].recvAsync(100, { flags: flags | MSG_PEEK })
    expect(await isPending(short)).toBe(true)
    ends[0].close()
    expect(String(await settles(short))).toBe('abcdef')
    expect(String(await settles(ends[1].recvAsync(100)))).toBe('abcdef')
  })
})

test('nothing is given for SO_RCVLOWAT until there is enough', async () => {
  using both = tcpPair()
  both.server.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 10)
  for (let round = 0; round < 3; round++) {
    const waiting = both.server.recvAsync(100)
    both.client.send('12345')
    expect(await isPending(waiting)).toBe(true)
    both.client.send('67890')
    expect(String(await settles(waiting))).toBe('1234567890')
  }
})

test.skipIf(!hasPython)(
  'what is behind passed descriptors on a unix stream is not forgotten [needs python3]',
  async () => {
    using folder = temporaryFolder()
    using listener = socket(AF_UNIX)
    listener.bind(folder.path('s'))
    listener.listen()
    using client = socket(AF_UNIX)
    client.connect(folder.path('s'))
    using conn = listener.accept()[0]
    const waiting = conn.recvAsync(100)
    expect(await isPending(waiting)).toBe(true)
    const code = 'import socket\ns = socket.socket(fileno=3)\nsocket.send_fds(s, [b"abc"], [3])\ns.send(b"def")'
    const { status } = spawnSync('python3', ['-c', code], { stdio: ['ignore', 'inherit', 'inherit', client.fileno()] })
    expect(status).toBe(0)
    let received = String(await settles(waiting))
    if (can.linux) expect(received).toBe('abc')
    // Elsewhere a receive that takes no control messages goes on behind them.
    while (received.length < 6) received += String(await settles(conn.recvAsync(100)))
    expect(received).toBe('abcdef')
  },
)
