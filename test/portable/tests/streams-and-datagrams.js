/** TCP, UDP and unix sockets: who is connected, what arrives, from whom. */
import assert from 'node:assert/strict'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  MSG_TRUNC,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  socket,
} from 'berkeley'
import { test } from '../suite.js'
import { folder, listenTcp, pair, recvExactly, tcpPair, udp } from '../support/sockets.js'

test('TCP: bind, listen, connect, accept, both names', (t) => {
  const listener = listenTcp(t)
  const [host, port] = listener.getsockname()
  assert.equal(host, '127.0.0.1')
  assert.ok(port > 0)
  const client = t.add(socket())
  client.connect([host, port])
  const [server, peer] = listener.accept()
  t.add(server)
  assert.deepEqual(peer, client.getsockname())
  assert.deepEqual(client.getpeername(), [host, port])
  assert.deepEqual(server.getsockname(), [host, port])
  client.sendall('request')
  assert.equal(String(server.recv(100)), 'request')
  server.sendall('answer')
  assert.equal(String(client.recv(100)), 'answer')
})

test('TCP: the same with promises', async (t) => {
  const listener = listenTcp(t)
  const client = t.add(socket())
  const accepted = listener.acceptAsync()
  await client.connectAsync(listener.getsockname())
  const [server, peer] = await accepted
  t.add(server)
  assert.deepEqual(peer, client.getsockname())
  const received = server.recvAsync(100)
  await client.sendallAsync('request')
  assert.equal(String(await received), 'request')
  assert.equal(await server.sendAsync('answer'), 6)
  assert.equal(String(await client.recvAsync(100)), 'answer')
})

test(
  'TCP over IPv6',
  async (t) => {
    const listener = t.add(socket(AF_INET6))
    listener.bind(['::1', 0])
    listener.listen()
    const client = t.add(socket(AF_INET6))
    client.connect(listener.getsockname())
    const [server, peer] = await listener.acceptAsync()
    t.add(server)
    assert.deepEqual(peer, client.getsockname())
    assert.equal(peer.length, 4)
  },
  { needs: ['ipv6'] },
)

test('the end of a stream is an empty buffer, once and again', async (t) => {
  const { client, server } = tcpPair(t)
  client.sendall('last')
  client.shutdown(SHUT_WR)
  assert.equal(String(server.recv(100)), 'last')
  assert.equal(server.recv(100).length, 0)
  assert.equal((await server.recvAsync(100)).length, 0)
  server.sendall('the other direction lives')
  assert.equal(String(client.recv(100)), 'the other direction lives')
})

test('createServer and createConnection', (t) => {
  const listener = t.add(createServer(['127.0.0.1', 0]))
  const client = t.add(createConnection(['localhost', listener.getsockname()[1]]))
  const [server] = listener.accept()
  t.add(server)
  client.sendall('hello')
  assert.equal(String(server.recv(5)), 'hello')
})

test('UDP: a datagram and its sender', (t) => {
  const [first, second] = [udp(t), udp(t)]
  assert.equal(first.sendto('hello', second.getsockname()), 5)
  assert.deepEqual(second.recvfrom(100), [Buffer.from('hello'), first.getsockname()])
  first.sendto('', second.getsockname())
  assert.deepEqual(second.recvfrom(100), [Buffer.alloc(0), first.getsockname()])
})

test('UDP: the same with promises', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  const received = second.recvfromAsync(100)
  assert.equal(await first.sendtoAsync('hello', second.getsockname()), 5)
  assert.deepEqual(await received, [Buffer.from('hello'), first.getsockname()])
})

test('UDP: connected, it sends and receives without addresses', (t) => {
  const [first, second] = [udp(t), udp(t)]
  first.connect(second.getsockname())
  second.connect(first.getsockname())
  first.send('a')
  first.send('b')
  assert.equal(String(second.recv(10)) + second.recv(10), 'ab')
  assert.deepEqual(first.getpeername(), second.getsockname())
})

test('UDP: a datagram that is longer than the buffer is cut', (t) => {
  const [first, second] = [udp(t), udp(t)]
  first.sendto('0123456789', second.getsockname())
  first.sendto('next', second.getsockname())
  assert.equal(String(second.recv(4)), '0123')
  assert.equal(String(second.recv(10)), 'next')
})

test(
  'UDP: MSG_TRUNC answers the whole length',
  (t) => {
    const [first, second] = [udp(t), udp(t)]
    first.sendto('0123456789', second.getsockname())
    const buffer = Buffer.alloc(4)
    assert.equal(second.recvInto(buffer, 4, MSG_TRUNC), 10)
    assert.equal(String(buffer), '0123')
  },
  { needs: ['linux'] },
)

test('UDP: a datagram that is too long is refused', (t) => {
  const [first, second] = [udp(t), udp(t)]
  assert.throws(() => first.sendto(Buffer.alloc(70_000), second.getsockname()), {
    code: 'EMSGSIZE',
    syscall: 'sendto',
  })
})

test('UDP: fifty in order, each whole', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  for (let i = 0; i < 50; i++) first.sendto(`datagram ${i}`, second.getsockname())
  for (let i = 0; i < 25; i++) assert.equal(String(second.recv(100)), `datagram ${i}`)
  for (let i = 25; i < 50; i++) assert.equal(String(await second.recvAsync(100)), `datagram ${i}`)
})

test('unix stream: a path, names, an unnamed client', (t) => {
  const path = folder(t)('listener')
  const listener = t.add(socket(AF_UNIX))
  listener.bind(path)
  listener.listen()
  const client = t.add(socket(AF_UNIX))
  client.connect(path)
  const [server, peer] = listener.accept()
  t.add(server)
  assert.deepEqual([listener.getsockname(), client.getpeername(), peer], [path, path, ''])
  client.sendall('over a path')
  assert.equal(String(recvExactly(server, 11)), 'over a path')
})

test('unix stream: the same with promises', async (t) => {
  const path = folder(t)('listener')
  const listener = t.add(socket(AF_UNIX))
  listener.bind(path)
  listener.listen()
  const client = t.add(socket(AF_UNIX))
  const [[server]] = await Promise.all([listener.acceptAsync(), client.connectAsync(path)])
  t.add(server)
  const received = server.recvAsync(100)
  await client.sendallAsync('over a path')
  assert.equal(String(await received), 'over a path')
})

test('unix datagrams have senders with names', async (t) => {
  const path = folder(t)
  const [first, second] = ['first', 'second'].map((name) => {
    const sock = t.add(socket(AF_UNIX, SOCK_DGRAM))
    sock.bind(path(name))
    return sock
  })
  assert.ok(first && second)
  first.sendto('hello', path('second'))
  assert.deepEqual(second.recvfrom(100), [Buffer.from('hello'), path('first')])
  const received = first.recvfromAsync(100)
  await second.sendtoAsync('back', path('first'))
  assert.deepEqual(await received, [Buffer.from('back'), path('second')])
})

test(
  'unix seqpacket keeps the bounds of messages',
  async (t) => {
    const [first, second] = pair(t, SOCK_SEQPACKET)
    first.send('one')
    first.send('two')
    assert.equal(String(second.recv(100)), 'one')
    assert.equal(String(await second.recvAsync(100)), 'two')
    first.close()
    assert.equal(second.recv(100).length, 0)
  },
  { needs: ['seqpacket'] },
)

test(
  'abstract names come out as bytes',
  (t) => {
    const name = `\0berkeley-portable-${process.pid}`
    const listener = t.add(socket(AF_UNIX))
    listener.bind(name)
    listener.listen()
    assert.deepEqual(listener.getsockname(), Buffer.from(name))
    const client = t.add(socket(AF_UNIX))
    client.connect(Buffer.from(name))
    t.add(listener.accept()[0])
  },
  { needs: ['abstract'] },
)

test('a socket bound to all addresses says so', (t) => {
  const sock = t.add(socket(AF_INET, SOCK_DGRAM))
  sock.bind(['', 0])
  assert.equal(sock.getsockname()[0], '0.0.0.0')
})
