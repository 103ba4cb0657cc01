/** Sends of descriptors that wait or are refused: none is lost, and none passed twice. */
import {
  AF_INET,
  AF_UNIX,
  MSG_WAITALL,
  recvFds,
  recvFdsAsync,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  Socket,
  sendFds,
  sendFdsAsync,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, isPending, rejection } from './support/async.js'
import { pipe } from './support/descriptors.js'
import { closeAll, closing, countInEachTest, ends } from './support/passing.js'
import { can, pair, temporaryFolder, thrown } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

countInEachTest()

describe('with the first byte of a stream', () => {
  test('and without a byte they are refused, not dropped', async () => {
    const [a] = ends()
    for (const buffers of [[], [''], [Buffer.alloc(0), '']]) {
      expect(thrown(() => sendFds(a, buffers, [a]))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
      expect(await rejection(sendFdsAsync(a, buffers, [a]))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    }
  })

  test.skipIf(!can.seqpacket)('or with a record without one [needs seqpacket]', () => {
    const [c, d] = ends(SOCK_SEQPACKET)
    sendFds(c, [], [c])
    const [data, fds] = recvFds(d, 10, 1)
    expect([data.length, fds.length]).toEqual([0, 1])
    closeAll(fds)
  })

  test('a blocking send in many parts passes them once', async () => {
    const [a, b] = ends()
    using other = pair()
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData.fd)
       berkeley.sendFds(conn, [Buffer.alloc(3_000_000, 'x'), 'end'], [workerData.passed])
       conn.close()
       parentPort.postMessage('sent')`,
      { fd: a.detach(), passed: other[0].fileno() },
    )
    const sent = message(worker)
    let length = 0
    let passed = 0
    for (;;) {
      const [data, fds] = recvFds(b, 65_536, 10)
      if (data.length === 0) break
      length += data.length
      passed += fds.length
      closeAll(fds)
    }
    expect(await sent).toBe('sent')
    expect([length, passed]).toEqual([3_000_003, 1])
    await worker.terminate()
  })

  test('where a part is sent they went with it', () => {
    const [a, b] = ends()
    a.setblocking(false)
    const data = bytesFrom(0, 4_000_000)
    const part = sendFds(a, [data], [a])
    expect(part).toBeLessThan(data.length)
    const [first, fds] = recvFds(b, 10, 5)
    expect([first.equals(data.subarray(0, 10)), fds.length]).toEqual([true, 1])
    closeAll(fds)
  })

  test('a full queue is EAGAIN, and nothing is lost or sent twice', () => {
    const [a, b] = ends()
    a.setblocking(false)
    fill(a)
    for (let i = 0; i < 20; i++) expect(thrown(() => sendFds(a, ['x'], [a]))).toMatchObject({ code: 'EAGAIN' })
    drain(b)
    sendFds(a, ['x'], [a])
    const [data, fds, flags] = recvFds(b, 10, 5)
    expect([data.toString(), fds.length, flags]).toEqual(['x', 1, 0])
    closeAll(fds)
  })

  test('MSG_WAITALL ends where descriptors came', async () => {
    const [a, b] = ends()
    for (const receive of [recvFds, (...[sock, size, max]: [Socket, number, number]) => all(sock, size, max)]) {
      sendFds(a, ['one'], [a])
      sendFds(a, ['two'], [a, b])
      for (const [text, number] of [
        ['one', 1],
        ['two', 2],
      ] as const) {
        const [data, fds] = await receive(b, 100, 10, MSG_WAITALL)
        expect([data.toString(), fds.length]).toEqual([text, number])
        closeAll(fds)
      }
    }
  })
  const all = (sock: Socket, size: number, max: number) => recvFdsAsync(sock, size, max, { flags: MSG_WAITALL })
})

describe('a send that waits', () => {
  test('passes them once when there is room, in order with others', async () => {
    const [a, b] = ends()
    fill(a)
    const sends = [sendFdsAsync(a, ['one'], [a]), a.sendallAsync('two'), sendFdsAsync(a, ['three'], [a, b])]
    expect(await isPending(sends[0] as Promise<unknown>)).toBe(true)
    drain(b)
    await Promise.all(sends)
    const seen: [string, number][] = []
    for (let length = 0; length < 11; ) {
      const [data, fds] = recvFds(b, 100, 5)
      seen.push([data.toString(), fds.length])
      length += data.length
      closeAll(fds)
    }
    expect(seen).toEqual([
      ['one', 1],
      ['twothree', 2],
    ])
  })

  test('that is closed, aborted or timed out has passed none; those given stay open', async () => {
    const [a, b] = ends()
    const [passed] = ends()
    fill(a)
    const abort = new AbortController()
    const sends = [
      sendFdsAsync(a, ['x'], [passed], { timeout: 0.01 }),
      sendFdsAsync(a, ['x'], [passed], { signal: abort.signal }),
      sendFdsAsync(a, ['x'], [passed]),
    ]
    expect(await rejection(sends[0] as Promise<unknown>)).toMatchObject({ code: 'ETIMEDOUT', syscall: 'sendmsg' })
    abort.abort()
    expect(await rejection(sends[1] as Promise<unknown>)).toMatchObject({ name: 'AbortError' })
    a.close()
    expect(await rejection(sends[2] as Promise<unknown>)).toMatchObject({ code: 'ECANCELED' })
    expect(passed.closed).toBe(false)
    passed.getsockname()
    for (;;) {
      const [data, fds] = recvFds(b, 65_536, 5)
      expect(fds).toEqual([])
      if (data.length === 0) break
    }
  })

  test('asks an object again: one that was closed meanwhile is EBADF, its number nobody else’s', async () => {
    const [a, b] = ends()
    fill(a)
    const [passed, other] = socketpair()
    const sent = sendFdsAsync(a, ['x'], [passed])
    passed.close()
    using stranger = pipe()
    drain(b)
    expect(await rejection(sent)).toMatchObject({ code: 'EBADF', syscall: 'sendmsg' })
    expect(stranger.reader).toBeGreaterThan(0)
    other.close()
  })

  test.skipIf(!can.datagramsWait)(
    'to a unix datagram socket whose queue is full [needs datagrams that wait]',
    async () => {
      using folder = temporaryFolder()
      const receiver = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      receiver.bind(folder.path('receiver'))
      const sender = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      sender.setblocking(false)
      let sent = 0
      const full = () => {
        for (;;) sent += sendFds(sender, ['x'], [sender], 0, folder.path('receiver'))
      }
      expect(thrown(full)).toMatchObject({ code: 'EAGAIN', address: folder.path('receiver') })
      const last = sendFdsAsync(sender, ['last'], [sender, receiver], { address: folder.path('receiver') })
      for (let i = 0; i < sent; i++) {
        const [data, fds] = recvFds(receiver, 10, 5)
        expect([data.toString(), fds.length]).toEqual(['x', 1])
        closeAll(fds)
      }
      expect(await last).toBe(4)
      const [data, fds] = recvFds(receiver, 10, 5)
      expect([data.toString(), fds.length]).toEqual(['last', 2])
      closeAll(fds)
    },
  )
})

describe('a wrong argument', () => {
  const wrong = (call: () => unknown, asyncCall: () => Promise<unknown>) => async (code: string, name: string) => {
    for (const error of [thrown(call), await rejection(asyncCall())]) {
      expect(error.code).toBe(code)
      expect(error.message).toContain(`"${name}`)
    }
  }
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', { fileno: (): number => 1 }],
    ['the class', Socket],
    ['its prototype', Socket.prototype],
  ])('sock is %s', async (_, sock) => {
    await wrong(
      () => sendFds(sock as never, ['x'], []),
      () => sendFdsAsync(sock as never, ['x'], []),
    )('ERR_INVALID_ARG_TYPE', 'sock')
    await wrong(
      () => recvFds(sock as never, 1, 1),
      () => recvFdsAsync(sock as never, 1, 1),
    )('ERR_INVALID_ARG_TYPE', 'sock')
  })

  test.each([
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
    ['1', 'ERR_INVALID_ARG_TYPE'],
    [Int32Array.of(1), 'ERR_INVALID_ARG_TYPE'],
    [['1'], 'ERR_INVALID_ARG_TYPE'],
    [[null], 'ERR_INVALID_ARG_TYPE'],
    [[-1], 'ERR_OUT_OF_RANGE'],
    [[1.5], 'ERR_OUT_OF_RANGE'],
    [[2 ** 31], 'ERR_OUT_OF_RANGE'],
    [[{ fileno: (): string => 'x' }], 'ERR_INVALID_ARG_TYPE'],
  ])('fds %o', async (fds, code) => {
    const [a] = ends()
    await wrong(
      () => sendFds(a, ['x'], fds as never),
      () => sendFdsAsync(a, ['x'], fds as never),
    )(code, 'fds')
  })

  test.each([
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    ['1', 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [2 ** 31, 'ERR_OUT_OF_RANGE'],
    [2 ** 29, 'ERR_OUT_OF_RANGE'],
  ])('maxfds %s', async (maxfds, code) => {
    const [a] = ends()
    await wrong(
      () => recvFds(a, 1, maxfds as never),
      () => recvFdsAsync(a, 1, maxfds as never),
    )(code, 'maxfds')
  })

  test('flags that are undefined are no flags left out', () => {
    const [a] = ends()
    expect(thrown(() => recvFds(a, 1, 1, undefined as never)).message).toContain('"flags"')
    expect(thrown(() => sendFds(a, ['x'], [], undefined as never)).message).toContain('"flags"')
  })

  test('a socket that is no unix one passes none', async () => {
    const other = closing.add(socket(AF_INET, SOCK_DGRAM))
    other.bind(['127.0.0.1', 0])
    other.connect(other.getsockname())
    // Linux would take the message and drop the descriptor.
    expect(thrown(() => sendFds(other, ['x'], [other]))).toMatchObject({ code: 'EOPNOTSUPP', syscall: 'sendmsg' })
    expect(await rejection(sendFdsAsync(other, ['x'], [other]))).toMatchObject({ code: 'EOPNOTSUPP' })
    expect(sendFds(other, ['x'], [])).toBe(1)
    expect(recvFds(other, 10, 5)[1]).toEqual([])
    other.close()
    expect(thrown(() => sendFds(other, ['x'], [0])).code).toBe('EBADF')
    expect((await rejection(sendFdsAsync(other, ['x'], [0]))).code).toBe('EBADF')
  })
})
