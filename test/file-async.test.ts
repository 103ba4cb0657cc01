/** Asynchronous calls of files: their order, what ends them, and that nothing is lost then. */
import {
  type AsyncOptions,
  type BinaryFile,
  close,
  SO_SNDBUF,
  SOL_SOCKET,
  type SocketError,
  SocketTimeoutError,
  type TextFile,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill, isPending, rejection, settles, turn, turns } from './support/async.js'
import { pair, tcpPair, thrown } from './support/sockets.js'

describe('order', () => {
  test('calls of one file are served in the order in which they were made, whatever each needs', async () => {
    using ends = pair()
    using file = ends[0].makefile('rb')
    const room = Buffer.alloc(3)
    const waiting = [
      file.readlineAsync(),
      file.readAsync(4),
      file.readintoAsync(room),
      file.readlinesAsync(3),
      file.read1Async(2),
      file.readAsync(),
    ]
    for (const byte of Buffer.from('line\nfourthrA\nBC\nxyend')) {
      ends[1].sendall(Buffer.of(byte))
      await turn()
    }
    ends[1].close()
    const got = await settles(Promise.all(waiting))
    expect(got.map(String)).toEqual(['line\n', 'four', '3', 'A\n,BC\n', 'x', 'yend'])
    expect(room.toString()).toBe('thr')
  })

  test('a file and its socket receive in turn', async () => {
    using ends = pair()
    using file = ends[0].makefile('rb', { buffering: 4 })
    const first = file.readAsync(4)
    const second = ends[0].recvAsync(2)
    const third = file.readAsync(3)
    ends[1].sendall('aaaabbccc')
    expect((await settles(Promise.all([first, second, third]))).map(String)).toEqual(['aaaa', 'bb', 'ccc'])
  })

  test('what is in the buffer is there at once, though another file of the socket waits', async () => {
    using ends = pair()
    using file = ends[0].makefile('r')
    using other = ends[0].makefile('r')
    ends[1].sendall('one\ntwo\n')
    expect(await file.readlineAsync()).toBe('one\n')
    const waiting = other.readlineAsync()
    expect(await settles(file.readlineAsync())).toBe('two\n')
    ends[1].sendall('three\n')
    expect(await settles(waiting)).toBe('three\n')
  })

  test('a synchronous read waits for those before it', async () => {
    using ends = pair()
    using file = ends[0].makefile('r')
    const first = file.readlineAsync()
    await turn()
    ends[1].sendall('first\nsecond\n')
    expect(file.readline()).toBe('second\n')
    expect(await first).toBe('first\n')
  })

  test('on a non-blocking socket it is EAGAIN while one waits', async () => {
    using ends = pair()
    ends[0].setblocking(false)
    using file = ends[0].makefile('r')
    const first = file.readAsync(3)
    ends[1].sendall('ab')
    await turns()
    expect(thrown(() => file.readline()).code).toBe('EAGAIN')
    ends[1].sendall('cd')
    expect(await settles(first)).toBe('abc')
    expect(file.readline()).toBe('d')
  })

  test('writes are in order, of which a synchronous one is the last', async () => {
    using ends = pair()
    const [sock, peer] = ends
    const filled = fill(sock)
    using file = sock.makefile('wb', { buffering: 4 })
    const writes = [file.writeAsync(Buffer.from('111111')), file.writeAsync(Buffer.from('22')), file.flushAsync()]
    expect(await isPending(Promise.all(writes))).toBe(true)
    using reader = peer.makefile('rb')
    const received = reader.readAsync(filled + 8)
    await settles(Promise.all(writes))
    expect((await received).subarray(filled).toString()).toBe('11111122')
    const more = file.writeAsync(Buffer.from('3333333'))
    file.write(Buffer.from('44'))
    file.flush()
    await more
    expect(drain(peer).toString()).toBe('333333344')
  })
})

describe('what ends a call', () => {
  test.each([
    ['rb', 'readlineAsync'],
    ['rb', 'readlinesAsync'],
    ['rb', 'readAsync'],
    ['r', 'readlineAsync'],
    ['r', 'readlinesAsync'],
    ['r', 'readAsync'],
  ] as const)("a time-out or a signal of '%s' %s loses no byte, and the file can be read on", async (mode, name) => {
    using ends = pair()
    using file: BinaryFile | TextFile = ends[0].makefile(mode)
    const call = (options: AsyncOptions): Promise<unknown> =>
      (file[name] as (options: AsyncOptions) => Promise<unknown>).call(file, options)
    // A character is cut.
    const sent = Buffer.from('ab\ncdé\r\nf€')
    ends[1].sendall(name === 'readlineAsync' ? sent.subarray(4, 7) : sent.subarray(0, 7))
    expect(await rejection(call({ timeout: 0.02 }))).toBeInstanceOf(SocketTimeoutError)
    const reason = new Error('not wanted any more')
    const aborting = new AbortController()
    const waiting = rejection(call({ signal: aborting.signal }))
    await turns()
    aborting.abort(reason)
    expect(await settles(waiting)).toBe(reason)
    expect(await rejection(call({ signal: aborting.signal }))).toBe(reason)
    const after: Promise<string | Buffer> = file.readAsync()
    ends[1].sendall(sent.subarray(7))
    ends[1].close()
    const expected = name === 'readlineAsync' ? sent.subarray(4) : sent
    const lines = mode === 'r' ? expected.toString().replace('\r\n', '\n') : expected.toString()
    expect((await settles(after)).toString()).toBe(lines)
  })

  test("the socket's own timeout ends the file's reading, as in CPython", async () => {
    using ends = pair()
    ends[0].settimeout(0.02)
    using file = ends[0].makefile('r')
    expect(await rejection(file.readlineAsync())).toBeInstanceOf(SocketTimeoutError)
    expect((await rejection(file.readlineAsync())).message).toContain('cannot read from timed out object')
    expect(thrown(() => file.readline()).message).toContain('cannot read from timed out object')
  })

  test('a timeout of 0 is one attempt', async () => {
    using ends = pair()
    using file = ends[0].makefile('r')
    ends[1].sendall('par')
    expect(await rejection(file.readlineAsync({ timeout: 0 }))).toBeInstanceOf(SocketTimeoutError)
    ends[1].sendall('t\n')
    expect(await file.readlineAsync({ timeout: 0 })).toBe('part\n')
  })

  test('closing the file rejects its reads, not those of others', async () => {
    using ends = pair()
    const file = ends[0].makefile('rb')
    using other = ends[0].makefile('rb')
    const reads = [rejection(file.readAsync(1)), rejection(file.readlineAsync())]
    const others = other.readlineAsync()
    file.close()
    for (const error of await settles(Promise.all(reads))) expect(error.code).toBe('ECANCELED')
    expect((await rejection(file.readAsync(1))).code).toBe('EBADF')
    ends[1].sendall('line\n')
    expect((await settles(others)).toString()).toBe('line\n')
  })

  test('the socket, closed while files are open, waits for them; detached, it does not', async () => {
    using ends = pair()
    const file = ends[0].makefile('r')
    const waiting = file.readlineAsync()
    ends[0].close()
    ends[1].sendall('still\n')
    expect(await settles(waiting)).toBe('still\n')
    const last = rejection(file.readlineAsync())
    close(ends[0].detach())
    expect((await settles(last)).code).toBe('ECANCELED')
    expect((await rejection(file.readlineAsync())).code).toBe('EBADF')
    file.close()
  })

  test('a buffer that is given away while the call waits: its failure, and no byte is lost', async () => {
    using ends = pair()
    using file = ends[0].makefile('rb')
    const room = new Uint8Array(10)
    const waiting = rejection(file.readintoAsync(room))
    structuredClone(room, { transfer: [room.buffer] })
    ends[1].sendall('0123456789')
    expect((await settles(waiting)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(file.read(10)?.toString()).toBe('0123456789')
  })

  test('a write that is ended tells how much was taken, and the buffer is sent later', async () => {
    using ends = pair()
    const [sock, peer] = ends
    using file = sock.makefile('wb', { buffering: 8 })
    const filled = fill(sock)
    file.write(Buffer.from('1234'))
    const error = (await rejection(file.writeAsync(Buffer.alloc(9), { timeout: 0.02 }))) as SocketError
    expect([error.code, error.charactersWritten]).toEqual(['ETIMEDOUT', 0])
    const aborting = new AbortController()
    const waiting = rejection(file.flushAsync({ signal: aborting.signal }))
    aborting.abort(new Error('enough'))
    expect((await waiting).message).toBe('enough')
    expect(drain(peer).length).toBe(filled)
    await file.flushAsync()
    expect(drain(peer).toString()).toBe('1234')
  })

  test('text that is not sent in time is kept', async () => {
    using ends = pair()
    const [sock, peer] = ends
    using file = sock.makefile('w')
    const filled = fill(sock)
    const long = 'é'.repeat(10_000)
    const error = (await rejection(file.writeAsync(long, { timeout: 0.02 }))) as SocketError
    expect([error.code, error.charactersWritten]).toEqual(['ETIMEDOUT', 10_000])
    expect(drain(peer).length).toBe(filled)
    await file.writeAsync('end')
    await file.flushAsync()
    expect(drain(peer).toString()).toBe(`${long}end`)
  })
})

describe('closing', () => {
  test('closeAsync sends what is left, and takes no more calls meanwhile', async () => {
    using ends = pair()
    const [sock, peer] = ends
    const file = sock.makefile('w')
    file.write('the end')
    const filled = fill(sock)
    sock.close()
    const closing = file.closeAsync()
    expect(thrown(() => file.write('more')).code).toBe('EBADF')
    expect(await isPending(Promise.all([closing, file.closeAsync()]))).toBe(true)
    expect(sock.fileno()).toBeGreaterThanOrEqual(0)
    using reader = peer.makefile('rb')
    const received = reader.readAsync()
    await settles(closing)
    expect(sock.fileno()).toBe(-1)
    expect((await received).subarray(filled).toString()).toBe('the end')
    await file.closeAsync()
  })

  test('it closes though that failed', async () => {
    using ends = pair()
    const file = ends[0].makefile('w')
    file.write('for nobody')
    fill(ends[0])
    expect(await rejection(file.closeAsync({ timeout: 0.02 }))).toBeInstanceOf(SocketTimeoutError)
    expect(file.closed).toBe(true)
    ends[0].close()
    expect(ends[0].fileno()).toBe(-1)
  })

  test('`await using` sends, and a synchronous close does not lose what closeAsync is about to send', async () => {
    using both = tcpPair()
    {
      await using file = both.client.makefile('w')
      await file.writelinesAsync(['one\n', 'two\n'])
    }
    expect(both.server.recv(100).toString()).toBe('one\ntwo\n')
    const file = both.client.makefile('wb', { buffering: 1 << 16 })
    file.write(Buffer.from('three'))
    const closing = file.closeAsync()
    file.close()
    await settles(closing)
    expect(both.server.recv(100).toString()).toBe('three')
  })
})

test('lines of a large transfer both ways, in `for await`', async () => {
  using both = tcpPair()
  const count = 20_000
  both.server.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
  await using writer = both.client.makefile('w')
  const echo = (async () => {
    using file = both.server.makefile('rw')
    for await (const line of file) await file.writeAsync(line.toUpperCase())
    await file.flushAsync()
    both.server.shutdown(1)
  })()
  const sending = (async () => {
    for (let i = 0; i < count; i++) await writer.writeAsync(`line ${i} ä€😀\n`)
    await writer.flushAsync()
    both.client.shutdown(1)
  })()
  let seen = 0
  using reader = both.client.makefile('r')
  for await (const line of reader) {
    if (line !== `LINE ${seen} Ä€😀\n`) throw new Error(`line ${seen} is ${line}`)
    seen++
  }
  await settles(Promise.all([echo, sending]))
  expect(seen).toBe(count)
})

test('a fast peer does not starve timers and other sockets', async () => {
  using both = tcpPair()
  using ends = pair()
  using file = both.server.makefile('rb')
  const total = 24 << 20
  const sending = both.client.sendallAsync(bytesFrom(0, total)).then(() => both.client.shutdown(1))
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const whole = file.readAsync()
  using beside = ends[0].makefile('r')
  const other = beside.readlineAsync()
  ends[1].sendall('alive\n')
  let isDone = false
  void whole.then(() => {
    isDone = true
  })
  expect(await settles(other)).toBe('alive\n')
  expect(isDone).toBe(false)
  expect((await settles(whole, 60_000)).equals(bytesFrom(0, total))).toBe(true)
  await sending
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(3)
})
