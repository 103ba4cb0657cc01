/** Servers that handle requests in worker threads, while their own thread has an event loop. */
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AF_UNIX, SOCK_DGRAM, type Socket, setdefaulttimeout, socket } from 'berkeley'
import {
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixDatagramServer,
  ThreadingUnixStreamServer,
} from 'berkeley/socketserver'
import { describe, expect, test } from 'vitest'
import { ask, connectTo, openDescriptors, until } from '../support/servers.js'
import { can, temporaryFolder, thrown, udp } from '../support/sockets.js'
import { handlers, moduleOf } from '../support/thread-handlers.js'

const LOOPBACK = ['127.0.0.1', 0] as const
const commands = { module: handlers, name: 'Commands' }

/** A server that keeps what its hooks were called with. */
class Server extends ThreadingTCPServer {
  readonly errors: Error[] = []
  readonly closed: Socket[] = []
  override handleError(_request: Socket, _address: unknown, error: unknown): void {
    this.errors.push(error as Error)
  }
  override closeRequest(request: Socket): void {
    this.closed.push(request)
    super.closeRequest(request)
  }
}

test('a pool of threads under load: every byte comes back, nothing is left open', async () => {
  const server = new Server(LOOPBACK, { module: handlers, name: 'Echo' }, { threads: 3 })
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, 'first')).toBe('first')
  const before = openDescriptors()
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, server.activeConnections)
  }, 1)
  const texts = Array.from({ length: 200 }, (_, index) => `client ${index} `.repeat(2000))
  const answers = await Promise.all(texts.map((text) => ask(server.serverAddress, text)))
  clearInterval(watch)
  expect(answers).toEqual(texts)
  expect(most).toBeLessThanOrEqual(3)
  expect(server.closed.length).toBe(201)
  expect(server.errors).toEqual([])
  expect(openDescriptors()).toBeLessThanOrEqual(before + 2 * 10) // two more threads, each with some of its own
  expect(await server.serverCloseAsync()).toBe(0)
  await served
  await until(() => openDescriptors() < before)
})

test('handlers run in threads of their own, with what they are given', async () => {
  await using server = new Server(LOOPBACK, commands, { data: { answer: 42 } })
  const served = server.serveForeverAsync()
  expect(Number(await ask(server.serverAddress, 'thread'))).toBeGreaterThan(0)
  expect(await ask(server.serverAddress, 'data')).toBe('{"answer":42}')
  const [own, client] = JSON.parse(await ask(server.serverAddress, 'address'))
  expect(own).toEqual(server.serverAddress)
  expect(client).toEqual(['127.0.0.1', expect.any(Number)])
  server.shutdown()
  await served
})

describe('errors of handlers', () => {
  test('go to handleError as they were, and end no thread', async () => {
    await using server = new Server(LOOPBACK, commands, { threads: 1 })
    const served = server.serveForeverAsync()
    const thread = await ask(server.serverAddress, 'thread')
    for (const command of ['fail', 'refused', 'odd']) expect(await ask(server.serverAddress, command)).toBe('')
    expect(await ask(server.serverAddress, 'thread')).toBe(thread)
    const [failed, refused, odd] = server.errors
    expect(failed).toBeInstanceOf(RangeError)
    expect(failed?.message).toBe('failed in the thread')
    expect(failed?.stack).toContain('fail')
    expect(refused).toMatchObject({ name: 'SocketError', code: 'ECONNREFUSED', syscall: 'connect' })
    expect(odd).toContain('odd')
    server.shutdown()
    await served
  })

  test.each([
    ['exit', '', 'the worker thread ended before the handler was done'],
    ['reject', '', 'unhandled'],
  ])('%s: a thread that dies is replaced, and its connection closed', async (command, answer, message) => {
    await using server = new Server(LOOPBACK, commands, { threads: 1 })
    const served = server.serveForeverAsync()
    let thread = await ask(server.serverAddress, 'thread')
    const before = openDescriptors()
    for (let i = 0; i < 3; i++) {
      expect(await ask(server.serverAddress, command)).toBe(answer)
      const next = await ask(server.serverAddress, 'thread')
      expect(Number(next)).toBeGreaterThan(Number(thread))
      thread = next
    }
    expect(server.errors.map((error) => error.message)).toEqual([message, message, message])
    expect(server.closed.every(({ closed }) => closed)).toBe(true)
    await until(() => openDescriptors() <= before)
    server.shutdown()
    await served
  })

  test('a thread that dies between requests is replaced', async () => {
    await using server = new Server(LOOPBACK, commands, { threads: 1 })
    const served = server.serveForeverAsync()
    expect(await ask(server.serverAddress, 'crash')).toBe('crashes later')
    // The next request may still meet the dying thread, and is closed; one after it does not.
    let thread = ''
    while (thread === '') thread = await ask(server.serverAddress, 'thread').catch(() => '')
    expect(Number(thread)).toBeGreaterThan(0)
    server.shutdown()
    await served
  })

  test('a handler that cannot be loaded ends the loop, before a client comes', async () => {
    for (const [handler, message] of [
      [{ module: handlers, name: 'Nothing' }, /exports no class or function named Nothing/],
      [{ module: moduleOf('throw new TypeError("cannot load")'), name: 'Echo' }, /cannot load/],
      [{ module: new URL('./nowhere.js', import.meta.url) }, /Cannot find module/],
    ] as const) {
      // Several times: what such a thread says is the last that it does.
      for (let round = 0; round < 10; round++) {
        await using server = new Server(LOOPBACK, handler)
        await expect(server.serveForeverAsync()).rejects.toThrow(message)
      }
    }
  }, 60_000)

  test.skipIf(!can.linux)(
    'it does so where the end of the thread is heard before its last words [needs /proc]',
    async () => {
      const threads = () => readdirSync('/proc/self/task')
      await using server = new Server(LOOPBACK, { ...commands, name: 'Nothing' })
      const before = threads()
      const served = server.serveForeverAsync()
      const started = threads().filter((thread) => !before.includes(thread))
      expect(started).toHaveLength(1)
      // Not a turn of the event loop until the thread is gone: then both are heard in the same turn, the end first.
      const end = performance.now() + 10_000
      while (started.some((thread) => existsSync(`/proc/self/task/${thread}`)) && performance.now() < end) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
      const nothing = sleep(2000, undefined, { ref: false }).then(() => 'nothing was told')
      const told = served.catch((error: Error) => error.message)
      expect(await Promise.race([told, nothing])).toMatch(/exports no class or function named Nothing/)
    },
  )

  test('a module in place of a class, and other misuse', () => {
    expect(() => new Server(LOOPBACK, class {} as never)).toThrow(/"handler" argument must be \{ module, name \}/)
    expect(() => new Server(LOOPBACK, { module: './handler.js' })).toThrow(/"handler.module" must be a URL/)
    expect(() => new Server(LOOPBACK, { module: 5 as never })).toThrow(/"handler.module"/)
    expect(() => new Server(LOOPBACK, { ...commands, name: 5 as never })).toThrow(/"handler.name"/)
    expect(() => new Server(LOOPBACK, commands, { threads: 0 })).toThrow(/"options.threads"/)
    const before = openDescriptors()
    expect(thrown(() => new Server(['127.0.0.1', 1 << 20], commands))).toBeInstanceOf(RangeError)
    expect(openDescriptors()).toBe(before)
  })
})

test('a handler may close its connection, and shut the server down', async () => {
  await using server = new Server(LOOPBACK, commands, { threads: 1 })
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, 'close')).toBe('closed by the handler')
  expect(await ask(server.serverAddress, 'shutdown')).toBe('shut down')
  await served
  expect(server.errors).toEqual([])
})

test('a connection keeps the timeout that it was accepted with', async () => {
  await using server = new Server(LOOPBACK, commands)
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, 'timeout')).toBe('null')
  setdefaulttimeout(2.5)
  try {
    expect(await ask(server.serverAddress, 'timeout')).toBe('2.5')
  } finally {
    setdefaulttimeout(null)
  }
  server.shutdown()
  await served
})

describe('closing', () => {
  test('lets running handlers end', async () => {
    const server = new Server(LOOPBACK, { module: handlers, name: 'sleeper' }, { threads: 2 })
    const served = server.serveForeverAsync()
    const client = connectTo(server.serverAddress)
    expect((await once(client, 'data'))[0]).toBe('asleep')
    const closing = server.serverCloseAsync({ timeout: 60 })
    await served
    client.write('!')
    expect((await once(client, 'data'))[0]).toBe(', awake')
    client.end()
    expect(await closing).toBe(0)
    expect(server.activeConnections).toBe(0)
  })

  test.each(['block', 'spin', 'wait 1000'])('ends a handler after its time: %s', async (command) => {
    const server = new Server(LOOPBACK, commands, { threads: 2 })
    const served = server.serveForeverAsync()
    expect(await ask(server.serverAddress, 'thread')).not.toBe('')
    const before = openDescriptors()
    const client = connectTo(server.serverAddress)
    client.on('error', () => {})
    client.write(command)
    await once(client, 'data')
    const ended = once(client, 'close')
    const started = performance.now()
    expect(await server.serverCloseAsync({ timeout: 0.05 })).toBe(1)
    expect(performance.now() - started).toBeLessThan(5000)
    client.resume()
    await served
    await ended
    expect(server.errors).toEqual([])
    await until(() => openDescriptors() < before)
  })

  test('threads that are ended at any time, between hand-over and end, leave no descriptor open', async () => {
    const baseline = openDescriptors()
    for (let round = 0; round < 12; round++) {
      const server = new Server(LOOPBACK, commands, { threads: 4 })
      const served = server.serveForeverAsync()
      const asked = Array.from({ length: 8 }, () => ask(server.serverAddress, 'block').catch(() => ''))
      await new Promise((resolve) => setTimeout(resolve, round * 7))
      await server.serverCloseAsync({ timeout: 0 })
      await served
      await Promise.all(asked)
    }
    await until(() => openDescriptors() <= baseline)
  }, 60_000)
})

test('datagrams are handled in threads, and answered over the server’s socket', async () => {
  const errors: unknown[] = []
  const server = new ThreadingUDPServer(LOOPBACK, { module: handlers, name: 'Datagrams' }, { threads: 2 })
  server.handleError = (_request, _address, error) => errors.push((error as Error).message)
  const served = server.serveForeverAsync()
  using client = udp()
  client.sendto('fail', server.serverAddress)
  for (let i = 0; i < 20; i++) client.sendto(`datagram ${i}`, server.serverAddress)
  const answers: string[] = []
  for (let i = 0; i < 20; i++) {
    const [data, from] = await client.recvfromAsync(100, { timeout: 10 })
    expect(from).toEqual(server.serverAddress)
    answers.push(data.toString())
  }
  expect(answers.sort()).toEqual(Array.from({ length: 20 }, (_, i) => `DATAGRAM ${i}`).sort())
  expect(await server.serverCloseAsync()).toBe(0)
  await served
  expect(errors).toEqual(['failed in the thread'])
})

test('over unix sockets', async () => {
  using folder = temporaryFolder()
  await using streams = new ThreadingUnixStreamServer(folder.path('stream'), { module: handlers, name: 'Echo' })
  await using datagrams = new ThreadingUnixDatagramServer(folder.path('datagram'), {
    module: handlers,
    name: 'Datagrams',
  })
  const served = [streams.serveForeverAsync(), datagrams.serveForeverAsync()]
  expect(await ask(streams.serverAddress as string, 'hello')).toBe('hello')
  using client = socket(AF_UNIX, SOCK_DGRAM)
  client.bind(folder.path('client'))
  client.sendto('hello', folder.path('datagram'))
  expect((await client.recvAsync(100, { timeout: 10 })).toString()).toBe('HELLO')
  for (const server of [streams, datagrams]) server.shutdown()
  await Promise.all(served)
})
