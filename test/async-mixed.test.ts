/** The order of calls on one socket: asynchronous ones among themselves, and synchronous ones behind them. */
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_WAITALL,
  SHUT_RD,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  SocketTimeoutError,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import {
  bytesFrom,
  drain,
  fill,
  freshSeed,
  isPending,
  randomOf,
  rejection,
  settles,
  turn,
  urgent,
} from './support/async.js'
import { cpuMs } from './support/descriptors.js'
import { can, listenTcp, pair, tcpPair, temporaryFolder, thrown, udp } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

type Receive = (sock: Socket, size: number) => Promise<Buffer>

/** Receives of every kind, each as the bytes it gives. */
const receives: readonly Receive[] = [
  (sock, size) => sock.recvAsync(size),
  async (sock, size) => (await sock.recvfromAsync(size))[0],
  async (sock, size) => {
    const memory = Buffer.alloc(size)
    return memory.subarray(0, await sock.recvIntoAsync(memory))
  },
  async (sock, size) => {
    const memory = Buffer.alloc(size)
    return memory.subarray(0, (await sock.recvfromIntoAsync(memory))[0])
  },
  (sock, size) => sock.recvAsync(size, { flags: MSG_WAITALL }),
]

describe('asynchronous calls', () => {
  test.each(['unix', 'tcp'])('to receive, of every kind, are served in their order (%s)', async (kind) => {
    using both = kind === 'tcp' ? tcpPair() : pair()
    const [one, two] = (Array.isArray(both) ? both : [both.client, both.server]) as [Socket, Socket]
    const seed = freshSeed()
    const random = randomOf(seed)
    let open = 200
    const calls = Array.from({ length: open }, async () => {
      const data = await (receives[random(receives.length)] as Receive)(two, 1 + random(300))
      open--
      return data
    })
    let sent = 0
    while (open > 0) {
      const count = 1 + random(600)
      one.send(bytesFrom(sent, count))
      sent += count
      if (random(3) > 0) await turn()
    }
    const received = Buffer.concat([...(await settles(Promise.all(calls))), drain(two)])
    expect(received.equals(bytesFrom(0, sent)), `BERKELEY_SEED=${seed}`).toBe(true)
  })

  test('to send never mix their bytes', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 8192)
    const seed = freshSeed()
    const random = randomOf(seed)
    let place = 0
    const ended: number[] = []
    const calls: Promise<void>[] = []
    const send = async (index: number): Promise<void> => {
      const size = random(3) === 0 ? random(100_000) : random(100)
      const data = bytesFrom(place, size)
      place += size
      await both.client.sendallAsync(data)
      ended.push(index)
    }
    const parts: Buffer[] = []
    let got = 0
    while (got < place || calls.length < 200) {
      // Some while there is room again, though others wait.
      for (let i = random(8); i > 0 && calls.length < 200; i--) calls.push(send(calls.length))
      if (got === place) continue
      const part = await settles(both.server.recvAsync(1 + random(70_000)))
      parts.push(part)
      got += part.length
    }
    await settles(Promise.all(calls))
    expect(ended, `BERKELEY_SEED=${seed}`).toEqual(calls.map((_, index) => index))
    expect(Buffer.concat(parts).equals(bytesFrom(0, place)), `BERKELEY_SEED=${seed}`).toBe(true)
  })

  test('to send messages keep them in order, those to names too', async () => {
    using receiver = udp()
    using sender = udp()
    const [host, port] = receiver.getsockname()
    const calls = Array.from({ length: 60 }, (_, index) =>
      sender.sendtoAsync(String(index), [index % 7 === 0 ? 'localhost' : host, port]),
    )
    await settles(Promise.all(calls))
    expect(calls.map(() => Number(receiver.recv(10)))).toEqual(calls.map((_, index) => index))
  })
})

/** The synchronous receives, each as text. */
const syncReceives: [string, (sock: Socket, size: number) => string][] = [
  ['recv', (sock, size) => String(sock.recv(size))],
  ['recvfrom', (sock, size) => String(sock.recvfrom(size)[0])],
  [
    'recvInto',
    (sock, size) => {
      const memory = Buffer.alloc(size)
      return String(memory.subarray(0, sock.recvInto(memory)))
    },
  ],
  [
    'recvfromInto',
    (sock, size) => {
      const memory = Buffer.alloc(size)
      return String(memory.subarray(0, sock.recvfromInto(memory)[0]))
    },
  ],
]

/** Sends from another thread, a while after it was told to: this one may be blocked by then. */
async function sendLater(fd: number, ...texts: string[]): Promise<AsyncDisposable> {
  const worker = startWorker(
    `const { fd, texts } = workerData
     const sock = berkeley.fromfd(fd)
     parentPort.once('message', () => {
       for (const text of texts) {
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
         sock.sendall(text)
       }
     })
     parentPort.postMessage('ready')`,
    { fd, texts },
  )
  await message(worker)
  worker.postMessage('go')
  return {
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

describe.each(syncReceives)('%s behind a recvAsync', (_, receive) => {
  test.each([null, 10])('waits until that has been served, with the timeout %s', async (timeout) => {
    using ends = pair()
    ends[1].settimeout(timeout)
    const order: string[] = []
    const first = ends[1].recvAsync(3).then((data) => order.push(String(data)))
    const second = ends[1].recvAsync(3).then((data) => order.push(String(data)))
    await using _worker = await sendLater(ends[0].fileno(), 'one', 'two', 'three')
    expect(receive(ends[1], 5)).toBe('three')
    // What follows a promise comes when this thread has time for it.
    order.push('after the synchronous call')
    await settles(Promise.all([first, second]))
    expect(order).toEqual(['after the synchronous call', 'one', 'two'])
  })

  test('takes what that leaves, without waiting', async () => {
    using ends = pair()
    ends[1].setblocking(false)
    const first = ends[1].recvAsync(3)
    expect(thrown(() => receive(ends[1], 5)).code).toBe('EAGAIN')
    ends[0].send('onetwo')
    expect(receive(ends[1], 5)).toBe('two')
    expect(String(await settles(first))).toBe('one')
    const second = ends[1].recvAsync(3)
    ends[0].send('x')
    expect(thrown(() => receive(ends[1], 5)).code).toBe('EAGAIN')
    expect(String(await settles(second))).toBe('x')
  })

  test('ends after the timeout, which counts for all of its wait', async () => {
    using ends = pair()
    ends[1].settimeout(0.04)
    const first = ends[1].recvAsync(3, { timeout: null })
    const started = performance.now()
    expect(thrown(() => receive(ends[1], 5))).toBeInstanceOf(SocketTimeoutError)
    expect(performance.now() - started).toBeGreaterThanOrEqual(40)
    ends[0].send('one')
    expect(String(await settles(first))).toBe('one')
  })
})

describe('a synchronous call behind asynchronous ones', () => {
  test('has one budget of time, whoever it waits for', async () => {
    using ends = pair()
    const first = ends[1].recvAsync(5, { timeout: null })
    ends[1].settimeout(2)
    const worker = startWorker(
      `const sock = berkeley.fromfd(workerData)
       parentPort.once('message', () => {
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1700)
         sock.sendall('first')
       })
       parentPort.postMessage('ready')`,
      ends[0].fileno(),
    )
    await message(worker)
    worker.postMessage('go')
    const started = performance.now()
    expect(thrown(() => ends[1].recv(5))).toBeInstanceOf(SocketTimeoutError)
    const took = performance.now() - started
    expect(took).toBeGreaterThanOrEqual(2000)
    expect(took).toBeLessThan(3600)
    expect(String(await settles(first))).toBe('first')
    await worker.terminate()
  })

  test('does not wait with MSG_DONTWAIT, where the socket blocks', async () => {
    using ends = pair()
    const received = ends[0].recvAsync(3)
    expect(thrown(() => ends[0].recv(3, MSG_DONTWAIT))).toMatchObject({ code: 'EAGAIN', syscall: 'recv' })
    fill(ends[0])
    const sent = ends[0].sendAsync('x')
    expect(thrown(() => ends[0].send('y', MSG_DONTWAIT))).toMatchObject({ code: 'EAGAIN', syscall: 'send' })
    expect(thrown(() => ends[0].sendall('y', MSG_DONTWAIT))).toMatchObject({ code: 'EAGAIN', bytesSent: 0 })
    ends[1].send('one')
    drain(ends[1])
    expect([String(await settles(received)), await settles(sent)]).toEqual(['one', 1])
  })

  test('goes past them with MSG_OOB, and with MSG_ERRQUEUE', async () => {
    using both = tcpPair()
    const waiting = both.server.recvAsync(10)
    expect(thrown(() => both.server.recv(1, MSG_OOB)).code).toBe('EINVAL')
    both.client.send('!', MSG_OOB)
    expect(await urgent(() => both.server.recv(1, MSG_OOB))).toBe('!')
    if (can.linux) expect(thrown(() => both.server.recv(1, MSG_ERRQUEUE as number)).code).toBe('EAGAIN')
    both.client.send('rest')
    expect(String(await settles(waiting))).toBe('rest')
  })

  test('goes past one that only waits for a name’s address', async () => {
    using receiver = udp()
    using sender = udp()
    const [host, port] = receiver.getsockname()
    const first = sender.sendtoAsync('by name', ['localhost', port])
    expect(sender.sendto('at once', [host, port])).toBe(7)
    await settles(first)
    expect([String(receiver.recv(10)), String(receiver.recv(10))]).toEqual(['at once', 'by name'])
  })

  test('accepts after them', async () => {
    using server = listenTcp()
    server.setblocking(false)
    const waiting = server.acceptAsync()
    expect(thrown(() => server.accept()).code).toBe('EAGAIN')
    using client = socket()
    client.connect(server.getsockname())
    expect(thrown(() => server.accept()).code).toBe('EAGAIN')
    using conn = (await settles(waiting))[0]
    expect(conn.getpeername()).toEqual(client.getsockname())
  })

  test.each([null, 10])('sends after them, with the timeout %s', async (timeout) => {
    using ends = pair()
    const filled = fill(ends[0])
    ends[0].settimeout(timeout)
    const first = ends[0].sendallAsync(bytesFrom(0, 400_000))
    const worker = startWorker(
      `const sock = berkeley.fromfd(workerData)
       parentPort.postMessage('ready')
       const parts = []
       for (let data = sock.recv(65536); data.length > 0; data = sock.recv(65536)) parts.push(data)
       parentPort.postMessage(Buffer.concat(parts))`,
      ends[1].fileno(),
    )
    await message(worker)
    const received = message<Uint8Array>(worker)
    for (const text of ['one', 'two']) ends[0].sendall(text)
    expect(ends[0].send('three')).toBe(5)
    await settles(first)
    ends[0].close()
    const expected = Buffer.concat([Buffer.alloc(filled), bytesFrom(0, 400_000), Buffer.from('onetwothree')])
    expect(expected.equals(await settles(received))).toBe(true)
    await worker.terminate()
  })

  test('is told that it is not its turn, with all that its error has', async () => {
    using ends = pair()
    fill(ends[0])
    const waiting = ends[0].sendallAsync('x')
    ends[0].setblocking(false)
    expect(thrown(() => ends[0].sendall('y'))).toMatchObject({ code: 'EAGAIN', syscall: 'sendall', bytesSent: 0 })
    ends[0].settimeout(0.01)
    expect(thrown(() => ends[0].sendall('y'))).toMatchObject({ code: 'ETIMEDOUT', syscall: 'sendall', bytesSent: 0 })
    ends[0].close()
    expect(await settles(rejection(waiting))).toMatchObject({ code: 'ECANCELED', bytesSent: 0 })
  })

  test.skipIf(!can.linux)('ends where poll(2) is ready for ever: a datagram socket shut down [Linux]', async () => {
    using sock = udp()
    sock.settimeout(0.1)
    const waiting = sock.recvAsync(1, { timeout: null })
    expect(thrown(() => sock.shutdown(SHUT_RD)).code).toBe('ENOTCONN')
    expect(thrown(() => sock.recv(1))).toBeInstanceOf(SocketTimeoutError)
    expect(await settles(waiting)).toHaveLength(0)
  })

  test.skipIf(!can.linux)('and does not keep a CPU busy: a full queue of another socket [Linux]', async () => {
    using folder = temporaryFolder()
    using receiver = socket(AF_UNIX, SOCK_DGRAM)
    receiver.bind(folder.path('in'))
    using sender = socket(AF_UNIX, SOCK_DGRAM)
    sender.connect(folder.path('in'))
    fill(sender, Buffer.from('x'))
    using other = socket(AF_UNIX, SOCK_DGRAM)
    other.settimeout(0.4)
    const waiting = other.sendtoAsync('first', folder.path('in'), { timeout: null })
    const error = { current: undefined as Error | undefined }
    expect(
      cpuMs(() => {
        error.current = thrown(() => other.sendto('second', folder.path('in')))
      }),
    ).toBeLessThan(200)
    expect(error.current).toBeInstanceOf(SocketTimeoutError)
    receiver.recv(10)
    expect(await settles(waiting)).toBe(5)
    expect(await isPending(other.sendtoAsync('third', folder.path('in')).catch(() => {}))).toBe(true)
  })
})
