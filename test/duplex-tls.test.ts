/** TLS over streams: node:tls's both sides, with and without a net.Socket at the other end. */
import { once } from 'node:events'
import * as https from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import * as tls from 'node:tls'
import { createConnection, createServer, type SocketDuplex } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { openStreams, readAll, settle } from './support/streams.js'
import { cert, key } from './support/tls.js'

const MIB = 1024 * 1024
const client = (socket: SocketDuplex): tls.TLSSocket => tls.connect({ socket, ca: cert, servername: 'localhost' })
const server = (socket: SocketDuplex): tls.TLSSocket => new tls.TLSSocket(socket, { isServer: true, key, cert })

describe.each(['tcp', 'unix'] as const)('TLS over streams of %s sockets', (kind) => {
  test('carries data both ways, from both sides at once', async () => {
    using ends = openStreams(kind)
    const [asking, answering] = [client(ends.near), server(ends.far)]
    await once(asking, 'secureConnect')
    expect([asking.authorized, asking.getProtocol()]).toEqual([true, 'TLSv1.3'])
    const data = [Buffer.alloc(4 * MIB, 'question'), Buffer.alloc(4 * MIB, 'answer')] as const
    const received = [readAll(answering), readAll(asking)]
    asking.end(data[0])
    answering.end(data[1])
    const all = await Promise.all(received)
    expect(all.map((one, i) => one.equals(data[i] as Buffer))).toEqual([true, true])
    for (const duplex of [ends.near, ends.far]) if (!duplex.closed) await once(duplex, 'close')
  })

  test('makes the writer wait where the other side does not read', async () => {
    using ends = openStreams(kind)
    const [asking, answering] = [client(ends.near), server(ends.far)]
    await once(asking, 'secureConnect')
    const data = Buffer.alloc(32 * MIB, 'x')
    let isWritten = false
    asking.end(data, () => {
      isWritten = true
    })
    await settle()
    expect(isWritten).toBe(false)
    expect((await buffer(answering)).equals(data)).toBe(true)
    if (!isWritten) await once(asking, 'finish')
  })

  test('is over when a side is destroyed', async () => {
    using ends = openStreams(kind, { allowHalfOpen: false })
    const [asking, answering] = [client(ends.near), server(ends.far)]
    answering.resume().on('error', () => {})
    await once(asking, 'secureConnect')
    asking.destroy()
    for (const duplex of [ends.near, ends.far]) if (!duplex.closed) await once(duplex, 'close')
  })

  test('tells the error of the stream', async () => {
    using ends = openStreams(kind)
    const asking = client(ends.near)
    const failed = once(asking, 'error')
    ends.near.destroy(new Error('the stream’s'))
    expect((await failed)[0]).toMatchObject({ message: 'the stream’s' })
  })
})

test('a certificate that nobody signed is refused', async () => {
  using ends = openStreams('tcp')
  server(ends.far).on('error', () => {})
  const asking = tls.connect({ socket: ends.near, servername: 'localhost' })
  const [error] = await once(asking, 'error')
  expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
  if (!ends.near.closed) await once(ends.near, 'close')
})

test('a client over a stream talks to the server of node:tls', async () => {
  await using listening = tls.createServer({ key, cert }, (conn) => conn.pipe(conn)).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  using sock = createConnection(['127.0.0.1', (listening.address() as AddressInfo).port])
  const asking = client(sock.toDuplex())
  asking.end('there and back')
  expect(await text(asking)).toBe('there and back')
})

test('a server over a stream talks to the client of node:tls', async () => {
  using listener = createServer(['127.0.0.1', 0])
  const asking = tls.connect({ port: listener.getsockname()[1], host: '127.0.0.1', ca: cert })
  const [conn] = await listener.acceptAsync()
  const answering = server(conn.toDuplex())
  answering.pipe(answering)
  asking.end('there and back')
  expect(await text(asking)).toBe('there and back')
  expect(asking.authorized).toBe(true)
  await settle()
  expect(conn.closed).toBe(true)
})

test('a server of node:https takes the connections of a listener of this package', async () => {
  using listener = createServer(['127.0.0.1', 0])
  const secure = https.createServer({ key, cert }, (request, response) => request.pipe(response))
  void (async () => {
    for await (const [conn] of listener) secure.emit('connection', conn.toDuplex())
  })()
  const request = https.request({ method: 'POST', port: listener.getsockname()[1], ca: cert, agent: false })
  request.end('a secret')
  const [response] = await once(request, 'response')
  expect(await text(response)).toBe('a secret')
})
