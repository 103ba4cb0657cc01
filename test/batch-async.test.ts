/** recvmmsgAsync and sendmmsgAsync: order, what ends them, who has the batch, who else gets a turn. */
import {
  AF_INET,
  AF_UNIX,
  MessageBatch,
  MSG_DONTWAIT,
  SHUT_RD,
  SOCK_DGRAM,
  type SOCK_STREAM,
  Socket,
  SocketTimeoutError,
  socket,
  socketpair,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPending, rejection, settles, turns } from './support/async.js'
import { Closing, can, temporaryFolder, thrown, udp } from './support/sockets.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

function ends(type: number = SOCK_DGRAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

const texts = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.received }, (_, index) => batch.data(index).toString())

function batchOf(...messages: (string | Buffer)[]): MessageBatch {
  const batch = new MessageBatch(messages.length, 65_536)
  messages.forEach((data, index) => {
    batch.set(index, data)
  })
  return batch
}

describe('receiving', () => {
  test('waits for messages and then takes all that are there', async () => {
    const [a, b] = ends()
    const batch = new MessageBatch(8, 10)
    const received = b.recvmmsgAsync(batch)
    expect(await isPending(received)).toBe(true)
    a.sendmmsg(batchOf('a', 'b', 'c'))
    expect(await received).toBe(3)
    expect(texts(batch)).toEqual(['a', 'b', 'c'])
    a.send('at once')
    expect(await b.recvmmsgAsync(batch)).toBe(1)
  })

  test('in line with other receives, first come, first served, a synchronous one last', async () => {
    const [a, b] = ends()
    const [first, second] = [new MessageBatch(1, 10), new MessageBatch(1, 10)]
    const calls = [b.recvmmsgAsync(first), b.recvAsync(10), b.recvmmsgAsync(second)]
    a.sendmmsg(batchOf('1', '2', '3', '4'))
    const last = new MessageBatch(4, 10)
    expect(b.recvmmsg(last)).toBe(1)
    expect(String((await Promise.all(calls))[1])).toBe('2')
    expect([texts(first), texts(second), texts(last)]).toEqual([['1'], ['3'], ['4']])
  })

  test('a batch is filled at the end only, and is the call’s until then', async () => {
    const [a, b] = ends()
    const batch = batchOf('before', 'x')
    const received = b.recvmmsgAsync(batch)
    expect([batch.data(0).toString(), batch.unsent]).toEqual(['before', 2])
    const busy = { name: 'TypeError', code: 'ERR_INVALID_STATE', message: expect.stringContaining('recvmmsgAsync') }
    for (const call of [
      () => a.sendmmsg(batch),
      () => b.recvmmsg(batch),
      () => batch.set(0, 'y'),
      () => batch.clear(),
      () => batch.clear(0),
    ]) {
      expect(thrown(call)).toMatchObject(busy)
    }
    expect(await rejection(a.sendmmsgAsync(batch))).toMatchObject(busy)
    expect(await rejection(b.recvmmsgAsync(batch))).toMatchObject(busy)
    a.send('after')
    expect(await received).toBe(1)
    expect([batch.data(0).toString(), batch.unsent]).toEqual(['after', 0])
    batch.set(0, 'free')
    expect(a.sendmmsg(batch)).toBe(1)
  })

  test.each([
    ['closed', (sock: Socket) => sock.close(), { code: 'ECANCELED', syscall: 'recvmmsg' }],
    ['detached', (sock: Socket) => closing.add(Socket.adopt(sock.detach())), { code: 'ECANCELED' }],
  ])('ends where the socket is %s', async (_, end, expected) => {
    const [, b] = ends()
    const batch = new MessageBatch(1, 10)
    const received = b.recvmmsgAsync(batch)
    end(b)
    expect(await rejection(received)).toMatchObject(expected)
    batch.set(0, 'free again')
  })

  test('ends with a signal, with its time, and answers MSG_DONTWAIT at once', async () => {
    const [a, b] = ends()
    const batch = new MessageBatch(1, 10)
    const controller = new AbortController()
    const received = b.recvmmsgAsync(batch, { signal: controller.signal })
    controller.abort(new Error('enough'))
    expect(await rejection(received)).toMatchObject({ message: 'enough' })
    expect(await rejection(b.recvmmsgAsync(batch, { signal: controller.signal }))).toMatchObject({ message: 'enough' })
    expect(await rejection(b.recvmmsgAsync(batch, { timeout: 0.02 }))).toBeInstanceOf(SocketTimeoutError)
    b.settimeout(0.02)
    expect(await rejection(b.recvmmsgAsync(batch))).toBeInstanceOf(SocketTimeoutError)
    const once = b.recvmmsgAsync(batch, { flags: MSG_DONTWAIT })
    expect(await rejection(once)).toMatchObject({ code: 'EAGAIN', syscall: 'recvmmsg' })
    // Nothing was lost by any of them.
    a.send('x')
    expect(await b.recvmmsgAsync(batch)).toBe(1)
  })

  test('bad arguments reject', async () => {
    const [, b] = ends()
    const batch = new MessageBatch(1, 10)
    const call = (...args: unknown[]) => Reflect.apply(b.recvmmsgAsync, b, args) as Promise<number>
    for (const wrong of [undefined, null, {}, Buffer.alloc(5), Object.create(MessageBatch.prototype)]) {
      expect(await rejection(call(wrong))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const options of [1, { flags: 'x' }, { timeout: 'x' }, { signal: 1 }]) {
      expect(await rejection(call(batch, options))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    expect(await rejection(call(batch, { timeout: -1 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    b.close()
    expect(await rejection(call(batch))).toMatchObject({ code: 'EBADF', syscall: 'recvmmsg' })
    batch.set(0, 'still free')
  })

  test.skipIf(!can.linux)(
    'a datagram socket whose reading is shut down gives a message without bytes [needs Linux]',
    async () => {
      const [a, b] = ends()
      const batch = batchOf('held', 'before')
      const received = b.recvmmsgAsync(batch)
      b.shutdown(SHUT_RD)
      expect(await settles(received)).toBe(1)
      expect([batch.received, batch.nbytes(0), batch.address(0), batch.unsent]).toEqual([1, 0, null, 0])
      a.close()
    },
  )

  test('a flood starves neither timers nor another socket', async () => {
    const near = closing.add(udp())
    const far = closing.add(udp())
    far.connect(near.getsockname())
    const [a, b] = ends()
    const out = new MessageBatch(128, 10)
    const into = new MessageBatch(128, 10)
    const send = () => {
      for (let i = 0; i < 128; i++) out.set(i, 'x')
      far.sendmmsg(out)
    }
    let timer = false
    setTimeout(() => {
      timer = true
    }, 1)
    let other = false
    void b.recvAsync(1).then(() => {
      other = true
    })
    a.send('x')
    let rounds = 0
    // Each receive finds something: it never has to wait.
    for (; !(timer && other) && rounds < 100_000; rounds++) {
      send()
      await near.recvmmsgAsync(into)
    }
    expect(rounds).toBeLessThan(100_000)
  })
})

describe('sending', () => {
  test('answers once some are sent, and goes on with the rest', async () => {
    const [a, b] = ends()
    const size = 20_000
    const out = new MessageBatch(64, size)
    for (let i = 0; i < 64; i++) out.set(i, Buffer.alloc(size, i))
    const into = new MessageBatch(64, size)
    const seen: number[] = []
    let calls = 0
    const sending = (async () => {
      while (out.unsent > 0) {
        calls++
        expect(await a.sendmmsgAsync(out)).toBeGreaterThan(0)
      }
    })()
    while (seen.length < 64) {
      const count = await settles(b.recvmmsgAsync(into))
      for (let i = 0; i < count; i++) seen.push(into.data(i)[0] as number)
    }
    await sending
    expect(calls).toBeGreaterThan(1)
    expect(seen).toEqual(Array.from({ length: 64 }, (_, i) => i))
  })

  test.skipIf(!can.datagramsWait)(
    'waits for the queue of another socket, of which the poller does not tell [needs datagrams that wait]',
    async () => {
      using folder = temporaryFolder()
      const receiver = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      receiver.bind(folder.path('sock'))
      const sender = closing.add(socket(AF_UNIX, SOCK_DGRAM))
      const out = new MessageBatch(600, 4)
      for (let i = 0; i < 600; i++) out.set(i, 'x', folder.path('sock'))
      const into = new MessageBatch(600, 4)
      let received = 0
      while (out.unsent > 0) {
        const sent = sender.sendmmsgAsync(out)
        if (await isPending(sent)) received += receiver.recvmmsg(into)
        expect(await settles(sent)).toBeGreaterThan(0)
      }
      receiver.setblocking(false)
      while (received < 600) received += receiver.recvmmsg(into)
      expect(received).toBe(600)
    },
  )

  test('what ends it leaves the rest to be sent', async () => {
    const [a, b] = ends()
    a.setblocking(false)
    const big = Buffer.alloc(50_000)
    while (thrownBy(() => a.send(big)) === null) {}
    const out = batchOf('one', 'two')
    expect(await rejection(a.sendmmsgAsync(out, { timeout: 0.02 }))).toBeInstanceOf(SocketTimeoutError)
    const controller = new AbortController()
    const sent = a.sendmmsgAsync(out, { signal: controller.signal })
    controller.abort()
    expect(await rejection(sent)).toMatchObject({ name: 'AbortError' })
    expect(await rejection(a.sendmmsgAsync(out, { flags: MSG_DONTWAIT }))).toMatchObject({ code: 'EAGAIN' })
    expect(out.unsent).toBe(2)
    const into = new MessageBatch(64, 50_000)
    b.recvmmsg(into)
    expect(await a.sendmmsgAsync(out)).toBe(2)
    b.recvmmsg(into)
    expect(texts(into)).toEqual(['one', 'two'])
    const again = batchOf('x')
    a.close()
    expect(await rejection(a.sendmmsgAsync(again))).toMatchObject({ code: 'EBADF', syscall: 'sendmmsg' })
    again.set(0, 'still free')
  })

  test('names are looked up first, in line, once for all messages that have them', async () => {
    const near = closing.add(udp())
    const [, port] = near.getsockname()
    const far = closing.add(socket(AF_INET, SOCK_DGRAM))
    const out = new MessageBatch(4, 10)
    out.set(0, '0', ['localhost', port])
    out.set(1, '1', ['127.0.0.1', port])
    out.set(2, '2', ['localhost', port])
    const sent = far.sendmmsgAsync(out)
    const later = far.sendtoAsync('later', ['127.0.0.1', port])
    expect(await settles(sent)).toBe(3)
    await later
    const into = new MessageBatch(8, 10)
    near.recvmmsg(into)
    expect(texts(into)).toEqual(['0', '1', '2', 'later'])
    out.set(0, '3', ['localhost', port])
    expect(far.sendmmsg(out)).toBe(1)
  })

  test('a name that there is not rejects, and the batch is free', async () => {
    const far = closing.add(socket(AF_INET, SOCK_DGRAM))
    const out = new MessageBatch(2, 10)
    out.set(0, 'x', ['no-such-host.invalid', 9])
    expect(await settles(rejection(far.sendmmsgAsync(out)))).toMatchObject({ name: 'GaiError' })
    expect(out.unsent).toBe(1)
    const controller = new AbortController()
    const sent = far.sendmmsgAsync(out, { signal: controller.signal })
    controller.abort()
    expect(await rejection(sent)).toMatchObject({ name: 'AbortError' })
    const other = far.sendmmsgAsync(out)
    far.close()
    expect(await rejection(other)).toMatchObject({ code: 'ECANCELED' })
    await turns()
    out.clear()
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
    return null
  } catch (error) {
    return error
  }
}
