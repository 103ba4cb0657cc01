/** Sockets: made, named, doubled, handed on, closed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as berkeley from 'berkeley'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  fromfd,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  socket,
  TCP_NODELAY,
} from 'berkeley'
import { test } from '../suite.js'
import { pair, tcpPair } from '../support/sockets.js'

test('a socket is TCP over IPv4 unless told otherwise', (t) => {
  const sock = t.add(socket())
  assert.deepEqual([sock.family, sock.type, sock.proto], [AF_INET, SOCK_STREAM, 0])
  assert.ok(sock.fileno() >= 0)
  assert.ok(sock instanceof Socket)
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_TYPE), SOCK_STREAM)
})

test('new Socket() is the same thing', (t) => {
  const sock = t.add(new Socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP))
  assert.deepEqual([sock.family, sock.type, sock.proto], [AF_INET, SOCK_DGRAM, IPPROTO_UDP])
})

test(
  'IPv6 sockets have addresses of four parts',
  (t) => {
    const sock = t.add(socket(AF_INET6))
    sock.bind(['::1', 0])
    const [host, port, flowinfo, scopeId] = sock.getsockname()
    assert.deepEqual([host, port > 0, flowinfo, scopeId], ['::1', true, 0, 0])
  },
  { needs: ['ipv6'] },
)

test('a family that does not exist is an error of the kernel', () => {
  assert.throws(() => socket(9999), { name: 'SocketError', code: 'EAFNOSUPPORT', syscall: 'socket' })
})

test('a wrong argument is told before the kernel is asked', () => {
  // @ts-expect-error: a string
  assert.throws(() => socket('AF_INET'), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => socket(1.5), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
})

test('close() closes once, and the socket says so', () => {
  const sock = socket()
  assert.equal(sock.closed, false)
  sock.close()
  sock.close()
  assert.deepEqual([sock.closed, sock.fileno()], [true, -1])
  assert.throws(() => sock.getsockname(), { code: 'EBADF' })
  assert.throws(() => sock.recv(1), { code: 'EBADF' })
})

test('Symbol.dispose closes', () => {
  const sock = socket()
  sock[Symbol.dispose]()
  assert.equal(sock.closed, true)
})

test('dup() is another descriptor of the same connection', (t) => {
  const { client, server } = tcpPair(t)
  client.settimeout(3)
  const copy = t.add(client.dup())
  assert.notEqual(copy.fileno(), client.fileno())
  assert.equal(copy.gettimeout(), 3)
  client.close()
  copy.send('through the copy')
  assert.equal(String(server.recv(100)), 'through the copy')
})

test('detach() gives the descriptor away, adopt() takes it', (t) => {
  const { client, server } = tcpPair(t)
  const fd = client.detach()
  assert.equal(client.closed, true)
  assert.equal(client.detach(), -1)
  const adopted = t.add(Socket.adopt(fd))
  // Which protocol is not told by every system.
  const proto = process.platform === 'linux' ? IPPROTO_TCP : 0
  assert.deepEqual([adopted.family, adopted.type, adopted.proto], [AF_INET, SOCK_STREAM, proto])
  adopted.send('still there')
  assert.equal(String(server.recv(100)), 'still there')
})

test('fromfd() duplicates', (t) => {
  const [first, second] = pair(t)
  const copy = t.add(fromfd(first.fileno()))
  assert.notEqual(copy.fileno(), first.fileno())
  copy.send('x')
  assert.equal(String(second.recv(1)), 'x')
})

test('adopt() refuses what is no socket', () => {
  assert.throws(() => Socket.adopt(1_000_000), { code: 'EBADF' })
})

test('close(fd) and dup(fd) of the module', () => {
  const sock = socket()
  const fd = berkeley.dup(sock.fileno())
  assert.notEqual(fd, sock.fileno())
  sock.close()
  berkeley.close(fd)
  assert.throws(() => berkeley.close(fd), { code: 'EBADF' })
})

test('a pair talks both ways', (t) => {
  const [first, second] = pair(t)
  first.sendall('ping')
  assert.equal(String(second.recv(10)), 'ping')
  second.sendall('pong')
  assert.equal(String(first.recv(10)), 'pong')
  assert.equal(first.family, AF_UNIX)
})

test('options are read back from the kernel', (t) => {
  const sock = t.add(socket())
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0)
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)
  assert.notEqual(sock.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0)
  sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  assert.notEqual(sock.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0)
  sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 40_000)
  assert.ok(sock.getsockopt(SOL_SOCKET, SO_RCVBUF) >= 40_000)
  const bytes = sock.getsockopt(SOL_SOCKET, SO_KEEPALIVE, 16)
  assert.deepEqual([...bytes], [0, 0, 0, 0])
})

test('options by name', (t) => {
  const sock = t.add(socket())
  sock.setOption('noDelay', true)
  assert.equal(sock.getOption('noDelay'), true)
  sock.setOption('linger', 2)
  assert.equal(sock.getOption('linger'), 2)
  sock.setOption('linger', null)
  assert.equal(sock.getOption('linger'), null)
})

test('an option that there is not', (t) => {
  const sock = t.add(socket())
  assert.throws(() => sock.getsockopt(SOL_SOCKET, 9999), { code: 'ENOPROTOOPT', syscall: 'getsockopt' })
})

test('descriptors are close-on-exec until told otherwise', (t) => {
  const [first] = pair(t)
  for (const sock of [first, t.add(first.dup()), t.add(socket())]) {
    assert.equal(sock.getInheritable(), false)
    sock.setInheritable(true)
    assert.equal(sock.getInheritable(), true)
    sock.setInheritable(false)
    assert.equal(sock.getInheritable(), false)
  }
})

test(
  'the blocking mode is O_NONBLOCK of the descriptor',
  (t) => {
    const sock = t.add(socket())
    const isNonblocking = () =>
      (Number.parseInt(
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${sock.fileno()}`, 'utf8'))?.[1] ?? '',
        8,
      ) &
        0o4000) !==
      0
    assert.deepEqual([isNonblocking(), sock.getblocking(), sock.gettimeout()], [false, true, null])
    sock.setblocking(false)
    assert.deepEqual([isNonblocking(), sock.getblocking(), sock.gettimeout()], [true, false, 0])
    sock.settimeout(2.5)
    assert.deepEqual([isNonblocking(), sock.getblocking(), sock.gettimeout()], [true, true, 2.5])
    sock.settimeout(null)
    assert.deepEqual([isNonblocking(), sock.getblocking(), sock.gettimeout()], [false, true, null])
  },
  { needs: ['fdinfo'] },
)

test(
  'SOCK_NONBLOCK in the type makes a socket that never waits',
  (t) => {
    const { SOCK_NONBLOCK } = berkeley
    const sock = t.add(socket(AF_INET, SOCK_STREAM | /** @type {number} */ (SOCK_NONBLOCK)))
    assert.deepEqual([sock.type, sock.gettimeout()], [SOCK_STREAM, 0])
  },
  { needs: ['typeFlags'] },
)

test('adopt() takes the blocking mode from the descriptor', (t) => {
  const [first] = pair(t)
  first.setblocking(false)
  const adopted = t.add(Socket.adopt(first.detach()))
  assert.equal(adopted.gettimeout(), 0)
})

test('whether one socket can serve both families', () => {
  assert.equal(typeof berkeley.hasDualstackIPv6(), 'boolean')
  assert.ok(berkeley.hasIPv6 || !berkeley.hasDualstackIPv6())
})

test('the default timeout is what new sockets start with', (t) => {
  t.after(() => berkeley.setdefaulttimeout(null))
  assert.equal(berkeley.getdefaulttimeout(), null)
  berkeley.setdefaulttimeout(1.5)
  assert.equal(t.add(socket()).gettimeout(), 1.5)
  for (const end of pair(t)) assert.equal(end.gettimeout(), 1.5)
})

test('hundreds of sockets are opened and closed', () => {
  const sockets = Array.from({ length: 200 }, () => socket())
  assert.equal(new Set(sockets.map((sock) => sock.fileno())).size, 200)
  for (const sock of sockets) sock.close()
  for (let i = 0; i < 800; i++) socket().close()
})
