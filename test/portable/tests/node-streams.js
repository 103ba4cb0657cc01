/** toDuplex and toWeb: Node's streams and the web's over a socket, and what is built on them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request, Server } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { createGunzip, createGzip } from 'node:zlib'
import { createConnection, createServer, SHUT_WR } from 'berkeley'
import { test } from '../suite.js'
import { listenTcp, pair, pattern, recvExactlyAsync, tcpPair } from '../support/sockets.js'

test('a Duplex reads and writes', async (t) => {
  const { client, server } = tcpPair(t)
  const duplex = client.toDuplex()
  duplex.write('from the stream')
  assert.equal(String(await recvExactlyAsync(server, 15)), 'from the stream')
  server.sendall('to the stream')
  const [chunk] = await once(duplex, 'data')
  assert.equal(String(chunk), 'to the stream')
  duplex.destroy()
  await once(duplex, 'close')
  assert.equal(client.closed, true)
})

test('pipeline: compressed on one side, decompressed on the other', async (t) => {
  const { client, server } = tcpPair(t)
  const bytes = pattern(1 << 20)
  /** @type {Buffer[]} */
  const got = []
  await Promise.all([
    pipeline([bytes], createGzip(), client.toDuplex()),
    pipeline(server.toDuplex(), createGunzip(), async (source) => {
      for await (const chunk of source) got.push(chunk)
    }),
  ])
  assert.equal(Buffer.compare(Buffer.concat(got), bytes), 0)
})

test('an echo through a Transform', async (t) => {
  const { client, server } = tcpPair(t)
  const upper = new Transform({ transform: (chunk, _, done) => done(null, String(chunk).toUpperCase()) })
  const stream = server.toDuplex()
  const served = pipeline(stream, upper, stream)
  client.sendall('quiet')
  assert.equal(String(await recvExactlyAsync(client, 5)), 'QUIET')
  client.shutdown(SHUT_WR)
  assert.equal((await client.recvAsync(1)).length, 0)
  await served
})

test('web streams: read, write, end', async (t) => {
  const [first, second] = pair(t)
  const { readable, writable } = first.toWeb()
  const writer = writable.getWriter()
  await writer.write(Buffer.from('web'))
  assert.equal(String(await second.recvAsync(10)), 'web')
  second.sendall('answer')
  second.shutdown(SHUT_WR)
  const parts = []
  for await (const chunk of readable) parts.push(chunk)
  assert.equal(String(Buffer.concat(parts)), 'answer')
  await writer.close()
  assert.equal(second.recv(1).length, 0)
  assert.equal(first.closed, true)
})

test('web streams: pipeThrough and pipeTo', async (t) => {
  const [first, second] = pair(t)
  const [third, fourth] = pair(t)
  const upper = new TransformStream({
    transform: (chunk, controller) => controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
  })
  const piped = first.toWeb().readable.pipeThrough(upper).pipeTo(third.toWeb().writable)
  second.sendall('piped')
  second.shutdown(SHUT_WR)
  await piped
  assert.equal(String(await recvExactlyAsync(fourth, 5)), 'PIPED')
})

test('node:net connects to a server of this package', async (t) => {
  const listener = t.add(createServer(['127.0.0.1', 0]))
  const [host, port] = listener.getsockname()
  const client = connect(port, host)
  t.after(() => client.destroy())
  client.end('from node:net')
  const [conn] = await listener.acceptAsync()
  t.add(conn)
  assert.equal(String(await recvExactlyAsync(conn, 13)), 'from node:net')
  conn.sendall('back')
  const [chunk] = await once(client, 'data')
  assert.equal(String(chunk), 'back')
})

test('a client of this package connects to node:net', async () => {
  const server = createNetServer((conn) => conn.pipe(conn))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const client = createConnection(['127.0.0.1', port])
  await client.sendallAsync('echo')
  assert.equal(String(await recvExactlyAsync(client, 4)), 'echo')
  client.close()
  await new Promise((resolve) => server.close(resolve))
})

test('node:http serves over accepted sockets', async (t) => {
  const server = new Server((incoming, response) => response.end(`you asked for ${incoming.url}`))
  const listener = listenTcp(t)
  const [host, port] = listener.getsockname()
  const accepting = listener.acceptAsync().then(([conn]) => server.emit('connection', conn.toDuplex()))
  const [response] = await once(request({ host, port, path: '/this', agent: false }).end(), 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  await accepting
  assert.equal(text, 'you asked for /this')
})

/** A key and its certificate for localhost: see test/support/tls.ts. @param {string} name */
const pem = (name) => readFileSync(new URL(`../../fixtures/${name}.pem`, import.meta.url), 'utf8')

test('TLS over streams of both ends, begun after plain text', async (t) => {
  const { client, server } = tcpPair(t)
  client.sendall('STARTTLS')
  assert.equal(String(await recvExactlyAsync(server, 8)), 'STARTTLS')
  const accepted = new TLSSocket(server.toDuplex({ allowHalfOpen: false }), {
    isServer: true,
    key: pem('tls-key'),
    cert: pem('tls-cert'),
  })
  accepted.on('data', (data) => accepted.end(`${data}, in secret`))
  const secure = connectTls({
    socket: client.toDuplex({ allowHalfOpen: false }),
    servername: 'localhost',
    ca: pem('tls-cert'),
  })
  secure.write('hello')
  let text = ''
  for await (const chunk of secure) text += chunk
  assert.equal(text, 'hello, in secret')
  if (!client.closed) await once(secure, 'close')
  assert.equal(client.closed, true)
})
