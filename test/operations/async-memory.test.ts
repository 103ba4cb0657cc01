/** The caller's memory, which an asynchronous call looks up when it completes. */
import { MSG_DONTWAIT, MSG_WAITALL, SO_SNDBUF, SOL_SOCKET } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, isPending, rejection, settles, turns } from '../support/async.js'
import { pair, udp } from '../support/sockets.js'

const LOST = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }

/** What `subarray` of it makes is not over its own memory. */
class Elsewhere extends Uint8Array {
  static get [Symbol.species](): unknown {
    return class extends Uint8Array {
      constructor(_: ArrayBuffer, __: number, length: number) {
        super(length)
      }
    }
  }
}

/** A buffer that can shrink, where this runtime has them. */
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & {
  resize(length: number): void
}

describe('memory to receive into', () => {
  const endings: [string, (memory: ArrayBuffer & { resize(length: number): void }) => void][] = [
    ['was transferred away', (memory) => structuredClone(memory, { transfer: [memory] })],
    ['has shrunk', (memory) => memory.resize(10)],
  ]

  test.each(endings)('that %s while the call waited takes no byte along', async (_, end) => {
    using ends = pair()
    const memory = new Resizable(16, { maxByteLength: 32 })
    const waiting = [
      ends[1].recvIntoAsync(memory),
      ends[1].recvIntoAsync(new Uint8Array(memory, 8), { flags: MSG_WAITALL }),
      ends[1].recvfromIntoAsync(new Uint8Array(memory, 12)),
    ]
    expect(await isPending(waiting[0] as Promise<unknown>)).toBe(true)
    end(memory)
    ends[0].send('kept')
    for (const promise of waiting) expect(await settles(rejection(promise))).toMatchObject(LOST)
    expect(String(await settles(ends[1].recvAsync(10)))).toBe('kept')
  })

  test('that has grown while the call waited is filled as far as it went', async () => {
    using ends = pair()
    const memory = new Resizable(4, { maxByteLength: 32 })
    const waiting = [ends[1].recvmsgIntoAsync([memory]), ends[1].recvIntoAsync(memory)]
    expect(await isPending(waiting[0] as Promise<unknown>)).toBe(true)
    memory.resize(32)
    ends[0].send('kept too')
    expect(await settles(Promise.all(waiting))).toEqual([[4, [], 0, null], 4])
    expect(Buffer.from(memory).toString('latin1', 0, 5)).toBe(' too\0')
  })

  test('that went away after a part was received: the rest is the next call’s', async () => {
    using ends = pair()
    const memory = new ArrayBuffer(8)
    const filling = ends[1].recvIntoAsync(memory, { flags: MSG_WAITALL })
    ends[0].send('part')
    expect(await isPending(filling)).toBe(true)
    structuredClone(memory, { transfer: [memory] })
    ends[0].send('rest')
    expect(await settles(rejection(filling))).toMatchObject(LOST)
    expect(String(await settles(ends[1].recvAsync(10)))).toBe('rest')
  })

  test.each([
    ['Uint8Array', (memory: ArrayBuffer) => new Uint8Array(memory, 8, 3)],
    ['Uint8ClampedArray', (memory: ArrayBuffer) => new Uint8ClampedArray(memory, 8, 3)],
    ['Int32Array', (memory: ArrayBuffer) => new Int32Array(memory, 8, 1)],
    ['Float64Array', (memory: ArrayBuffer) => new Float64Array(memory, 8, 1)],
    ['DataView', (memory: ArrayBuffer) => new DataView(memory, 8, 5)],
  ])('may be a %s, and nothing beside it is written', async (_, viewOf) => {
    using ends = pair()
    const memory = new ArrayBuffer(24)
    const view = viewOf(memory)
    const waiting = ends[1].recvIntoAsync(view)
    ends[0].send(bytesFrom(1, 16))
    expect(await settles(waiting)).toBe(view.byteLength)
    expect(Buffer.from(memory, 8, view.byteLength)).toEqual(bytesFrom(1, view.byteLength))
    expect(Buffer.from(memory, 0, 8)).toEqual(Buffer.alloc(8))
    expect(Buffer.from(memory, 8 + view.byteLength)).toEqual(Buffer.alloc(16 - view.byteLength))
  })

  test('of a class whose parts are elsewhere is filled all the same', async () => {
    using ends = pair()
    const memory = new Elsewhere(600)
    const filled = ends[1].recvIntoAsync(memory, { flags: MSG_WAITALL })
    for (let place = 0; place < 600; place += 200) {
      ends[0].send(bytesFrom(place, 200))
      await turns(1)
    }
    expect(await settles(filled)).toBe(600)
    expect(bytesFrom(0, 600).equals(memory)).toBe(true)
  })

  test('results are independent of later receives', async () => {
    using ends = pair()
    const results: Buffer[] = []
    for (const size of [10, 1000, 20_000, 20_000, 40_000, 10, 40_000]) {
      ends[0].sendall(Buffer.alloc(size, results.length))
      results.push(await settles(ends[1].recvAsync(65_536)))
    }
    results.forEach((data, index) => {
      expect(data.equals(Buffer.alloc(data.length, index))).toBe(true)
    })
  })
})

describe('memory to send', () => {
  test('that was transferred away while the call waited: a TypeError, and the next call goes on', async () => {
    using ends = pair()
    const taken = fill(ends[0])
    const memory = new ArrayBuffer(16)
    const waiting = [ends[0].sendAsync(memory), ends[0].sendallAsync(new Uint8Array(memory, 4))]
    const after = ends[0].sendAsync('after')
    expect(await isPending(after)).toBe(true)
    structuredClone(memory, { transfer: [memory] })
    expect(drain(ends[1])).toHaveLength(taken)
    for (const promise of waiting) expect(await settles(rejection(promise))).toMatchObject(LOST)
    expect(await settles(after)).toBe(5)
    expect(String(drain(ends[1]))).toBe('after')
  })

  test('that is transferred away while the address is read: a TypeError, and nothing is sent', async () => {
    using receiver = udp()
    const memory = new ArrayBuffer(16)
    const address = Object.defineProperty(receiver.getsockname(), 0, {
      get() {
        // It may be read more than once, and newer versions of Node refuse what is detached already.
        if (memory.byteLength > 0) structuredClone(memory, { transfer: [memory] })
        return '127.0.0.1'
      },
    })
    expect(await rejection(receiver.sendtoAsync(memory, address))).toMatchObject(LOST)
    expect((await rejection(receiver.recvAsync(1, { flags: MSG_DONTWAIT }))).code).toBe('EAGAIN')
  })

  test('of a class whose parts are elsewhere is sent as it is', async () => {
    using ends = pair()
    ends[0].setsockopt(SOL_SOCKET, SO_SNDBUF, 8192)
    const data = new Elsewhere(200_000)
    data.set(bytesFrom(0, data.length))
    const sent = ends[0].sendallAsync(data)
    const received: Buffer[] = []
    while (Buffer.concat(received).length < data.length) received.push(await settles(ends[1].recvAsync(65_536)))
    await settles(sent)
    expect(Buffer.concat(received).equals(data)).toBe(true)
  })
})
