/** sendfile(2) as a promise: in every mode, in turn with other sends, and how it ends. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { AF_INET, SHUT_WR, SOCK_DGRAM, SocketTimeoutError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, isPending, rejection, settles, turn, turns } from '../support/async.js'
import { fileOf, pipe } from '../support/descriptors.js'
import { pair, tcpPair } from '../support/sockets.js'

const SIZE = 6 << 20

describe('a file of several MiB', () => {
  test.each([null, 0, 10])('over TCP and unix, with a timeout of %s', async (timeout) => {
    using file = fileOf(SIZE)
    using ends = pair()
    using tcp = tcpPair()
    for (const [sock, peer] of [ends, [tcp.client, tcp.server]] as const) {
      sock.settimeout(timeout)
      const sent = sock.sendfileAsync(file.fd)
      using reader = peer.makefile('rb')
      const whole = reader.readAsync(SIZE)
      expect(await settles(sent)).toBe(SIZE)
      expect((await settles(whole)).equals(bytesFrom(0, SIZE))).toBe(true)
    }
  })

  test('a part of it, from a FileHandle, whose position is behind that', async () => {
    using file = fileOf(1000)
    using ends = pair()
    await using handle = await open(file.path)
    expect(await ends[0].sendfileAsync(handle, { offset: 100, count: 50 })).toBe(50)
    expect(await ends[0].sendfileAsync(handle, { offset: 990 })).toBe(10)
    expect(await ends[0].sendfileAsync(handle, { offset: 2000 })).toBe(0)
    expect(ends[1].recv(100).equals(Buffer.concat([bytesFrom(100, 50), bytesFrom(990, 10)]))).toBe(true)
    expect((await handle.read(Buffer.alloc(10))).bytesRead).toBe(0)
    expect(await ends[0].sendfileAsync(handle, { offset: 5, count: 5 })).toBe(5)
    expect((await handle.read(Buffer.alloc(10))).buffer.equals(bytesFrom(10, 10))).toBe(true)
  })

  test('in turn with other sends, synchronous ones too', async () => {
    using file = fileOf(SIZE)
    using ends = pair()
    const [sock, peer] = ends
    const before = fill(sock)
    const sending = [sock.sendallAsync('before'), sock.sendfileAsync(file.fd), sock.sendallAsync('behind')]
    using reader = peer.makefile('rb')
    await reader.readAsync(before)
    expect(
      (await settles(reader.readAsync(6 + SIZE + 6))).equals(
        Buffer.concat([Buffer.from('before'), bytesFrom(0, SIZE), Buffer.from('behind')]),
      ),
    ).toBe(true)
    await settles(Promise.all(sending))
    const filled = fill(sock)
    const last = sock.sendfileAsync(file.fd, { count: 5 })
    expect(drain(peer).length).toBe(filled)
    sock.sendall('last')
    expect(await last).toBe(5)
    expect(drain(peer).toString('latin1', 5)).toBe('last')
  })

  test('a fast peer does not starve timers and other sockets', async () => {
    using file = fileOf(SIZE)
    using both = tcpPair()
    using ends = pair()
    let isDone = false
    let sent = 0
    const sending = (async () => {
      for (let i = 0; i < 8; i++) sent += await both.client.sendfileAsync(file.fd)
      isDone = true
    })()
    using reader = both.server.makefile('rb')
    const receiving = reader.readAsync(8 * SIZE)
    let count = 0
    while (!isDone && count < 20) {
      await turn()
      ends[0].sendall('x')
      expect((await ends[1].recvAsync(1)).length).toBe(1)
      count++
    }
    expect(count).toBe(20)
    await settles(Promise.all([sending, receiving]))
    expect(sent).toBe(8 * SIZE)
  })
})

describe('what stands in for it', () => {
  test('a pipe that is empty is waited for, without blocking; then what it gives is sent', async () => {
    using ends = pair()
    using source = pipe()
    const sent = ends[0].sendfileAsync(source.reader)
    expect(await isPending(sent)).toBe(true)
    const behind = ends[0].sendallAsync('behind')
    for (const word of ['one ', 'two ']) {
      writeSync(source.writer, word)
      expect((await settles(ends[1].recvAsync(100))).toString()).toBe(word)
    }
    expect(await isPending(behind)).toBe(true)
    source.closeWriter()
    expect(await settles(sent)).toBe(8)
    await settles(behind)
    expect(ends[1].recv(100).toString()).toBe('behind')
  })

  test('a device, as much as was asked for', async () => {
    using ends = pair()
    const zero = openSync('/dev/zero', 'r')
    const sent = ends[0].sendfileAsync(zero, { count: 3 << 20 })
    using reader = ends[1].makefile('rb')
    expect((await settles(reader.readAsync(3 << 20))).equals(Buffer.alloc(3 << 20))).toBe(true)
    expect(await settles(sent)).toBe(3 << 20)
    closeSync(zero)
  })

  test('waiting for a pipe ends with its signal or its time, and with the socket', async () => {
    using ends = pair()
    using source = pipe()
    const aborting = new AbortController()
    const aborted = rejection(ends[0].sendfileAsync(source.reader, { signal: aborting.signal }))
    await turns()
    aborting.abort(new Error('enough'))
    expect((await settles(aborted)).message).toBe('enough')
    const late = await settles(rejection(ends[0].sendfileAsync(source.reader, { timeout: 0.02 })))
    expect([late.code, late.bytesSent]).toEqual(['ETIMEDOUT', 0])
    expect((await rejection(ends[0].sendfileAsync(source.reader, { timeout: 0 }))).code).toBe('ETIMEDOUT')
    const closed = rejection(ends[0].sendfileAsync(source.reader))
    ends[0].close()
    expect((await settles(closed)).code).toBe('ECANCELED')
  })
})

describe('failures', () => {
  test('bad arguments reject', async () => {
    using ends = pair()
    using datagrams = socket(AF_INET, SOCK_DGRAM)
    using file = fileOf(10)
    const sendfile = ends[0].sendfileAsync.bind(ends[0]) as (...args: unknown[]) => Promise<unknown>
    const cases = [
      [['file'], 'ERR_INVALID_ARG_TYPE', '"file"'],
      [[file.fd, null], 'ERR_INVALID_ARG_TYPE', '"options"'],
      [[file.fd, { offset: -1 }], 'ERR_OUT_OF_RANGE', '"options.offset"'],
      [[file.fd, { offset: null }], 'ERR_INVALID_ARG_TYPE', '"options.offset"'],
      [[file.fd, { offset: -1, count: '1' }], 'ERR_INVALID_ARG_TYPE', '"options.count"'],
      [[file.fd, { count: 0 }], 'ERR_OUT_OF_RANGE', '"options.count"'],
      [[file.fd, { timeout: -1 }], 'ERR_OUT_OF_RANGE', '"options.timeout"'],
      [[file.fd, { signal: 1 }], 'ERR_INVALID_ARG_TYPE', '"options.signal"'],
    ] as const
    for (const [args, code, name] of cases) {
      const error = await rejection(sendfile(...args))
      expect(error.code).toBe(code)
      expect(error.message).toContain(name)
    }
    expect((await rejection(datagrams.sendfileAsync(file.fd))).code).toBe('ERR_INVALID_ARG_VALUE')
    expect((await rejection(ends[0].sendfileAsync(0x7ffffff0))).code).toBe('EBADF')
    ends[0].close()
    expect((await rejection(ends[0].sendfileAsync(file.fd))).code).toBe('EBADF')
  })

  test('a time-out, and the end of the socket or of its peer, tell how much was sent', async () => {
    using file = fileOf(SIZE)
    for (const end of ['timeout', 'close', 'peer'] as const) {
      using ends = pair()
      const [sock, peer] = ends
      const sending = rejection(sock.sendfileAsync(file.fd, end === 'timeout' ? { timeout: 0.02 } : {}))
      await turns()
      const there = end === 'timeout' ? null : end === 'close' ? sock.close() : peer.close()
      expect(there).toBe(end === 'timeout' ? null : undefined)
      const error = await settles(sending)
      expect(error.code).toBe({ timeout: 'ETIMEDOUT', close: 'ECANCELED', peer: 'EPIPE' }[end])
      expect(error instanceof SocketTimeoutError).toBe(end === 'timeout')
      expect(error.bytesSent).toBeGreaterThan(1000)
      if (end !== 'peer') expect(drain(peer).equals(bytesFrom(0, error.bytesSent as number))).toBe(true)
    }
  })

  test('a signal rejects with its reason, and the rest can be sent', async () => {
    using file = fileOf(SIZE)
    using ends = pair()
    const [sock, peer] = ends
    const aborting = new AbortController()
    const sending = rejection(sock.sendfileAsync(file.fd, { signal: aborting.signal }))
    await turns()
    const reason = new Error('enough')
    aborting.abort(reason)
    expect(await settles(sending)).toBe(reason)
    const sent = drain(peer).length
    expect(await sock.sendfileAsync(file.fd, { offset: sent, count: 10 })).toBe(10)
    sock.shutdown(SHUT_WR)
    expect(drain(peer).equals(bytesFrom(sent, 10))).toBe(true)
  })

  test('a FileHandle that is closed meanwhile is not read any more, whoever has its number then', async () => {
    using file = fileOf(SIZE)
    using ends = pair()
    const handle = await open(file.path)
    const { fd } = handle
    const sending = rejection(ends[0].sendfileAsync(handle))
    await turns()
    await handle.close()
    const zero = openSync('/dev/zero', 'r')
    expect(zero).toBe(fd)
    const received = drain(ends[1])
    const error = await settles(sending)
    closeSync(zero)
    expect(error.code).toBe('EBADF')
    expect(received.equals(bytesFrom(0, error.bytesSent as number))).toBe(true)
    expect(drain(ends[1]).length).toBe(0)
  })
})
