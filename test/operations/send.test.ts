import {
  AF_UNIX,
  errno,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_FASTOPEN,
  MSG_ZEROCOPY,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOL_SOCKET,
  type SocketError,
  SocketTimeoutError,
  socket,
  socketpair,
  TCP_CORK,
  TCP_FASTOPEN_NO_COOKIE,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, listenTcp, pair, tcpPair, temporaryFolder, thrown, udp } from '../support/sockets.js'
import { message, startWorker } from '../support/worker.js'

/** A worker that reads the descriptor to its end and answers how many bytes came and whether they are `index % 251`. */
const COUNT = `
  const conn = berkeley.fromfd(workerData)
  let total = 0, right = true
  parentPort.postMessage('ready')
  for (let chunk = conn.recv(65536); chunk.length > 0; chunk = conn.recv(65536)) {
    for (const byte of chunk) if (byte !== total++ % 251) right = false
  }
  conn.close()
  parentPort.postMessage({ total, right })`

const pattern = (size: number): Uint8Array => Buffer.alloc(size).map((_, index) => index % 251)

/** Fills a non-blocking socket's queue. */
function fill(sock: { send(data: Uint8Array): number }): number {
  let sent = 0
  const chunk = Buffer.alloc(65536)
  const error = thrown(() => {
    for (;;) sent += sock.send(chunk)
  })
  expect(error.code).toBe('EAGAIN')
  return sent
}

describe('send', () => {
  test.each([
    ['a string, as UTF-8', 'grüß', Buffer.from('grüß')],
    ['a typed array', Uint16Array.of(0x0201, 0x0403), Buffer.of(1, 2, 3, 4)],
    ['a view of a part', new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2), Buffer.of(2, 3)],
    ['an ArrayBuffer', Uint8Array.of(9, 8).buffer, Buffer.of(9, 8)],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(100)).fill(5), Buffer.alloc(100, 5)],
    ['a Buffer', Buffer.alloc(500, 6), Buffer.alloc(500, 6)],
  ])('sends %s', (_, data, expected) => {
    using ends = pair()
    expect(ends[0].send(data)).toBe(expected.length)
    expect(ends[1].recv(1000)).toEqual(expected)
    ends[0].sendall(data)
    expect(ends[1].recv(1000)).toEqual(expected)
  })

  test.each([42, null, undefined, {}, [1, 2], true])('refuses %s as data', (data) => {
    using ends = pair()
    for (const call of [() => ends[0].send(data as never), () => ends[0].sendall(data as never)]) {
      expect(thrown(call)).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('"data"') })
    }
  })

  test('refuses a detached buffer', () => {
    using ends = pair()
    const detached = new Uint8Array(100)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(thrown(() => ends[0].send(detached))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test('without waiting it takes a part and says how much, then EAGAIN', () => {
    using ends = pair()
    ends[0].setblocking(false)
    const data = pattern(4 << 20)
    const sent = ends[0].send(data)
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(data.length)
    expect(thrown(() => ends[0].send(data))).toMatchObject({ code: 'EAGAIN', syscall: 'send' })
    expect(thrown(() => ends[0].send('x'))).toMatchObject({ code: 'EAGAIN', syscall: 'send' })
  })

  test('on a blocking stream it takes everything, as the kernel does', async () => {
    using ends = pair()
    const worker = startWorker(COUNT, ends[1].fileno())
    await message(worker)
    expect(ends[0].send(pattern(3 << 20))).toBe(3 << 20)
    const counted = message(worker)
    ends[0].close()
    expect(await counted).toEqual({ total: 3 << 20, right: true })
    await worker.terminate()
  })

  test('a peer that is gone is EPIPE, never a signal', () => {
    using ends = pair()
    ends[1].close()
    expect(thrown(() => ends[0].send('x'))).toMatchObject({ code: 'EPIPE', errno: errno.EPIPE })
    expect(thrown(() => ends[0].sendall('x'))).toMatchObject({ code: 'EPIPE', bytesSent: 0 })
  })

  test('SO_SNDTIMEO of a blocking socket is honoured: what was taken by then, then EAGAIN', () => {
    using ends = pair()
    const timeval = Buffer.alloc(16)
    timeval.writeInt32LE(20_000, 8)
    ends[0].setsockopt(SOL_SOCKET, SO_SNDTIMEO, timeval)
    expect(ends[0].send(Buffer.alloc(4 << 20))).toBeGreaterThan(0)
    expect(thrown(() => ends[0].send('x')).code).toBe('EAGAIN')
  })

  test('MSG_DONTWAIT on a blocking socket takes a part', () => {
    using ends = pair()
    expect(ends[0].send(Buffer.alloc(4 << 20), MSG_DONTWAIT)).toBeLessThan(4 << 20)
    expect(thrown(() => ends[0].send('x', MSG_DONTWAIT)).code).toBe('EAGAIN')
  })
})

describe('sendall', () => {
  test('of a few bytes waits too: what it could not send it tells, and the rest arrives with the next', async () => {
    using both = tcpPair()
    const { client } = both
    client.setblocking(false)
    let sent = fill(client)
    client.settimeout(0.02)
    const error = thrown(() => {
      for (;;) {
        client.sendall(Buffer.alloc(1500, 1))
        sent += 1500
      }
    }) as SocketError
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error.bytesSent).toBeLessThan(1500)
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       let total = 0
       for (let chunk = conn.recv(65536); chunk.length > 0; chunk = conn.recv(65536)) total += chunk.length
       parentPort.postMessage(total)`,
      both.server.detach(),
    )
    const total = message(worker)
    client.settimeout(null)
    client.sendall(Buffer.alloc(1500, 2))
    client.close()
    expect(await total).toBe(sent + (error.bytesSent ?? Number.NaN) + 1500)
  })

  test('delivers every byte over many partial sends', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192)
    both.client.settimeout(30)
    const worker = startWorker(COUNT, both.server.fileno())
    await message(worker)
    const counted = message(worker)
    both.client.sendall(pattern(5_000_000))
    both.client.close()
    expect(await counted).toEqual({ total: 5_000_000, right: true })
    await worker.terminate()
  })

  test('has one budget of time for all parts, and says how far it came', () => {
    using ends = pair()
    ends[0].settimeout(0.1)
    const started = performance.now()
    const error = thrown(() => ends[0].sendall(Buffer.alloc(4 << 20))) as SocketError
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error.syscall).toBe('sendall')
    expect(performance.now() - started).toBeGreaterThanOrEqual(99)
    ends[1].setblocking(false)
    let arrived = 0
    thrown(() => {
      for (;;) arrived += ends[1].recv(1 << 20).length
    })
    expect(error.bytesSent).toBe(arrived)
    expect(arrived).toBeGreaterThan(0)
  })

  test('on a non-blocking socket it answers EAGAIN with the bytes that were taken', () => {
    using ends = pair()
    ends[0].setblocking(false)
    const error = thrown(() => ends[0].sendall(Buffer.alloc(4 << 20))) as SocketError
    expect(error.code).toBe('EAGAIN')
    expect(error.bytesSent).toBeGreaterThan(0)
  })

  test('sends an empty datagram', () => {
    using ends = socketpairOf(SOCK_DGRAM)
    ends.first.sendall('')
    ends.first.sendall('x')
    expect(ends.second.recv(10)).toHaveLength(0)
    expect(ends.second.recv(10).toString()).toBe('x')
  })
})

function socketpairOf(type: typeof SOCK_DGRAM) {
  const [first, second] = socketpair(AF_UNIX, type)
  return {
    first,
    second,
    [Symbol.dispose]() {
      first.close()
      second.close()
    },
  }
}

describe('what the kernel goes on reading', () => {
  test.skipIf(!can.linux)('MSG_ZEROCOPY sends the caller’s bytes, not what came after them [needs Linux]', () => {
    using both = tcpPair()
    using ends = pair()
    both.client.setsockopt(SOL_SOCKET, SO_ZEROCOPY as number, 1)
    both.client.setsockopt(IPPROTO_TCP, TCP_CORK as number, 1)
    const mine = Buffer.from('AAAAAAAAAA')
    both.client.send(mine, MSG_ZEROCOPY as number)
    ends[0].send('BBBBBBBBBB')
    both.client.setsockopt(IPPROTO_TCP, TCP_CORK as number, 0)
    expect(both.server.recv(100).toString()).toBe('AAAAAAAAAA')
    expect(thrown(() => both.client.send('text', MSG_ZEROCOPY as number)).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test.skipIf(!can.linux)('TCP Fast Open connects and sends where it has no cookie [needs Linux]', () => {
    using server = listenTcp()
    using client = socket()
    expect(client.sendto('hello', server.getsockname(), MSG_FASTOPEN as number)).toBe(5)
    using conn = server.accept()[0]
    expect(conn.recv(10).toString()).toBe('hello')
  })

  test.skipIf(!can.linux).each(['sendto', 'sendmsg'] as const)(
    'TCP Fast Open by %s goes on with what does not fit beside the SYN [needs Linux]',
    async (name) => {
      using server = listenTcp()
      const address = server.getsockname()
      const code = COUNT.replace('workerData)', 'workerData).accept()[0]').replace(
        "parentPort.postMessage('ready')",
        '',
      )
      const worker = startWorker(code, server.fileno())
      const counted = message(worker)
      using client = socket()
      client.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000)
      client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE as number, 1)
      const [size, flags] = [1 << 20, MSG_FASTOPEN as number]
      const data = pattern(size)
      expect(name === 'sendto' ? client.sendto(data, address, flags) : client.sendmsg([data], [], flags, address)).toBe(
        size,
      )
      client.close()
      expect(await counted).toEqual({ total: size, right: true })
      await worker.terminate()
    },
  )
})

describe('sendto', () => {
  test('sends a datagram to an address, and again by the remembered one', () => {
    using receiver = udp()
    using other = udp()
    using sender = udp()
    for (const data of ['one', 'two']) expect(sender.sendto(data, receiver.getsockname())).toBe(3)
    expect(sender.sendto('three', other.getsockname())).toBe(5)
    expect(sender.sendto(Buffer.alloc(3000, 3), receiver.getsockname())).toBe(3000)
    expect(receiver.recv(10).toString()).toBe('one')
    expect(receiver.recv(10).toString()).toBe('two')
    expect(receiver.recv(4000)).toEqual(Buffer.alloc(3000, 3))
    expect(other.recv(10).toString()).toBe('three')
  })

  test('a datagram over 64 KiB is EMSGSIZE, with the address in the error', () => {
    using sender = udp()
    const error = thrown(() => sender.sendto(Buffer.alloc(70_000), ['127.0.0.1', 9])) as SocketError
    expect(error).toMatchObject({ code: 'EMSGSIZE', errno: errno.EMSGSIZE, address: ['127.0.0.1', 9] })
    expect(error.message).toBe('sendto EMSGSIZE 127.0.0.1:9')
  })

  const waits = 'a unix datagram waits for room where the receiver is slow, within its timeout'
  test.skipIf(!can.datagramsWait)(`${waits} [needs datagrams that wait]`, () => {
    using folder = temporaryFolder()
    using receiver = socket(AF_UNIX, SOCK_DGRAM)
    using sender = socket(AF_UNIX, SOCK_DGRAM)
    receiver.bind(folder.path('in'))
    sender.setblocking(false)
    expect(fill({ send: (data) => sender.sendto(data.subarray(0, 1000), folder.path('in')) })).toBeGreaterThan(0)
    sender.settimeout(0.05)
    expect(thrown(() => sender.sendto('x', folder.path('in')))).toBeInstanceOf(SocketTimeoutError)
  })
})
