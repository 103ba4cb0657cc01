/** The error queue of a socket that sends with MSG_ZEROCOPY: what others find there, and the kernel's limits. */
import { spawnSync } from 'node:child_process'
import {
  decodeAncillary,
  IP_RECVERR,
  IPPROTO_IP,
  MessageBatch,
  MSG_ERRQUEUE,
  MSG_ZEROCOPY,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
} from 'berkeley'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { native } from '../../dist/binding.js'
import { bytesFrom, drain, isPending, rejection, settles, turns } from '../support/async.js'
import { can, closedPort, listenTcp, tcpPair, thrown, udp } from '../support/sockets.js'
import { ended, startWrapped } from '../support/worker.js'
import { PENDING, receive, slowPair } from '../support/zero-copy.js'

const [errorQueue, zeroCopy, SO_ZERO] = [MSG_ERRQUEUE as number, MSG_ZEROCOPY as number, SO_ZEROCOPY as number]

afterEach(() => {
  vi.restoreAllMocks()
})

describe.skipIf(!can.linux)('the error queue [needs Linux]', () => {
  test('completions do not wake receives, and nothing spins', async () => {
    using sender = udp()
    using peer = udp()
    sender.connect(peer.getsockname())
    const polls = vi.spyOn(native, 'poll')
    const received = sender.recvAsync(10)
    for (let i = 0; i < 200; i++) await settles(sender.sendZeroCopyAsync(Buffer.alloc(10)))
    expect(polls.mock.calls.length).toBeGreaterThan(100)
    const asked = polls.mock.calls.length
    await turns(50)
    expect(polls.mock.calls.length).toBe(asked)
    expect(asked).toBeLessThan(1000)
    peer.sendto('hello', sender.getsockname())
    // Without the pauses of a queue that was woken in vain.
    const started = performance.now()
    expect(String(await settles(received))).toBe('hello')
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('what else lies there is for others: ICMP errors, and never a completion', async () => {
    const port = closedPort(SOCK_DGRAM)
    for (const isAsync of [false, true]) {
      using sock = udp()
      sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
      sock.connect(['127.0.0.1', port])
      const waiting = isAsync ? sock.recvmsgAsync(100, { ancbufsize: 512, flags: errorQueue }) : null
      await settles(sock.sendZeroCopyAsync(Buffer.from('nobody')))
      const got = waiting === null ? sock.recvmsg(100, 512, errorQueue) : await settles(waiting)
      expect(String(got[0])).toBe('nobody')
      expect(got[2] & errorQueue).toBe(errorQueue)
      expect(got[3]).toEqual(['127.0.0.1', port])
      expect(decodeAncillary(got[1]).errors).toMatchObject([{ code: 'ECONNREFUSED' }])
      expect(thrown(() => sock.recvmsg(100, 512, errorQueue)).code).toBe('EAGAIN')
      expect(thrown(() => sock.recv(100, errorQueue)).code).toBe('EAGAIN')
      sock.settimeout(0.02)
      expect(thrown(() => sock.recv(100, errorQueue)).code).toBe('ETIMEDOUT')
    }
  })

  test('an error that was taken out of it is the next call’s all the same', async () => {
    using sock = udp()
    sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
    sock.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
    const received = rejection(sock.recvAsync(10))
    await settles(sock.sendZeroCopyAsync(Buffer.from('nobody')))
    expect((await settles(received)).code).toBe('ECONNREFUSED')
    expect(sock.recvmsg(3, 0, errorQueue)[0].length).toBe(3)
  })

  test('a receive from it with too little room is cut, as the kernel would', async () => {
    using sock = udp()
    sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
    sock.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
    await settles(sock.sendZeroCopyAsync(Buffer.from('nobody')))
    const parts = [Buffer.alloc(2), Buffer.alloc(3)]
    const [length, ancdata, flags] = sock.recvmsgInto(parts, 0, errorQueue)
    expect([length, ancdata, String(Buffer.concat(parts))]).toEqual([5, [], 'nobod'])
    // MSG_TRUNC and MSG_CTRUNC.
    expect(flags & 0x28).toBe(0x28)
  })

  test('who sends with MSG_ZEROCOPY has the completions', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_ZERO, 1)
    both.client.send(Buffer.from('mine'), zeroCopy)
    expect(await settles(both.client.sendZeroCopyAsync(Buffer.from('copied')))).toEqual({ bytesSent: 6, copied: true })
    expect(String(await receive(both.server, 10))).toBe('minecopied')
    const [, ancdata] = await settles(both.client.recvmsgAsync(0, { ancbufsize: 512, flags: errorQueue }))
    expect(decodeAncillary(ancdata).errors).toMatchObject([{ zerocopy: { first: 0, last: 0 } }])
    // One whose sends were counted by another.
    using copy = both.client.dup()
    expect((await settles(copy.sendZeroCopyAsync(Buffer.from('copied')))).copied).toBe(true)
    expect(await isPending(both.client.recvmsgAsync(0, { flags: errorQueue, timeout: 1 }).catch(() => {}))).toBe(true)
  })

  test('once sendZeroCopyAsync counts them, others are refused', async () => {
    using both = tcpPair()
    await settles(both.client.sendZeroCopyAsync(Buffer.from('x')))
    const data = Buffer.from('mine')
    expect(thrown(() => both.client.send(data, zeroCopy)).code).toBe('EBUSY')
    expect(thrown(() => both.client.sendall(data, zeroCopy)).code).toBe('EBUSY')
    expect(thrown(() => both.client.sendmsg([data, data], [], zeroCopy)).code).toBe('EBUSY')
    expect((await rejection(both.client.sendAsync(data, { flags: zeroCopy }))).code).toBe('EBUSY')
    expect((await rejection(both.client.sendallAsync(data, { flags: zeroCopy }))).code).toBe('EBUSY')
  })

  test('batches are refused, too, and what is in the queue stays there', async () => {
    using sock = udp()
    using peer = udp()
    sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
    sock.connect(peer.getsockname())
    await settles(sock.sendZeroCopyAsync(Buffer.from('x')))
    const batch = new MessageBatch(2, 100, { ancbufsize: 512 })
    batch.set(0, 'mine')
    expect(thrown(() => sock.sendmmsg(batch, zeroCopy)).code).toBe('EBUSY')
    expect((await rejection(sock.sendmmsgAsync(batch, { flags: zeroCopy }))).code).toBe('EBUSY')
    expect(batch.unsent).toBe(1)
    const sent = sock.sendZeroCopyAsync(Buffer.from('y'))
    expect(thrown(() => sock.recvmmsg(batch, errorQueue)).code).toBe('EBUSY')
    expect((await rejection(sock.recvmmsgAsync(batch, { flags: errorQueue }))).code).toBe('EBUSY')
    expect((await settles(sent)).bytesSent).toBe(1)
  })

  test('an accepted socket counts from the beginning, whatever its listener had', async () => {
    using listener = listenTcp()
    listener.setsockopt(SOL_SOCKET, SO_ZERO, 1)
    using client = socket()
    client.connect(listener.getsockname())
    using server = listener.accept()[0]
    for (let i = 0; i < 3; i++) await settles(server.sendZeroCopyAsync(Buffer.from('x')))
    expect(drain(client).length).toBe(3)
  })
})

describe.skipIf(!can.linux)('the kernel’s limit of sends that it notes [needs Linux]', () => {
  const ENOBUFS = -105

  test('one that is too many waits for one that is done', async () => {
    using both = slowPair()
    const first = both.client.sendZeroCopyAsync(bytesFrom(0, PENDING))
    expect(await isPending(first)).toBe(true)
    const send = vi.spyOn(native, 'send').mockReturnValueOnce(ENOBUFS)
    const second = both.client.sendZeroCopyAsync(bytesFrom(0, 10))
    const behind = both.client.sendallAsync('behind')
    expect(await isPending(behind)).toBe(true)
    expect(send).toHaveBeenCalledTimes(1)
    const got = await receive(both.server, PENDING + 16)
    expect(got.toString('latin1', PENDING + 10)).toBe('behind')
    await settles(Promise.all([first, second, behind]))
    expect(send).toHaveBeenCalledTimes(2)
  })

  test('a synchronous send behind it waits too: nobody’s bytes come in between', async () => {
    using both = slowPair()
    const first = both.client.sendZeroCopyAsync(bytesFrom(0, PENDING))
    expect(await isPending(first)).toBe(true)
    vi.spyOn(native, 'send').mockReturnValueOnce(ENOBUFS)
    const second = both.client.sendZeroCopyAsync(bytesFrom(0, 10))
    both.client.settimeout(0.05)
    expect(thrown(() => both.client.sendall('late')).code).toBe('ETIMEDOUT')
    both.client.setblocking(false)
    expect(thrown(() => both.client.send('late')).code).toBe('EAGAIN')
    expect((await receive(both.server, PENDING)).length).toBe(PENDING)
    // The completions are there, and nobody has looked yet.
    both.client.settimeout(5)
    both.client.sendall('behind')
    expect(String((await receive(both.server, 16)).subarray(10))).toBe('behind')
    await settles(Promise.all([first, second]))
  })

  test('where there is none to wait for, the bytes are copied', async () => {
    using both = tcpPair()
    const send = vi.spyOn(native, 'send').mockReturnValueOnce(ENOBUFS)
    const sent = both.client.sendZeroCopyAsync(bytesFrom(0, 5000))
    expect(await settles(sent)).toEqual({ bytesSent: 5000, copied: true })
    expect(send).toHaveBeenCalledTimes(2)
    send.mockReturnValue(ENOBUFS)
    expect((await rejection(both.client.sendZeroCopyAsync(bytesFrom(0, 5000)))).code).toBe('ENOBUFS')
  })
})

/** Runs code in a network of its own, prepared by a line of shell; what it prints. */
async function inNetwork(prepare: string, code: string): Promise<string> {
  const wrapper = ['unshare', '-n', 'sh', '-c', `ip link set lo up && ${prepare} && exec "$@"`, 'sh']
  const { stdout, stderr, code: status } = await ended(startWrapped(wrapper, code))
  expect([stderr, status]).toEqual(['', 0])
  return stdout
}

const canUnshare =
  can.linux && spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'nowhere', 'type', 'bridge']).status === 0

describe('a network of its own', () => {
  test.skipIf(!canUnshare)('what leaves by a device is not copied [needs unshare and a bridge]', async () => {
    const printed = await inNetwork(
      'ip link add nowhere type bridge && ip addr add 192.0.2.1/24 dev nowhere && ip link set nowhere up && ' +
        'ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev nowhere',
      `const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
       sock.connect(['192.0.2.2', 9])
       console.log(JSON.stringify(await sock.sendZeroCopyAsync(Buffer.alloc(1400))))
       sock.connect(['127.0.0.1', 9])
       console.log(JSON.stringify(await sock.sendZeroCopyAsync(Buffer.alloc(1400)).catch(() => null)))
       sock.close()`,
    )
    const [away, here] = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([away, here.copied]).toEqual([{ bytesSent: 1400, copied: false }, true])
  })

  test.skipIf(!canUnshare)('with a small limit of what is noted, all is sent [needs unshare]', async () => {
    const printed = await inNetwork(
      'echo 2000 > /proc/sys/net/core/optmem_max',
      `const listener = berkeley.createServer(['127.0.0.1', 0])
       const client = berkeley.socket()
       client.connect(listener.getsockname())
       const [server] = listener.accept()
       const sending = []
       for (let i = 0; i < 500; i++) sending.push(client.sendZeroCopyAsync(Buffer.alloc(1000, i)))
       const got = []
       for (let length = 0; length < 500_000; length += got.at(-1).length) got.push(await server.recvAsync(1 << 16))
       const all = Buffer.concat(got)
       console.log(all.length, (await Promise.all(sending)).length, all.every((byte, at) => byte === (Math.floor(at / 1000) & 255)))
       for (const sock of [listener, client, server]) sock.close()`,
    )
    expect(printed.trim()).toBe('500000 500 true')
  })
})
