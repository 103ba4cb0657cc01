/** AF_NETLINK against the kernel: port ids, groups, and the list of links. */
import { execFileSync, spawnSync } from 'node:child_process'
import { fstatSync } from 'node:fs'
import * as berkeley from 'berkeley'
import { ifNameindex, Socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { rejection } from '../support/async.js'
import { addLinks, type Link, linkRequest, routeSocket } from '../support/netlink.js'
import { can, thrown } from '../support/sockets.js'

const hasIp = can.linux && spawnSync('ip', ['-j', 'link']).status === 0
const KERNEL = [0, 0] as const

describe.skipIf(!can.linux)('netlink [needs Linux]', () => {
  test('an unbound socket is [0, 0]; bound to 0 it has a port id of the kernel’s choice', () => {
    using sock = routeSocket()
    expect(sock.getsockname()).toEqual([0, 0])
    sock.bind([0, 0])
    const [pid, groups] = sock.getsockname()
    expect(pid).toBeGreaterThan(0)
    expect(groups).toBe(0)
    using other = routeSocket()
    expect(thrown(() => other.bind([pid, 0]))).toMatchObject({
      code: 'EADDRINUSE',
      message: `bind EADDRINUSE ${pid}:0`,
      address: [pid, 0],
    })
  })

  test('a port id and groups have 32 bits, and may be negative as bit operators make them', () => {
    using sock = routeSocket()
    sock.bind([0xfffffff0, 1 << 30])
    expect(sock.getsockname()).toEqual([0xfffffff0, 0x40000000])
    using other = routeSocket()
    other.bind([-32, 0])
    expect(other.getsockname()).toEqual([0xffffffe0, 0])
  })

  test.each([
    ['not a list', 'x', 'ERR_INVALID_ARG_TYPE', 'an array [pid, groups] for AF_NETLINK'],
    ['one field', [1], 'ERR_INVALID_ARG_TYPE', 'an array [pid, groups] for AF_NETLINK'],
    ['three fields', [0, 0, 0], 'ERR_INVALID_ARG_TYPE', 'an array [pid, groups] for AF_NETLINK'],
    ['a text', ['0', 0], 'ERR_INVALID_ARG_TYPE', '"address[0]" argument must be of type number'],
    ['nothing', [undefined, 0], 'ERR_INVALID_ARG_TYPE', '"address[0]" argument must be of type number'],
    ['a fraction', [0, 0.5], 'ERR_OUT_OF_RANGE', '"address[1]" is out of range. It must be an integer'],
    ['33 bits', [2 ** 32, 0], 'ERR_OUT_OF_RANGE', '"address[0]" is out of range. It must be >= 0 and <= 4294967295'],
    ['less than 32 bits hold', [0, -(2 ** 31) - 1], 'ERR_OUT_OF_RANGE', '"address[1]" is out of range'],
    ['another family raw', [1, Buffer.alloc(4)], 'ERR_INVALID_ARG_VALUE', "must be the socket's family, 16"],
  ])('%s is refused before the kernel is asked', (_, address, code, message) => {
    using sock = routeSocket()
    for (const call of [() => sock.bind(address as never), () => sock.sendto('x', address as never)]) {
      const error = thrown(call)
      expect(error).toMatchObject({ code })
      expect(error.message).toContain(message)
    }
    expect(sock.getsockname()).toEqual([0, 0])
  })

  test('promises are rejected for the same reasons', async () => {
    using sock = routeSocket()
    expect(await rejection(sock.sendtoAsync('x', ['0', 0] as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(await rejection(sock.connectAsync([2 ** 32, 0]))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test('what is bound raw is the same address', () => {
    using sock = routeSocket()
    const data = Buffer.alloc(10)
    data.writeUInt32LE(0xffffffd0, 2)
    sock.bind([16, data])
    expect(sock.getsockname()).toEqual([0xffffffd0, 0])
    expect(thrown(() => sock.bind([16, Buffer.alloc(127)]))).toMatchObject({ code: 'EINVAL' })
  })

  test('a connected socket tells its peer, and sends to it', () => {
    using sock = routeSocket()
    sock.connect(KERNEL)
    expect(sock.getpeername()).toEqual([0, 0])
    const links: Link[] = []
    sock.send(linkRequest(1))
    while (!addLinks(sock.recv(65536), links)) {}
    expect(links.map(({ name }) => name)).toContain('lo')
  })

  /** As ifNameindex() lists them. */
  const expectLinks = (links: Link[]) => {
    expect(links.map(({ index, name }) => [index, name]).sort()).toEqual(ifNameindex().sort())
  }

  test('lists all links, from the kernel at [0, 0]', () => {
    using sock = routeSocket()
    expect(sock.sendto(linkRequest(7), KERNEL)).toBe(32)
    const links: Link[] = []
    for (let isLast = false; !isLast; ) {
      const [data, sender] = sock.recvfrom(65536)
      expect(sender).toEqual([0, 0])
      isLast = addLinks(data, links)
    }
    expectLinks(links)
  })

  test('lists them with promises, into a buffer', async () => {
    using sock = routeSocket()
    expect(await sock.sendtoAsync(linkRequest(8), KERNEL)).toBe(32)
    const links: Link[] = []
    const buffer = Buffer.alloc(65536)
    for (let isLast = false; !isLast; ) {
      const [length, sender] = await sock.recvfromIntoAsync(buffer)
      expect(sender).toEqual([0, 0])
      isLast = addLinks(buffer.subarray(0, length), links)
    }
    expectLinks(links)
  })

  test.skipIf(!hasIp)('as ip(8) lists them, MTU and all [needs ip]', () => {
    const theirs = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as Record<string, unknown>[]
    using sock = routeSocket()
    sock.sendto(linkRequest(9), KERNEL)
    const links: Link[] = []
    while (!addLinks(sock.recv(65536), links)) {}
    const expected = theirs.map(({ ifindex, ifname, mtu }) => ({ index: ifindex, name: ifname, mtu }))
    expect(links).toEqual(expected)
  })

  test('from one socket to another, by port id', () => {
    using one = routeSocket()
    using other = routeSocket()
    one.bind([0, 0])
    other.bind([0, 0])
    one.sendto('hello', other.getsockname())
    expect(other.recvfrom(10)).toEqual([Buffer.from('hello'), one.getsockname()])
  })

  test('an adopted socket knows its family, and its addresses', () => {
    using sock = Socket.adopt<NonNullable<typeof berkeley.AF_NETLINK>>(routeSocket().detach())
    expect(sock.family).toBe(berkeley.AF_NETLINK)
    sock.bind([0, 0])
    const [pid] = sock.getsockname()
    expect(pid).toBeGreaterThan(0)
    expect(fstatSync(sock.fileno()).isSocket()).toBe(true)
  })
})
