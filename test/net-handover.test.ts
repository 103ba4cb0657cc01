/** Descriptors between this package and node:net: a socket given to a net.Socket, and a server's taken from node:net. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import * as net from 'node:net'
import { text } from 'node:stream/consumers'
import * as tls from 'node:tls'
import { createConnection, dup, fromfd, Socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, pair, tcpPair } from './support/sockets.js'
import { readAll, receiveAll, settle } from './support/streams.js'
import { cert, key } from './support/tls.js'

/** What node:net does not say of itself. */
const descriptorOf = (owner: unknown): number => (owner as { _handle: { fd: number } })._handle.fd

/** A server of node:net's that says `greeting` to everybody. */
async function listen(greeting: string): Promise<net.Server & AsyncDisposable> {
  const server = net.createServer((conn) => conn.end(greeting)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server as net.Server & AsyncDisposable
}

const addressOf = (server: net.Server): [string, number] => {
  const { address, port } = server.address() as net.AddressInfo
  return [address, port]
}

describe('a socket that is detached into a net.Socket', () => {
  test.each(['tcp', 'unix'] as const)('over %s keeps what it had received, and works both ways', async (kind) => {
    using ends = kind === 'unix' ? pair() : tcpPair()
    const [sock, peer] = 'client' in ends ? [ends.client, ends.server] : ends
    peer.sendall('from before')
    const conn = new net.Socket({ fd: sock.detach(), readable: true, writable: true })
    expect([sock.closed, sock.fileno()]).toEqual([true, -1])
    expect(String((await once(conn, 'data'))[0])).toBe('from before')
    conn.end('to you')
    expect((await receiveAll(peer)).toString()).toBe('to you')
    peer.close()
    await once(conn, 'close')
  })

  test('after asynchronous calls on it is not watched by this package any more', async () => {
    using ends = tcpPair()
    const { client, server } = ends
    const waiting = client.recvAsync(100)
    await settle()
    const conn = new net.Socket({ fd: client.detach() })
    await expect(waiting).rejects.toMatchObject({ code: 'ECANCELED' })
    await server.sendallAsync('for net')
    expect(String((await once(conn, 'data'))[0])).toBe('for net')
    conn.destroy()
  })

  test('is a native stream for TLS', async () => {
    using ends = tcpPair()
    const near = tls.connect({
      socket: new net.Socket({ fd: ends.client.detach() }),
      ca: cert,
      servername: 'localhost',
    })
    const far = new tls.TLSSocket(ends.server.toDuplex(), { isServer: true, key, cert })
    far.end('to the other kind')
    expect((await readAll(near)).toString()).toBe('to the other kind')
    near.destroy()
  })
})

describe('the descriptor of a net.Server', () => {
  test('is shared by fromfd, and each side closes its own', async () => {
    const server = await listen('from net')
    const address = addressOf(server)
    const shared = fromfd(descriptorOf(server))
    using listener = shared
    expect([listener.getsockname(), listener.gettimeout()]).toEqual([address, 0])
    server.close()
    await once(server, 'close')
    // The port is still listened on.
    const client = net.connect(address[1], address[0])
    const [conn] = await listener.acceptAsync()
    conn.sendall('from here')
    conn.close()
    expect(await text(client)).toBe('from here')
  })

  test('belongs to net for as long as that has it, whatever becomes of the duplicate', async () => {
    await using server = await listen('from net')
    fromfd(descriptorOf(server)).close()
    using client = createConnection(addressOf(server))
    expect((await receiveAll(client)).toString()).toBe('from net')
  })

  test('is adopted as a duplicate', async () => {
    const server = await listen('from net')
    const address = addressOf(server)
    using listener = Socket.adopt<2>(dup(descriptorOf(server)))
    server.close()
    await once(server, 'close')
    using client = createConnection(address)
    const [conn, peer] = await listener.acceptAsync()
    expect(peer).toEqual(client.getsockname())
    conn.close()
  })

  test('is accepted from by both, and nobody is left without an answer', async () => {
    await using server = await listen('net')
    using listener = fromfd(descriptorOf(server))
    const answers: Promise<string>[] = []
    void (async () => {
      for await (const [conn] of listener) {
        conn.sendall('here')
        conn.close()
      }
    })()
    for (let i = 0; i < 50; i++) answers.push(text(net.connect(...(addressOf(server).reverse() as [number, string]))))
    for (const answer of await Promise.all(answers)) expect(['net', 'here']).toContain(answer)
  })
})

describe('a connection of node:net', () => {
  test('is shared by fromfd: what either receives, the other does not', async () => {
    await using server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    using client = createConnection(addressOf(server))
    const [theirs] = (await once(server, 'connection')) as [net.Socket]
    using shared = fromfd(descriptorOf(theirs))
    expect(shared.getpeername()).toEqual(client.getsockname())
    client.sendall('for whoever asks')
    expect((await shared.recvAsync(8)).toString()).toBe('for whoe')
    expect(String((await once(theirs.resume(), 'data'))[0])).toBe('ver asks')
    theirs.destroy()
    // The connection is open as long as one of them is.
    shared.sendall('still there')
    expect((await client.recvAsync(100)).toString()).toBe('still there')
  })
})

test.skipIf(!can.linux)('no descriptor is lost on the way [needs /proc]', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length
  const before = count()
  for (let i = 0; i < 20; i++) {
    using ends = tcpPair()
    const conn = new net.Socket({ fd: ends.client.detach() })
    using shared = fromfd(descriptorOf(conn))
    shared.toDuplex().destroy()
    conn.destroy()
    await once(conn, 'close')
  }
  expect(count()).toBe(before)
})
