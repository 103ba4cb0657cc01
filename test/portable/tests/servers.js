/** berkeley/socketserver: one at a time, asynchronous, in threads. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { AF_INET, AF_UNIX, createConnection, SHUT_WR, SOCK_DGRAM, socket } from 'berkeley'
import {
  AsyncTCPServer,
  AsyncUDPServer,
  AsyncUnixDatagramServer,
  AsyncUnixStreamServer,
  BaseRequestHandler,
  DatagramRequestHandler,
  StreamRequestHandler,
  shutdownServerAsync,
  TCPServer,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixDatagramServer,
  ThreadingUnixStreamServer,
  UDPServer,
  UnixDatagramServer,
  UnixStreamServer,
} from 'berkeley/socketserver'
import { test } from '../suite.js'
import { folder, recvExactlyAsync, udp } from '../support/sockets.js'

class Shout extends StreamRequestHandler {
  /** @override */
  handle() {
    this.wfile.write(Buffer.from(this.rfile.readline().toString().toUpperCase()))
  }
}

test('TCPServer.handleRequest', (t) => {
  const server = new TCPServer(['127.0.0.1', 0], Shout)
  t.after(() => server.serverClose())
  const client = t.add(createConnection(server.serverAddress))
  client.sendall('hello\n')
  server.handleRequest()
  assert.equal(String(client.recv(100)), 'HELLO\n')
  assert.equal(client.recv(1).length, 0)
})

test('TCPServer.serveForever, until a handler ends it', (t) => {
  let handled = 0
  const server = new TCPServer(['127.0.0.1', 0], (conn, [host]) => {
    conn.sendall(`${host} ${conn.recv(10)}`)
    if (++handled === 3) server.shutdown()
  })
  t.after(() => server.serverClose())
  const clients = [0, 1, 2].map((i) => {
    const client = t.add(createConnection(server.serverAddress))
    client.sendall(String(i))
    return client
  })
  server.serveForever(0.05)
  for (const [i, client] of clients.entries()) assert.equal(String(client.recv(100)), `127.0.0.1 ${i}`)
})

test('UDPServer', (t) => {
  class Count extends DatagramRequestHandler {
    /** @override */
    handle() {
      this.wfile.write(Buffer.from(`${this.rfile.readlines().length} lines`))
    }
  }
  const server = new UDPServer(['127.0.0.1', 0], Count)
  t.after(() => server.serverClose())
  const client = t.add(socket(AF_INET, SOCK_DGRAM))
  client.sendto('one\ntwo', server.serverAddress)
  server.handleRequest()
  assert.equal(String(client.recv(100)), '2 lines')
})

test('UnixStreamServer', (t) => {
  /** @extends {BaseRequestHandler<import('berkeley').Socket<typeof AF_UNIX>, import('berkeley').UnixAddress>} */
  class Hello extends BaseRequestHandler {
    /** @override */
    handle() {
      this.request.sendall('hello')
    }
  }
  const path = folder(t)('server')
  const server = new UnixStreamServer(path, Hello)
  t.after(() => server.serverClose())
  const client = t.add(socket(AF_UNIX))
  client.connect(path)
  server.handleRequest()
  assert.equal(String(client.recv(10)), 'hello')
})

test('UnixDatagramServer, and its end from elsewhere', async (t) => {
  const path = folder(t)
  const server = new UnixDatagramServer(path('server'), ([data, sock], address) => {
    sock.sendto(`${data}!`, address)
  })
  t.after(() => server.serverClose())
  const served = server.serveForeverAsync({ pollInterval: 0.05 })
  const client = t.add(socket(AF_UNIX, SOCK_DGRAM))
  client.bind(path('client'))
  await client.sendtoAsync('hello', path('server'))
  assert.equal(String(await client.recvAsync(100)), 'hello!')
  assert.equal(await shutdownServerAsync(server.shutdownFlag, { timeout: 5 }), true)
  await served
})

test('AsyncUnixStreamServer and AsyncUnixDatagramServer', async (t) => {
  const path = folder(t)
  const streams = new AsyncUnixStreamServer(path('streams'), async (conn) => {
    await conn.sendallAsync(await conn.recvAsync(100))
  })
  const datagrams = new AsyncUnixDatagramServer(path('datagrams'), async ([data, sock], address) => {
    await sock.sendtoAsync(data, address)
  })
  const served = [streams.serveForeverAsync(), datagrams.serveForeverAsync()]
  const stream = t.add(socket(AF_UNIX))
  await stream.connectAsync(path('streams'))
  const datagram = t.add(socket(AF_UNIX, SOCK_DGRAM))
  datagram.bind(path('client'))
  await datagram.connectAsync(path('datagrams'))
  for (const sock of [stream, datagram]) {
    await sock.sendallAsync('echo')
    assert.equal(String(await sock.recvAsync(100)), 'echo')
  }
  for (const server of [streams, datagrams]) await server.shutdown({ timeout: 1 })
  await Promise.all(served)
})

test('serveForeverAsync of a blocking server', async (t) => {
  const server = new TCPServer(['127.0.0.1', 0], (conn) => conn.sendall(conn.recv(100)))
  t.after(() => server.serverClose())
  const served = server.serveForeverAsync({ pollInterval: 0.05 })
  for (let i = 0; i < 3; i++) {
    const client = t.add(createConnection(server.serverAddress))
    await client.sendallAsync(`turn ${i}`)
    assert.equal(String(await client.recvAsync(100)), `turn ${i}`)
  }
  server.shutdown()
  await served
})

test('AsyncTCPServer serves many at a time and shuts down', async (t) => {
  const server = new AsyncTCPServer(['127.0.0.1', 0], async (conn) => {
    for await (const data of conn) await conn.sendallAsync(data)
  })
  const served = server.serveForeverAsync()
  const clients = Array.from({ length: 20 }, () => t.add(createConnection(server.serverAddress)))
  await Promise.all(clients.map((client, i) => client.sendallAsync(`client ${i}`)))
  for (const [i, client] of clients.entries()) {
    assert.equal(String(await recvExactlyAsync(client, `client ${i}`.length)), `client ${i}`)
  }
  assert.equal(server.activeConnections, 20)
  for (const client of clients.slice(1)) client.shutdown(SHUT_WR)
  assert.equal(await server.shutdown({ timeout: 0.2 }), 1)
  await served
})

test('AsyncUDPServer', async (t) => {
  const server = new AsyncUDPServer(['127.0.0.1', 0], async ([data, sock], address) => {
    await sock.sendtoAsync(`${data}!`, address)
  })
  const served = server.serveForeverAsync()
  const client = udp(t)
  await client.sendtoAsync('hello', server.serverAddress)
  assert.equal(String(await client.recvAsync(100)), 'hello!')
  await server.shutdown({ timeout: 1 })
  await served
})

test(
  'ThreadingUDPServer likewise',
  async (t) => {
    const path = folder(t)('handler.mjs')
    writeFileSync(path, 'export function handle([data, sock], address) { sock.sendto(data + "!", address) }')
    const handler = { module: pathToFileURL(path).href, name: 'handle' }
    const server = new ThreadingUDPServer(['127.0.0.1', 0], handler, { threads: 2 })
    const served = server.serveForeverAsync()
    const client = udp(t)
    for (const text of ['one', 'two', 'three']) {
      await client.sendtoAsync(text, server.serverAddress)
      assert.equal(String(await client.recvAsync(100)), `${text}!`)
    }
    assert.equal(await server.serverCloseAsync({ timeout: 5 }), 0)
    await served
  },
  { timeout: 20 },
)

test(
  'ThreadingUnixStreamServer and ThreadingUnixDatagramServer',
  async (t) => {
    const path = folder(t)
    const module = path('handler.mjs')
    writeFileSync(
      module,
      `export function stream(conn) { conn.sendall(conn.recv(100)) }
       export function datagram([data, sock], address) { sock.sendto(data, address) }`,
    )
    const handler = (/** @type {string} */ name) => ({ module: pathToFileURL(module).href, name })
    const streams = new ThreadingUnixStreamServer(path('streams'), handler('stream'), { threads: 1 })
    const datagrams = new ThreadingUnixDatagramServer(path('datagrams'), handler('datagram'), { threads: 1 })
    const served = [streams.serveForeverAsync(), datagrams.serveForeverAsync()]
    const stream = t.add(socket(AF_UNIX))
    stream.connect(path('streams'))
    const datagram = t.add(socket(AF_UNIX, SOCK_DGRAM))
    datagram.bind(path('client'))
    datagram.connect(path('datagrams'))
    for (const sock of [stream, datagram]) {
      await sock.sendallAsync('echo')
      assert.equal(String(await sock.recvAsync(100)), 'echo')
    }
    for (const server of [streams, datagrams]) assert.equal(await server.serverCloseAsync({ timeout: 5 }), 0)
    await Promise.all(served)
  },
  { timeout: 20 },
)

test(
  'ThreadingTCPServer handles requests in threads',
  async (t) => {
    const path = folder(t)('handler.mjs')
    writeFileSync(
      path,
      `import { threadId } from 'node:worker_threads'
     export function handle(conn, address, server) {
       conn.sendall(server.data.greeting + ' ' + conn.recv(100) + ' ' + threadId)
     }`,
    )
    const handler = { module: pathToFileURL(path).href, name: 'handle' }
    const server = new ThreadingTCPServer(['127.0.0.1', 0], handler, { threads: 2, data: { greeting: 'hello' } })
    const served = server.serveForeverAsync()
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const client = t.add(createConnection(server.serverAddress))
        await client.sendallAsync(`client ${i}`)
        return String(await client.recvAsync(100))
      }),
    )
    for (const [i, answer] of answers.entries()) assert.match(answer, new RegExp(`^hello client ${i} [1-9]`))
    assert.equal(await server.serverCloseAsync({ timeout: 5 }), 0)
    await served
  },
  { timeout: 20 },
)
