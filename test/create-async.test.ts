/** createConnectionAsync over the loopback of this machine. */
import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import {
  type CreateConnectionAsyncOptions,
  createConnectionAsync,
  createServer,
  GaiError,
  type Socket,
  SocketTimeoutError,
  setdefaulttimeout,
  socket,
} from 'berkeley'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Closing, can, closedPort, FULL_BACKLOG, listenTcp } from './support/sockets.js'

// What the engine needs is open from the first wait on.
beforeAll(() => rejection(createConnectionAsync(['localhost', closedPort()])))
afterEach(() => setdefaulttimeout(null))

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`it did not reject, but gave ${String(value)}`)),
    (error: unknown) => error,
  )

const descriptors = (): number => readdirSync('/dev/fd').length

/** A listener whose queue is full: the kernel drops what comes, and connecting waits. */
function fullListener(): Closing & { address: [string, number] } {
  const closing = new Closing()
  const server = closing.add(createServer(['127.0.0.1', 0], { backlog: FULL_BACKLOG }))
  for (let i = 0; i < 3; i++) {
    const waiting = closing.add(socket())
    waiting.setblocking(false)
    waiting.connect_ex(server.getsockname())
  }
  return Object.assign(closing, { address: server.getsockname() })
}

describe('createConnectionAsync', () => {
  test('connects by name and keeps the timeout', async () => {
    using server = listenTcp()
    using client = await createConnectionAsync(['localhost', server.getsockname()[1]], { timeout: 7.5 })
    expect(client.gettimeout()).toBe(7.5)
    expect(client.getpeername()).toEqual(server.getsockname())
    const [accepted] = await server.acceptAsync()
    using conn = accepted
    await client.sendallAsync('hello')
    expect((await conn.recvAsync(10)).toString()).toBe('hello')
  })

  test.each([
    [undefined, 3, 3],
    [null, 3, null],
    [5, 3, 5],
    [undefined, 0, 0],
    [undefined, null, null],
  ])('with the timeout %j and the default %j gives a socket with %j', async (timeout, preset, expected) => {
    using server = listenTcp()
    setdefaulttimeout(preset)
    using client = await createConnectionAsync(server.getsockname(), { timeout })
    expect(client.gettimeout()).toBe(expected)
    expect(client.getblocking()).toBe(expected !== 0)
  })

  test.each([...(can.bindSecondLoopback ? ['127.0.0.2'] : []), 'localhost'])(
    'binds to the source address %s',
    async (host) => {
      using server = listenTcp()
      using client = await createConnectionAsync(server.getsockname(), { sourceAddress: [host, 0] })
      expect(client.getsockname()[0]).toBe(host === 'localhost' ? '127.0.0.1' : host)
    },
  )

  test('rejects with the last error, or with allErrors all of them', async () => {
    const address: [string, number] = ['127.0.0.1', closedPort()]
    const before = descriptors()
    const last = await rejection(createConnectionAsync(address))
    expect(last).toMatchObject({ name: 'SocketError', code: 'ECONNREFUSED', syscall: 'connect', address })
    const all = (await rejection(createConnectionAsync(address, { allErrors: true }))) as AggregateError
    expect(all).toBeInstanceOf(AggregateError)
    expect(all).toMatchObject({ message: `createConnection to 127.0.0.1:${address[1]} failed`, errors: [last] })
    const bind = await rejection(createConnectionAsync(address, { sourceAddress: ['192.0.2.1', 0] }))
    expect(bind).toMatchObject({ code: 'EADDRNOTAVAIL', syscall: 'bind' })
    const family = await rejection(createConnectionAsync(address, { sourceAddress: ['::1', 0] }))
    expect(family).toBeInstanceOf(GaiError)
    expect(descriptors()).toBe(before)
  })

  test('a name or a service that is nobody’s is a GaiError, with allErrors too', async () => {
    const service = await rejection(createConnectionAsync(['127.0.0.1', 'nonexistent'], { allErrors: true }))
    expect(service).toBeInstanceOf(GaiError)
    expect(service).toMatchObject({ code: 'EAI_SERVICE', address: '127.0.0.1' })
    const name = await rejection(createConnectionAsync(['nonexistent.invalid', 80]))
    expect(name).toBeInstanceOf(GaiError)
    expect(name).toMatchObject({ syscall: 'getaddrinfo', address: 'nonexistent.invalid' })
  })

  test('ends with its timeout, and leaves nothing', async () => {
    using full = fullListener()
    const before = descriptors()
    const start = performance.now()
    const error = await rejection(createConnectionAsync(full.address, { timeout: 0.3 }))
    expect(performance.now() - start).toBeGreaterThanOrEqual(300)
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error).toMatchObject({ syscall: 'connect', address: full.address })
    const all = await rejection(createConnectionAsync(full.address, { timeout: 0.01, allErrors: true }))
    expect(all).toBeInstanceOf(AggregateError)
    expect(all).toMatchObject({ errors: [{ name: 'SocketTimeoutError' }] })
    setdefaulttimeout(0.1)
    expect(await rejection(createConnectionAsync(full.address))).toBeInstanceOf(SocketTimeoutError)
    expect(descriptors()).toBe(before)
  })

  test('ends with its signal, and leaves nothing', async () => {
    using full = fullListener()
    const before = descriptors()
    const controller = new AbortController()
    const { signal } = controller
    const promise = createConnectionAsync(full.address, { signal, timeout: 60 })
    setTimeout(() => controller.abort('enough'), 50)
    expect(await rejection(promise)).toBe('enough')
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(descriptors()).toBe(before)
    expect(await rejection(createConnectionAsync(full.address, { signal }))).toBe('enough')
    expect(descriptors()).toBe(before)
  })

  test('listens to a signal no longer than it takes', async () => {
    using server = listenTcp()
    const controller = new AbortController()
    using client = await createConnectionAsync(server.getsockname(), { signal: controller.signal })
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    controller.abort()
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('does not look at the address again', async () => {
    using server = listenTcp()
    const address: [string, number] = server.getsockname()
    const promise = createConnectionAsync(address)
    address[0] = '192.0.2.1'
    address[1] = 1
    using client = await promise
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('many at once have each their own, and one signal for all of them no more than a listener', async () => {
    using server = createServer(['127.0.0.1', 0], { backlog: 100 })
    using closing = new Closing()
    const address: [string, number] = ['localhost', server.getsockname()[1]]
    const { signal } = new AbortController()
    const calls = Array.from({ length: 50 }, () => createConnectionAsync(address, { signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    const clients: Socket[] = await Promise.all(calls)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    for (const client of clients) closing.add(client)
    const ports = new Set(clients.map((client) => (client.getsockname() as [string, number])[1]))
    expect(ports.size).toBe(50)
  })
})

describe('refuses', () => {
  test.each([
    [['127.0.0.1'], 'address', 'ERR_INVALID_ARG_TYPE'],
    ['127.0.0.1', 'address', 'ERR_INVALID_ARG_TYPE'],
    [[42, 80], 'host', 'ERR_INVALID_ARG_TYPE'],
    [['a\0b', 80], 'host', 'ERR_INVALID_ARG_VALUE'],
    [['127.0.0.1', {}], 'port', 'ERR_INVALID_ARG_TYPE'],
    [['127.0.0.1', 0.5], 'port', 'ERR_OUT_OF_RANGE'],
  ])('the address %j', async (address, name, code) => {
    const error = await rejection(createConnectionAsync(address as never))
    expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) as string })
  })

  test.each([
    [{ timeout: -1 }, 'timeout', 'ERR_OUT_OF_RANGE'],
    [{ timeout: 'soon' }, 'timeout', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: null }, 'sourceAddress', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: ['127.0.0.1', 65536] }, 'sourceAddress[1]', 'ERR_OUT_OF_RANGE'],
    [{ allErrors: 'no' }, 'allErrors', 'ERR_INVALID_ARG_TYPE'],
    [{ attemptDelay: 0.009 }, 'attemptDelay', 'ERR_OUT_OF_RANGE'],
    [{ attemptDelay: Number.NaN }, 'attemptDelay', 'ERR_OUT_OF_RANGE'],
    [{ attemptDelay: null }, 'attemptDelay', 'ERR_INVALID_ARG_TYPE'],
    [{ attemptDelay: '1' }, 'attemptDelay', 'ERR_INVALID_ARG_TYPE'],
    [{ resolutionDelay: -0.1 }, 'resolutionDelay', 'ERR_OUT_OF_RANGE'],
    [{ resolutionDelay: null }, 'resolutionDelay', 'ERR_INVALID_ARG_TYPE'],
    [{ signal: {} }, 'signal', 'ERR_INVALID_ARG_TYPE'],
  ])('the options %j', async (options, name, code) => {
    const error = await rejection(createConnectionAsync(['name.invalid', 80], options as never))
    expect(error).toMatchObject({ code, message: expect.stringContaining(`"options.${name}"`) as string })
  })

  test.each([null, 7])('%j for options', async (options) => {
    const error = await rejection(createConnectionAsync(['127.0.0.1', 80], options as never))
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test('nothing that it has not read once', async () => {
    using server = listenTcp()
    const reads: string[] = []
    const { signal } = new AbortController()
    const given: CreateConnectionAsyncOptions = {
      timeout: 5,
      sourceAddress: ['127.0.0.1', 0],
      allErrors: true,
      signal,
      attemptDelay: 0.01,
      resolutionDelay: 0,
    }
    const options = new Proxy(given, {
      get(target, name) {
        reads.push(String(name))
        return Reflect.get(target, name) as unknown
      },
    })
    const client = await createConnectionAsync(server.getsockname(), options)
    client.close()
    expect(reads.sort()).toEqual(Object.keys(given).sort())
  })
})
