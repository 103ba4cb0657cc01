/** How long calls wait: not at all, for a time, for ever. */
import assert from 'node:assert/strict'
import { AF_UNIX, errno, MSG_DONTWAIT, SOCK_DGRAM, SocketError, SocketTimeoutError, socket } from 'berkeley'
import { test } from '../suite.js'
import { fill, folder, listenTcp, pair, tcpPair, udp } from '../support/sockets.js'

/** @import { Context } from '../suite.js' */

const TIMEOUT = { name: 'SocketTimeoutError', code: 'ETIMEDOUT' }

/**
 * How long a call waits.
 * @param {() => unknown} call
 * @param {object} error
 */
function waits(call, error) {
  const began = performance.now()
  assert.throws(call, error)
  return performance.now() - began
}

/** @type {[name: string, syscall: string, make: (t: Context) => [import('berkeley').Socket, () => unknown]][]} */
const calls = [
  ['accept', 'accept', (t) => call(listenTcp(t), (sock) => sock.accept())],
  ['recv', 'recv', (t) => call(tcpPair(t).client, (sock) => sock.recv(10))],
  ['recvInto', 'recv', (t) => call(tcpPair(t).client, (sock) => sock.recvInto(Buffer.alloc(10)))],
  ['recvfrom', 'recvfrom', (t) => call(udp(t), (sock) => sock.recvfrom(10))],
  ['recvfromInto', 'recvfrom', (t) => call(udp(t), (sock) => sock.recvfromInto(Buffer.alloc(10)))],
  ['recvmsg', 'recvmsg', (t) => call(udp(t), (sock) => sock.recvmsg(10))],
  ['recvmsgInto', 'recvmsg', (t) => call(udp(t), (sock) => sock.recvmsgInto([Buffer.alloc(10)]))],
  ['send', 'send', (t) => call(full(t), (sock) => sock.send('x'))],
  ['sendall', 'sendall', (t) => call(full(t), (sock) => sock.sendall('x'))],
  ['sendmsg', 'sendmsg', (t) => call(full(t), (sock) => sock.sendmsg(['x']))],
]

/**
 * @param {import('berkeley').Socket} sock
 * @param {(sock: import('berkeley').Socket) => unknown} method
 * @returns {[import('berkeley').Socket, () => unknown]}
 */
const call = (sock, method) => [sock, () => method(sock)]

/** @param {Context} t */
function full(t) {
  const [sock] = pair(t)
  fill(sock)
  return sock
}

for (const [name, syscall, make] of calls) {
  test(`${name} waits for its timeout and then throws SocketTimeoutError`, (t) => {
    const [sock, method] = make(t)
    sock.settimeout(0.06)
    assert.ok(waits(method, { ...TIMEOUT, syscall }) >= 59)
  })

  test(`${name} without waiting is EAGAIN`, (t) => {
    const [sock, method] = make(t)
    sock.setblocking(false)
    waits(method, { name: 'SocketError', code: 'EAGAIN', errno: errno.EAGAIN, syscall })
  })
}

test('a timeout of less than a slice, and of more', (t) => {
  const { client } = tcpPair(t)
  for (const seconds of [0.001, 0.01, 0.13]) {
    client.settimeout(seconds)
    assert.ok(waits(() => client.recv(1), TIMEOUT) >= seconds * 1000 - 1)
  }
})

test('SocketTimeoutError is a SocketError', () => {
  assert.ok(SocketTimeoutError.prototype instanceof SocketError)
  assert.ok(SocketError.prototype instanceof Error)
})

test('what arrives before the timeout ends the wait', async (t) => {
  const { client, server } = tcpPair(t)
  server.settimeout(10)
  const received = server.recvAsync(10)
  client.send('now')
  assert.equal(String(await received), 'now')
  client.send('sync')
  assert.equal(String(server.recv(10)), 'sync')
})

test('the timeout bounds asynchronous calls, their own option first', async (t) => {
  const { client } = tcpPair(t)
  client.settimeout(0.05)
  const began = performance.now()
  await assert.rejects(client.recvAsync(1), { ...TIMEOUT, syscall: 'recv' })
  assert.ok(performance.now() - began >= 49)
  client.settimeout(100)
  await assert.rejects(client.recvAsync(1, { timeout: 0.02 }), TIMEOUT)
  client.setblocking(false)
  await assert.rejects(client.recvAsync(1, { timeout: 0.02 }), TIMEOUT)
  await assert.rejects(client.recvAsync(1, { flags: MSG_DONTWAIT }), { code: 'EAGAIN' })
})

test('asynchronous calls wait on a socket that does not', async (t) => {
  const { client, server } = tcpPair(t)
  server.setblocking(false)
  const received = server.recvAsync(10)
  setTimeout(() => client.send('later'), 20)
  assert.equal(String(await received), 'later')
})

test('many deadlines end in their order', async (t) => {
  const { client } = tcpPair(t)
  /** @type {number[]} */
  const order = []
  // A busy machine may stop for a moment between two of the calls.
  const copies = [600, 200, 400, 800].map((ms) => ({ ms, copy: t.add(client.dup()) }))
  const ends = copies.map(({ ms, copy }) =>
    assert.rejects(copy.recvAsync(1, { timeout: ms / 1000 }), TIMEOUT).then(() => order.push(ms)),
  )
  await Promise.all(ends)
  assert.deepEqual(order, [200, 400, 600, 800])
})

test(
  'connect times out where the queue of the listener is full',
  async (t) => {
    const address = listenTcp(t, 0).getsockname()
    for (let i = 0; i < 3; i++) {
      const filler = t.add(socket())
      filler.setblocking(false)
      filler.connect_ex(address)
    }
    const connecting = () => {
      const sock = t.add(socket())
      sock.settimeout(0.05)
      return sock
    }
    assert.ok(waits(() => connecting().connect(address), { ...TIMEOUT, syscall: 'connect' }) >= 49)
    assert.equal(connecting().connect_ex(address), errno.EAGAIN)
    assert.equal(await connecting().connect_exAsync(address), errno.EAGAIN)
    await assert.rejects(connecting().connectAsync(address), TIMEOUT)
  },
  { needs: ['linux'] },
)

test(
  'sendto times out where the queue of the receiver is full',
  (t) => {
    const path = folder(t)('full')
    const receiver = t.add(socket(AF_UNIX, SOCK_DGRAM))
    receiver.bind(path)
    const filler = t.add(socket(AF_UNIX, SOCK_DGRAM))
    filler.connect(path)
    fill(filler, 10)
    const sock = t.add(socket(AF_UNIX, SOCK_DGRAM))
    sock.settimeout(0.05)
    assert.ok(waits(() => sock.sendto('x', path), { ...TIMEOUT, syscall: 'sendto' }) >= 49)
  },
  { needs: ['linux'] },
)

test('timeouts that are none are refused', (t) => {
  const { client } = tcpPair(t)
  assert.throws(() => client.settimeout(-1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
  assert.throws(() => client.settimeout(Number.NaN), { code: /^ERR_/ })
  // @ts-expect-error: a string
  assert.throws(() => client.settimeout('1'), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  assert.equal(client.gettimeout(), null)
})
