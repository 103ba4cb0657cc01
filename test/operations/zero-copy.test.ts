/** Sends with MSG_ZEROCOPY: which bytes in which order, when the memory is free again, and what ends the wait. */
import { AF_INET6, MSG_DONTWAIT, Socket, SocketTimeoutError, socket } from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { lingering } from '../../dist/operations/release-reader.js'
import { bytesFrom, drain, fill, isPending, rejection, settles, turn, turns } from '../support/async.js'
import { openDescriptors } from '../support/open-descriptors.js'
import { can, pair, tcpPair, thrown, udp } from '../support/sockets.js'
import { PENDING, receive, slowPair } from '../support/zero-copy.js'

const SIZE = 6 << 20
const { limitNs } = lingering

afterEach(() => {
  lingering.limitNs = limitNs
})

describe('bytes', () => {
  test.each([null, 0, 10])('several MiB over TCP, in order with other sends, with a timeout of %s', async (timeout) => {
    using both = tcpPair()
    both.client.settimeout(timeout)
    const sending = Promise.all([
      both.client.sendallAsync('<'),
      both.client.sendZeroCopyAsync(bytesFrom(0, SIZE)),
      both.client.sendallAsync('|'),
      both.client.sendZeroCopyAsync(bytesFrom(5, SIZE)),
      both.client.sendallAsync('>'),
    ])
    const got = await receive(both.server, 2 * SIZE + 3)
    const whole = [Buffer.from('<'), bytesFrom(0, SIZE), Buffer.from('|'), bytesFrom(5, SIZE), Buffer.from('>')]
    expect(got.equals(Buffer.concat(whole))).toBe(true)
    const [, one, , two] = await settles(sending)
    // The kernel copies what stays on this machine.
    expect([one, two]).toEqual([
      { bytesSent: SIZE, copied: true },
      { bytesSent: SIZE, copied: true },
    ])
  })

  test('views of any kind, short ones and none at all', async () => {
    using both = tcpPair()
    const { client, server } = both
    for (const data of [
      Buffer.from('buffer'),
      new Uint16Array([0x6261, 0x6463]),
      Buffer.from('x').buffer.slice(0, 1),
    ]) {
      const result = await settles(client.sendZeroCopyAsync(data))
      expect(result.bytesSent).toBe(data.byteLength)
      expect((await settles(server.recvAsync(100))).length).toBe(data.byteLength)
    }
    expect(await client.sendZeroCopyAsync(new Uint8Array(0))).toEqual({ bytesSent: 0, copied: false })
  })

  test.skipIf(!can.bindIPv6)('over IPv6 [needs IPv6]', async () => {
    using listener = socket(AF_INET6)
    listener.bind(['::1', 0])
    listener.listen()
    using client = socket(AF_INET6)
    client.connect(listener.getsockname())
    using server = listener.accept()[0]
    const sent = client.sendZeroCopyAsync(bytesFrom(0, 100_000))
    expect((await receive(server, 100_000)).equals(bytesFrom(0, 100_000))).toBe(true)
    expect(await settles(sent)).toEqual({ bytesSent: 100_000, copied: true })
  })

  test('datagrams, to the peer or to an address, of a name too', async () => {
    using receiver = udp()
    using sender = udp()
    const address = receiver.getsockname()
    expect((await settles(sender.sendZeroCopyAsync(Buffer.from('one'), { address }))).bytesSent).toBe(3)
    expect(
      (await settles(sender.sendZeroCopyAsync(Buffer.from('two'), { address: ['localhost', address[1]] }))).bytesSent,
    ).toBe(3)
    sender.connect(address)
    const three = await settles(sender.sendZeroCopyAsync(bytesFrom(0, 5000)))
    expect(three).toEqual({ bytesSent: 5000, copied: true })
    expect((await settles(sender.sendZeroCopyAsync(Buffer.alloc(0)))).bytesSent).toBe(0)
    expect(String(receiver.recv(9))).toBe('one')
    expect(String(receiver.recv(9))).toBe('two')
    expect(receiver.recv(9000).equals(bytesFrom(0, 5000))).toBe(true)
    expect(receiver.recv(9).length).toBe(0)
    const long = await rejection(sender.sendZeroCopyAsync(Buffer.alloc(70_000)))
    expect([long.code, long.syscall, long.bytesSent]).toEqual(['EMSGSIZE', 'send', 0])
  })

  test('other families copy, and say so', async () => {
    using ends = pair()
    const sent = ends[0].sendZeroCopyAsync(bytesFrom(0, SIZE))
    expect((await receive(ends[1], SIZE)).equals(bytesFrom(0, SIZE))).toBe(true)
    expect(await settles(sent)).toEqual({ bytesSent: SIZE, copied: true })
  })
})

describe.skipIf(!can.linux)('the memory [needs Linux]', () => {
  test('is free when the peer has it; other sends need not wait for that', async () => {
    using both = slowPair()
    const first = both.client.sendZeroCopyAsync(bytesFrom(0, PENDING))
    const second = both.client.sendZeroCopyAsync(bytesFrom(1, 10))
    await settles(both.client.sendallAsync('behind'))
    expect(await isPending(first)).toBe(true)
    expect(await isPending(second)).toBe(true)
    const got = await receive(both.server, PENDING + 16)
    expect(got.toString('latin1', PENDING + 10)).toBe('behind')
    expect([(await settles(first)).bytesSent, (await settles(second)).bytesSent]).toEqual([PENDING, 10])
  })

  test('what is written to it meanwhile may be what the peer gets', async () => {
    using both = slowPair()
    const data = Buffer.alloc(PENDING, 'a')
    const sent = both.client.sendZeroCopyAsync(data)
    expect(await isPending(sent)).toBe(true)
    data.fill('b')
    // The beginning had gone; the end has not been copied anywhere.
    const got = await receive(both.server, PENDING)
    expect([got[0], got[PENDING - 1]]).toEqual([97, 98])
    await settles(sent)
  })

  test.each(['signal', 'timeout'] as const)(
    'a call that ends before leaves the bytes on their way: %s',
    async (end) => {
      using both = slowPair()
      const aborting = new AbortController()
      const limits = end === 'signal' ? { signal: aborting.signal } : { timeout: 0.02 }
      const sending = rejection(both.client.sendZeroCopyAsync(bytesFrom(0, PENDING), limits))
      const next = both.client.sendZeroCopyAsync(bytesFrom(3, 10))
      await turns()
      const reason = new Error('enough')
      aborting.abort(reason)
      const error = await settles(sending)
      if (end === 'signal') expect(error).toBe(reason)
      else expect([error.code, error.bytesSent]).toEqual(['ETIMEDOUT', PENDING])
      expect(error instanceof SocketTimeoutError).toBe(end === 'timeout')
      const got = await receive(both.server, PENDING + 10)
      expect(got.equals(Buffer.concat([bytesFrom(0, PENDING), bytesFrom(3, 10)]))).toBe(true)
      expect((await settles(next)).bytesSent).toBe(10)
    },
  )

  test('is held after the socket is closed until the peer has it, and no longer', async () => {
    using both = slowPair()
    const before = openDescriptors().size
    const sending = rejection(both.client.sendZeroCopyAsync(bytesFrom(0, PENDING)))
    await turns()
    const port = both.client.fileno()
    both.client.close()
    const error = await settles(sending)
    expect([error.code, error.bytesSent]).toEqual(['ECANCELED', PENDING])
    // A duplicate, by which it is learned when the kernel has done with it.
    expect(openDescriptors().size).toBe(before)
    expect(openDescriptors().has(port)).toBe(false)
    const parts: Buffer[] = []
    for await (const part of both.server) parts.push(part)
    expect(Buffer.concat(parts).equals(bytesFrom(0, PENDING))).toBe(true)
    while (openDescriptors().size >= before) await turn()
    expect(openDescriptors().size).toBe(before - 1)
  })

  test('a peer that reads nothing does not hold a closed socket for ever: it is reset', async () => {
    using both = slowPair()
    const before = openDescriptors().size
    const sending = rejection(both.client.sendZeroCopyAsync(bytesFrom(0, PENDING)))
    await turns()
    lingering.limitNs = 2e7
    both.client.close()
    expect((await settles(sending)).code).toBe('ECANCELED')
    expect(openDescriptors().size).toBe(before)
    while (openDescriptors().size >= before) await turn()
    expect(thrown(() => drain(both.server)).code).toBe('ECONNRESET')
  })

  test('a close that throws the rest away, and one after all is done, leave nothing behind', async () => {
    using both = slowPair()
    const before = openDescriptors().size
    both.client.setOption('linger', 0)
    const sending = rejection(both.client.sendZeroCopyAsync(bytesFrom(0, PENDING)))
    await turns()
    both.client.close()
    expect((await settles(sending)).code).toBe('ECANCELED')
    expect(openDescriptors().size).toBe(before - 1)
    await settles(
      (async () => {
        for await (const _ of both.server);
      })().catch((error: { code: string }) => expect(error.code).toBe('ECONNRESET')),
    )
  })

  test('a socket that is given away ends the call, and goes on sending', async () => {
    using both = slowPair()
    const sending = rejection(both.client.sendZeroCopyAsync(bytesFrom(0, PENDING)))
    await turns()
    const fd = both.client.detach()
    expect((await settles(sending)).code).toBe('ECANCELED')
    using adopted = Socket.adopt(fd)
    expect((await receive(both.server, PENDING)).equals(bytesFrom(0, PENDING))).toBe(true)
    // The kernel’s count is not known any more.
    expect((await settles(adopted.sendZeroCopyAsync(Buffer.from('copied')))).copied).toBe(true)
    await settles(adopted.sendallAsync('end'))
    expect(String(await receive(both.server, 9))).toBe('copiedend')
  })

  test('the peer’s end fails what is on its way to it', async () => {
    using both = slowPair()
    const sending = both.client.sendZeroCopyAsync(bytesFrom(0, PENDING))
    await turns()
    // With bytes unread: a reset. The kernel has then done with the memory.
    both.server.close()
    expect((await settles(sending)).bytesSent).toBe(PENDING)
    const error = await rejection(both.client.sendZeroCopyAsync(Buffer.alloc(10)))
    expect(['EPIPE', 'ECONNRESET']).toContain(error.code)
  })

  test('a buffer that is transferred away while the call waits for its turn is an error', async () => {
    using both = tcpPair()
    fill(both.client)
    const data = new Uint8Array(1000)
    const sending = rejection(both.client.sendZeroCopyAsync(data))
    structuredClone(data.buffer, { transfer: [data.buffer] })
    drain(both.server)
    const error = await settles(sending)
    expect([error.code, error.message.includes('"data"')]).toEqual(['ERR_INVALID_ARG_TYPE', true])
  })
})

describe('failures', () => {
  test('bad arguments reject', async () => {
    using both = tcpPair()
    const send = both.client.sendZeroCopyAsync.bind(both.client) as (...args: unknown[]) => Promise<unknown>
    const data = Buffer.alloc(10)
    const cases = [
      [[], 'ERR_INVALID_ARG_TYPE', '"data"'],
      [['text'], 'ERR_INVALID_ARG_TYPE', '"data"'],
      [[data, null], 'ERR_INVALID_ARG_TYPE', '"options"'],
      [[data, { flags: '1' }], 'ERR_INVALID_ARG_TYPE', '"options.flags"'],
      [[data, { timeout: -1 }], 'ERR_OUT_OF_RANGE', '"options.timeout"'],
      [[data, { signal: 1 }], 'ERR_INVALID_ARG_TYPE', '"options.signal"'],
      [[data, { address: 5 }], 'ERR_INVALID_ARG_TYPE', '"address"'],
    ] as const
    for (const [args, code, name] of cases) {
      const error = await rejection(send(...args))
      expect(error.code).toBe(code)
      expect(error.message).toContain(name)
    }
    fill(both.client)
    expect((await rejection(both.client.sendZeroCopyAsync(data, { flags: MSG_DONTWAIT }))).code).toBe('EAGAIN')
    both.client.close()
    expect((await rejection(both.client.sendZeroCopyAsync(data))).code).toBe('EBADF')
  })
})
