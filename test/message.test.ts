/** recvmsg, recvmsgInto and sendmsg over the kernel: what goes in pieces, what comes with it, what is refused. */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  SocketTimeoutError,
  socket,
  socketpair,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesFrom } from './support/async.js'
import { Closing, can, tcpPair, temporaryFolder, thrown, udp } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

/** Two connected unix sockets, closed with the test. */
function ends(type: number = SOCK_STREAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

describe('data', () => {
  test('is gathered from buffers and strings, and scattered over buffers', () => {
    const [a, b] = ends()
    expect(a.sendmsg(['one', Buffer.from('two'), Uint16Array.of(0x4141), new ArrayBuffer(1), ''])).toBe(9)
    const [head, gap, tail] = [Buffer.alloc(4, '.'), new Uint8Array(0), new DataView(new ArrayBuffer(9))]
    expect(b.recvmsgInto([head, gap, tail])).toEqual([9, [], 0, null])
    expect(head.toString()).toBe('onet')
    expect(Buffer.from(tail.buffer).toString('latin1')).toBe('woAA\0\0\0\0\0')
  })

  test.each([1, 16, 17, 1024])('in %i pieces, small and large', (count) => {
    const [a, b] = ends()
    for (const size of [1, 60, 100]) {
      const pieces = Array.from({ length: count }, (_, i) => bytesFrom(i * size, size))
      expect(a.sendmsg(pieces)).toBe(count * size)
      const parts = Array.from({ length: count }, () => Buffer.alloc(size))
      expect(b.recvmsgInto(parts, 0, MSG_WAITALL)[0]).toBe(count * size)
      expect(Buffer.concat(parts).equals(bytesFrom(0, count * size))).toBe(true)
    }
  })

  test('of more buffers than the system takes is EMSGSIZE', () => {
    const [a, b] = ends()
    for (const count of [1025, 5000]) {
      expect(thrown(() => a.sendmsg(Array(count).fill('x')))).toMatchObject({ code: 'EMSGSIZE', syscall: 'sendmsg' })
      const parts = Array.from({ length: count }, () => Buffer.alloc(1))
      expect(thrown(() => b.recvmsgInto(parts))).toMatchObject({ code: 'EMSGSIZE', syscall: 'recvmsg' })
    }
  })

  test('of any iterable', () => {
    const [a, b] = ends()
    function* pieces() {
      yield 'a'
      yield Buffer.from('b')
    }
    expect(a.sendmsg(pieces())).toBe(2)
    const part = Buffer.alloc(5)
    expect(b.recvmsgInto(new Set([part]))[0]).toBe(2)
    expect(part.toString('latin1')).toBe('ab\0\0\0')
  })

  test.skipIf(!can.seqpacket)(
    'a large message comes whole, and a small one keeps no large memory [needs seqpacket]',
    () => {
      const [a, b] = ends(SOCK_SEQPACKET)
      const large = bytesFrom(0, 100_000)
      a.sendmsg([large.subarray(0, 70_000), large.subarray(70_000)])
      expect(b.recvmsg(200_000)[0].equals(large)).toBe(true)
      a.sendmsg(['few'])
      const [data] = b.recvmsg(200_000)
      expect(data.toString()).toBe('few')
      expect(data.buffer.byteLength).toBeLessThanOrEqual(Buffer.allocUnsafe(1).buffer.byteLength)
    },
  )

  test('recvmsg(0) asks the kernel; no buffers are an empty message', () => {
    const a = closing.add(udp())
    const b = closing.add(udp())
    b.setblocking(false)
    expect(thrown(() => b.recvmsg(0))).toMatchObject({ code: 'EAGAIN' })
    expect(thrown(() => b.recvmsgInto([]))).toMatchObject({ code: 'EAGAIN' })
    expect(a.sendmsg([], [], 0, b.getsockname())).toBe(0)
    expect(b.recvmsg(10)).toEqual([Buffer.alloc(0), [], 0, a.getsockname()])
    a.sendto('lost', b.getsockname())
    expect(b.recvmsg(0)).toEqual([Buffer.alloc(0), [], MSG_TRUNC, a.getsockname()])
    a.sendto('lost', b.getsockname())
    expect(b.recvmsgInto([])).toEqual([0, [], MSG_TRUNC, a.getsockname()])
  })

  test('a blocking stream takes all of it, however many parts the kernel makes of it', async () => {
    const [a, b] = ends()
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       parentPort.postMessage('ready')
       const parts = []
       for (;;) {
         const [data] = conn.recvmsg(50_000)
         if (data.length === 0) break
         parts.push(data)
       }
       parentPort.postMessage(Buffer.concat(parts))`,
      b.detach(),
    )
    expect(await message(worker)).toBe('ready')
    const pieces = Array.from({ length: 300 }, (_, i) => bytesFrom(i * 9973, 9973))
    expect(a.sendmsg(pieces)).toBe(300 * 9973)
    a.close()
    const received = Buffer.from(await message<Uint8Array>(worker))
    expect(received.equals(bytesFrom(0, 300 * 9973))).toBe(true)
  })

  test('a non-blocking stream takes a part', () => {
    const [a, b] = ends()
    a.setblocking(false)
    const piece = Buffer.alloc(1 << 20)
    const sent = a.sendmsg([piece, piece, piece, piece])
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(4 << 20)
    expect(thrown(() => a.sendmsg([piece]))).toMatchObject({ code: 'EAGAIN', syscall: 'sendmsg' })
    b.close()
  })
})

describe('flags', () => {
  test('a datagram that is cut tells MSG_TRUNC; with MSG_TRUNC given, recvmsgInto tells its length', () => {
    const a = closing.add(udp())
    const b = closing.add(udp())
    const send = () => a.sendto('0123456789', b.getsockname())
    send()
    expect(b.recvmsg(4)).toEqual([Buffer.from('0123'), [], MSG_TRUNC, a.getsockname()])
    send()
    expect(b.recvmsg(4, 0, MSG_TRUNC)).toEqual([Buffer.from('0123'), [], MSG_TRUNC, a.getsockname()])
    send()
    const parts = [Buffer.alloc(1), Buffer.alloc(2)]
    // Elsewhere it asks for nothing.
    expect(b.recvmsgInto(parts, 0, MSG_TRUNC)).toEqual([can.linux ? 10 : 3, [], MSG_TRUNC, a.getsockname()])
    expect(Buffer.concat(parts).toString()).toBe('012')
  })

  test('a peeked message stays', () => {
    const [a, b] = ends()
    a.sendmsg(['peeked'])
    expect(b.recvmsg(3, 0, MSG_PEEK)[0].toString()).toBe('pee')
    expect(b.recvmsg(10)[0].toString()).toBe('peeked')
  })

  test.skipIf(!can.seqpacket)('a record of a seqpacket socket [needs them]', () => {
    const [a, b] = ends(SOCK_SEQPACKET)
    expect(a.sendmsg(['first ', 'record'], [], MSG_EOR)).toBe(12)
    a.sendmsg(['second'])
    expect(b.recvmsg(5)).toEqual([Buffer.from('first'), [], MSG_TRUNC | (can.linux ? 0 : MSG_EOR), null])
    expect(b.recvmsg(100)[0].toString()).toBe('second')
  })

  test.skipIf(!can.linux)('MSG_CMSG_CLOEXEC shows where it was given, as in CPython [needs Linux]', () => {
    const [a, b] = ends()
    a.send('x')
    expect(b.recvmsg(10, 100, MSG_CMSG_CLOEXEC as number)[2]).toBe(MSG_CMSG_CLOEXEC)
  })

  test('none of those that the package itself gives the kernel show', () => {
    const [a, b] = ends()
    a.send('x')
    expect(b.recvmsg(10, 100, MSG_DONTWAIT)).toEqual([Buffer.from('x'), [], 0, null])
  })
})

describe('addresses', () => {
  test('where a message goes, and where it came from', () => {
    const [a, b] = [closing.add(udp()), closing.add(udp())]
    expect(a.sendmsg(['x', 'y'], [], 0, b.getsockname())).toBe(2)
    expect(b.recvmsg(10)).toEqual([Buffer.from('xy'), [], 0, a.getsockname()])
    a.sendmsg(['z'], undefined, 0, ['localhost', b.getsockname()[1]])
    expect(b.recvmsgInto([Buffer.alloc(1)])[3]).toEqual(a.getsockname())
    a.connect(b.getsockname())
    expect(a.sendmsg(['w'], [], 0, null)).toBe(1)
    expect(b.recv(10).toString()).toBe('w')
  })

  test('undefined stands for what is left out before an address; alone it may be an absent constant', () => {
    const [a, b] = [closing.add(udp()), closing.add(udp())]
    expect(a.sendmsg(['x'], undefined, undefined, b.getsockname())).toBe(1)
    expect(b.recvmsg(10)).toEqual([Buffer.from('x'), [], 0, a.getsockname()])
    const sendmsg = a.sendmsg.bind(a) as (...args: unknown[]) => unknown
    expect(thrown(() => sendmsg(['x'], undefined, undefined)).message).toContain('"flags"')
    expect(thrown(() => sendmsg(['x'], [], undefined, b.getsockname())).message).toContain('"flags"')
    expect(thrown(() => sendmsg(['x'], null, 0, b.getsockname())).message).toContain('"ancdata"')
  })

  test.skipIf(!can.bindIPv6)('over IPv6 [needs IPv6]', () => {
    const a = closing.add(socket(AF_INET6, SOCK_DGRAM))
    const b = closing.add(socket(AF_INET6, SOCK_DGRAM))
    for (const sock of [a, b]) sock.bind(['::1', 0])
    a.sendmsg(['x'], [], 0, b.getsockname())
    expect(b.recvmsg(10)[3]).toEqual(a.getsockname())
  })

  test('of unix datagrams; none is null', () => {
    using folder = temporaryFolder()
    const a = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    const b = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    b.bind(folder.path('b'))
    a.sendmsg(['x'], [], 0, folder.path('b'))
    expect(b.recvmsg(10)[3]).toBe(null)
    a.bind(folder.path('a'))
    a.sendmsg(['x'], [], 0, folder.path('b'))
    expect(b.recvmsg(10)[3]).toBe(folder.path('a'))
    const nowhere = folder.path('nowhere')
    const error = thrown(() => a.sendmsg(['x'], [], 0, nowhere))
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'sendmsg', address: nowhere })
  })

  test('a TCP connection gives none', () => {
    const { client, server } = closing.add(tcpPair())
    client.sendmsg(['x'])
    expect(server.recvmsg(1)[3]).toBe(null)
  })
})

describe('waiting', () => {
  test('a timeout bounds both', () => {
    const [a, b] = ends()
    for (const sock of [a, b]) sock.settimeout(0.02)
    expect(() => b.recvmsg(1)).toThrow(SocketTimeoutError)
    expect(() => b.recvmsgInto([Buffer.alloc(1)])).toThrow(SocketTimeoutError)
    expect(() => a.sendmsg([Buffer.alloc(1 << 20), Buffer.alloc(1 << 23)])).not.toThrow()
    expect(() => a.sendmsg([Buffer.alloc(1 << 20)])).toThrow(SocketTimeoutError)
  })

  test('a datagram that is sent meanwhile ends it', async () => {
    const b = closing.add(udp())
    const worker = startWorker(
      `const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
       setTimeout(() => sock.sendmsg(['la', 'te'], [], 0, workerData), 30)`,
      b.getsockname(),
    )
    expect(b.recvmsg(10)[0].toString()).toBe('late')
    await worker.terminate()
  })

  test('the end of a stream is an empty message; a reset is told', () => {
    const { client, server } = closing.add(tcpPair())
    client.close()
    expect(server.recvmsg(10)).toEqual([Buffer.alloc(0), [], 0, null])
    expect(server.recvmsgInto([Buffer.alloc(1)])[0]).toBe(0)
  })

  test('a worker that is terminated while it waits', async () => {
    const [, b] = ends()
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       parentPort.postMessage('waits')
       conn.recvmsg(10, 100)`,
      b.detach(),
    )
    await message(worker)
    await worker.terminate()
  })
})

describe('a closed socket', () => {
  test('is EBADF for each', () => {
    const sock = socket(AF_INET, SOCK_DGRAM)
    sock.close()
    expect(thrown(() => sock.recvmsg(1))).toMatchObject({ code: 'EBADF', syscall: 'recvmsg' })
    expect(thrown(() => sock.recvmsgInto([]))).toMatchObject({ code: 'EBADF', syscall: 'recvmsg' })
    expect(thrown(() => sock.sendmsg(['x']))).toMatchObject({ code: 'EBADF', syscall: 'sendmsg' })
    expect(thrown(() => sock.sendmsg(['x', 'y'], [[1, 1, Buffer.alloc(1)]]))).toMatchObject({ code: 'EBADF' })
  })
})
