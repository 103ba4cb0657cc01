import { createServer as createNodeServer } from 'node:net'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errno,
  GaiError,
  SO_ERROR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  type Socket,
  type SocketError,
  SocketTimeoutError,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { isPending, rejection, settles, sleep, turn } from '../support/async.js'
import { hasPython, python } from '../support/python.js'
import {
  Closing,
  can,
  closedPort,
  FULL_BACKLOG,
  isNonblocking,
  listenTcp,
  temporaryFolder,
} from '../support/sockets.js'

type Inet = [host: string, port: number]

/** A listener that has as many connections as it will take: the next one stays in progress. */
function fullListener(): { address: Inet; acceptAll(): void } & Disposable {
  const closing = new Closing()
  const listener = closing.add(socket())
  listener.bind(['127.0.0.1', 0])
  listener.listen(FULL_BACKLOG)
  const address = listener.getsockname()
  closing.add(socket()).connect(address)
  return {
    address,
    acceptAll: () => closing.add(listener.accept()[0]),
    [Symbol.dispose]: () => closing[Symbol.dispose](),
  }
}

describe('connectAsync', () => {
  test.each([null, 0, 5])('reaches a listener with the timeout %s and leaves O_NONBLOCK as it was', async (timeout) => {
    using server = listenTcp()
    using client = socket()
    client.settimeout(timeout)
    expect(await settles(client.connectAsync(server.getsockname()))).toBeUndefined()
    expect(client.getpeername()).toEqual(server.getsockname())
    expect(isNonblocking(client.fileno())).toBe(timeout !== null)
    expect((await rejection(client.connectAsync(server.getsockname()))).code).toBe('EISCONN')
  })

  test('resolves a name, without holding up this thread', async () => {
    using server = listenTcp()
    using client = socket()
    const connected = client.connectAsync(['localhost', server.getsockname()[1]])
    let ended = false
    void connected.then(() => {
      ended = true
    })
    await null
    expect(ended).toBe(false)
    await settles(connected)
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test.skipIf(!can.bindIPv6)('reaches a listener of IPv6 [needs IPv6]', async () => {
    using server = socket(AF_INET6)
    server.bind(['::1', 0])
    server.listen()
    using client = socket(AF_INET6)
    await settles(client.connectAsync(server.getsockname()))
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('reaches a server of node:net', async () => {
    const server = createNodeServer((conn) => conn.end('from node'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    using client = socket()
    await settles(client.connectAsync(['127.0.0.1', (server.address() as { port: number }).port]))
    expect(String(await settles(client.recvAsync(100)))).toBe('from node')
    server.close()
  })

  const refused = { code: 'ECONNREFUSED', errno: errno.ECONNREFUSED, syscall: 'connect' }

  test('what is refused is told with the address', async () => {
    using client = socket()
    const address: Inet = ['127.0.0.1', closedPort()]
    const message = `connect ECONNREFUSED ${address.join(':')}`
    expect(await settles(rejection(client.connectAsync(address)))).toMatchObject({ ...refused, address, message })
    expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
  })

  test.skipIf(!can.linux)('after refusals, again and again, the socket can be used [needs Linux]', async () => {
    using client = socket()
    const address: Inet = ['127.0.0.1', closedPort()]
    for (let i = 0; i < 3; i++) {
      expect(await settles(rejection(client.connectAsync(address)))).toMatchObject(refused)
      expect(client.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
    }
    using server = listenTcp()
    await settles(client.connectAsync(server.getsockname()))
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('the address is as it was given, whatever the caller does with it meanwhile', async () => {
    using server = listenTcp()
    const [, port] = server.getsockname()
    for (const host of ['localhost', '127.0.0.1']) {
      using client = socket()
      const address: Inet = [host, port]
      const connected = client.connectAsync(address)
      address[1] = 1
      address[0] = '127.0.0.2'
      await settles(connected)
      expect(client.getpeername()).toEqual(server.getsockname())
    }
  })

  test('an unknown name is a GaiError; a wrong port with a name is told after the look-up', async () => {
    using client = socket()
    const error = await settles(rejection(client.connectAsync(['no-such-host.invalid', 80])))
    expect(error).toBeInstanceOf(GaiError)
    expect(await settles(rejection(client.connect_exAsync(['no-such-host.invalid', 80])))).toBeInstanceOf(GaiError)
    for (const host of ['localhost', '127.0.0.1']) {
      expect((await settles(rejection(client.connectAsync([host, 65_536])))).code).toBe('ERR_OUT_OF_RANGE')
    }
  })

  test.each<[string, unknown, (sock: Socket, controller: AbortController) => void]>([
    ['close()', expect.objectContaining({ code: 'ECANCELED' }), (sock) => sock.close()],
    ['an abort', 'on purpose', (_, controller) => controller.abort('on purpose')],
  ])('%s ends a look-up too, and what waits behind goes on', async (_, expected, end) => {
    using server = listenTcp()
    using client = socket()
    const controller = new AbortController()
    const first = rejection(client.connectAsync(['localhost', 9], { signal: controller.signal }))
    const second = client.connect_exAsync(server.getsockname())
    end(client, controller)
    expect(await settles(first)).toEqual(expected)
    if (client.closed) expect((await settles(rejection(second))).code).toBe('ECANCELED')
    else expect(await settles(second)).toBe(0)
  })

  test('what is sent and received meanwhile waits for the connection', async () => {
    using full = fullListener()
    using client = socket()
    const connected = client.connectAsync(full.address)
    const sent = client.sendallAsync('hello')
    const received = client.recvAsync(10)
    expect(await isPending(Promise.race([connected, sent, received]))).toBe(true)
    client.close()
    for (const promise of [connected, sent, received]) {
      expect((await settles(rejection(promise))).code).toBe('ECANCELED')
    }
  })

  test('is ended by a time-out or a signal, and can be waited for again', async () => {
    using full = fullListener()
    using client = socket()
    const error = await settles(rejection(client.connectAsync(full.address, { timeout: 0.01 })))
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error).toMatchObject({ syscall: 'connect', address: full.address })
    expect(await settles(client.connect_exAsync(full.address, { timeout: 0.01 }))).toBe(errno.EAGAIN)
    expect(await rejection(client.connectAsync(full.address, { signal: AbortSignal.timeout(10) }))).toMatchObject({
      name: 'TimeoutError',
    })
    const connected = client.connectAsync(full.address)
    const sent = client.sendallAsync('x')
    const second = client.connect_exAsync(full.address)
    full.acceptAll()
    // The kernel asks again after a second.
    await settles(connected)
    await settles(sent)
    expect(await settles(second)).toBe(errno.EISCONN)
  })

  test('tells how a connect ended that a synchronous call began', async () => {
    using server = listenTcp()
    for (const [address, expected] of [
      [server.getsockname(), [0, errno.EISCONN]],
      [['127.0.0.1', closedPort()] as Inet, [errno.ECONNREFUSED]],
    ] as [Inet, number[]][]) {
      using client = socket()
      client.setblocking(false)
      expect(client.connect_ex(address)).toBe(errno.EINPROGRESS)
      expect(expected).toContain(await settles(client.connect_exAsync(address)))
    }
  })

  test('an error is the connect’s, though a receive waits or is called', async () => {
    const address: Inet = ['127.0.0.1', closedPort()]
    for (let round = 0; round < 20; round++) {
      using client = socket()
      const connected = rejection(client.connectAsync(address))
      if (round % 3 === 1) await turn()
      const received = client.recvAsync(1).catch((error: SocketError) => error.code)
      expect((await settles(connected)).code).toBe('ECONNREFUSED')
      // A refused socket has ended on macOS, and is not connected on Linux.
      expect(await settles(received)).toEqual(can.linux ? 'ENOTCONN' : Buffer.alloc(0))
    }
  })

  test('a datagram socket is connected at once, and another time', async () => {
    using client = socket(AF_INET, SOCK_DGRAM)
    for (const port of [1, 2]) {
      await settles(client.connectAsync(['127.0.0.1', port]))
      expect(client.getpeername()).toEqual(['127.0.0.1', port])
    }
  })

  test.skipIf(!can.unixClientsWait).each([undefined, SOCK_SEQPACKET])(
    'unix clients wait until there is room, in their order (type %s) [needs a queue that can be waited for]',
    async (type) => {
      using closing = new Closing()
      const path = closing.add(temporaryFolder()).path('s')
      const open = (): Socket => closing.add(type === undefined ? socket(AF_UNIX) : socket(AF_UNIX, type))
      const listener = open()
      listener.bind(path)
      listener.listen(FULL_BACKLOG)
      open().connect(path)
      const waiting = Array.from({ length: 5 }, () => open().connect_exAsync(path, { timeout: 15 }))
      await sleep(20)
      expect(await isPending(Promise.race(waiting))).toBe(true)
      for (let i = 0; i < 6; i++) closing.add((await settles(listener.acceptAsync()))[0])
      expect(await settles(Promise.all(waiting))).toEqual([0, 0, 0, 0, 0])
    },
  )

  test('many connections at once, in one thread with their listener', async () => {
    using closing = new Closing()
    const server = closing.add(listenTcp())
    server.listen(256)
    const clients = Array.from({ length: 100 }, () => closing.add(socket()))
    const connected = Promise.all(clients.map((client) => client.connectAsync(server.getsockname())))
    const ports = new Set<number>()
    for (const _ of clients) {
      const [conn, [, port]] = await settles(server.acceptAsync())
      closing.add(conn)
      ports.add(port)
    }
    await settles(connected)
    expect(ports).toEqual(new Set(clients.map((client) => client.getsockname()[1])))
  })
})

describe('connect_exAsync', () => {
  /** Situations, as they are made for CPython too. Paths and ports come from here. */
  const situations = (path: (name: string) => string, open: number, closed: number): [number, number, unknown][] => [
    [AF_INET, 1, ['127.0.0.1', open]],
    [AF_INET, 1, ['127.0.0.1', closed]],
    [AF_INET, 1, ['255.255.255.255', 80]],
    [AF_INET, 2, ['127.0.0.1', closed]],
    [AF_INET, 2, ['255.255.255.255', 80]],
    [AF_UNIX, 1, path('listener')],
    [AF_UNIX, 1, path('nothing')],
    [AF_UNIX, 1, path('datagrams')],
    [AF_UNIX, 2, path('listener')],
    [AF_UNIX, 2, path('datagrams')],
    [AF_UNIX, 1, '/'],
  ]

  test.skipIf(!hasPython)('answers what CPython and the synchronous form answer [needs python3]', async () => {
    using closing = new Closing()
    const { path } = closing.add(temporaryFolder())
    const server = closing.add(listenTcp())
    const listener = closing.add(socket(AF_UNIX))
    listener.bind(path('listener'))
    listener.listen()
    closing.add(socket(AF_UNIX, SOCK_DGRAM)).bind(path('datagrams'))
    const rows = situations(path, server.getsockname()[1], closedPort())
    const expected = python(`
answers = []
for family, kind, address in json.loads(${JSON.stringify(JSON.stringify(rows))}):
    with socket.socket(family, kind) as sock:
        address = tuple(address) if isinstance(address, list) else address
        answers.append([sock.connect_ex(address), sock.connect_ex(address)])
emit(answers)`)
    const here: number[][] = []
    const synchronous: number[][] = []
    for (const [family, type, address] of rows) {
      const [one, two] = [closing.add(socket(family, type)), closing.add(socket(family, type))]
      const target = address as Inet
      here.push([await settles(one.connect_exAsync(target)), await settles(one.connect_exAsync(target))])
      synchronous.push([two.connect_ex(target), two.connect_ex(target)])
    }
    expect(here).toEqual(expected)
    expect(here).toEqual(synchronous)
  })

  test('on a closed socket it is EBADF, on the end of the socket it rejects', async () => {
    using client = socket()
    using full = fullListener()
    const waiting = client.connect_exAsync(full.address)
    expect(await isPending(waiting)).toBe(true)
    client.close()
    expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
    expect(await client.connect_exAsync(full.address)).toBe(errno.EBADF)
  })
})
