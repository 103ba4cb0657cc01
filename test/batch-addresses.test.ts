/** The addresses of a batch: many peers, every family, what is remembered and what must not be. */
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  ifNameindex,
  MessageBatch,
  NETLINK_ROUTE,
  SOCK_DGRAM,
  SOCK_RAW,
  type Socket,
  socket,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Closing, can, temporaryFolder, thrown, udp } from './support/sockets.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

function bound(host: string, family: typeof AF_INET | typeof AF_INET6 = AF_INET): Socket {
  const sock = closing.add(socket(family as typeof AF_INET, SOCK_DGRAM))
  sock.bind([host, 0])
  return sock as Socket
}

describe('of those who sent', () => {
  test('of many peers, each is told as its socket has it, as recvfrom tells it', () => {
    const near = bound('127.0.0.1')
    const peers = Array.from({ length: 40 }, (_, i) =>
      bound(can.bindSecondLoopback ? `127.0.${i % 3}.${1 + i}` : '127.0.0.1'),
    )
    const to = near.getsockname() as [string, number]
    const batch = new MessageBatch(64, 8)
    for (let round = 0; round < 3; round++) {
      const order = peers.map((_, i) => peers[(i * 7 + round * 11) % peers.length] as Socket)
      for (const [i, peer] of order.entries()) peer.sendto(String(i), to)
      expect(near.recvmmsg(batch)).toBe(40)
      for (const [i, peer] of order.entries()) {
        expect([batch.data(i).toString(), batch.address(i)]).toEqual([String(i), peer.getsockname()])
      }
    }
  })

  test('what a caller does with an address changes no other one', () => {
    const near = bound('127.0.0.1')
    const far = bound('127.0.0.1')
    const to = near.getsockname() as [string, number]
    const batch = new MessageBatch(2, 8)
    const send = () => {
      far.sendto('a', to)
      far.sendto('b', to)
      expect(near.recvmmsg(batch)).toBe(2)
    }
    send()
    const address = batch.address(0) as [string, number]
    address[0] = 'spoilt'
    address[1] = 0
    expect([batch.address(0), batch.address(1)]).toEqual([far.getsockname(), far.getsockname()])
    send()
    expect(batch.address(0)).toEqual(far.getsockname())
  })

  test.skipIf(!can.bindIPv6)(
    'over IPv6 all four fields are told, and may be changed by the caller [needs IPv6]',
    () => {
      const near = bound('::1', AF_INET6)
      const far = bound('::1', AF_INET6)
      const batch = new MessageBatch(4, 8)
      for (let round = 0; round < 2; round++) {
        far.sendto('x', near.getsockname() as [string, number, number, number])
        near.recvmmsg(batch)
        expect(batch.address(0)).toEqual(far.getsockname())
        ;(batch.address(0) as unknown[]).fill(0)
        expect(batch.address(0)).toEqual(far.getsockname())
      }
      batch.set(0, 'back', batch.address(0) as [string, number, number, number])
      expect(near.sendmmsg(batch)).toBe(1)
      expect(far.recv(10).toString()).toBe('back')
    },
  )

  const linkLocal = linkLocalAddress()
  test.skipIf(linkLocal === null)('a scope is kept, both ways [needs a link-local address]', () => {
    const near = closing.add(socket(AF_INET6, SOCK_DGRAM))
    near.bind(linkLocal as [string, number, number, number])
    const batch = new MessageBatch(2, 8)
    batch.set(0, 'x', near.getsockname())
    expect(near.sendmmsg(batch)).toBe(1)
    near.recvmmsg(batch)
    expect(batch.address(0)).toEqual(near.getsockname())
  })

  test('of unix sockets: paths, names, none', () => {
    using folder = temporaryFolder()
    const near = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    near.bind(folder.path('near'))
    const named = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    named.bind(folder.path('far'))
    const unnamed = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    const batch = new MessageBatch(4, 8)
    batch.set(0, 'a', folder.path('near'))
    batch.set(1, 'b', Buffer.from(folder.path('near')))
    expect(named.sendmmsg(batch)).toBe(2)
    unnamed.sendto('c', folder.path('near'))
    expect(near.recvmmsg(batch)).toBe(3)
    const path = folder.path('far')
    expect([batch.address(0), batch.address(1), batch.address(2)]).toEqual([path, path, null])
  })

  test.skipIf(!can.linux)('abstract names come as bytes of the caller’s own [needs Linux]', () => {
    const near = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    near.bind(Buffer.from(`\0bk-batch-near-${process.pid}`))
    const far = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    far.bind(Buffer.from(`\0bk-batch-far-${process.pid}`))
    const batch = new MessageBatch(2, 8)
    batch.set(0, 'x', near.getsockname())
    far.sendmmsg(batch)
    near.recvmmsg(batch)
    expect(batch.address(0)).toEqual(far.getsockname())
    ;(batch.address(0) as Buffer).fill(0)
    expect(batch.address(0)).toEqual(far.getsockname())
  })

  test.skipIf(!can.linux)('of netlink, whose answers are several messages [needs Linux]', () => {
    const sock = closing.add(socket(AF_NETLINK as number, SOCK_RAW, NETLINK_ROUTE as number))
    // RTM_GETLINK, a dump.
    const request = Buffer.alloc(20)
    request.writeUInt32LE(20, 0)
    request.writeUInt16LE(18, 4)
    request.writeUInt16LE(0x301, 6)
    const batch = new MessageBatch(8, 65_536)
    batch.set(0, request, [0, 0])
    expect(sock.sendmmsg(batch)).toBe(1)
    let names = ''
    let isDone = false
    while (!isDone) {
      const count = sock.recvmmsg(batch)
      for (let i = 0; i < count; i++) {
        expect(batch.address(i)).toEqual([0, 0])
        names += batch.data(i).toString('latin1')
        // NLMSG_DONE
        isDone ||= batch.data(i).readUInt16LE(4) === 3
      }
    }
    for (const [, name] of ifNameindex()) expect(names).toContain(name)
  })
})

describe('of those to send to', () => {
  test('each message goes where it was told to, in whatever order and however often', () => {
    const near = bound('127.0.0.1')
    const peers = Array.from({ length: 8 }, () => bound('127.0.0.1'))
    const addresses = peers.map((peer) => peer.getsockname() as [string, number])
    const batch = new MessageBatch(8, 8)
    for (let round = 0; round < 6; round++) {
      // Some places keep their peer, others change it.
      const whom = peers.map((_, i) => (i % 2 === 0 ? i : (i + round) % 8))
      for (const [i, peer] of whom.entries()) batch.set(i, `${round}.${i}`, addresses[peer])
      expect(near.sendmmsg(batch)).toBe(8)
      for (const [i, peer] of peers.entries()) {
        const expected = whom.flatMap((to, from) => (to === i ? [`${round}.${from}`] : []))
        for (const text of expected) expect((peer as Socket).recv(10, 0).toString()).toBe(text)
      }
    }
  })

  test('an array that the caller changes afterwards', () => {
    const near = bound('127.0.0.1')
    const far = bound('127.0.0.1')
    const address = far.getsockname() as [string, number]
    const batch = new MessageBatch(2, 8)
    batch.set(0, 'x', address)
    address[1] = 9
    expect(near.sendmmsg(batch)).toBe(1)
    expect(far.recv(9).toString()).toBe('x')
    batch.set(0, 'y', far.getsockname() as [string, number])
    expect(near.sendmmsg(batch)).toBe(1)
    expect(far.recv(9).toString()).toBe('y')
  })

  test('none after one that had: it goes to the peer', () => {
    const near = bound('127.0.0.1')
    const [far, peer] = [bound('127.0.0.1'), bound('127.0.0.1')]
    const batch = new MessageBatch(1, 8)
    batch.set(0, 'a', far.getsockname() as [string, number])
    near.sendmmsg(batch)
    near.connect(peer.getsockname())
    batch.set(0, 'b')
    expect(batch.address(0)).toBe(null)
    near.sendmmsg(batch)
    batch.set(0, 'c', far.getsockname() as [string, number])
    expect(batch.address(0)).toEqual(far.getsockname())
    near.sendmmsg(batch)
    expect([far.recv(9), peer.recv(9), far.recv(9)].map(String)).toEqual(['a', 'b', 'c'])
  })

  test.skipIf(!can.bindIPv6)('one batch over sockets of two families [needs IPv6]', () => {
    const [near4, far4] = [bound('127.0.0.1'), bound('127.0.0.1')]
    const [near6, far6] = [bound('::1', AF_INET6), bound('::1', AF_INET6)]
    const batch = new MessageBatch(2, 8)
    for (let round = 0; round < 2; round++) {
      batch.set(0, '4', far4.getsockname() as [string, number])
      near4.sendmmsg(batch)
      batch.set(0, '6', far6.getsockname() as [string, number, number, number])
      near6.sendmmsg(batch)
    }
    expect([far4.recv(9), far4.recv(9), far6.recv(9), far6.recv(9)].map(String)).toEqual(['4', '4', '6', '6'])
    // What was set for one and cannot go over the other.
    batch.set(0, 'x', ['127.0.0.1', 9])
    batch.set(1, 'y', ['::1', 9, 0, 0])
    expect(thrown(() => near4.sendmmsg(batch))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(batch.unsent).toBe(2)
  })

  test('names are looked up anew, numbers are not', () => {
    const near = bound('127.0.0.1')
    const far = bound('127.0.0.1')
    const [, port] = far.getsockname() as [string, number]
    const batch = new MessageBatch(2, 8)
    for (const host of ['localhost', '127.0.0.1', 'localhost', 'localhost', '127.1']) {
      batch.set(0, host.slice(0, 8), [host, port])
      expect(near.sendmmsg(batch)).toBe(1)
      expect(far.recv(9).toString()).toBe(host.slice(0, 8))
    }
  })

  test.each([
    [['127.0.0.1'], { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('batch[1].address') }],
    [['127.0.0.1', 'x'], { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('batch[1].address[1]') }],
    [['127.0.0.1', 65_536], { code: 'ERR_OUT_OF_RANGE', message: expect.stringContaining('batch[1].address[1]') }],
    ['/path', { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining('batch[1].address') }],
    [7, { code: 'ERR_INVALID_ARG_TYPE' }],
    [['no such host.invalid', 9], { name: 'GaiError' }],
  ])('what is no address of the socket’s family, %j, is told before anything is sent', (address, expected) => {
    const near = udp()
    closing.add(near)
    const far = bound('127.0.0.1')
    far.setblocking(false)
    const batch = new MessageBatch(3, 8)
    batch.set(0, 'x', far.getsockname() as [string, number])
    batch.set(1, 'y', address as [string, number])
    expect(thrown(() => near.sendmmsg(batch))).toMatchObject(expected)
    expect([batch.unsent, thrown(() => far.recv(9)).code]).toEqual([2, 'EAGAIN'])
    batch.set(1, 'z', far.getsockname() as [string, number])
    expect(near.sendmmsg(batch)).toBe(2)
    far.setblocking(true)
    expect([far.recv(9), far.recv(9)].map(String)).toEqual(['x', 'z'])
  })
})

/** A link-local address of this machine, with its scope; `null` where it has none. */
function linkLocalAddress(): [string, number, number, number] | null {
  for (const [index] of ifNameindex()) {
    using probe = socket(AF_INET6, SOCK_DGRAM)
    try {
      probe.bind(['fe80::1', 0, 0, index])
      return ['fe80::1', 0, 0, index]
    } catch {}
  }
  return null
}
