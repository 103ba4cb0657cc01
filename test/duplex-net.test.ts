/** What others rely on in a `net.Socket` and find in a stream over a socket: addresses, options, the idle time-out. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import * as berkeley from 'berkeley'
import { IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPINTVL, TCP_NODELAY } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, pair } from './support/sockets.js'
import { eventsOf, openStream, openStreams, receiveAll, settle } from './support/streams.js'
import { ended, startChild } from './support/worker.js'

const NAMES = ['remoteAddress', 'remotePort', 'remoteFamily', 'localAddress', 'localPort', 'localFamily'] as const

describe('the addresses of a stream', () => {
  async function compare(host: string): Promise<void> {
    await using server = createServer().listen(0, host)
    await once(server, 'listening')
    const accepted = once(server, 'connection')
    const address = [host, (server.address() as AddressInfo).port] as const
    using sock = berkeley.createConnection(address)
    const duplex = sock.toDuplex()
    const [theirs] = await accepted
    expect(NAMES.map((name) => duplex[name])).toEqual([
      ...[theirs.localAddress, theirs.localPort, theirs.localFamily],
      ...[theirs.remoteAddress, theirs.remotePort, theirs.remoteFamily],
    ])
    expect(duplex.remoteFamily).toBe(host === '::1' ? 'IPv6' : 'IPv4')
    expect(duplex.address()).toEqual({ address: host, family: duplex.localFamily, port: theirs.remotePort })
    theirs.destroy()
  }

  test('are those that net.Socket tells', () => compare('127.0.0.1'))
  test.skipIf(!can.bindIPv6)('are those that net.Socket tells [needs IPv6]', () => compare('::1'))

  test('are kept after the end where they were asked for before, as net.Socket does', async () => {
    using ends = openStream('tcp')
    const { duplex } = ends
    const { remotePort } = duplex
    duplex.destroy()
    expect(duplex.remotePort).toBe(remotePort)
    expect(duplex.localPort).toBe(undefined)
    expect(duplex.address()).toEqual({})
  })

  test('are unknown for a unix socket', () => {
    using ends = openStream('unix')
    expect(NAMES.map((name) => ends.duplex[name])).toEqual(NAMES.map(() => undefined))
    expect(ends.duplex.address()).toEqual({})
  })
})

describe('the options of a stream', () => {
  test('are set in the kernel', () => {
    using ends = openStream('tcp')
    const { duplex, sock } = ends
    const noDelay = () => sock.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0
    expect(noDelay()).toBe(false)
    expect(duplex.setNoDelay()).toBe(duplex)
    expect(noDelay()).toBe(true)
    duplex.setNoDelay(false)
    expect(noDelay()).toBe(false)

    const keepAlive = () => sock.getsockopt(SOL_SOCKET, SO_KEEPALIVE) !== 0
    const idle = berkeley.TCP_KEEPIDLE ?? berkeley.TCP_KEEPALIVE
    if (idle === undefined) throw new Error('neither TCP_KEEPIDLE nor TCP_KEEPALIVE')
    const before = sock.getsockopt(IPPROTO_TCP, idle)
    expect(keepAlive()).toBe(false)
    duplex.setKeepAlive(true)
    expect([keepAlive(), sock.getsockopt(IPPROTO_TCP, idle)]).toEqual([true, before])
    expect(duplex.setKeepAlive(true, 12_345)).toBe(duplex)
    expect(sock.getsockopt(IPPROTO_TCP, idle)).toBe(12)
    expect(sock.getsockopt(IPPROTO_TCP, TCP_KEEPINTVL)).toBe(1)
    duplex.setKeepAlive()
    expect(keepAlive()).toBe(false)
  })

  test('are no error where there is no connection, or no such option', () => {
    using tcp = openStream('tcp')
    tcp.duplex.destroy()
    using unix = openStream('unix')
    for (const { duplex } of [tcp, unix]) {
      expect(duplex.setNoDelay().setKeepAlive(true, 5000).setTimeout(0)).toBe(duplex)
      expect(duplex.unref().ref()).toBe(duplex)
    }
  })
})

describe('the idle time-out of a stream', () => {
  test('is told once nothing moves, and destroys nothing', async () => {
    using ends = openStream('unix')
    const { duplex } = ends
    expect(duplex.timeout).toBe(undefined)
    const started = performance.now()
    expect(duplex.setTimeout(30)).toBe(duplex)
    expect(duplex.timeout).toBe(30)
    await once(duplex, 'timeout')
    // A timer counts whole milliseconds.
    expect(performance.now() - started).toBeGreaterThan(28)
    expect(duplex.destroyed).toBe(false)
    ends.peer.sendall('alive')
    expect(String((await once(duplex, 'data'))[0])).toBe('alive')
  })

  test.each<[name: string, move: (stream: ReturnType<typeof openStream>) => Promise<unknown>]>([
    [
      'received',
      ({ duplex, peer }) => {
        peer.sendall('x')
        return once(duplex, 'data')
      },
    ],
    ['sent', ({ duplex }) => new Promise((resolve) => duplex.write('x', resolve))],
  ])('begins anew with everything that is %s', async (_, move) => {
    using ends = openStream('unix')
    const idle: number[] = []
    let last = performance.now()
    ends.duplex.setTimeout(60).on('timeout', () => idle.push(performance.now() - last))
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      await move(ends)
      last = performance.now()
    }
    await once(ends.duplex, 'timeout')
    // On a busy machine it may have come before, but never too early.
    for (const milliseconds of idle) expect(milliseconds).toBeGreaterThan(57)
  })

  test('has listeners for one time, which can be taken away', async () => {
    using ends = openStream('unix')
    const { duplex } = ends
    const calls: string[] = []
    const first = () => calls.push('first')
    duplex.setTimeout(5, first)
    duplex.setTimeout(0, first)
    expect(duplex.listenerCount('timeout')).toBe(0)
    duplex.setTimeout(5, () => calls.push('second'))
    await once(duplex, 'timeout')
    expect([calls, duplex.listenerCount('timeout')]).toEqual([['second'], 0])
  })

  test('is over with the stream', async () => {
    using ends = openStream('unix')
    const { duplex } = ends
    const events = eventsOf(duplex)
    duplex.setTimeout(1)
    duplex.destroy()
    duplex.setTimeout(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(events).toEqual(['close'])
  })

  test.each([
    ['5', 'ERR_INVALID_ARG_TYPE'],
    [undefined, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
  ])('refuses %s', (milliseconds, code) => {
    using ends = openStream('unix')
    expect(() => ends.duplex.setTimeout(milliseconds as number)).toThrow(expect.objectContaining({ code }))
  })

  test('takes more than a timer does', () => {
    using ends = openStream('unix')
    expect(ends.duplex.setTimeout(2 ** 40).timeout).toBe(2 ** 40)
  })
})

test('the socket’s own timeout does not end its stream', async () => {
  using ends = pair()
  ends[0].settimeout(0.01)
  const duplex = ends[0].toDuplex()
  const data = once(duplex, 'data')
  await new Promise((resolve) => setTimeout(resolve, 30))
  ends[1].sendall('late')
  expect(String((await data)[0])).toBe('late')
})

describe('destroySoon', () => {
  test('destroys the stream when all is written', async () => {
    using ends = openStream('unix')
    const { duplex, peer } = ends
    const data = Buffer.alloc(8 * 1024 * 1024, 'x')
    duplex.write(data)
    duplex.destroySoon()
    expect(duplex.destroyed).toBe(false)
    expect((await receiveAll(peer)).equals(data)).toBe(true)
    if (!duplex.closed) await once(duplex, 'close')
  })

  test('destroys a stream that has finished at once', async () => {
    using ends = openStream('unix')
    ends.duplex.end()
    await once(ends.duplex, 'finish')
    ends.duplex.destroySoon()
    expect(ends.duplex.destroyed).toBe(true)
  })
})

describe('a process', () => {
  const setUp = `
    const [near, far] = berkeley.socketpair()
    const duplex = near.toDuplex()
    process.on('exit', () => console.log('exit', duplex.destroyed))`

  test('does not stay for a stream that nobody reads, nor for one that is unref’d', async () => {
    for (const use of ['', 'duplex.unref().resume()', 'duplex.resume(); setImmediate(() => duplex.unref())']) {
      const { code, stdout } = await ended(startChild(`${setUp}\n${use}`))
      expect([code, stdout]).toEqual([0, 'exit false\n'])
    }
  })

  test('stays for a stream that reads or writes, as long as it does', async () => {
    const code = `${setUp}
      duplex.unref().resume().ref()
      duplex.on('data', (data) => { console.log(String(data)); duplex.destroy() })
      setTimeout(() => far.sendall('data'), 30).unref()`
    // The timer is not what it stays for, but it fires meanwhile.
    expect((await ended(startChild(code))).stdout).toBe('data\nexit true\n')
  })

  test('can end, and a worker too, with streams in the middle of everything', async () => {
    const busy = `
      const open = () => {
        const [near, far] = berkeley.socketpair()
        near.toDuplex().resume().write(Buffer.alloc(1 << 26))
        const { readable, writable } = far.toWeb()
        writable.getWriter().write(Buffer.alloc(1 << 26)).catch(() => {})
        return readable
      }
      for (let i = 0; i < 20; i++) open()`
    const code = `
      import { Worker } from 'node:worker_threads'
      const source = 'import * as berkeley from ' + JSON.stringify(process.argv[1]) + ';' + ${JSON.stringify(busy)} +
        ';(await import("node:worker_threads")).parentPort.postMessage(1)'
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)))
      await new Promise((resolve) => worker.once('message', resolve))
      console.log(await worker.terminate())
      ${busy}
      setImmediate(() => process.exit(0))`
    const entry = new URL('../dist/index.js', import.meta.url).href
    expect(await ended(startChild(code, entry))).toMatchObject({ code: 0, signal: null, stdout: '1\n', stderr: '' })
  })
})

test('a net.Socket at the other end sees an ordinary peer', async () => {
  using listener = berkeley.createServer(['127.0.0.1', 0])
  const client = connect(listener.getsockname()[1], '127.0.0.1')
  const [conn] = await listener.acceptAsync()
  const duplex = conn.toDuplex()
  duplex.pipe(duplex)
  client.end('there and back')
  let text = ''
  for await (const data of client) text += data
  expect(text).toBe('there and back')
  if (!duplex.closed) await once(duplex, 'close')
})

test('streams over both ends end together', async () => {
  using ends = openStreams('tcp')
  const { near, far } = ends
  const events = [eventsOf(near), eventsOf(far)]
  near.resume().end()
  far.resume().end()
  for (const duplex of [near, far]) if (!duplex.closed) await once(duplex, 'close')
  await settle()
  for (const seen of events) expect(seen.sort()).toEqual(['close', 'end', 'finish'])
})
