/** MPTCP: TCP over several paths, in whose place nothing else changes. Linux. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import * as berkeley from 'berkeley'
import { AF_INET, AF_INET6, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { rejection, settles } from '../support/async.js'
import { has, hasSocket } from '../support/families.js'
import { closedPort, thrown } from '../support/sockets.js'

const { IPPROTO_MPTCP = 262, IPPROTO_TCP, MPTCP_INFO = 1, TCP_NODELAY } = berkeley
const SOL_MPTCP = 284
/** Of struct mptcp_info: whether the peer knew no MPTCP. */
const FLAGS = 8
const FALLBACK = 1
const TIMEOUT = 5

type Stream = Socket<typeof AF_INET>

function open(): Stream {
  const sock = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)
  sock.settimeout(TIMEOUT)
  return sock
}

function listen(): Stream {
  const server = open()
  server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  server.bind(['127.0.0.1', 0])
  server.listen()
  return server
}

/** Whether a connection fell back to plain TCP; `undefined` where the kernel does not tell. */
function fellBack(sock: Stream): boolean | undefined {
  try {
    const info = sock.getsockopt(SOL_MPTCP, MPTCP_INFO, 64)
    return (info.readUInt32LE(FLAGS) & FALLBACK) !== 0
  } catch {
    return undefined
  }
}

describe.skipIf(!has.mptcp)('MPTCP [needs MPTCP]', () => {
  test('a connection, its addresses and an exchange', () => {
    using server = listen()
    using client = open()
    client.connect(server.getsockname())
    const [conn, peer] = server.accept()
    using served = conn
    expect(served.proto).toBe(IPPROTO_MPTCP)
    expect(peer).toEqual(client.getsockname())
    expect(client.getpeername()).toEqual(server.getsockname())
    expect(fellBack(client)).not.toBe(true)
    client.sendall('hello')
    expect(served.recv(100).toString()).toBe('hello')
    served.shutdown(berkeley.SHUT_WR)
    expect(client.recv(100).length).toBe(0)
  })

  test('the same with promises, and many bytes', async () => {
    using server = listen()
    using client = open()
    const accepted = server.acceptAsync()
    await settles(client.connectAsync(server.getsockname()))
    const [conn] = await settles(accepted)
    using served = conn
    const data = Buffer.alloc(1_000_000, 'every byte of it')
    const sent = client.sendallAsync(data).then(() => client.shutdown(berkeley.SHUT_WR))
    const parts: Buffer[] = []
    for await (const part of served) parts.push(part)
    await settles(sent)
    expect(Buffer.concat(parts).equals(data)).toBe(true)
  })

  test('a peer of plain TCP is served too', async () => {
    using server = listen()
    const peer = connect(server.getsockname()[1], '127.0.0.1')
    peer.end('from node:net')
    const [conn] = await settles(server.acceptAsync())
    using served = conn
    expect((await settles(served.recvAsync(100))).toString()).toBe('from node:net')
    expect(fellBack(served)).not.toBe(false)
    await served.sendallAsync('to node:net')
    served.shutdown(berkeley.SHUT_WR)
    expect(await text(peer)).toBe('to node:net')
  })

  test('a port that nobody listens on refuses, synchronously, as a number and as a promise', async () => {
    const address = ['127.0.0.1', closedPort()] as [string, number]
    using one = open()
    expect(thrown(() => one.connect(address))).toMatchObject({ code: 'ECONNREFUSED' })
    using other = open()
    expect(other.connect_ex(address)).toBe(berkeley.errno.ECONNREFUSED)
    using third = open()
    expect(await rejection(settles(third.connectAsync(address)))).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a connect that does not wait, finished by a call that does', () => {
    using server = listen()
    using client = open()
    client.setblocking(false)
    expect([0, berkeley.errno.EINPROGRESS]).toContain(client.connect_ex(server.getsockname()))
    const [conn] = server.accept()
    using served = conn
    client.settimeout(TIMEOUT)
    client.sendall('hello')
    expect(served.recv(10).toString()).toBe('hello')
  })

  test('options of TCP and streams work on it', async () => {
    using server = listen()
    using client = open()
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    expect(client.getsockopt(IPPROTO_TCP, TCP_NODELAY)).not.toBe(0)
    await client.connectAsync(server.getsockname())
    const [conn] = server.accept()
    const [left, right] = [client.toDuplex(), conn.toDuplex()]
    right.end('through a stream')
    expect(await settles(text(left))).toBe('through a stream')
    left.destroy()
  })

  test('an adopted descriptor knows its protocol', () => {
    using sock = Socket.adopt(open().detach())
    expect([sock.family, sock.type, sock.proto]).toEqual([AF_INET, SOCK_STREAM, IPPROTO_MPTCP])
  })

  test.skipIf(!hasSocket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP))('over IPv6 [needs MPTCP over IPv6]', () => {
    using server = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP)
    server.settimeout(TIMEOUT)
    server.bind(['::1', 0])
    server.listen()
    using client = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP)
    client.connect(server.getsockname())
    const [conn, peer] = server.accept()
    conn.close()
    expect(peer[0]).toBe('::1')
  })
})
