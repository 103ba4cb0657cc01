/** Descriptors that go with messages: who has them, who closes them, and that none is lost or left over. */
import { fstatSync } from 'node:fs'
import {
  CMSG_LEN,
  CMSG_SPACE,
  close,
  MSG_CTRUNC,
  MSG_PEEK,
  recvFds,
  recvFdsAsync,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  Socket,
  sendFds,
  sendFdsAsync,
  socket,
  socketpair,
} from 'berkeley'
import { beforeEach, describe, expect, test } from 'vitest'
import { rejection } from './support/async.js'
import { countDescriptors, regularFile } from './support/descriptors.js'
import { closeAll, closing, countInEachTest, ends, open } from './support/passing.js'
import { can, thrown } from './support/sockets.js'

const count = countDescriptors
countInEachTest()

const types = [
  ['stream', SOCK_STREAM],
  ['datagram', SOCK_DGRAM],
  ['seqpacket', SOCK_SEQPACKET],
] as const

/** What a descriptor is open on. */
const target = (fd: number): string => {
  const { dev, ino, mode } = fstatSync(fd)
  return `${dev} ${ino} ${mode}`
}

describe.each(types)('over a %s socket', (_, type) => {
  beforeEach(({ skip }) => {
    skip(type === SOCK_SEQPACKET && !can.seqpacket, 'needs seqpacket')
  })

  test('descriptors and objects that have one; sync and async', async () => {
    const [a, b] = ends(type)
    const [one, two] = ends()
    using file = regularFile()
    expect(sendFds(a, ['da', 'ta'], [one, file.fd])).toBe(4)
    const [data, fds, flags, address] = recvFds(b, 10, 2)
    expect([data.toString(), fds.length, flags, address]).toEqual(['data', 2, 0, null])
    expect(fds.map(target)).toEqual([target(one.fileno()), target(file.fd)])
    closeAll(fds)
    const received = recvFdsAsync(b, 10, 1)
    expect(await sendFdsAsync(a, ['x'], new Set([two]))).toBe(1)
    const [text, [fd]] = await received
    expect(text.toString()).toBe('x')
    const copy = closing.add(Socket.adopt(fd as number))
    copy.send('through the copy')
    expect(one.recv(100).toString()).toBe('through the copy')
  })

  test('they are close-on-exec, with recvmsg too', () => {
    const [a, b] = ends(type)
    const received: number[] = []
    sendFds(a, ['x'], [a, b])
    received.push(...recvFds(b, 10, 2)[1])
    sendFds(a, ['x'], [a])
    const [, [rights]] = b.recvmsg(10, CMSG_SPACE(4))
    received.push(rights?.[2].readInt32LE() as number)
    for (const fd of received) expect(closing.add(Socket.adopt(fd)).getInheritable()).toBe(false)
    expect(received).toHaveLength(3)
  })

  test('more than are taken are closed, and MSG_CTRUNC tells so', async () => {
    const [a, b] = ends(type)
    for (const maxfds of [0, 1, 2]) {
      for (const receive of [recvFds, recvFdsAsync]) {
        sendFds(a, ['x'], Array(50).fill(a))
        const [, fds, flags] = await receive(b, 10, maxfds)
        expect(fds).toHaveLength(maxfds)
        expect(flags).toBe(MSG_CTRUNC)
        closeAll(fds)
        expect(count()).toBe(open + 2)
      }
    }
    sendFds(a, ['x'], Array(3).fill(a))
    const [, fds, flags] = recvFds(b, 10, 3)
    expect([fds.length, flags]).toEqual([3, 0])
    closeAll(fds)
  })

  test('as many as the system takes, and one more', () => {
    const [a, b] = ends(type)
    expect(sendFds(a, ['x'], Array(253).fill(a))).toBe(1)
    expect(thrown(() => sendFds(a, ['x'], Array(254).fill(a)))).toMatchObject({ syscall: 'sendmsg' })
    const [, fds, flags] = recvFds(b, 10, 1000)
    expect([fds.length, flags]).toEqual([253, 0])
    closeAll(fds)
  })

  test('who receives without room for them gets none, and the kernel closes them', () => {
    const [a, b] = ends(type)
    const receives: (() => unknown)[] = [
      () => b.recv(10),
      () => b.recvfrom(10),
      () => b.recvInto(Buffer.alloc(10)),
      () => expect(b.recvmsg(10)).toEqual([Buffer.from('x'), [], MSG_CTRUNC, null]),
      () => expect(b.recvmsg(10, CMSG_LEN(3))[2]).toBe(MSG_CTRUNC),
    ]
    for (const receive of receives) {
      sendFds(a, ['x'], [a, b])
      receive()
      expect(count()).toBe(open + 2)
    }
  })

  test.skipIf(!can.linux)('a cut list comes as far as it goes [needs Linux]', () => {
    const [a, b] = ends(type)
    for (const room of [CMSG_LEN(4), CMSG_LEN(7)]) {
      sendFds(a, ['x'], [a, b])
      const [, [rights], flags] = b.recvmsg(10, room)
      expect([rights?.[2].length, flags]).toEqual([4, MSG_CTRUNC])
      close(rights?.[2].readInt32LE() as number)
    }
  })

  test('a message that nobody received is closed with its socket', () => {
    const [a, b] = ends(type)
    const [one, two] = socketpair()
    sendFds(a, ['x'], [two])
    two.close()
    b.close()
    a.close()
    // The last descriptor of that end was under way.
    expect(one.recv(1).length).toBe(0)
    one.close()
  })

  test('a peeked message gives new descriptors each time', () => {
    const [a, b] = ends(type)
    sendFds(a, ['x'], [a])
    const peeked = recvFds(b, 10, 1, MSG_PEEK)
    const received = recvFds(b, 10, 1)
    expect(received[1]).not.toEqual(peeked[1])
    closeAll([...peeked[1], ...received[1]])
  })

  test('none at all is a plain message', () => {
    const [a, b] = ends(type)
    expect(sendFds(a, ['plain'], [])).toBe(5)
    expect(recvFds(b, 10, 5)).toEqual([Buffer.from('plain'), [], 0, null])
  })

  test('a descriptor that is not open is EBADF, and nothing is sent', async () => {
    const [a, b] = ends(type)
    const closed = socket()
    closed.close()
    for (const fds of [[closed], [a, closed], [0x7ffffff0], [a, { fileno: () => -1 }]]) {
      expect(thrown(() => sendFds(a, ['x'], fds))).toMatchObject({ code: 'EBADF', syscall: 'sendmsg' })
      expect(await rejection(sendFdsAsync(a, ['x'], fds))).toMatchObject({ code: 'EBADF', syscall: 'sendmsg' })
    }
    b.setblocking(false)
    expect(thrown(() => b.recv(1))).toMatchObject({ code: 'EAGAIN' })
  })
})
