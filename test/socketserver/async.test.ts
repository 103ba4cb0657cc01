/** Servers whose handlers run beside each other. */
import { once } from 'node:events'
import { AF_UNIX, SOCK_DGRAM, type Socket, SocketError, socket } from 'berkeley'
import {
  AsyncTCPServer,
  AsyncUDPServer,
  AsyncUnixDatagramServer,
  AsyncUnixStreamServer,
  BaseRequestHandler,
} from 'berkeley/socketserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPython } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { ask, connectTo, deferred, openDescriptors, until } from '../support/servers.js'
import { closedPort, temporaryFolder, udp } from '../support/sockets.js'

const LOOPBACK = ['127.0.0.1', 0] as const

async function echo(conn: Socket): Promise<void> {
  for await (const data of conn) await conn.sendallAsync(data)
}

const rejections: unknown[] = []
const onRejection = (reason: unknown): unknown => rejections.push(reason)

beforeAll(() => {
  process.on('unhandledRejection', onRejection)
})

afterAll(() => {
  process.off('unhandledRejection', onRejection)
  expect(rejections).toEqual([])
})

test('serves hundreds of connections at the same time, and leaves nothing open', async () => {
  const server = new AsyncTCPServer(LOOPBACK, echo)
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, 'first')).toBe('first')
  const before = openDescriptors()
  const clients = Array.from({ length: 300 }, () => connectTo(server.serverAddress))
  await Promise.all(clients.map((client) => once(client, 'connect')))
  await until(() => server.activeConnections === 300)
  const answers = await Promise.all(
    clients.map(async (client, index) => {
      client.write(`hello ${index}`)
      const [data] = await once(client, 'data')
      client.destroy()
      return data
    }),
  )
  expect(answers).toEqual(Array.from({ length: 300 }, (_, index) => `hello ${index}`))
  expect(await server.shutdown()).toBe(0)
  await served
  expect(server.activeConnections).toBe(0)
  await until(() => openDescriptors() === before - 1) // the listener
})

test.skipIf(!hasPython)('serves clients of CPython in threads [needs python3]', async () => {
  await using server = new AsyncTCPServer(LOOPBACK, echo)
  const served = server.serveForeverAsync()
  await using client = startPython(
    `
import socket, sys, threading
good = []
def ask(index):
    with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as conn:
        data = bytes([index]) * 100_000
        sender = threading.Thread(target=conn.sendall, args=(data,))
        sender.start()
        got = b''
        while len(got) < len(data): got += conn.recv(65536)
        sender.join()
        good.append(got == data)
threads = [threading.Thread(target=ask, args=(index,)) for index in range(40)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(good.count(True))
`,
    String(server.serverAddress[1]),
  )
  expect((await client.ended()).stdout).toBe('40\n')
  await server.shutdown()
  await served
})

test('a class whose three steps are asynchronous: in order, with what it knows', async () => {
  const log: unknown[] = []
  class Handler extends BaseRequestHandler {
    readonly steps = ['made']
    override async setup(): Promise<void> {
      await null
      this.steps.push('setup')
    }
    override async handle(): Promise<void> {
      await this.request.sendallAsync(await this.request.recvAsync(100))
      this.steps.push('handle')
    }
    override async finish(): Promise<void> {
      await null
      log.push([...this.steps, 'finish'], this.clientAddress[0], this.server === server, this.signal.aborted)
    }
  }
  await using server = new AsyncTCPServer(LOOPBACK, Handler)
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, 'hello')).toBe('hello')
  await server.shutdown()
  await served
  expect(log).toEqual([['made', 'setup', 'handle', 'finish'], '127.0.0.1', true, false])
})

test('an error of one handler goes to handleError and touches no other', async () => {
  const errors: unknown[] = []
  class Server extends AsyncTCPServer {
    override handleError(request: Socket, [host]: [string, number], error: unknown): void {
      errors.push([request.closed, host, (error as Error).message])
    }
  }
  await using server = new Server(LOOPBACK, async (conn) => {
    const data = (await conn.recvAsync(100)).toString()
    if (data === 'fail') throw new Error('failed')
    if (data === 'fail at once') return Promise.reject(new Error('failed at once'))
    await conn.sendallAsync(data)
  })
  const served = server.serveForeverAsync()
  const answers = await Promise.all(
    ['one', 'fail', 'two', 'fail at once'].map((text) => ask(server.serverAddress, text)),
  )
  expect(answers).toEqual(['one', '', 'two', ''])
  expect(errors.sort()).toEqual([
    [false, '127.0.0.1', 'failed'],
    [false, '127.0.0.1', 'failed at once'],
  ])
  await server.shutdown()
  await served
})

test('what handleError throws ends the loop', async () => {
  class Server extends AsyncTCPServer {
    override handleError(): void {
      throw new Error('from the hook')
    }
  }
  await using server = new Server(LOOPBACK, () => {
    throw new Error('from the handler')
  })
  const served = server.serveForeverAsync()
  const asked = ask(server.serverAddress, '')
  await expect(served).rejects.toThrow('from the hook')
  expect(await asked).toBe('')
})

test('a request that is refused is closed, and not handled', async () => {
  class Server extends AsyncTCPServer {
    #seen = 0
    override verifyRequest(): boolean {
      return this.#seen++ > 0
    }
  }
  await using server = new Server(LOOPBACK, echo)
  const served = server.serveForeverAsync()
  const refused = socket()
  await refused.connectAsync(server.serverAddress)
  expect((await refused.recvAsync(1)).length).toBe(0)
  refused.close()
  expect(await ask(server.serverAddress, 'hello')).toBe('hello')
  await server.shutdown()
  await served
})

test('no more than maxConnections are accepted; the others wait their turn', async () => {
  let most = 0
  const gates: (() => void)[] = []
  await using server = new AsyncTCPServer(LOOPBACK, async (conn) => {
    most = Math.max(most, server.activeConnections)
    const gate = deferred()
    gates.push(gate.resolve)
    await gate.promise
    await conn.sendallAsync('done')
  })
  server.maxConnections = 3
  const served = server.serveForeverAsync()
  const asked = Array.from({ length: 10 }, () => ask(server.serverAddress, ''))
  for (let done = 0; done < 10; done++) {
    await until(() => gates.length > 0)
    if (done < 7) await until(() => server.activeConnections === 3)
    gates.shift()?.()
  }
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 10 }, () => 'done'))
  expect(most).toBe(3)
  await server.shutdown()
  await served
})

test('ends while it waits for room', async () => {
  const gate = deferred()
  const server = new AsyncTCPServer(LOOPBACK, () => gate.promise)
  server.maxConnections = 1
  const served = server.serveForeverAsync()
  const asked = [ask(server.serverAddress, ''), ask(server.serverAddress, '').catch(() => 'reset')]
  await until(() => server.activeConnections === 1)
  const shutdown = server.shutdown()
  gate.resolve()
  expect(await shutdown).toBe(0)
  await served
  await Promise.all(asked)
})

test('it cannot be served blocking', async () => {
  await using server = new AsyncTCPServer(LOOPBACK, echo)
  expect(() => server.serveForever()).toThrow(/serveForeverAsync/)
  expect(() => server.handleRequest()).toThrow(/handleRequestAsync/)
  for (const most of [0, Number.NaN, -1]) {
    expect(() => {
      server.maxConnections = most
    }).toThrow(/"maxConnections" is out of range/)
  }
  await expect(server.shutdown({ timeout: -1 })).rejects.toThrow(RangeError)
  await expect(server.serveForeverAsync(null as never)).rejects.toThrow(TypeError)
  for (const bad of [null, 'x', { signal: 'x' }]) {
    await expect(server.handleRequestAsync(bad as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  }
  expect(() => new AsyncTCPServer(LOOPBACK, {} as never)).toThrow(/"RequestHandlerClass" argument must be a class/)
  expect(() => new AsyncTCPServer(['127.0.0.1', server.serverAddress[1]], echo)).toThrow(SocketError)
})

test('handleRequestAsync: one request, or none in time', async () => {
  const log: string[] = []
  class Server extends AsyncTCPServer {
    static override timeout = 0.01
    override handleTimeout(): void {
      log.push('timeout')
    }
  }
  await using server = new Server(LOOPBACK, echo)
  await server.handleRequestAsync()
  expect(log).toEqual(['timeout'])
  server.timeout = null
  const asked = ask(server.serverAddress, 'hello')
  await server.handleRequestAsync()
  expect(await asked).toBe('hello')
  const controller = new AbortController()
  const waiting = server.handleRequestAsync({ signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('datagrams: handlers beside each other answer over the server’s socket, even while it is shut down', async () => {
  const gate = deferred()
  let running = 0
  const server = new AsyncUDPServer(LOOPBACK, async ([data, sock], address) => {
    running++
    await gate.promise
    await sock.sendtoAsync(data.toString().toUpperCase(), address)
  })
  server.maxPacketSize = 4
  const served = server.serveForeverAsync()
  using client = udp()
  client.settimeout(10)
  for (const text of ['one', 'two', 'three']) client.sendto(text, server.serverAddress)
  await until(() => running === 3)
  const shutdown = server.shutdown()
  gate.resolve()
  const answers = []
  for (let i = 0; i < 3; i++) answers.push((await client.recvfromAsync(100))[0].toString())
  expect(answers.sort()).toEqual(['ONE', 'THRE', 'TWO'])
  expect(await shutdown).toBe(0)
  await served
  expect(server.socket.closed).toBe(true)
})

test('a datagram that cannot be answered ends nothing', async () => {
  const errors: unknown[] = []
  await using server = new AsyncUDPServer(LOOPBACK, async ([data, sock], address) => {
    if (data.length > 0) await sock.sendtoAsync(data, address)
    else await sock.sendtoAsync(data, ['127.0.0.1', closedPort(SOCK_DGRAM)]) // ICMP comes back as ECONNREFUSED, or never
  })
  server.handleError = (_request, _address, error) => errors.push(error)
  const served = server.serveForeverAsync()
  using client = udp()
  client.settimeout(10)
  client.sendto('', server.serverAddress)
  client.sendto('hello', server.serverAddress)
  expect((await client.recvAsync(100)).toString()).toBe('hello')
  await server.shutdown()
  await served
})

test('over unix sockets', async () => {
  using folder = temporaryFolder()
  await using streams = new AsyncUnixStreamServer(folder.path('stream'), echo as never)
  await using datagrams = new AsyncUnixDatagramServer(folder.path('datagram'), async ([data, sock], address) => {
    await sock.sendtoAsync(data, address)
  })
  const served = [streams.serveForeverAsync(), datagrams.serveForeverAsync()]
  expect(await ask(streams.serverAddress as string, 'hello')).toBe('hello')
  using client = socket(AF_UNIX, SOCK_DGRAM)
  client.bind(folder.path('client'))
  await client.sendtoAsync('hello', datagrams.serverAddress)
  expect((await client.recvAsync(100, { timeout: 10 })).toString()).toBe('hello')
  await Promise.all([streams.shutdown(), datagrams.shutdown()])
  await Promise.all(served)
})
