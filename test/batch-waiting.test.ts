/** How recvmmsg and sendmmsg wait: for the first message, for room; and what ends that. */
import { MessageBatch, MSG_DONTWAIT, SO_RCVTIMEO, SOL_SOCKET, SocketTimeoutError } from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectedUdp, unixEnds } from './support/batch.js'
import { Closing, can, thrown } from './support/sockets.js'
import { ended, message, startChild, startWorker } from './support/worker.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

const ends = (type?: number) => unixEnds(closing, type)
const udpPair = () => connectedUdp(closing)

const texts = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.received }, (_, index) => batch.data(index).toString())

describe('waiting', () => {
  test('a socket that does not block answers EAGAIN, and one with a timeout waits so long', () => {
    const { near } = udpPair()
    const batch = new MessageBatch(2, 10)
    near.setblocking(false)
    expect(thrown(() => near.recvmmsg(batch))).toMatchObject({ code: 'EAGAIN', syscall: 'recvmmsg' })
    near.settimeout(0.05)
    const start = performance.now()
    expect(thrown(() => near.recvmmsg(batch))).toBeInstanceOf(SocketTimeoutError)
    expect(performance.now() - start).toBeGreaterThanOrEqual(49)
    near.settimeout(null)
    expect(thrown(() => near.recvmmsg(batch, MSG_DONTWAIT))).toMatchObject({ code: 'EAGAIN' })
    near.setsockopt(SOL_SOCKET, SO_RCVTIMEO, Buffer.from(BigInt64Array.of(0n, 50_000n).buffer))
    if (can.linux) expect(thrown(() => near.recvmmsg(batch))).toMatchObject({ code: 'EAGAIN' })
  })

  test('a blocking one waits for the first message, not for a full batch', async () => {
    const { near } = udpPair()
    const worker = startWorker(
      `
      const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
      setTimeout(() => { sock.sendto('late', workerData); sock.close() }, 50)
    `,
      near.getsockname(),
    )
    const batch = new MessageBatch(100, 10)
    expect(near.recvmmsg(batch)).toBe(1)
    expect(texts(batch)).toEqual(['late'])
    await worker.terminate()
  })

  test.skipIf(!can.linux)('of the two, only a blocking send waits until all are gone [needs Linux]', async () => {
    // The buffer of the sender has room for some of them.
    const [a, b] = ends()
    const size = 20_000
    const all = Array.from({ length: 64 }, (_, i) => i)
    const out = new MessageBatch(64, size)
    const fillAll = () => {
      for (const i of all) out.set(i, Buffer.alloc(size, i))
    }
    fillAll()
    a.setblocking(false)
    const part = a.sendmmsg(out)
    expect(part).toBeGreaterThan(0)
    expect(part).toBeLessThan(64)
    expect([out.unsent, out.firstUnsent]).toEqual([64 - part, part])
    expect(thrown(() => a.sendmmsg(out))).toMatchObject({ code: 'EAGAIN', syscall: 'sendmmsg' })
    expect(out.unsent).toBe(64 - part)
    const into = new MessageBatch(64, size)
    const seen: number[] = []
    const take = () => {
      const count = b.recvmmsg(into)
      for (let i = 0; i < count; i++) seen.push(into.data(i)[size - 1] as number)
    }
    take()
    a.settimeout(0.02)
    while (out.unsent > 0) {
      expect(a.sendmmsg(out)).toBeGreaterThan(0)
      take()
    }
    expect(seen).toEqual(all)
    fillAll()
    while (out.unsent > 0) {
      try {
        a.sendmmsg(out)
      } catch (error) {
        expect(error).toBeInstanceOf(SocketTimeoutError)
        break
      }
    }
    while (out.unsent > 0) {
      take()
      a.sendmmsg(out)
    }
    take()
    expect(seen).toEqual([...all, ...all])
    // Blocking: another thread drains.
    const worker = startWorker(
      `
      const sock = berkeley.fromfd(workerData)
      const got = []
      while (got.length < 64) got.push(sock.recv(${size})[0])
      sock.close()
      parentPort.postMessage(got)
    `,
      b.fileno(),
    )
    a.setblocking(true)
    fillAll()
    expect(a.sendmmsg(out)).toBe(64)
    expect(await message(worker)).toEqual(all)
  })

  test('ends with the worker that waits', async () => {
    const { near } = udpPair()
    const worker = startWorker(
      `
      const sock = berkeley.fromfd(workerData)
      sock.setblocking(true)
      parentPort.postMessage('waits')
      sock.recvmmsg(new berkeley.MessageBatch(4, 10))
    `,
      near.fileno(),
    )
    await message(worker)
    expect(await worker.terminate()).toBe(1)
  })

  test('a signal that JavaScript handles interrupts it', async () => {
    const child = startChild(`
      process.on('SIGINT', () => {})
      const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
      sock.bind(['127.0.0.1', 0])
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 0)
      const { Worker } = await import('node:worker_threads')
      new Worker('setInterval(() => process.kill(process.pid, "SIGINT"), 20)', { eval: true }).unref()
      try { sock.recvmmsg(new berkeley.MessageBatch(4, 10)) } catch (error) { console.log(error.code, error.syscall) }
      process.exit(0)
    `)
    expect((await ended(child)).stdout).toBe('EINTR recvmmsg\n')
  })
})
