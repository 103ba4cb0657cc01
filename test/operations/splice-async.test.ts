/** splice(2) between sockets as a promise: both ways at once, in turn with other calls, and how it ends. */
import { SHUT_RDWR, SHUT_WR, type Socket, type SocketError, SocketTimeoutError } from 'berkeley'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { native } from '../../dist/binding.js'
import { fallback } from '../../dist/operations/splice.js'
import { bytesFrom, drain, fill, isPending, rejection, settles, turn, turns } from '../support/async.js'
import { openDescriptors } from '../support/open-descriptors.js'
import { can, pair, tcpPair } from '../support/sockets.js'

afterEach(() => {
  fallback.isForced = false
  vi.restoreAllMocks()
})

const SIZE = 6 << 20
const isForced = can.linux ? [false, true] : [true]

/** Sends all, then no more. */
async function sendAndEnd(sock: Socket, data: Uint8Array): Promise<void> {
  await sock.sendallAsync(data)
  sock.shutdown(SHUT_WR)
}

async function receiveAll(sock: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of sock) parts.push(part)
  return Buffer.concat(parts)
}

describe.each(isForced)('bytes, by a buffer: %s', (buffered) => {
  test.each([null, 0, 10])('a proxy of two, both ways at once, with a timeout of %s', async (timeout) => {
    fallback.isForced = buffered
    using left = tcpPair()
    using right = pair()
    const [client, inner] = [left.client, left.server]
    const [outer, server] = right
    for (const sock of [inner, outer]) sock.settimeout(timeout)
    const before = openDescriptors().size
    const upwards = inner.spliceAsync(outer).finally(() => outer.shutdown(SHUT_WR))
    const downwards = outer.spliceAsync(inner).finally(() => inner.shutdown(SHUT_WR))
    const [there, back] = await settles(
      Promise.all([
        receiveAll(server),
        receiveAll(client),
        sendAndEnd(client, bytesFrom(0, SIZE)),
        sendAndEnd(server, bytesFrom(7, SIZE)),
      ]),
    )
    expect(there.equals(bytesFrom(0, SIZE))).toBe(true)
    expect(back.equals(bytesFrom(7, SIZE))).toBe(true)
    expect(await settles(Promise.all([upwards, downwards]))).toEqual([SIZE, SIZE])
    expect(openDescriptors().size).toBe(before)
  })

  test('in turn with other calls of both sockets, and no further than asked for', async () => {
    fallback.isForced = buffered
    using from = pair()
    using to = pair()
    const received = from[1].recvAsync(3)
    const sending = [to[0].sendallAsync('<'), from[1].spliceAsync(to[0], { count: 5 }), to[0].sendallAsync('>')]
    const rest = from[1].recvAsync(10)
    const second = from[1].spliceAsync(to[0], { count: 3 })
    expect(await isPending(sending[2] as Promise<unknown>)).toBe(true)
    from[0].sendall('oneab')
    expect((await settles(received)).toString()).toBe('one')
    expect((await settles(to[1].recvAsync(10))).toString()).toBe('<ab')
    from[0].sendall('cdetwo')
    expect(await settles(Promise.all(sending))).toEqual([undefined, 5, undefined])
    expect((await settles(rest)).toString()).toBe('two')
    expect((await settles(to[1].recvAsync(10))).toString()).toBe('cde>')
    from[0].sendall('endless')
    expect(await settles(second)).toBe(3)
    expect(from[1].recv(10).toString()).toBe('less')
    expect(to[1].recv(10).toString()).toBe('end')
  })

  test('a socket to itself is an echo', async () => {
    fallback.isForced = buffered
    using both = tcpPair()
    const echo = both.server.spliceAsync(both.server)
    const echoed = receiveAll(both.client)
    await settles(sendAndEnd(both.client, bytesFrom(0, SIZE)))
    expect(await settles(echo)).toBe(SIZE)
    both.server.shutdown(SHUT_WR)
    expect((await settles(echoed)).equals(bytesFrom(0, SIZE))).toBe(true)
  })

  test.each(['timeout', 'signal', 'source'] as const)(
    'what was taken is sent, before what comes behind it, though the call ended: %s',
    async (end) => {
      fallback.isForced = buffered
      using from = pair()
      using to = pair()
      const before = openDescriptors().size
      const filled = fill(to[0])
      from[0].sendall(bytesFrom(0, 50_000))
      const aborting = new AbortController()
      const limits = { timeout: { timeout: 0.02 }, signal: { signal: aborting.signal }, source: {} }[end]
      const moving = rejection(from[1].spliceAsync(to[0], limits)) as Promise<SocketError>
      const behind = to[0].sendallAsync('behind')
      await turns()
      const reason = new Error('enough')
      aborting.abort(reason)
      // What it has not taken yet is lost with the source.
      if (end === 'source') from[1].close()
      const error = await settles(moving)
      if (end === 'signal') expect(error).toBe(reason)
      else expect(error.code).toBe(end === 'timeout' ? 'ETIMEDOUT' : 'ECANCELED')
      expect(error instanceof SocketTimeoutError).toBe(end === 'timeout')
      expect(error.pending).toBe(undefined)
      const got: Buffer[] = []
      let isSent = false
      const sent = behind.then(() => {
        isSent = true
      })
      while (!isSent) {
        got.push(drain(to[1]))
        await turn()
      }
      await settles(sent)
      got.push(drain(to[1]))
      const bytes = Buffer.concat(got).subarray(filled)
      const moved = bytes.length - 6
      expect(bytes.toString('latin1', moved)).toBe('behind')
      expect(moved).toBeGreaterThan(0)
      if (end !== 'signal') expect(error.bytesMoved).toBe(moved)
      const rest = end === 'source' ? bytesFrom(moved, 50_000 - moved) : drain(from[1])
      expect(Buffer.concat([bytes.subarray(0, moved), rest]).equals(bytesFrom(0, 50_000))).toBe(true)
      expect(openDescriptors().size).toBe(before - (end === 'source' ? 1 : 0))
    },
  )

  test.each(['close', 'peer', 'shutdown'] as const)(
    'where the destination ends, the error has what it did not take: %s',
    async (end) => {
      fallback.isForced = buffered
      using from = pair()
      using to = pair()
      const before = openDescriptors().size
      const filled = fill(to[0])
      from[0].sendall(bytesFrom(0, 50_000))
      const moving = rejection(from[1].spliceAsync(to[0])) as Promise<SocketError>
      const behind = from[1].recvAsync(100_000)
      // Where everything was taken, it waits until the test ends.
      behind.catch(() => {})
      await turns()
      if (end === 'close') to[0].close()
      else if (end === 'peer') to[1].close()
      else to[0].shutdown(SHUT_RDWR)
      const error = await settles(moving)
      expect([error.code, error.syscall]).toEqual([end === 'close' ? 'ECANCELED' : 'EPIPE', 'splice'])
      const got = end === 'peer' ? Buffer.alloc(error.bytesMoved ?? 0) : drain(to[1]).subarray(filled)
      expect(error.bytesMoved).toBe(got.length)
      const pending = error.pending ?? Buffer.alloc(0)
      expect(pending.length).toBeGreaterThan(0)
      // Those that wait for the source go on.
      const rest = pending.length + got.length < 50_000 ? await settles(behind) : Buffer.alloc(0)
      expect(Buffer.concat([got, pending, rest]).equals(bytesFrom(0, 50_000))).toBe(true)
      expect(openDescriptors().size).toBe(before - (end === 'shutdown' ? 0 : 1))
    },
  )
})

describe('the kernel', () => {
  test.skipIf(!can.linux)('moves the bytes; where it does not, a buffer does [needs splice]', async () => {
    const into = vi.spyOn(native, 'spliceIn')
    const out = vi.spyOn(native, 'spliceOut')
    for (const refuses of ['nothing', 'in', 'out', 'pipes']) {
      if (refuses === 'in') into.mockReturnValueOnce(-22)
      if (refuses === 'out') out.mockReturnValueOnce(-22)
      if (refuses === 'pipes') vi.spyOn(native, 'pipe').mockReturnValue(-24)
      using from = pair()
      using to = pair()
      from[0].sendall(bytesFrom(0, 1000))
      expect(await settles(from[1].spliceAsync(to[0], { count: 1000 }))).toBe(1000)
      expect(drain(to[1]).equals(bytesFrom(0, 1000))).toBe(true)
      expect([into.mock.calls.length > 0, out.mock.calls.length > 0]).toEqual([
        refuses !== 'pipes',
        /no|out/.test(refuses),
      ])
      into.mockClear()
      out.mockClear()
    }
  })
})

describe('turns', () => {
  test('two from one source, and two to one destination, one after the other', async () => {
    using one = pair()
    using two = pair()
    using to = pair()
    const calls = [
      one[1].spliceAsync(to[0], { count: 3 }),
      two[1].spliceAsync(to[0], { count: 3 }),
      one[1].spliceAsync(to[0], { count: 3 }),
    ]
    two[0].sendall('two')
    await turns()
    expect(drain(to[1]).toString()).toBe('')
    one[0].sendall('oneend')
    expect(await settles(Promise.all(calls))).toEqual([3, 3, 3])
    expect(drain(to[1]).toString()).toBe('onetwoend')
  })

  test('one that is aborted while it waits for its turn leaves both queues', async () => {
    using from = pair()
    using to = pair()
    const filled = fill(to[0])
    const first = to[0].sendallAsync('first')
    const aborting = new AbortController()
    const moving = rejection(from[1].spliceAsync(to[0], { signal: aborting.signal }))
    const received = from[1].recvAsync(10)
    const last = to[0].sendallAsync('last')
    from[0].sendall('hello')
    await turns()
    aborting.abort()
    expect((await settles(moving)).name).toBe('AbortError')
    expect((await settles(received)).toString()).toBe('hello')
    expect(drain(to[1]).length).toBe(filled)
    await settles(Promise.all([first, last]))
    expect(drain(to[1]).toString()).toBe('firstlast')
  })

  test('a fast pair does not starve timers and other sockets', async () => {
    using left = tcpPair()
    using right = tcpPair()
    using ends = pair()
    let isDone = false
    const total = 8 * SIZE
    const moving = left.server.spliceAsync(right.client, { count: total }).then(() => {
      isDone = true
    })
    const sending = (async () => {
      const data = Buffer.alloc(SIZE)
      for (let sent = 0; sent < total; sent += SIZE) await left.client.sendallAsync(data)
    })()
    using reader = right.server.makefile('rb')
    const receiving = reader.readAsync(total)
    let count = 0
    while (!isDone && count < 20) {
      await turn()
      ends[0].sendall('x')
      expect((await ends[1].recvAsync(1)).length).toBe(1)
      count++
    }
    expect(count).toBe(20)
    await settles(Promise.all([moving, sending, receiving]))
  })

  test('a synchronous call behind it lets it go first', async () => {
    using from = pair()
    using to = pair()
    from[0].sendall('abcdef')
    const moving = from[1].spliceAsync(to[0], { count: 4 })
    expect(from[1].recv(10).toString()).toBe('ef')
    expect(await settles(moving)).toBe(4)
    expect(drain(to[1]).toString()).toBe('abcd')
  })
})

describe('failures', () => {
  test('bad arguments reject', async () => {
    using from = pair()
    using to = pair()
    const splice = from[0].spliceAsync.bind(from[0]) as (...args: unknown[]) => Promise<unknown>
    const aborted = AbortSignal.abort(new Error('before'))
    const cases = [
      [['file'], 'ERR_INVALID_ARG_TYPE', '"destination"'],
      [[to[0], null], 'ERR_INVALID_ARG_TYPE', '"options"'],
      [[1, { count: 0 }], 'ERR_INVALID_ARG_TYPE', '"destination"'],
      [[to[0], { count: '1' }], 'ERR_INVALID_ARG_TYPE', '"options.count"'],
      [[to[0], { count: 0 }], 'ERR_OUT_OF_RANGE', '"options.count"'],
      [[to[0], { timeout: -1 }], 'ERR_OUT_OF_RANGE', '"options.timeout"'],
      [[to[0], { signal: 1 }], 'ERR_INVALID_ARG_TYPE', '"options.signal"'],
      [[to[0], { signal: aborted }], undefined, 'before'],
    ] as const
    for (const [args, code, name] of cases) {
      const error = await rejection(splice(...args))
      expect(error.code).toBe(code)
      expect(error.message).toContain(name)
    }
    to[0].close()
    expect((await rejection(splice(to[0]))).code).toBe('EBADF')
  })

  test('a timeout of 0 moves what is there', async () => {
    using from = pair()
    using to = pair()
    from[0].sendall('hello')
    const error = (await settles(rejection(from[1].spliceAsync(to[0], { timeout: 0 })))) as SocketError
    expect([error.code, error.bytesMoved]).toEqual(['ETIMEDOUT', 5])
    expect(drain(to[1]).toString()).toBe('hello')
  })

  test('the smaller positive timeout of the two sockets bounds it', async () => {
    using from = pair()
    using to = pair()
    from[1].settimeout(60)
    to[0].settimeout(0.02)
    expect((await settles(rejection(from[1].spliceAsync(to[0])))).code).toBe('ETIMEDOUT')
    from[1].settimeout(0.02)
    to[0].settimeout(null)
    expect((await settles(rejection(from[1].spliceAsync(to[0])))).code).toBe('ETIMEDOUT')
  })
})
