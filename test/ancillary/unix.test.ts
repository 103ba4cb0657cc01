/** Credentials and descriptors over unix sockets, as the kernel passes them. */
import { fstatSync, readdirSync } from 'node:fs'
import {
  AF_UNIX,
  close,
  decodeAncillary,
  encodeAncillary,
  MSG_PEEK,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  setdefaulttimeout,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { regularFile } from '../support/descriptors.js'
import { ancdataOfPython, forms, inHex } from '../support/messages.js'
import { hasPython } from '../support/python.js'
import { Closing, can, pair } from '../support/sockets.js'

// What is lost fails a test, and does not hang it.
setdefaulttimeout(10)

const isRoot = process.getuid?.() === 0
const TYPES: readonly [string, number][] = [
  ['stream', SOCK_STREAM],
  ['datagrams', SOCK_DGRAM],
  ['sequenced packets', SOCK_SEQPACKET],
]
const own = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() }

function ends(closing: Closing, type: number): [Socket, Socket] {
  const [one, other] = socketpair(AF_UNIX, type)
  closing.add(one)
  closing.add(other)
  return [one, other]
}

/** The option of Linux, by its number where the types know that it may be missing. */
const switchOn = (sock: Socket, name: number | undefined): void => sock.setsockopt(SOL_SOCKET, name as number, 1)

function canPassPidfd(): boolean {
  using both = pair()
  try {
    switchOn(both[0], SO_PASSPIDFD)
    return true
  } catch {
    return false
  }
}

describe.skipIf(!can.linux).each(forms)('credentials, $name [needs Linux]', ({ receive, send }) => {
  test.each(TYPES)('come with each message where SO_PASSCRED is on: %s', async (_, type) => {
    using closing = new Closing()
    const [one, other] = ends(closing, type)
    switchOn(other, SO_PASSCRED)
    await send(one, 'hello', [])
    const [data, ancdata] = await receive(other)
    expect(data.toString()).toBe('hello')
    expect(decodeAncillary(ancdata)).toEqual({ credentials: own, unknown: [] })
  })

  test('do not come where it is off', async () => {
    using both = pair()
    await send(both[0], 'hello', [])
    expect((await receive(both[1]))[1]).toEqual([])
  })

  test('of this process can be sent', async () => {
    using both = pair()
    switchOn(both[1], SO_PASSCRED)
    const credentials = { pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
    await send(both[0], 'hello', encodeAncillary({ credentials }))
    expect(decodeAncillary((await receive(both[1]))[1]).credentials).toEqual(credentials)
  })

  test.skipIf(!isRoot)('of others can be sent by root, and are not fewer for it [needs root]', async () => {
    using closing = new Closing()
    const [one, other] = ends(closing, SOCK_DGRAM)
    switchOn(other, SO_PASSCRED)
    const credentials = { pid: process.ppid, uid: 4_000_000_001, gid: 4_000_000_002 }
    await send(one, 'x', encodeAncillary({ credentials }))
    expect(decodeAncillary((await receive(other))[1]).credentials).toEqual(credentials)
  })

  test('of a process that there is not are refused', async () => {
    using both = pair()
    const ancdata = encodeAncillary({ credentials: { pid: 0x7ffffffe, uid: 0, gid: 0 } })
    await expect(send(both[0], 'x', ancdata)).rejects.toMatchObject({ code: expect.stringMatching(/ESRCH|EPERM/) })
  })

  test.skipIf(!canPassPidfd())('come as a descriptor of the process [needs SO_PASSPIDFD]', async () => {
    using both = pair()
    switchOn(both[1], SO_PASSPIDFD)
    await send(both[0], 'x', [])
    const { pidfd = -1, unknown } = decodeAncillary((await receive(both[1]))[1])
    expect(unknown).toEqual([])
    expect(readdirSync('/proc/self/fd')).toContain(`${pidfd}`)
    close(pidfd)
  })
})

describe.each(forms)('descriptors, $name', ({ receive, send }) => {
  test('arrive as others of the same files, which the receiver closes', async () => {
    using closing = new Closing()
    const [one, other] = ends(closing, SOCK_STREAM)
    const file = closing.add(regularFile())
    const [inner, outer] = ends(closing, SOCK_STREAM)
    await send(one, 'two of them', encodeAncillary({ fds: [file.fd, inner.fileno()] }))
    const [data, ancdata] = await receive(other)
    expect(data.toString()).toBe('two of them')
    const { fds = [], unknown } = decodeAncillary(ancdata)
    expect(unknown).toEqual([])
    expect(fds).toHaveLength(2)
    const [copy = -1, socket = -1] = fds
    expect(fds).not.toContain(file.fd)
    expect(fstatSync(copy).ino).toBe(fstatSync(file.fd).ino)
    using received = Socket.adopt(socket)
    outer.send('through the copy')
    expect(received.recv(100).toString()).toBe('through the copy')
    close(copy)
  })

  test.skipIf(!can.linux)('and credentials go together, and nothing is left open [needs Linux]', async () => {
    const before = readdirSync('/proc/self/fd').length
    {
      using closing = new Closing()
      const [one, other] = ends(closing, SOCK_SEQPACKET)
      switchOn(other, SO_PASSCRED)
      const credentials = { pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
      await send(one, 'x', encodeAncillary({ fds: [one.fileno()], credentials }))
      const { fds = [], ...rest } = decodeAncillary((await receive(other))[1])
      expect(rest).toEqual({ credentials, unknown: [] })
      for (const fd of fds) close(fd)
    }
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })
})

test.skipIf(!hasPython || !can.linux)('CPython has the same bytes [needs Linux, python3]', async () => {
  using closing = new Closing()
  const [one, other] = ends(closing, SOCK_DGRAM)
  switchOn(other, SO_PASSCRED)
  one.send('x')
  const [, ancdata] = other.recvmsg(10, 1024, MSG_PEEK)
  expect(decodeAncillary(ancdata).credentials).toEqual(own)
  expect(inHex(ancdata)).toEqual(ancdataOfPython(other))
})
