/** What ends an asynchronous call that waits: a signal, the socket's end, its own deadline. */
import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  AF_UNIX,
  createConnectionAsync,
  MessageBatch,
  recvFdsAsync,
  SHUT_WR,
  SOCK_DGRAM,
  sendFdsAsync,
  socket,
} from 'berkeley'
import { test } from '../suite.js'
import { closedPort, fill, folder, listenTcp, pair, tcpPair, udp } from '../support/sockets.js'

/** @import { Context } from '../suite.js' */
/** @import { Need } from '../support/needs.js' */
/** @import { AsyncOptions, Socket } from 'berkeley' */

/** @type {[name: string, begin: (t: Context) => [Socket, (options?: AsyncOptions) => Promise<unknown>], needs?: Need][]} */
const waiting = [
  ['acceptAsync', (t) => on(listenTcp(t), (sock, options) => sock.acceptAsync(options))],
  ['recvAsync', (t) => on(tcpPair(t).client, (sock, options) => sock.recvAsync(10, options))],
  ['recvIntoAsync', (t) => on(tcpPair(t).client, (sock, options) => sock.recvIntoAsync(Buffer.alloc(10), options))],
  ['recvfromAsync', (t) => on(udp(t), (sock, options) => sock.recvfromAsync(10, options))],
  ['recvfromIntoAsync', (t) => on(udp(t), (sock, options) => sock.recvfromIntoAsync(Buffer.alloc(10), options))],
  ['recvmsgAsync', (t) => on(udp(t), (sock, options) => sock.recvmsgAsync(10, options))],
  ['recvmsgIntoAsync', (t) => on(udp(t), (sock, options) => sock.recvmsgIntoAsync([Buffer.alloc(10)], options))],
  ['recvmmsgAsync', (t) => on(udp(t), (sock, options) => sock.recvmmsgAsync(new MessageBatch(2, 10), options))],
  ['recvFdsAsync', (t) => on(pair(t)[0], (sock, options) => recvFdsAsync(sock, 10, 1, options))],
  ['sendAsync', (t) => on(full(t), (sock, options) => sock.sendAsync('x', options))],
  ['sendallAsync', (t) => on(full(t), (sock, options) => sock.sendallAsync('x', options))],
  ['sendmsgAsync', (t) => on(full(t), (sock, options) => sock.sendmsgAsync(['x'], options))],
  ['sendmmsgAsync', (t) => on(full(t, SOCK_DGRAM), sendBatch), 'datagramsWait'],
  [
    'sendtoAsync',
    (t) => {
      const path = fullPath(t)
      return on(t.add(socket(AF_UNIX, SOCK_DGRAM)), (sock, options) => sock.sendtoAsync('x', path, options))
    },
    'datagramsWait',
  ],
  ['sendFdsAsync', (t) => on(full(t), (sock, options) => sendFdsAsync(sock, ['x'], [0], options))],
  [
    'sendfileAsync',
    (t) => {
      const fd = openSync(fileURLToPath(import.meta.url), 'r')
      t.after(() => closeSync(fd))
      return on(full(t), (sock, options) => sock.sendfileAsync(fd, options))
    },
  ],
  ['spliceAsync', (t) => on(pair(t)[0], (sock, options) => sock.spliceAsync(pair(t)[0], options))],
  [
    'connectAsync',
    (t) => {
      const address = busy(t)
      return on(t.add(socket()), (sock, options) => sock.connectAsync(address, options))
    },
    'linux',
  ],
]

/**
 * @param {Socket} sock
 * @param {(sock: Socket, options?: AsyncOptions) => Promise<unknown>} call
 * @returns {[Socket, (options?: AsyncOptions) => Promise<unknown>]}
 */
const on = (sock, call) => [sock, (options) => call(sock, options)]

/** @param {Context} t @param {import('berkeley').SocketType} [type] */
function full(t, type) {
  const [sock] = pair(t, type)
  fill(sock, type === SOCK_DGRAM ? 1000 : undefined)
  return sock
}

/** A path at which a socket takes no more. @param {Context} t */
function fullPath(t) {
  const path = folder(t)('full')
  t.add(socket(AF_UNIX, SOCK_DGRAM)).bind(path)
  const filler = t.add(socket(AF_UNIX, SOCK_DGRAM))
  filler.connect(path)
  fill(filler, 10)
  return path
}

/** The address of a listener whose queue is full. @param {Context} t */
function busy(t) {
  const address = listenTcp(t, 0).getsockname()
  for (let i = 0; i < 3; i++) {
    const filler = t.add(socket())
    filler.setblocking(false)
    filler.connect_ex(address)
  }
  return address
}

/** @param {Socket} sock @param {AsyncOptions} [options] */
function sendBatch(sock, options) {
  const batch = new MessageBatch(1, 10)
  batch.set(0, 'x')
  return sock.sendmmsgAsync(batch, options)
}

for (const [name, begin, need] of waiting) {
  const needs = need === undefined ? [] : [need]
  test(
    `${name}: a signal rejects with its reason`,
    async (t) => {
      const [, call] = begin(t)
      const controller = new AbortController()
      const reason = new Error('enough')
      const waited = call({ signal: controller.signal })
      setTimeout(() => controller.abort(reason), 5)
      await assert.rejects(waited, (error) => error === reason)
      await assert.rejects(call({ signal: controller.signal }), (error) => error === reason)
    },
    { needs },
  )

  test(
    `${name}: its timeout`,
    async (t) => {
      const [, call] = begin(t)
      await assert.rejects(call({ timeout: 0.01 }), { name: 'SocketTimeoutError', code: 'ETIMEDOUT' })
    },
    { needs },
  )

  test(
    `${name}: close() rejects with ECANCELED`,
    async (t) => {
      const [sock, call] = begin(t)
      const waited = call()
      await new Promise((resolve) => setTimeout(resolve, 1))
      sock.close()
      await assert.rejects(waited, { name: 'SocketError', code: 'ECANCELED' })
    },
    { needs },
  )
}

test('an aborted receive loses nothing', async (t) => {
  const { client, server } = tcpPair(t)
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController()
    const waited = server.recvAsync(100, { signal: controller.signal }).catch(() => undefined)
    client.send(`message ${i}`)
    controller.abort()
    const text = await waited
    assert.equal(String(text ?? (await server.recvAsync(100))), `message ${i}`)
  }
})

test('AbortSignal.timeout', async (t) => {
  const { client } = tcpPair(t)
  await assert.rejects(client.recvAsync(1, { signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' })
})

test('AbortSignal.any', async (t) => {
  const { client } = tcpPair(t)
  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, new AbortController().signal])
  const waited = client.recvAsync(1, { signal })
  controller.abort()
  await assert.rejects(waited, { name: 'AbortError' })
})

test('one signal ends many calls', async (t) => {
  const controller = new AbortController()
  const { signal } = controller
  const calls = Array.from({ length: 50 }, () => pair(t)[0].recvAsync(1, { signal }))
  controller.abort()
  const results = await Promise.allSettled(calls)
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']))
})

test('a number that is used again belongs to the new socket', async (t) => {
  for (let i = 0; i < 30; i++) {
    const [first, second] = pair(t)
    const fd = first.fileno()
    const waited = first.recvAsync(10)
    second.send('for the first')
    first.close()
    const again = t.add(socket(AF_UNIX))
    await assert.rejects(waited, { code: 'ECANCELED' })
    if (again.fileno() === fd) {
      await assert.rejects(again.recvAsync(1, { timeout: 0.005 }), /ETIMEDOUT|EINVAL|ENOTCONN/)
    }
    again.close()
    second.close()
  }
})

test('first come, first served', async (t) => {
  const [first, second] = pair(t)
  const calls = Array.from({ length: 10 }, () => first.recvAsync(1))
  await second.sendallAsync('0123456789')
  assert.equal((await Promise.all(calls)).join(''), '0123456789')
})

test('one that was aborted leaves its place in the queue', async (t) => {
  const [first, second] = pair(t)
  const controller = new AbortController()
  const calls = [
    first.recvAsync(1),
    first.recvAsync(1, { signal: controller.signal }).catch(() => '-'),
    first.recvAsync(1),
  ]
  controller.abort()
  await second.sendallAsync('ab')
  assert.equal((await Promise.all(calls)).join(''), 'a-b')
})

test('a synchronous call waits behind asynchronous ones', async (t) => {
  const [first, second] = pair(t)
  const early = first.recvAsync(1)
  second.sendall('12')
  assert.equal(String(first.recv(1)), '2')
  assert.equal(String(await early), '1')
})

test('connectAsync can be aborted', async (t) => {
  const listener = listenTcp(t)
  const sock = t.add(socket())
  const controller = new AbortController()
  controller.abort()
  await assert.rejects(sock.connectAsync(listener.getsockname(), { signal: controller.signal }), { name: 'AbortError' })
  await assert.rejects(createConnectionAsync(['127.0.0.1', closedPort(t)], { signal: controller.signal }), {
    name: 'AbortError',
  })
})

test('the end of the stream ends a wait', async (t) => {
  const [first, second] = pair(t)
  const waited = first.recvAsync(10)
  second.shutdown(SHUT_WR)
  assert.equal((await waited).length, 0)
})
