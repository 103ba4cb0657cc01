/** Control messages through a batch: segmentation both ways, what a socket tells of each message, descriptors. */
import { readFileSync } from 'node:fs'
import {
  AF_INET,
  AF_UNIX,
  CMSG_SPACE,
  close,
  decodeAncillary,
  encodeAncillary,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_UDP,
  MessageBatch,
  MSG_CTRUNC,
  recvFds,
  SCM_RIGHTS,
  SO_RXQ_OVFL,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_SOCKET,
  sendFds,
  socket,
  UDP_GRO,
  UDP_SEGMENT,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom } from './support/async.js'
import { countDescriptors } from './support/descriptors.js'
import { openDescriptors } from './support/open-descriptors.js'
import { closing, countInEachTest, ends, open } from './support/passing.js'
import { can, thrown, udp } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

countInEachTest()

const int = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer)

function udpPair() {
  const near = closing.add(udp())
  const far = closing.add(udp())
  far.connect(near.getsockname())
  return { near, far }
}

function offloads(): boolean {
  using sock = socket(AF_INET, SOCK_DGRAM)
  try {
    sock.setsockopt(IPPROTO_UDP, UDP_GRO ?? Number.NaN, 1)
    return UDP_SEGMENT !== undefined
  } catch {
    return false
  }
}

describe.skipIf(!offloads())('segments [needs UDP_SEGMENT and UDP_GRO]', () => {
  test('one message out is many in, the last of them shorter', () => {
    const { near, far } = udpPair()
    const data = bytesFrom(0, 10_050)
    const out = new MessageBatch(2, 20_000)
    out.set(0, data, null, { segmentSize: 1000 })
    out.set(1, 'plain')
    expect(out.segmentSize(0)).toBe(1000)
    expect(far.sendmmsg(out)).toBe(2)
    const into = new MessageBatch(16, 2000)
    expect(near.recvmmsg(into)).toBe(12)
    const parts = Array.from({ length: 11 }, (_, i) => into.data(i))
    expect(parts.map((part) => part.length)).toEqual([...Array(10).fill(1000), 50])
    expect(Buffer.concat(parts).equals(data)).toBe(true)
    expect([into.data(11).toString(), into.segmentSize(0), into.flags(0)]).toEqual(['plain', 0, 0])
  })

  test('joined on arrival, each message says of how many bytes its datagrams were', () => {
    const { near, far } = udpPair()
    near.setsockopt(IPPROTO_UDP, UDP_GRO as number, 1)
    const data = bytesFrom(7, 30_500)
    const out = new MessageBatch(3, 65_535)
    out.set(0, data, null, { segmentSize: 1200 })
    out.set(1, 'one')
    out.set(2, data.subarray(0, 700), null, { segmentSize: 300 })
    expect(far.sendmmsg(out)).toBe(3)
    const into = new MessageBatch(8, 65_535)
    let bytes = 0
    const pieces: Buffer[] = []
    const sizes = new Set<number>()
    while (bytes < data.length + 703) {
      const count = near.recvmmsg(into)
      for (let i = 0; i < count; i++) {
        const message = into.data(i)
        sizes.add(into.segmentSize(i))
        expect([into.flags(i), into.address(i)]).toEqual([0, far.getsockname()])
        pieces.push(Buffer.from(message))
        bytes += message.length
      }
    }
    expect(Buffer.concat(pieces).equals(Buffer.concat([data, Buffer.from('one'), data.subarray(0, 700)]))).toBe(true)
    expect([...sizes].sort()).toEqual([0, 1200, 300])
  })

  test('a size that the kernel refuses is its error, and the next messages can go', () => {
    const { near, far } = udpPair()
    const out = new MessageBatch(2, 65_535)
    // More segments than it cuts at once.
    out.set(0, Buffer.alloc(60_000), null, { segmentSize: 1 })
    out.set(1, 'x')
    expect(thrown(() => far.sendmmsg(out))).toMatchObject({ syscall: 'sendmmsg', errno: expect.any(Number) })
    expect(out.firstUnsent).toBe(0)
    out.clear(0)
    expect([far.sendmmsg(out), near.recv(10).toString()]).toEqual([1, 'x'])
  })

  test.each([0, -1, 65_536, 1.5, Number.NaN])('a size of %d is out of range', (segmentSize) => {
    const batch = new MessageBatch(1, 10)
    expect(thrown(() => batch.set(0, 'x', null, { segmentSize }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(batch.unsent).toBe(0)
  })
})

describe('ancillary data', () => {
  test.skipIf(!can.linux)('comes with each message for which there is room [needs Linux]', () => {
    const { near, far } = udpPair()
    near.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    near.setsockopt(SOL_SOCKET, SO_RXQ_OVFL as number, 1)
    near.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS as number, 1)
    const out = new MessageBatch(3, 10, { ancbufsize: CMSG_SPACE(4) })
    out.set(0, 'a', null, { ancdata: [[IPPROTO_IP, IP_TTL, int(7)]] })
    out.set(1, 'b', null, { ancdata: encodeAncillary({ ttl: 8 }) })
    out.set(2, 'c')
    expect(far.sendmmsg(out)).toBe(3)
    const into = new MessageBatch(4, 10, { ancbufsize: CMSG_SPACE(4) * 2 + CMSG_SPACE(16) })
    expect(near.recvmmsg(into)).toBe(3)
    const decoded = [0, 1, 2].map((index) => decodeAncillary(into.ancdata(index)))
    expect(decoded.map(({ ttl }) => ttl)).toEqual([7, 8, 64])
    for (const parts of decoded) expect(parts).toHaveProperty('timestamp')
    expect([into.flags(0), into.ancdata(3)]).toEqual([0, []])
    // Less room: what did not fit is told.
    far.sendmmsg(batchOfOne('x'))
    const small = new MessageBatch(1, 10)
    expect(near.recvmmsg(small)).toBe(1)
    expect(small.flags(0) & MSG_CTRUNC).toBe(MSG_CTRUNC)
  })

  test('that does not fit the batch is refused, and bad one too', () => {
    const batch = new MessageBatch(1, 10)
    const ancdata = [[IPPROTO_IP, IP_TTL, Buffer.alloc(64)]] as [number, number, Buffer][]
    expect(thrown(() => batch.set(0, 'x', null, { ancdata }))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    for (const wrong of [1, 'x', [1], [[1, 2]]]) {
      const options = { ancdata: wrong as unknown as [] }
      expect(thrown(() => batch.set(0, 'x', null, options))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    expect(batch.unsent).toBe(0)
  })
})

const batchOfOne = (text: string): MessageBatch => {
  const batch = new MessageBatch(1, 10)
  batch.set(0, text)
  return batch
}

const room = { ancbufsize: CMSG_SPACE(16) }

describe('descriptors', () => {
  test('are the caller’s once asked for; those that nobody asks for are closed with the next receive', () => {
    const [a, b] = ends(SOCK_DGRAM)
    for (let i = 0; i < 3; i++) sendFds(a, [String(i)], [a, b])
    const batch = new MessageBatch(4, 10, room)
    expect(b.recvmmsg(batch)).toBe(3)
    expect(countDescriptors()).toBe(open + 2 + 6)
    const [[level, type, data] = []] = batch.ancdata(1)
    expect([level, type, data?.length]).toEqual([SOL_SOCKET, SCM_RIGHTS, 8])
    const fds = [data?.readInt32LE(0) ?? -1, data?.readInt32LE(4) ?? -1]
    // O_CLOEXEC.
    if (can.linux) for (const fd of fds) expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/flags:\s*02/)
    a.send('next')
    b.recvmmsg(batch)
    expect(countDescriptors()).toBe(open + 2 + 2)
    for (const fd of fds) close(fd)
  })

  test('are not touched by another message, by a descriptor of the same number, nor by set', () => {
    const [a, b] = ends(SOCK_DGRAM)
    sendFds(a, ['x'], [a])
    const batch = new MessageBatch(2, 10, room)
    const before = openDescriptors()
    b.recvmmsg(batch)
    const [held = -1] = [...openDescriptors().keys()].filter((fd) => !before.has(fd))
    // Other receives leave what the batch holds alone.
    sendFds(a, ['y'], [a])
    const [, others] = recvFds(b, 10, 1)
    expect(countDescriptors()).toBe(open + 4)
    for (const fd of others) close(fd)
    // Somebody closes it by number, and the number is given to somebody else.
    close(held)
    const third = closing.add(socket(AF_UNIX, SOCK_DGRAM))
    expect(third.fileno()).toBe(held)
    batch.set(0, 'z')
    batch.clear()
    expect(third.getsockname()).toBe('')
  })

  test('go with a message that is set, and once only', () => {
    const [a, b] = ends(SOCK_DGRAM)
    const out = new MessageBatch(1, 10, room)
    out.set(0, 'x', null, { ancdata: [[SOL_SOCKET, SCM_RIGHTS, int(a.fileno())]] })
    expect(a.sendmmsg(out)).toBe(1)
    const [, fds] = recvFds(b, 10, 4)
    expect(fds.length).toBe(1)
    for (const fd of fds) close(fd)
  })

  test('are not received without room', () => {
    const [a, b] = ends(SOCK_DGRAM)
    sendFds(a, ['x'], [a])
    const batch = new MessageBatch(2, 10)
    b.recvmmsg(batch)
    expect([batch.flags(0) & MSG_CTRUNC, batch.ancdata(0), countDescriptors()]).toEqual([MSG_CTRUNC, [], open + 2])
  })

  test('that nobody took end with the worker', async () => {
    const [a, b] = ends(SOCK_DGRAM)
    sendFds(a, ['x'], [a, b])
    const worker = startWorker(
      `
      const sock = berkeley.fromfd(workerData)
      globalThis.batch = new berkeley.MessageBatch(2, 10, { ancbufsize: 64 })
      parentPort.postMessage(sock.recvmmsg(batch))
      sock.close()
      setInterval(() => {}, 1000)
    `,
      b.fileno(),
    )
    expect(await message(worker)).toBe(1)
    await worker.terminate()
    // The two sockets; those of the worker itself are gone too.
    await expect.poll(countDescriptors).toBe(open + 2)
  })
})
