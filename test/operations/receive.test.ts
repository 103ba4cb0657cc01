import {
  errno,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_RD,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SOL_SOCKET,
  SocketTimeoutError,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, pair, tcpPair, thrown, udp } from '../support/sockets.js'
import { message, startWorker } from '../support/worker.js'

describe('recv', () => {
  test('gives at most bufsize bytes, exactly, and the rest to the next call', () => {
    using both = tcpPair()
    both.client.sendall('hello world')
    both.server.recv(1, MSG_PEEK)
    expect(both.server.recv(5).toString()).toBe('hello')
    expect(both.server.recv(2).toString()).toBe(' w')
    expect(both.server.recv(100).toString()).toBe('orld')
  })

  test.each([1, 63, 64, 65, 1023, 1024, 1025, 40_000, 65_536, 70_000, 200_000])(
    'gives %i bytes as they were sent',
    (size) => {
      using ends = pair()
      const sent = Buffer.alloc(size, 0).map((_, index) => index % 251)
      const writer = ends[0].dup()
      writer.setblocking(false)
      let given = 0
      const received: Buffer[] = []
      while (Buffer.concat(received).length < size) {
        if (given < size) given += writer.send(sent.subarray(given))
        const chunk = ends[1].recv(size)
        expect(chunk.length).toBeGreaterThan(0)
        received.push(chunk)
      }
      writer.close()
      expect(Buffer.concat(received).equals(sent)).toBe(true)
    },
  )

  test('an empty buffer is the end of the stream, again and again', () => {
    using ends = pair()
    ends[0].send('x')
    ends[0].close()
    expect(ends[1].recv(10).toString()).toBe('x')
    expect(ends[1].recv(10)).toHaveLength(0)
    expect(ends[1].recv(65536)).toHaveLength(0)
  })

  test('a small result does not keep the memory of a large bufsize alive', () => {
    using ends = pair()
    ends[0].send('abc')
    expect(ends[1].recv(1 << 20).buffer.byteLength).toBeLessThanOrEqual(Buffer.allocUnsafe(1).buffer.byteLength)
  })

  test('results are independent of later receives', () => {
    using ends = pair()
    const results = []
    for (let i = 0; i < 50; i++) {
      ends[0].send(Buffer.alloc(40_000, i))
      results.push(ends[1].recv(40_000, MSG_WAITALL))
    }
    results.forEach((data, i) => {
      expect(data.equals(Buffer.alloc(40_000, i))).toBe(true)
    })
  })

  test('bufsize 0 answers without the kernel, even on a closed socket', () => {
    using ends = pair()
    ends[0].close()
    expect(ends[0].recv(0)).toHaveLength(0)
    expect(thrown(() => ends[0].recv(1))).toMatchObject({ code: 'EBADF', errno: 9, syscall: 'recv' })
  })

  test('with MSG_TRUNC it gives no byte that was not received', () => {
    using receiver = udp()
    receiver.sendto('0123456789', receiver.getsockname())
    expect(receiver.recv(4, MSG_TRUNC).toString()).toBe('0123')
    receiver.sendto(Buffer.alloc(5000, 7), receiver.getsockname())
    expect(receiver.recv(2000, MSG_TRUNC)).toEqual(Buffer.alloc(2000, 7))
  })

  test.each([
    [1.5, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [2 ** 31, 'ERR_OUT_OF_RANGE'],
    [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
    ['10', 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [10n, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the bufsize %s', (bufsize, code) => {
    using ends = pair()
    const error = thrown(() => ends[0].recv(bufsize as number))
    expect(error.code).toBe(code)
    expect(error.message).toContain('"bufsize"')
  })

  test('refuses flags that are undefined, as an absent constant is', () => {
    using ends = pair()
    const absent = undefined as unknown as number
    expect(thrown(() => ends[0].recv(1, absent))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => ends[0].recvInto(Buffer.alloc(1), 0, absent))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => ends[0].send('x', absent))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    ends[1].setblocking(false)
    expect(thrown(() => ends[1].recv(1)).code).toBe('EAGAIN')
  })
})

describe('recvInto', () => {
  test.each([Uint8Array, Uint8ClampedArray, Int32Array, Float64Array, BigInt64Array])('fills a %s', (View) => {
    using ends = pair()
    const target = new View(2)
    const sent = Buffer.alloc(target.byteLength).map((_, index) => index + 1)
    ends[0].send(sent)
    expect(ends[1].recvInto(target)).toBe(target.byteLength)
    expect(Buffer.from(target.buffer)).toEqual(sent)
  })

  test('fills a DataView, an ArrayBuffer and shared memory, at their place', () => {
    using ends = pair()
    const memory = new ArrayBuffer(8)
    ends[0].send('abcdefgh')
    expect(ends[1].recvInto(new DataView(memory, 2, 3))).toBe(3)
    expect(Buffer.from(memory).toString('latin1')).toBe('\0\0abc\0\0\0')
    expect(ends[1].recvInto(memory, 2)).toBe(2)
    expect(Buffer.from(memory).toString('latin1')).toBe('deabc\0\0\0')
    const shared = new SharedArrayBuffer(200)
    expect(ends[1].recvInto(shared)).toBe(3)
    expect(Buffer.from(shared).toString('latin1', 0, 4)).toBe('fgh\0')
  })

  test('nbytes bounds it; 0 is the whole buffer; more than the buffer is refused', () => {
    using ends = pair()
    ends[0].send('0123456789')
    const target = Buffer.alloc(100)
    expect(ends[1].recvInto(target, 3)).toBe(3)
    expect(ends[1].recvInto(target, 0)).toBe(7)
    expect(thrown(() => ends[1].recvInto(target, 101))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => ends[1].recvInto(target, -1))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => ends[1].recvInto('text' as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test('an empty buffer answers 0 at once; a detached one is an error, not the end of the stream', () => {
    using ends = pair()
    ends[0].send('x')
    expect(ends[1].recvInto(Buffer.alloc(0))).toBe(0)
    const detached = new Uint8Array(100)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(thrown(() => ends[1].recvInto(detached))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => ends[1].recvInto(new DataView(new ArrayBuffer(1)), 2)).code).toBe('ERR_OUT_OF_RANGE')
    expect(ends[1].recv(10).toString()).toBe('x')
  })

  test('with MSG_TRUNC it gives the length of the datagram, and writes only the buffer', () => {
    using receiver = udp()
    for (const size of [4, 200]) {
      receiver.sendto(Buffer.alloc(1000, 7), receiver.getsockname())
      const memory = Buffer.alloc(size + 8)
      expect(receiver.recvInto(memory.subarray(0, size), 0, MSG_TRUNC)).toBe(can.linux ? 1000 : size)
      expect(memory.equals(Buffer.concat([Buffer.alloc(size, 7), Buffer.alloc(8)]))).toBe(true)
    }
  })
})

describe('recvfrom', () => {
  test('gives the data and the sender', () => {
    using receiver = udp()
    using sender = udp()
    sender.sendto('one', receiver.getsockname())
    sender.sendto('two', receiver.getsockname())
    sender.sendto(Buffer.alloc(5000, 1), receiver.getsockname())
    expect(receiver.recvfrom(100)).toEqual([Buffer.from('one'), sender.getsockname()])
    const target = Buffer.alloc(10)
    expect(receiver.recvfromInto(target)).toEqual([3, sender.getsockname()])
    expect(target.toString('latin1', 0, 4)).toBe('two\0')
    expect(receiver.recvfrom(65536)).toEqual([Buffer.alloc(5000, 1), sender.getsockname()])
  })

  test('bufsize 0 asks the kernel: it takes a datagram away', () => {
    using receiver = udp()
    receiver.sendto('gone', receiver.getsockname())
    receiver.sendto('here', receiver.getsockname())
    expect(receiver.recvfrom(0)).toEqual([Buffer.alloc(0), receiver.getsockname()])
    expect(receiver.recvfrom(10)[0].toString()).toBe('here')
  })

  test('the address is null where the kernel gives none', () => {
    using both = tcpPair()
    using ends = pair()
    both.client.send('x')
    ends[0].send('y')
    expect(both.server.recvfrom(1)).toEqual([Buffer.from('x'), null])
    expect(ends[1].recvfrom(1)).toEqual([Buffer.from('y'), null])
  })

  test('decodes many senders rightly, each its own', () => {
    using receiver = udp()
    const senders = Array.from({ length: 20 }, () => udp())
    for (const [index, sender] of senders.entries()) sender.sendto(String(index), receiver.getsockname())
    for (const [index, sender] of senders.entries()) {
      expect(receiver.recvfrom(10)).toEqual([Buffer.from(String(index)), sender.getsockname()])
      sender.close()
    }
  })
})

describe('waiting', () => {
  const recvLater = `
    const conn = berkeley.fromfd(workerData)
    parentPort.postMessage('ready')
    parentPort.once('message', () => {
      for (const part of ['ab', 'cd', 'ef']) conn.send(part)
      conn.close()
    })`

  test('MSG_WAITALL on a blocking stream waits for all of it, and gives what there is at the end', async () => {
    using both = tcpPair()
    const worker = startWorker(recvLater, both.client.fileno())
    await new Promise((resolve) => worker.once('message', resolve))
    worker.postMessage('go')
    both.client.close()
    expect(both.server.recv(4, MSG_WAITALL | MSG_PEEK).toString()).toBe('abcd')
    expect(both.server.recv(5, MSG_WAITALL).toString()).toBe('abcde')
    expect(both.server.recv(5, MSG_WAITALL).toString()).toBe('f')
    expect(both.server.recv(5, MSG_WAITALL)).toHaveLength(0)
    await worker.terminate()
  })

  test('MSG_WAITALL with a timeout gives what there is, as the kernel does for O_NONBLOCK', () => {
    using ends = pair()
    ends[1].settimeout(5)
    ends[0].send('abc')
    expect(ends[1].recv(10, MSG_WAITALL).toString()).toBe('abc')
  })

  test('MSG_DONTWAIT on a blocking socket answers EAGAIN at once, with a timeout it waits', () => {
    using ends = pair()
    expect(thrown(() => ends[1].recv(1, MSG_DONTWAIT)).code).toBe('EAGAIN')
    ends[1].settimeout(0.02)
    expect(thrown(() => ends[1].recv(1, MSG_DONTWAIT))).toBeInstanceOf(SocketTimeoutError)
  })

  test.skipIf(!can.linux)('MSG_ERRQUEUE and MSG_OOB answer at once on a blocking socket [needs Linux]', () => {
    using receiver = udp()
    expect(thrown(() => receiver.recv(1, MSG_ERRQUEUE as number)).code).toBe('EAGAIN')
    using both = tcpPair()
    expect(thrown(() => both.client.recv(1, MSG_OOB)).code).toBe('EINVAL')
  })

  test('a timeout is kept and names the call', () => {
    using ends = pair()
    ends[1].settimeout(0.05)
    const started = performance.now()
    const error = thrown(() => ends[1].recv(1))
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error).toMatchObject({
      code: 'ETIMEDOUT',
      errno: errno.ETIMEDOUT,
      syscall: 'recv',
      name: 'SocketTimeoutError',
    })
    expect(performance.now() - started).toBeGreaterThanOrEqual(49)
    expect(thrown(() => ends[1].recvfrom(1))).toMatchObject({ code: 'ETIMEDOUT', syscall: 'recvfrom' })
  })

  test('SO_RCVTIMEO of a blocking socket is honoured: EAGAIN, as from the kernel', () => {
    using ends = pair()
    const timeval = Buffer.alloc(16)
    timeval.writeInt32LE(30_000, 8)
    ends[1].setsockopt(SOL_SOCKET, SO_RCVTIMEO, timeval)
    const started = performance.now()
    expect(thrown(() => ends[1].recv(1)).code).toBe('EAGAIN')
    expect(performance.now() - started).toBeGreaterThanOrEqual(29)
  })

  test.skipIf(!can.linux)(
    'a UDP socket whose reading is shut down: end of stream where it blocks, else a timeout [needs Linux]',
    () => {
      using receiver = udp()
      receiver.connect(receiver.getsockname())
      receiver.shutdown(SHUT_RD)
      expect(receiver.recv(10)).toHaveLength(0)
      receiver.settimeout(0.05)
      expect(thrown(() => receiver.recv(10))).toBeInstanceOf(SocketTimeoutError)
    },
  )

  test.each([null, 5])(
    'SO_RCVLOWAT is heeded on TCP with the timeout %s: a receive waits for so many bytes',
    async (timeout) => {
      using both = tcpPair()
      both.server.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 4)
      both.server.settimeout(timeout)
      const worker = startWorker(recvLater, both.client.fileno())
      await message(worker)
      both.client.send('_')
      worker.postMessage('go')
      both.client.close()
      expect(both.server.recv(100).length).toBeGreaterThanOrEqual(4)
      await worker.terminate()
    },
  )

  test('however short a timeout is, it takes what is there', () => {
    using ends = pair()
    ends[1].settimeout(0.001)
    expect(thrown(() => ends[1].recv(1))).toBeInstanceOf(SocketTimeoutError)
    ends[1].settimeout(1e-9)
    ends[0].send('x')
    expect(ends[1].recv(1).toString()).toBe('x')
  })

  test('an error that comes after a part is the next call’s', async () => {
    using both = tcpPair()
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       conn.setsockopt(berkeley.SOL_SOCKET, berkeley.SO_LINGER, Int32Array.of(1, 0))
       parentPort.postMessage('ready')
       parentPort.once('message', () => { conn.send('hello'); setTimeout(() => conn.close(), 50) })`,
      both.client.detach(),
    )
    await message(worker)
    worker.postMessage('go')
    expect(both.server.recv(100, MSG_WAITALL).toString()).toBe('hello')
    expect(thrown(() => both.server.recv(100))).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' })
    expect(both.server.recv(100)).toHaveLength(0)
    await worker.terminate()
  })
})
