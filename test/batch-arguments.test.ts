/** A batch in hostile hands: what it is made of, what is put into it, memory that is taken away from it. */
import { MessageBatch, type Socket } from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPending, rejection } from './support/async.js'
import { Closing, thrown, udp } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

let closing: Closing
let near: Socket
let far: Socket
beforeEach(() => {
  closing = new Closing()
  near = closing.add(udp()) as Socket
  const peer = closing.add(udp())
  peer.connect(near.getsockname() as [string, number])
  far = peer as Socket
})
afterEach(() => closing[Symbol.dispose]())

const make = (...args: unknown[]): MessageBatch => Reflect.construct(MessageBatch, args) as MessageBatch
const put = (batch: MessageBatch, ...args: unknown[]) => Reflect.apply(batch.set, batch, args)

const TYPE = 'ERR_INVALID_ARG_TYPE'
const RANGE = 'ERR_OUT_OF_RANGE'

describe('a batch is not made of', () => {
  test.each([
    [[], TYPE, '"count"'],
    [['4', 10], TYPE, '"count"'],
    [[4n, 10], TYPE, '"count"'],
    [[4], TYPE, '"size"'],
    [[0, 10], RANGE, '"count"'],
    [[-1, 10], RANGE, '"count"'],
    [[1.5, 10], RANGE, '"count"'],
    [[Number.NaN, 10], RANGE, '"count"'],
    [[1e9, 10], RANGE, '"count"'],
    [[4, 0], RANGE, '"size"'],
    [[4, -5], RANGE, '"size"'],
    [[4, Number.POSITIVE_INFINITY], RANGE, '"size"'],
    [[4, 2 ** 31], RANGE, '"size"'],
    [[65_536, 65_536], RANGE, '"size"'],
    [[4, 10, 1], TYPE, '"options"'],
    [[4, 10, null], TYPE, '"options"'],
    [[4, 10, { ancbufsize: '1' }], TYPE, '"options.ancbufsize"'],
    [[4, 10, { ancbufsize: -1 }], RANGE, '"options.ancbufsize"'],
    [[65_536, 1, { ancbufsize: 65_536 }], RANGE, '"options.ancbufsize"'],
    // Types come before ranges.
    [[0, 'x'], TYPE, '"size"'],
  ])('%o', (args, code, name) => {
    const error = thrown(() => make(...args))
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(name)
  })

  test('and what it says of the room for control messages is so', () => {
    const say = (ancbufsize: number) => thrown(() => make(65_536, 1, { ancbufsize })).message
    expect(say(0x7fffffff)).toContain('Received 2147483647')
    const most = Number(/<= (\d+) with this count/.exec(say(0x7fffffff))?.[1])
    expect(say(most + 1)).toContain(`<= ${most} with this count. Received ${most + 1}`)
    expect(make(65_536, 1, { ancbufsize: most })).toHaveLength(65_536)
  })

  test('nor without new, and its methods want one', () => {
    expect(() => Reflect.apply(MessageBatch, undefined, [1, 1])).toThrow(TypeError)
    expect(() => MessageBatch.prototype.data.call({} as MessageBatch, 0)).toThrow(TypeError)
  })
})

test.each([-1, 4, 1.5, Number.NaN, 2 ** 32, '0', 0n, null, undefined])('no message has the index %s', (index) => {
  const batch = make(4, 10)
  const code = typeof index === 'number' ? RANGE : TYPE
  for (const name of ['data', 'nbytes', 'address', 'flags', 'segmentSize', 'ancdata'] as const) {
    const error = thrown(() => Reflect.apply(batch[name], batch, [index]))
    expect([name, error.message]).toEqual([name, expect.stringContaining('index')])
    expect(error).toMatchObject({ code })
  }
  expect(thrown(() => put(batch, index, 'x'))).toMatchObject({ code })
  // Without an index all are meant.
  if (index !== undefined) expect(thrown(() => Reflect.apply(batch.clear, batch, [index]))).toMatchObject({ code })
})

test.each([
  [[0], TYPE, '"data"'],
  [[0, 1], TYPE, '"data"'],
  [[0, ['x']], TYPE, '"data"'],
  [[0, 'longer than ten bytes'], RANGE, '"data"'],
  [[0, Buffer.alloc(11)], RANGE, '"data"'],
  [[0, 'äöüäöü'], RANGE, '"data"'],
  [[0, 'x', {}], TYPE, '"address"'],
  [[0, 'x', true], TYPE, '"address"'],
  [[0, 'x', null, 1], TYPE, '"options"'],
  [[0, 'x', null, { segmentSize: '1' }], TYPE, '"options.segmentSize"'],
])('%j is not put into one', (args, code, name) => {
  const batch = make(4, 10)
  batch.set(1, 'kept')
  const error = thrown(() => put(batch, ...args))
  expect(error).toMatchObject({ code })
  expect(error.message).toContain(name)
  expect([batch.unsent, batch.data(0).length]).toEqual([1, 0])
})

test('data of every kind that sends take', () => {
  const batch = make(6, 10)
  const bytes = Uint16Array.of(0x4141, 0x4242)
  for (const [index, data] of [
    'ä',
    Buffer.from('b'),
    bytes,
    new DataView(bytes.buffer, 2),
    bytes.buffer,
    '',
  ].entries()) {
    put(batch, index, data)
  }
  expect(far.sendmmsg(batch)).toBe(6)
  const into = make(6, 10)
  near.recvmmsg(into)
  expect(Array.from({ length: 6 }, (_, i) => into.data(i).toString())).toEqual(['ä', 'b', 'AABB', 'BB', 'AABB', ''])
})

describe('memory that was transferred away', () => {
  const detach = (batch: MessageBatch) => {
    batch.set(0, 'x')
    const { buffer } = batch.data(0)
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
  }

  test('is an error of each call, and nothing is written anywhere', async () => {
    const batch = make(2, 10)
    detach(batch)
    far.send('y')
    const lost = { code: TYPE, message: expect.stringContaining('attached to its memory') }
    for (const call of [
      () => near.recvmmsg(batch),
      () => far.sendmmsg(batch),
      () => batch.set(0, 'z'),
      () => batch.data(0),
    ]) {
      expect(thrown(call)).toMatchObject(lost)
    }
    expect(await rejection(near.recvmmsgAsync(batch))).toMatchObject(lost)
    expect(await rejection(far.sendmmsgAsync(batch))).toMatchObject(lost)
    expect([batch.length, batch.flags(0), batch.address(1)]).toEqual([2, 0, null])
    // The message is there still.
    expect(near.recv(10).toString()).toBe('y')
  })

  test('while a call waits', async () => {
    const batch = make(2, 10)
    const received = near.recvmmsgAsync(batch)
    expect(await isPending(received)).toBe(true)
    const { buffer } = batch.data(0)
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
    far.send('y')
    expect(await rejection(received)).toMatchObject({ code: TYPE })
    expect(near.recv(10).toString()).toBe('y')
  })
})

test('arguments that run code while they are read cannot get at a batch in use', () => {
  const batch = make(2, 10)
  let received: Promise<number> | null = null
  const options = {
    get segmentSize() {
      received ??= near.recvmmsgAsync(batch)
      return undefined
    },
  }
  expect(thrown(() => batch.set(0, 'x', null, options))).toMatchObject({ code: 'ERR_INVALID_STATE' })
  expect(batch.unsent).toBe(0)
  far.send('y')
  return received
})

test('no view of its data shows bytes of another message', () => {
  const batch = make(3, 4)
  for (const text of ['abcdefgh', 'ij', 'klmn']) far.send(text)
  near.recvmmsg(batch)
  expect([0, 1, 2].map((index) => batch.data(index).toString())).toEqual(['abcd', 'ij', 'klmn'])
})

test('batches and their memory are collected', () => {
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 200; i++) {
    const batch = make(64, 65_536)
    far.send('x')
    near.recvmmsg(batch)
    batch.data(0)
  }
  // 800 MiB, had they been kept.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(400 << 20)
})

test('two threads have batches of their own over one socket', async () => {
  const code = `
    const sock = berkeley.fromfd(workerData)
    const batch = new berkeley.MessageBatch(16, 8)
    const seen = []
    for (;;) {
      const count = sock.recvmmsg(batch)
      for (let i = 0; i < count; i++) seen.push(batch.data(i).toString())
      if (seen.at(-1) === 'end') break
    }
    sock.close()
    parentPort.postMessage(seen.filter((text) => text !== 'end'))
  `
  const workers = [startWorker(code, near.fileno()), startWorker(code, near.fileno())]
  const answers = workers.map((worker) => message<string[]>(worker))
  const out = make(50, 8)
  for (let i = 0; i < 50; i++) out.set(i, String(i))
  far.sendmmsg(out)
  let done = false
  const all = Promise.all(answers).finally(() => {
    done = true
  })
  while (!done) {
    far.send('end')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const seen = (await all).flat().map(Number)
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})
