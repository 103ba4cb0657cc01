/** SCTP over loopback: one-to-one as a stream, one-to-many with messages. */
import { AF_INET, AF_INET6, IPPROTO_SCTP, SOCK_SEQPACKET, SOCK_STREAM, SOL_SCTP, type Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { can, thrown } from '../support/sockets.js'

/** The number of sctp(7)'s option; CPython has no name for it. */
const SCTP_NODELAY = 3

function listenSctp() {
  const listener = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
  listener.settimeout(5)
  listener.bind(['127.0.0.1', 0])
  listener.listen()
  return listener
}

/** Both ends of an association. */
function sctpPair(): { client: Socket; server: Socket } & Disposable {
  using listener = listenSctp()
  const client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
  client.settimeout(5)
  client.connect(listener.getsockname())
  const [server] = listener.accept()
  server.settimeout(5)
  return {
    client,
    server,
    [Symbol.dispose]() {
      client.close()
      server.close()
    },
  }
}

describe.skipIf(!has.sctp)('SCTP, one to one [needs SCTP]', () => {
  test('connects, and knows both addresses', () => {
    using ends = sctpPair()
    const { client, server } = ends
    expect(client.getpeername()).toEqual(server.getsockname())
    expect(client.getsockname()).toEqual(server.getpeername())
    expect(server.proto).toBe(IPPROTO_SCTP)
    using adopted = server.dup()
    expect(adopted.proto).toBe(IPPROTO_SCTP)
  })

  test('keeps messages apart, both ways', () => {
    using ends = sctpPair()
    const { client, server } = ends
    for (const text of ['one', 'and two', 'three']) client.send(text)
    expect([server.recv(100), server.recv(100), server.recv(100)].map(String)).toEqual(['one', 'and two', 'three'])
    server.sendall('back')
    expect(client.recv(100).toString()).toBe('back')
  })

  test('a message in parts: what does not fit comes next', () => {
    using ends = sctpPair()
    ends.client.send('0123456789')
    expect([ends.server.recv(4), ends.server.recv(4), ends.server.recv(4)].map(String)).toEqual(['0123', '4567', '89'])
  })

  test('a large message arrives in order', () => {
    using ends = sctpPair()
    const sent = Buffer.alloc(50_000, 'an association of many chunks; ')
    ends.client.sendall(sent)
    const parts: Buffer[] = []
    let size = 0
    while (size < sent.length) {
      const part = ends.server.recv(65_536)
      expect(part.length).toBeGreaterThan(0)
      parts.push(part)
      size += part.length
    }
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
  })

  test('ends as a stream does', () => {
    using ends = sctpPair()
    ends.client.send('last words')
    ends.client.close()
    expect(ends.server.recv(100).toString()).toBe('last words')
    expect(ends.server.recv(100)).toHaveLength(0)
  })

  test('nobody listens', () => {
    using listener = listenSctp()
    const address = listener.getsockname()
    listener.close()
    using client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
    client.settimeout(5)
    expect(thrown(() => client.connect(address)).code).toBe('ECONNREFUSED')
  })

  test.skipIf(!can.bindIPv6)('over ::1 [needs IPv6]', () => {
    using listener = socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP)
    listener.bind(['::1', 0])
    listener.listen()
    using client = socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP)
    client.connect(listener.getsockname())
    const [conn, address] = listener.accept()
    using server = conn
    expect(address).toEqual(client.getsockname())
    client.send('six')
    expect(server.recv(10).toString()).toBe('six')
  })

  test('options of SOL_SCTP', () => {
    using sock = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
    const level = SOL_SCTP as number
    expect(sock.getsockopt(level, SCTP_NODELAY)).toBe(0)
    sock.setsockopt(level, SCTP_NODELAY, true)
    expect(sock.getsockopt(level, SCTP_NODELAY)).toBe(1)
  })

  test('as promises', async () => {
    using listener = listenSctp()
    const accepting = listener.acceptAsync()
    using client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
    await client.connectAsync(listener.getsockname())
    const [conn] = await accepting
    using server = conn
    const received: string[] = []
    const reading = (async () => {
      for await (const data of server) received.push(data.toString())
    })()
    for (const text of ['a', 'bc', 'def']) await client.sendallAsync(text)
    client.close()
    await reading
    expect(received).toEqual(['a', 'bc', 'def'])
  })

  test('a refused promise', async () => {
    using listener = listenSctp()
    const address = listener.getsockname()
    listener.close()
    using client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
    await expect(client.connectAsync(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe.skipIf(!has.sctpSeqpacket)('SCTP, one to many [needs SCTP]', () => {
  function many() {
    const sock = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)
    sock.settimeout(5)
    sock.bind(['127.0.0.1', 0])
    sock.listen()
    return sock
  }

  test('associations make themselves with the first message', () => {
    using one = many()
    using two = many()
    using server = many()
    one.sendto('from one', server.getsockname())
    two.sendto('from two', server.getsockname())
    const messages = [server.recvfrom(100), server.recvfrom(100)]
    const byPort = new Map(messages.map(([data, address]) => [(address as [string, number])[1], data.toString()]))
    expect(byPort.get(one.getsockname()[1])).toBe('from one')
    expect(byPort.get(two.getsockname()[1])).toBe('from two')
    for (const [data, address] of messages) server.sendto(`answer to ${data}`, address as [string, number])
    expect(one.recvfrom(100)).toEqual([Buffer.from('answer to from one'), server.getsockname()])
    expect(two.recvfrom(100)[0].toString()).toBe('answer to from two')
  })

  test('as promises', async () => {
    using one = many()
    using server = many()
    const receiving = server.recvfromAsync(100)
    await one.sendtoAsync('hello', server.getsockname())
    expect(await receiving).toEqual([Buffer.from('hello'), one.getsockname()])
  })
})
