/** The end of a stream that did not come by itself: destroyed, reset, closed under it, refused. */
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { AF_INET, errno, SHUT_WR, SO_LINGER, SOCK_DGRAM, SOL_SOCKET, Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { pair, thrown, udp } from './support/sockets.js'
import { eventsOf, openStream, receive, settle } from './support/streams.js'

const MIB = 1024 * 1024
type Failure = (NodeJS.ErrnoException & { bytesSent?: number }) | null | undefined

/** Closes with a reset instead of an end. */
function reset(sock: Socket): void {
  const linger = Buffer.from(new Int32Array([1, 0]).buffer)
  sock.setsockopt(SOL_SOCKET, SO_LINGER, linger)
  sock.close()
}

describe.each(['tcp', 'unix'] as const)('a stream over a %s socket', (kind) => {
  test('that is destroyed while it reads closes the socket, without an error', async () => {
    using ends = openStream(kind)
    const { duplex, sock, peer } = ends
    const events = eventsOf(duplex)
    duplex.resume()
    await settle()
    duplex.destroy()
    expect([sock.closed, sock.fileno()]).toEqual([true, -1])
    await once(duplex, 'close')
    await settle()
    expect(events).toEqual(['close'])
    expect(duplex.errored).toBe(null)
    expect((await peer.recvAsync(10)).length).toBe(0)
  })

  test('that is destroyed in the middle of a write tells the writer, and emits no error', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    const events = eventsOf(duplex)
    const failures: Failure[] = []
    duplex.write(Buffer.alloc(64 * MIB), (error) => {
      events.push('told')
      failures.push(error)
    })
    duplex.write('after it', (error) => failures.push(error))
    await settle()
    duplex.resume()
    duplex.destroy()
    await once(duplex, 'close')
    await settle()
    expect(events).toEqual(['told', 'close'])
    expect(failures[0]).toMatchObject({ code: 'ECANCELED', errno: errno.ECANCELED, syscall: 'sendall' })
    expect(failures).toHaveLength(2)
    // What the kernel had taken arrives, and the stream knows how much that was.
    expect(duplex.bytesWritten).toBeGreaterThan(0)
    expect((await receive(peer, 64 * MIB)).length).toBe(duplex.bytesWritten)
  })

  test('that is destroyed with an error emits that one, and tells writers the same', async () => {
    using ends = openStream(kind)
    const { duplex } = ends
    const events = eventsOf(duplex)
    const reason = new Error('enough')
    const failures: Failure[] = []
    duplex.write(Buffer.alloc(64 * MIB), (error) => failures.push(error))
    duplex.resume()
    await settle()
    duplex.destroy(reason)
    duplex.destroy(new Error('too late'))
    await expect(finished(duplex)).rejects.toBe(reason)
    await settle()
    expect(events).toEqual(['error enough', 'close'])
    expect(failures).toEqual([reason])
  })

  test.each<[name: string, use: (stream: ReturnType<typeof openStream>) => void]>([
    ['reads', ({ duplex }) => void duplex.resume()],
    ['writes', ({ duplex }) => void duplex.write(Buffer.alloc(64 * MIB))],
    [
      'reads and writes',
      ({ duplex }) => {
        duplex.resume()
        duplex.write(Buffer.alloc(64 * MIB))
        duplex.end('last words')
      },
    ],
  ])('whose socket is closed while it %s closes, without an error', async (_, use) => {
    using ends = openStream(kind)
    const events = eventsOf(ends.duplex)
    use(ends)
    await settle()
    ends.sock.close()
    await once(ends.duplex, 'close')
    await settle()
    expect(events).toEqual(['close'])
  })

  test.each<[name: string, use: (stream: ReturnType<typeof openStream>) => void]>([
    ['reads', ({ duplex }) => void duplex.resume()],
    ['writes', ({ duplex }) => void duplex.write('x')],
    ['ends', ({ duplex }) => void duplex.end()],
  ])('whose socket was closed before it %s closes, without an error', async (_, use) => {
    using ends = openStream(kind)
    const events = eventsOf(ends.duplex)
    ends.sock.close()
    use(ends)
    await once(ends.duplex, 'close')
    await settle()
    expect(events).toEqual(['close'])
  })

  test('gives its descriptor back where the socket is detached', async () => {
    using ends = openStream(kind)
    const { duplex, sock, peer } = ends
    const events = eventsOf(duplex)
    duplex.resume()
    await settle()
    using again = Socket.adopt(sock.detach())
    await once(duplex, 'close')
    expect(events).toEqual(['close'])
    peer.sendall('still open')
    expect((await again.recvAsync(100)).toString()).toBe('still open')
  })

  test('that writes to a peer that has gone emits one error with the kernel’s number', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    const events = eventsOf(duplex)
    const failures: Failure[] = []
    peer.close()
    const failed = once(duplex, 'error')
    const closed = once(duplex, 'close', { signal: AbortSignal.timeout(10_000) }).catch(() => {})
    // The first may still go out, and only its answer tells.
    while (!duplex.destroyed) {
      duplex.write('x', (error) => error && failures.push(error))
      await settle()
    }
    const [error] = await failed
    expect(['EPIPE', 'ECONNRESET']).toContain(error.code)
    expect(error).toMatchObject({ errno: errno[error.code as 'EPIPE'], syscall: 'sendall' })
    await closed
    expect(events.filter((name) => name !== 'close')).toEqual([`error ${error.code}`])
    expect(failures[0]).toBe(error)
  })

  test('that is reset emits one error, though it reads and writes', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    const events = eventsOf(duplex)
    const failures: Failure[] = []
    duplex.resume()
    duplex.write(Buffer.alloc(64 * MIB), (error) => failures.push(error))
    await settle()
    // A unix socket is reset by being closed with data in it, which it has.
    reset(peer)
    const [error] = await once(duplex, 'error')
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code)
    await settle()
    expect(events).toEqual([`error ${error.code}`, 'close'])
    expect(failures).toEqual([error])
  })
})

test('a reset of an idle connection is an error of the receive', async () => {
  using ends = openStream('tcp')
  const failed = once(ends.duplex.resume(), 'error')
  await settle()
  reset(ends.peer)
  const [error] = await failed
  expect(error).toMatchObject({ name: 'SocketError', code: 'ECONNRESET', errno: errno.ECONNRESET, syscall: 'recv' })
})

test('what was received is read before the error of a write is told to anybody else', async () => {
  using ends = openStream('tcp')
  const { duplex, peer } = ends
  peer.sendall('a reason')
  const data = once(duplex, 'data')
  reset(peer)
  expect(String((await data)[0])).toBe('a reason')
  const [error] = await once(duplex, 'error')
  expect(error.code).toBe('ECONNRESET')
})

describe('a socket', () => {
  test('that is closed has no stream', () => {
    const sock = socket()
    sock.close()
    for (const call of [() => sock.toDuplex(), () => sock.toWeb()]) {
      expect(thrown(call)).toMatchObject({ name: 'SocketError', code: 'EBADF', errno: errno.EBADF })
    }
    expect(thrown(() => sock.toDuplex()).syscall).toBe('toDuplex')
  })

  test('that is no byte stream has none', () => {
    using datagrams = udp()
    expect(thrown(() => datagrams.toDuplex()).code).toBe('EOPNOTSUPP')
    expect(thrown(() => datagrams.toWeb()).code).toBe('EOPNOTSUPP')
    expect(datagrams.closed).toBe(false)
    expect(socket(AF_INET, SOCK_DGRAM)[Symbol.dispose]()).toBe(undefined)
  })

  test('has one stream, of either kind', () => {
    using ends = pair()
    ends[0].toDuplex()
    ends[1].toWeb()
    for (const sock of [ends[0], ends[1]]) {
      expect(thrown(() => sock.toDuplex())).toMatchObject({ code: 'EBUSY', syscall: 'toDuplex' })
      expect(thrown(() => sock.toWeb())).toMatchObject({ code: 'EBUSY', syscall: 'toWeb' })
    }
  })

  test('that is not connected yet gives its stream an error once it is used', async () => {
    using sock = socket()
    const duplex = sock.toDuplex()
    const [error] = await once(duplex.resume(), 'error')
    expect(error).toMatchObject({ code: 'ENOTCONN', syscall: 'recv' })
  })

  test.each<[given: unknown, code: string, name: string]>([
    [null, 'ERR_INVALID_ARG_TYPE', 'options'],
    ['yes', 'ERR_INVALID_ARG_TYPE', 'options'],
    [{ allowHalfOpen: 1 }, 'ERR_INVALID_ARG_TYPE', 'options.allowHalfOpen'],
    [{ highWaterMark: '1' }, 'ERR_INVALID_ARG_TYPE', 'options.highWaterMark'],
    [{ highWaterMark: -1 }, 'ERR_OUT_OF_RANGE', 'options.highWaterMark'],
    [{ highWaterMark: 1.5 }, 'ERR_OUT_OF_RANGE', 'options.highWaterMark'],
  ])('refuses options that make no sense: %j', (given, code, name) => {
    using ends = pair()
    const error = thrown(() => ends[0].toDuplex(given as never))
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"${name}"`)
    // It has no stream by that.
    ends[0].toDuplex({ allowHalfOpen: undefined })
  })
})

describe('a block', () => {
  test('destroys its stream at the end', async () => {
    using ends = pair()
    {
      using duplex = ends[0].toDuplex()
      duplex.write('bye')
    }
    expect(ends[0].closed).toBe(true)
    expect((await receive(ends[1], 3)).toString()).toBe('bye')
  })

  test('waits for the stream to be closed', async () => {
    using ends = openStream('unix')
    let events: string[] = []
    {
      await using duplex = ends.duplex
      events = eventsOf(duplex)
      duplex.write(Buffer.alloc(16 * MIB))
    }
    expect(events).toEqual(['close'])
    await ends.duplex[Symbol.asyncDispose]()
    ends.duplex[Symbol.dispose]()
  })
})

test('a number that a destroyed stream had is nobody’s but its next owner’s', async () => {
  for (let round = 0; round < 20; round++) {
    using old = openStream('unix')
    const chunks: Buffer[] = []
    old.duplex.on('data', (data) => chunks.push(data))
    old.duplex.write(Buffer.alloc(4 * MIB), () => {})
    await settle()
    const number = old.sock.fileno()
    old.duplex.destroy()
    using fresh = pair()
    expect(fresh.map((sock) => sock.fileno())).toContain(number)
    for (const [near, far] of [[fresh[0], fresh[1]] as const, [fresh[1], fresh[0]] as const]) {
      near.sendall('for the new one')
      expect((await far.recvAsync(100)).toString()).toBe('for the new one')
    }
    expect(chunks).toEqual([])
  }
})

test('a stream whose reader leaves the loop is destroyed', async () => {
  using ends = openStream('unix')
  ends.peer.sendall('one')
  for await (const data of ends.duplex) {
    expect(String(data)).toBe('one')
    break
  }
  expect(ends.sock.closed).toBe(true)
  ends.peer.shutdown(SHUT_WR)
})
