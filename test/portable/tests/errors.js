/** Errors: code, number, system call, message, address. */
import assert from 'node:assert/strict'
import { constants } from 'node:os'
import {
  AF_INET,
  AF_UNIX,
  createConnection,
  errno,
  GaiError,
  getaddrinfo,
  getservbyname,
  HostError,
  inetAton,
  inetPton,
  SHUT_WR,
  SO_LINGER,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
} from 'berkeley'
import { test } from '../suite.js'
import { closedPort, folder, listenTcp, pair, tcpPair } from '../support/sockets.js'

test('a refused connection says who, what and where', (t) => {
  const port = closedPort(t)
  const sock = socket()
  assert.throws(() => sock.connect(['127.0.0.1', port]), {
    name: 'SocketError',
    code: 'ECONNREFUSED',
    errno: constants.errno.ECONNREFUSED,
    syscall: 'connect',
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
  sock.close()
})

test('the same of a promise', async (t) => {
  const port = closedPort(t)
  await assert.rejects(t.add(socket()).connectAsync(['127.0.0.1', port]), {
    name: 'SocketError',
    code: 'ECONNREFUSED',
    errno: constants.errno.ECONNREFUSED,
    syscall: 'connect',
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
})

test('connect_ex answers the number', async (t) => {
  const port = closedPort(t)
  assert.equal(t.add(socket()).connect_ex(['127.0.0.1', port]), errno.ECONNREFUSED)
  assert.equal(await t.add(socket()).connect_exAsync(['127.0.0.1', port]), errno.ECONNREFUSED)
  const listener = listenTcp(t)
  assert.equal(t.add(socket()).connect_ex(listener.getsockname()), 0)
  assert.equal(await t.add(socket()).connect_exAsync(listener.getsockname()), 0)
  const sock = t.add(socket(AF_UNIX))
  assert.equal(sock.connect_ex('/nowhere/at/all'), errno.ENOENT)
})

test('a non-blocking connect is EINPROGRESS, and then done', async (t) => {
  const listener = listenTcp(t)
  const sock = t.add(socket())
  sock.setblocking(false)
  const result = sock.connect_ex(listener.getsockname())
  assert.ok(result === errno.EINPROGRESS || result === 0, String(result))
  const [conn] = await listener.acceptAsync()
  t.add(conn)
  await sock.sendallAsync('x')
  // Linux answers 0 once where the connection was made meanwhile.
  assert.ok([0, errno.EISCONN].includes(sock.connect_ex(listener.getsockname())))
  assert.equal(sock.connect_ex(listener.getsockname()), errno.EISCONN)
})

test('errno has the numbers of the system', () => {
  for (const name of /** @type {const} */ (['EAGAIN', 'ECONNREFUSED', 'EPIPE', 'EBADF', 'ETIMEDOUT', 'EINVAL'])) {
    assert.equal(errno[name], constants.errno[name], name)
  }
})

test('a bound address is EADDRINUSE', (t) => {
  const listener = listenTcp(t)
  const [host, port] = listener.getsockname()
  assert.throws(() => t.add(socket()).bind([host, port]), {
    code: 'EADDRINUSE',
    syscall: 'bind',
    message: `bind EADDRINUSE ${host}:${port}`,
  })
})

test('an address that is not ours is EADDRNOTAVAIL', (t) => {
  assert.throws(() => t.add(socket()).bind(['192.0.2.1', 0]), { code: 'EADDRNOTAVAIL', syscall: 'bind' })
})

test('a send after the end is EPIPE, and no signal', async (t) => {
  const [first] = pair(t)
  first.shutdown(SHUT_WR)
  assert.throws(() => first.send('x'), { code: 'EPIPE', syscall: 'send' })
  assert.throws(() => first.sendall('x'), { code: 'EPIPE', syscall: 'sendall' })
  await assert.rejects(first.sendAsync('x'), { code: 'EPIPE', syscall: 'send' })
})

test('a connection that is reset is ECONNRESET', async (t) => {
  const { client, server } = tcpPair(t)
  const received = server.recvAsync(10)
  client.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(new Int32Array([1, 0]).buffer))
  client.close()
  await assert.rejects(received, { code: 'ECONNRESET', syscall: 'recv' })
})

test('a refused datagram is told to the connected sender', async (t) => {
  const sock = t.add(socket(AF_INET, SOCK_DGRAM))
  sock.connect(['127.0.0.1', closedPort(t, SOCK_DGRAM)])
  sock.send('x')
  await assert.rejects(sock.recvAsync(10), { code: 'ECONNREFUSED' })
})

test('what is not connected has no peer', (t) => {
  assert.throws(() => t.add(socket()).getpeername(), { code: 'ENOTCONN', syscall: 'getpeername' })
  assert.throws(() => t.add(socket()).shutdown(SHUT_WR), { code: 'ENOTCONN', syscall: 'shutdown' })
})

test('acceptAsync of what does not listen fails at once', async (t) => {
  await assert.rejects(t.add(socket()).acceptAsync(), { code: 'EINVAL', syscall: 'accept' })
})

test('a path that is too long is ENAMETOOLONG, one that is not there ENOENT', (t) => {
  const sock = t.add(socket(AF_UNIX))
  assert.throws(() => sock.bind(folder(t)('x'.repeat(200))), { code: 'ENAMETOOLONG' })
  assert.throws(() => sock.connect(folder(t)('missing')), { code: 'ENOENT', syscall: 'connect' })
})

test('a name that cannot be resolved is a GaiError', () => {
  assert.throws(
    () => getaddrinfo('no.such.host.invalid', 80, { flags: 4 }),
    (error) => {
      assert.ok(error instanceof GaiError)
      assert.match(error.code, /^EAI_/)
      return true
    },
  )
})

test('malformed addresses are EINVAL', () => {
  assert.throws(() => inetAton('1.2.3.x'), { code: 'EINVAL' })
  assert.throws(() => inetPton(2, '1.2.3'), { code: 'EINVAL' })
})

test('an unknown service is ENOENT', () => {
  assert.throws(() => getservbyname('no-such-service'), { code: 'ENOENT' })
  assert.ok(HostError.prototype instanceof Error)
})

test('createConnection with allErrors tells each', (t) => {
  const port = closedPort(t)
  assert.throws(
    () => createConnection(['127.0.0.1', port], { allErrors: true }),
    (error) => {
      assert.ok(error instanceof AggregateError)
      assert.deepEqual(
        error.errors.map(({ code }) => code),
        ['ECONNREFUSED'],
      )
      return true
    },
  )
})

test('wrong arguments of promises reject', async (t) => {
  const { client } = tcpPair(t)
  // @ts-expect-error: a string
  await assert.rejects(client.recvAsync('10'), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  await assert.rejects(client.recvAsync(-1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
  // @ts-expect-error: null
  await assert.rejects(client.sendAsync(null), { name: 'TypeError' })
  // @ts-expect-error: no address
  await assert.rejects(t.add(socket()).connectAsync(7), { name: 'TypeError' })
})

test('a port out of range', (t) => {
  assert.throws(() => t.add(socket()).bind(['127.0.0.1', 65_536]), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
  assert.throws(() => t.add(socket()).connect(['127.0.0.1', -1]), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
})

test('a constant that is missing is a TypeError, not 0', () => {
  // @ts-expect-error: undefined
  assert.throws(() => socket(undefined), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
})
