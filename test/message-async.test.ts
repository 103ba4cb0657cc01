/** recvmsgAsync, recvmsgIntoAsync, sendmsgAsync: order, what ends them, what changes while they wait. */
import {
  AF_INET,
  AF_UNIX,
  CMSG_SPACE,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, isPending, rejection, settles, turns } from './support/async.js'
import { has } from './support/selectors.js'
import { Closing, can, closedPort, tcpPair, temporaryFolder, thrown, udp } from './support/sockets.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

function ends(type: number = SOCK_STREAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

describe('order', () => {
  test('receives of all kinds are served first come, first served', async () => {
    const [a, b] = ends(SOCK_DGRAM)
    const part = Buffer.alloc(1)
    const calls = [
      b.recvmsgAsync(10).then(([data]) => data.toString()),
      b.recvAsync(10).then(String),
      b.recvmsgIntoAsync([part]).then(([count]) => part.toString('latin1', 0, count)),
      b.recvmsgAsync(10).then(([data]) => data.toString()),
    ]
    await turns()
    for (const text of '1234') a.sendmsg([text])
    expect(await settles(Promise.all(calls))).toEqual(['1', '2', '3', '4'])
  })

  test('synchronous ones wait behind them', async () => {
    const [a, b] = ends()
    const first = b.recvmsgAsync(1)
    a.sendmsg(['ab'])
    expect(b.recvmsg(1)[0].toString()).toBe('b')
    expect((await first)[0].toString()).toBe('a')
    const second = b.recvmsgAsync(1)
    b.setblocking(false)
    expect(thrown(() => b.recvmsg(1))).toMatchObject({ code: 'EAGAIN', syscall: 'recvmsg' })
    expect(thrown(() => b.recvmsgInto([Buffer.alloc(1)]))).toMatchObject({ code: 'EAGAIN', syscall: 'recvmsg' })
    a.send('c')
    expect((await second)[0].toString()).toBe('c')
  })

  test('sends too', async () => {
    const [a, b] = ends()
    const filled = fill(a)
    const sends = [a.sendmsgAsync(['one']), a.sendallAsync('two'), a.sendmsgAsync(['th', 'ree'])]
    a.setblocking(false)
    expect(thrown(() => a.sendmsg(['no']))).toMatchObject({ code: 'EAGAIN', syscall: 'sendmsg' })
    let received = drain(b)
    await settles(Promise.all(sends))
    received = Buffer.concat([received, drain(b)])
    expect(received.subarray(filled).toString()).toBe('onetwothree')
  })

  test('a receive and a send wait for each other’s direction in no way', async () => {
    const [a] = ends()
    fill(a)
    const sent = a.sendmsgAsync(['x'])
    const received = a.recvmsgAsync(1)
    await turns()
    a.close()
    expect(await rejection(sent)).toMatchObject({ code: 'ECANCELED', syscall: 'sendmsg' })
    expect(await rejection(received)).toMatchObject({ code: 'ECANCELED', syscall: 'recvmsg' })
  })
})

describe('a buffer that changes while a call waits', () => {
  const detach = (view: Uint8Array): void => {
    structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] })
  }

  test('and is detached rejects; the message stays', async () => {
    const [a, b] = ends()
    const [kept, lost] = [new Uint8Array(2), new Uint8Array(2)]
    const received = b.recvmsgIntoAsync([kept, lost])
    detach(lost)
    a.send('data')
    expect(await rejection(received)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(b.recv(10).toString()).toBe('data')
    expect(kept).toEqual(new Uint8Array(2))
  })

  test('and is detached is not sent', async () => {
    const [a, b] = ends()
    fill(a)
    const data = new Uint8Array(10)
    const sent = a.sendmsgAsync(['x', data])
    detach(data)
    drain(b)
    const error = await rejection(sent)
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(error.message).toContain('"buffers"')
    b.setblocking(false)
    expect(thrown(() => b.recv(1))).toMatchObject({ code: 'EAGAIN' })
  })

  test('by a getter of an argument is not sent either', async () => {
    const a = closing.add(udp())
    const b = closing.add(udp())
    const data = new Uint8Array(10)
    const address = Object.defineProperty(['', b.getsockname()[1]], 0, {
      get() {
        if (data.length > 0) detach(data)
        return '127.0.0.1'
      },
    }) as [string, number]
    expect(thrown(() => a.sendmsg(['x', data], [], 0, address))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    const other = new Uint8Array(10)
    const options = {
      get address(): [string, number] {
        detach(other)
        return b.getsockname()
      },
    }
    expect(await rejection(a.sendmsgAsync([other], options))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    b.setblocking(false)
    expect(thrown(() => b.recv(1))).toMatchObject({ code: 'EAGAIN' })
  })

  test.skipIf(!can.datagramsWait)(
    'as lists, addresses and control messages may [needs datagrams that wait]',
    async () => {
      using folder = temporaryFolder()
      const receiver = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      receiver.bind(folder.path('r'))
      const filler = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      filler.connect(folder.path('r'))
      fill(filler, Buffer.alloc(10))
      const sender = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      const buffers = ['da', 'ta']
      const address = Buffer.from(folder.path('r'))
      const sent = sender.sendmsgAsync(buffers, { address })
      buffers.length = 0
      address.fill(0)
      drain(receiver)
      expect(await settles(sent)).toBe(4)
      expect(receiver.recv(10).toString()).toBe('data')
    },
  )
})

describe('flags', () => {
  test('MSG_DONTWAIT tries once', async () => {
    const [a, b] = ends()
    expect(await rejection(b.recvmsgAsync(1, { flags: MSG_DONTWAIT }))).toMatchObject({ code: 'EAGAIN' })
    fill(a)
    expect(await rejection(a.sendmsgAsync(['x'], { flags: MSG_DONTWAIT }))).toMatchObject({ code: 'EAGAIN' })
    b.send('x')
    expect((await a.recvmsgAsync(9, { flags: MSG_DONTWAIT }))[0].toString()).toBe('x')
  })

  test('MSG_WAITALL fills several buffers from several pieces', async () => {
    const { client, server } = closing.add(tcpPair())
    const parts = [Buffer.alloc(3), Buffer.alloc(0), Buffer.alloc(4), Buffer.alloc(3)]
    const received = server.recvmsgIntoAsync(parts, { flags: MSG_WAITALL, ancbufsize: 100 })
    for (const text of ['0', '12345', '67']) {
      client.sendmsg([text])
      expect(await isPending(received)).toBe(true)
    }
    client.send('89')
    expect(await settles(received)).toEqual([10, [], 0, null])
    expect(Buffer.concat(parts).toString()).toBe('0123456789')
  })

  test('MSG_WAITALL gives what it has at the end of the stream, a time-out, an abort', async () => {
    const { client, server } = closing.add(tcpPair())
    const flags = MSG_WAITALL
    const abort = new AbortController()
    const aborted = server.recvmsgAsync(10, { flags, signal: abort.signal })
    client.send('one')
    expect(await isPending(aborted)).toBe(true)
    abort.abort()
    expect((await aborted)[0].toString()).toBe('one')
    client.send('two')
    expect((await server.recvmsgAsync(10, { flags, timeout: 0.02 }))[0].toString()).toBe('two')
    expect(await rejection(server.recvmsgAsync(10, { flags, timeout: 0.01 }))).toMatchObject({ code: 'ETIMEDOUT' })
    const last = server.recvmsgAsync(10, { flags })
    client.send('three')
    client.close()
    expect((await settles(last))[0].toString()).toBe('three')
    expect((await server.recvmsgAsync(10, { flags }))[0].length).toBe(0)
  })

  test('MSG_WAITALL with MSG_PEEK waits for all, and takes nothing', async () => {
    const { client, server } = closing.add(tcpPair())
    const peeked = server.recvmsgAsync(4, { flags: MSG_WAITALL | MSG_PEEK })
    client.send('ab')
    expect(await isPending(peeked)).toBe(true)
    client.send('cd')
    expect((await settles(peeked))[0].toString()).toBe('abcd')
    expect(server.recv(10).toString()).toBe('abcd')
  })

  test('a message that is cut tells so', async () => {
    const [a, b] = ends(SOCK_DGRAM)
    const received = b.recvmsgAsync(3)
    a.send('longer')
    expect(await received).toEqual([Buffer.from('lon'), [], MSG_TRUNC, null])
  })

  // Nor has a kqueue such a queue: on Linux it is made of epoll, for tests.
  test.skipIf(!can.linux || has.kqueue)('MSG_ERRQUEUE waits for errors, not for data [needs Linux]', async () => {
    const sock = closing.add(udp())
    sock.setsockopt(IPPROTO_IP, IP_RECVERR ?? Number.NaN, 1)
    const error = sock.recvmsgAsync(100, { flags: MSG_ERRQUEUE as number, ancbufsize: 200 })
    const data = sock.recvmsgAsync(100)
    const other = closing.add(udp())
    other.sendto('data', sock.getsockname())
    expect((await settles(data))[0].toString()).toBe('data')
    expect(await isPending(error)).toBe(true)
    const port = closedPort(SOCK_DGRAM)
    sock.sendto('nobody', ['127.0.0.1', port])
    const [payload, ancdata, flags, address] = await settles(error)
    expect(payload.toString()).toBe('nobody')
    expect(ancdata.map(([level, type]) => [level, type])).toEqual([[IPPROTO_IP, IP_RECVERR]])
    expect(flags & (MSG_ERRQUEUE as number)).not.toBe(0)
    expect(address).toEqual(['127.0.0.1', port])
  })
})

describe('addresses', () => {
  test('names are looked up without blocking, in turn', async () => {
    const a = closing.add(udp())
    const b = closing.add(udp())
    const [, port] = b.getsockname()
    const sends = [
      a.sendmsgAsync(['na', 'med'], { address: ['localhost', port] }),
      a.sendmsgAsync(['numeric'], { address: ['127.0.0.1', port] }),
    ]
    expect(await settles(Promise.all(sends))).toEqual([5, 7])
    expect(b.recv(10).toString()).toBe('named')
    expect(b.recv(10).toString()).toBe('numeric')
    const unknown = a.sendmsgAsync(['x'], { address: ['no-such-host.invalid', port] })
    expect((await rejection(unknown)).code).toMatch(/^EAI_/)
    expect(await a.sendmsgAsync(['x'], { address: b.getsockname(), flags: MSG_DONTWAIT })).toBe(1)
  })

  test('an error names the address', async () => {
    using folder = temporaryFolder()
    const a = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    const address = folder.path('nobody')
    expect(await rejection(a.sendmsgAsync(['x'], { address }))).toMatchObject({ code: 'ENOENT', address })
  })
})

describe('the end', () => {
  test('of a stream is an empty message', async () => {
    const [a, b] = ends()
    const received = [b.recvmsgAsync(10, { ancbufsize: 100 }), b.recvmsgIntoAsync([Buffer.alloc(1)])]
    await turns()
    a.close()
    expect(await settles(Promise.all(received))).toEqual([
      [Buffer.alloc(0), [], 0, null],
      [0, [], 0, null],
    ])
  })

  test('of a datagram socket whose reading is shut down', async () => {
    const [, b] = ends(SOCK_DGRAM)
    const received = [b.recvmsgAsync(10), b.recvmsgIntoAsync([Buffer.alloc(1)])]
    await turns()
    b.shutdown(SHUT_RD)
    expect(await settles(Promise.all(received))).toEqual([
      [Buffer.alloc(0), [], 0, null],
      [0, [], 0, null],
    ])
  })
})

test('many messages of changing pieces, in order, both ways', async () => {
  const { client, server } = closing.add(tcpPair())
  const total = 2_000_000
  const receive = async (): Promise<Buffer> => {
    const chunks: Buffer[] = []
    for (let length = 0; length < total; ) {
      const parts = [Buffer.alloc(7), Buffer.alloc(length % 5000), Buffer.alloc(30_000)]
      const [count] = await server.recvmsgIntoAsync(parts, { ancbufsize: CMSG_SPACE(8) })
      chunks.push(Buffer.concat(parts).subarray(0, count))
      length += count
    }
    return Buffer.concat(chunks)
  }
  const send = async (): Promise<void> => {
    for (let sent = 0; sent < total; ) {
      const rest = Math.min(total - sent, 1 + ((sent * 7) % 90_000))
      const data = bytesFrom(sent, rest)
      sent += await client.sendmsgAsync([data.subarray(0, rest >> 2), data.subarray(rest >> 2)])
    }
  }
  const [received] = await settles(Promise.all([receive(), send()]))
  expect(received.equals(bytesFrom(0, total))).toBe(true)
})

test('a closed socket is EBADF at once', async () => {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.close()
  for (const call of [sock.recvmsgAsync(1), sock.recvmsgIntoAsync([]), sock.sendmsgAsync(['x'])]) {
    expect(await rejection(call)).toMatchObject({ code: 'EBADF' })
  }
})
