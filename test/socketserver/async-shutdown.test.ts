/** How servers whose handlers run beside each other end. */
import { once } from 'node:events'
import { createConnectionAsync, type Socket, type SocketError } from 'berkeley'
import { AsyncTCPServer } from 'berkeley/socketserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, connectTo, deferred, until } from '../support/servers.js'

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

test('shutdown refuses new clients at once, waits for handlers, and serveForeverAsync for it', async () => {
  const gate = deferred()
  const order: string[] = []
  const server = new AsyncTCPServer(LOOPBACK, async (conn) => {
    await gate.promise
    await conn.sendallAsync('late')
    order.push('handler')
  })
  const served = server.serveForeverAsync().then(() => order.push('served'))
  const asked = ask(server.serverAddress, '')
  await until(() => server.activeConnections === 1)
  const shutdown = server.shutdown({ timeout: 60 }).then((aborted) => {
    expect(aborted).toBe(0)
    order.push('shutdown')
  })
  await expect(createConnectionAsync(server.serverAddress)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  order.push('refused')
  gate.resolve()
  expect(await asked).toBe('late')
  await Promise.all([served, shutdown])
  expect(order.slice(0, 2)).toEqual(['refused', 'handler'])
  expect(order.slice(2).sort()).toEqual(['served', 'shutdown'])
})

test('shutdown aborts after its timeout: the signal first, then the socket', async () => {
  const seen: unknown[] = []
  const server = new AsyncTCPServer(LOOPBACK, async (conn, _address, _server, signal) => {
    signal.addEventListener('abort', () => {
      seen.push(['signal', (signal.reason as SocketError).code, conn.closed])
      conn.send('bye')
    })
    try {
      await conn.recvAsync(1)
    } catch (error) {
      seen.push(['socket', (error as SocketError).code])
      throw error
    }
  })
  server.handleError = (_request, _address, error) => seen.push(error)
  const served = server.serveForeverAsync()
  const client = connectTo(server.serverAddress)
  await until(() => server.activeConnections === 1)
  expect(await server.shutdown({ timeout: 0.02 })).toBe(1)
  await served
  expect(seen).toEqual([
    ['signal', 'ECANCELED', false],
    ['socket', 'ECANCELED'],
  ])
  expect((await once(client, 'data'))[0]).toBe('bye')
  client.destroy()
})

test('shutdown gives up a handler that heeds nothing', async () => {
  const server = new AsyncTCPServer(LOOPBACK, () => new Promise(() => {}))
  const served = server.serveForeverAsync()
  const asked = ask(server.serverAddress, '').catch(() => '')
  await until(() => server.activeConnections === 1)
  const started = performance.now()
  expect(await server.shutdown({ timeout: 0 })).toBe(1)
  expect(performance.now() - started).toBeLessThan(5000)
  await served
  await asked
})

test('a handler may shut its server down, without waiting for it', async () => {
  const server = new AsyncTCPServer(LOOPBACK, async (conn) => {
    void server.shutdown()
    await conn.sendallAsync('the last')
  })
  const served = server.serveForeverAsync()
  expect(await ask(server.serverAddress, '')).toBe('the last')
  await served
  expect(server.socket.closed).toBe(true)
})

test('a signal ends the loop with its reason; the running handlers go on', async () => {
  const gate = deferred()
  await using server = new AsyncTCPServer(LOOPBACK, async (conn) => {
    await gate.promise
    await conn.sendallAsync('still here')
  })
  const controller = new AbortController()
  const served = server.serveForeverAsync({ signal: controller.signal })
  const asked = ask(server.serverAddress, '')
  await until(() => server.activeConnections === 1)
  controller.abort(new Error('enough'))
  await expect(served).rejects.toThrow('enough')
  gate.resolve()
  expect(await asked).toBe('still here')
  await expect(server.serveForeverAsync({ signal: controller.signal })).rejects.toThrow('enough')
})

test('the loop ends when the listener is closed, and fails where it cannot listen any more', async () => {
  const closed = new AsyncTCPServer(LOOPBACK, echo)
  const served = closed.serveForeverAsync()
  closed.serverClose()
  await served
  await using deaf = new AsyncTCPServer(LOOPBACK, echo, false)
  deaf.serverBind()
  await expect(deaf.serveForeverAsync()).rejects.toMatchObject({ code: 'EINVAL', syscall: 'accept' })
})

test('an interval that is none is refused, null is none at all', async () => {
  await using server = new AsyncTCPServer(LOOPBACK, echo)
  for (const pollInterval of [-1, Number.NaN, 'soon' as never]) {
    await expect(server.serveForeverAsync({ pollInterval })).rejects.toThrow('"options.pollInterval"')
  }
  for (const pollInterval of [null, 9e9]) {
    const served = server.serveForeverAsync({ pollInterval })
    await server.shutdown()
    await served
  }
})
