/** MessageBatch, recvmmsg and sendmmsg over the kernel: what comes, in which order, and what is refused. */
import {
  AF_INET,
  MessageBatch,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesFrom } from './support/async.js'
import { connectedUdp, unixEnds } from './support/batch.js'
import { Closing, can, closedPort, tcpPair, thrown, udp } from './support/sockets.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

const ends = (type?: number) => unixEnds(closing, type)
const udpPair = () => connectedUdp(closing)

function batchOf(...messages: (string | Buffer)[]): MessageBatch {
  const batch = new MessageBatch(messages.length, 65_536)
  messages.forEach((data, index) => {
    batch.set(index, data)
  })
  return batch
}

const texts = (batch: MessageBatch): string[] =>
  Array.from({ length: batch.received }, (_, index) => batch.data(index).toString())

describe('messages', () => {
  test('go out and come in in order, each with its length and its sender', () => {
    const { near, far } = udpPair()
    const batch = new MessageBatch(4, 100)
    expect([batch.length, batch.size, batch.received, batch.unsent, batch.firstUnsent]).toEqual([4, 100, 0, 0, -1])
    expect(far.sendmmsg(batchOf('one', '', Buffer.from('three')))).toBe(3)
    expect(near.recvmmsg(batch)).toBe(3)
    expect(texts(batch)).toEqual(['one', '', 'three'])
    for (const index of [0, 1, 2]) expect(batch.address(index)).toEqual(far.getsockname())
    expect([batch.nbytes(0), batch.nbytes(1), batch.flags(2), batch.received]).toEqual([3, 0, 0, 3])
    expect([batch.data(3).length, batch.address(3), batch.nbytes(3), batch.ancdata(3)]).toEqual([0, null, 0, []])
  })

  test.skipIf(!can.seqpacket).each([1, 2, 127, 128, 129, 300])(
    '%i at a time, whatever the system takes at once [needs seqpacket]',
    (count) => {
      const [a, b] = ends(SOCK_SEQPACKET)
      a.setblocking(false)
      const out = new MessageBatch(count, 100)
      const into = new MessageBatch(count, 100)
      for (let i = 0; i < count; i++) out.set(i, bytesFrom(i, 1 + (i % 100)))
      let received = 0
      while (received < count) {
        if (out.unsent > 0) a.sendmmsg(out)
        const came = b.recvmmsg(into)
        for (let i = 0; i < came; i++, received++) {
          expect(into.data(i).equals(bytesFrom(received, 1 + (received % 100)))).toBe(true)
        }
      }
      expect([received, out.unsent]).toEqual([count, 0])
    },
  )

  test('that are not set are skipped, and a message that is set twice is sent once', () => {
    const [a, b] = ends()
    const out = new MessageBatch(10, 10)
    const into = new MessageBatch(10, 10)
    out.set(7, 'c')
    out.set(2, 'x')
    out.set(2, 'a')
    out.set(5, 'b')
    expect([out.unsent, out.firstUnsent]).toEqual([3, 2])
    expect(a.sendmmsg(out)).toBe(3)
    expect(a.sendmmsg(out)).toBe(0)
    b.recvmmsg(into)
    expect(texts(into)).toEqual(['a', 'b', 'c'])
  })

  test('of which some are forgotten', () => {
    const [a, b] = ends()
    const out = batchOf('a', 'b', 'c')
    out.clear(1)
    expect([out.unsent, out.data(1).length]).toEqual([2, 0])
    a.sendmmsg(out)
    const into = new MessageBatch(4, 10)
    b.recvmmsg(into)
    expect(texts(into)).toEqual(['a', 'c'])
    out.set(0, 'x')
    out.clear()
    expect([out.unsent, a.sendmmsg(out)]).toEqual([0, 0])
    into.clear()
    expect([into.received, into.data(0).length]).toEqual([0, 0])
  })

  test('that do not fit are cut, and say so; the whole length with MSG_TRUNC', () => {
    const { near, far } = udpPair()
    const into = new MessageBatch(3, 4)
    far.sendmmsg(batchOf('123456', '1234'))
    expect(near.recvmmsg(into)).toBe(2)
    expect(texts(into)).toEqual(['1234', '1234'])
    expect([into.flags(0) & MSG_TRUNC, into.flags(1), into.nbytes(0)]).toEqual([MSG_TRUNC, 0, 4])
    far.sendmmsg(batchOf('123456', '1234'))
    expect(near.recvmmsg(into, MSG_TRUNC)).toBe(2)
    expect(texts(into)).toEqual(['1234', '1234'])
    if (can.linux) expect([into.nbytes(0), into.nbytes(1)]).toEqual([6, 4])
  })

  test('a receive leaves nothing of what the batch held before', () => {
    const { near, far } = udpPair()
    const batch = batchOf('old', 'older', 'oldest')
    far.send('new')
    expect(near.recvmmsg(batch)).toBe(1)
    expect([batch.unsent, batch.received, texts(batch), batch.data(2).length]).toEqual([0, 1, ['new'], 0])
    expect(far.sendmmsg(batch)).toBe(0)
    far.sendmmsg(batchOf('1', '2'))
    near.recvmmsg(batch)
    far.send('3')
    near.recvmmsg(batch)
    expect([texts(batch), batch.data(1).length]).toEqual([['3'], 0])
  })

  test('sent back from where they lie', () => {
    const { near, far } = udpPair()
    far.sendmmsg(batchOf('a', 'bb', 'ccc'))
    const batch = new MessageBatch(8, 100)
    const count = near.recvmmsg(batch)
    for (let i = 0; i < count; i++) batch.set(i, batch.data(i), batch.address(i) as [string, number])
    expect(near.sendmmsg(batch)).toBe(3)
    far.recvmmsg(batch)
    expect(texts(batch)).toEqual(['a', 'bb', 'ccc'])
  })

  test('views of data are the memory of the batch', () => {
    const [a, b] = ends()
    const batch = new MessageBatch(2, 10)
    a.send('abc')
    b.recvmmsg(batch)
    const view = batch.data(0)
    expect(batch.data(0)).toBe(view)
    a.send('xyz')
    b.recvmmsg(batch)
    expect(view.toString()).toBe('xyz')
    a.send('longer')
    b.recvmmsg(batch)
    expect([batch.data(0).toString(), view.length]).toEqual(['longer', 3])
  })
})

describe('what the kernel does', () => {
  test('a stream fills message after message, and its end is messages without bytes', () => {
    using pair = tcpPair()
    const batch = new MessageBatch(3, 4)
    pair.client.sendall('abcdef')
    expect(pair.server.recvmmsg(batch)).toBe(2)
    expect(texts(batch)).toEqual(['abcd', 'ef'])
    pair.client.close()
    expect(pair.server.recvmmsg(batch)).toBeGreaterThan(0)
    expect(batch.data(0).length).toBe(0)
  })

  test('of a stream that takes a part only, the rest goes with the next call', () => {
    const [a, b] = ends(SOCK_STREAM)
    a.setblocking(false)
    b.setblocking(false)
    const size = 200_000
    const out = new MessageBatch(8, size)
    for (let i = 0; i < 8; i++) out.set(i, bytesFrom(i * size, size))
    const chunks: Buffer[] = []
    let sent = 0
    let parts = 0
    while (out.unsent > 0) {
      sent += a.sendmmsg(out)
      expect(out.unsent).toBe(8 - sent)
      parts++
      for (;;) {
        try {
          chunks.push(b.recv(1 << 20))
        } catch {
          break
        }
      }
    }
    expect(sent).toBe(8)
    expect(parts).toBeGreaterThan(1)
    expect(Buffer.concat(chunks).equals(bytesFrom(0, 8 * size))).toBe(true)
  })

  test('peeked messages stay', () => {
    const { near, far } = udpPair()
    far.sendmmsg(batchOf('a', 'b'))
    const batch = new MessageBatch(2, 10)
    expect(near.recvmmsg(batch, MSG_PEEK)).toBeGreaterThan(0)
    expect(batch.data(0).toString()).toBe('a')
    expect(near.recvmmsg(batch)).toBe(2)
    expect(texts(batch)).toEqual(['a', 'b'])
  })

  test('the one that cannot be sent stops the others, which go once it is gone', () => {
    const near = closing.add(udp())
    const far = closing.add(udp())
    const to = near.getsockname()
    const out = new MessageBatch(4, 65_536)
    out.set(0, 'a', to)
    out.set(1, Buffer.alloc(65_536), to)
    out.set(2, 'c', to)
    expect(far.sendmmsg(out)).toBe(1)
    expect([out.unsent, out.firstUnsent]).toEqual([2, 1])
    // As sendto has it.
    for (let i = 0; i < 2; i++) {
      expect(thrown(() => far.sendmmsg(out))).toMatchObject({ code: 'EMSGSIZE', syscall: 'sendmmsg', address: to })
    }
    out.clear(out.firstUnsent)
    expect(far.sendmmsg(out)).toBe(1)
    const batch = new MessageBatch(4, 10)
    expect(near.recvmmsg(batch)).toBe(2)
    expect(texts(batch)).toEqual(['a', 'c'])
  })

  test('a peer that is gone is ECONNREFUSED', () => {
    const sock = closing.add(socket(AF_INET, SOCK_DGRAM))
    sock.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
    sock.send('x')
    const batch = new MessageBatch(2, 10)
    sock.settimeout(5)
    expect(thrown(() => sock.recvmmsg(batch))).toMatchObject({ code: 'ECONNREFUSED', syscall: 'recvmmsg' })
    sock.send('x')
    batch.set(0, 'y')
    expect(thrown(() => sock.sendmmsg(batch))).toMatchObject({ code: 'ECONNREFUSED', syscall: 'sendmmsg' })
    expect(batch.unsent).toBe(1)
  })

  test.skipIf(!can.linux)(
    'a datagram socket whose reading is shut down gives a message without bytes [needs Linux]',
    () => {
      const { near } = udpPair()
      near.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
      try {
        near.shutdown(SHUT_RD)
      } catch {}
      expect(near.recvmmsg(new MessageBatch(200, 10))).toBe(1)
    },
  )

  test('a closed socket is EBADF', () => {
    const sock = udp()
    sock.close()
    const batch = batchOf('x')
    expect(thrown(() => sock.recvmmsg(batch))).toMatchObject({ code: 'EBADF', syscall: 'recvmmsg' })
    expect(thrown(() => sock.sendmmsg(batch))).toMatchObject({ code: 'EBADF', syscall: 'sendmmsg' })
    expect(batch.unsent).toBe(1)
  })
})
