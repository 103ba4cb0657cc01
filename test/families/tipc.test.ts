/** TIPC within this node: services found by name. */
import {
  AF_TIPC,
  SHUT_RDWR,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  TIPC_ADDR_ID,
  TIPC_ADDR_NAME,
  TIPC_ADDR_NAMESEQ,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

/** Tests run under the probe below only, where each constant is there. */
const family = AF_TIPC as NonNullable<typeof AF_TIPC>
const [byId, byName, byRange] = [TIPC_ADDR_ID, TIPC_ADDR_NAME, TIPC_ADDR_NAMESEQ].map(Number) as [
  number,
  number,
  number,
]

/** Names are the node's: each test has a type of service of its own. */
let lastService = 70_000 + process.pid
const nextService = (): number => lastService++

function tipc(type: number) {
  const sock = socket(family, type)
  sock.settimeout(5)
  return sock
}

describe.skipIf(!has.tipc)('TIPC [needs AF_TIPC]', () => {
  test('a datagram to whoever has the name', () => {
    using server = tipc(SOCK_RDM)
    using client = tipc(SOCK_RDM)
    const service = nextService()
    server.bind([byRange, service, 200, 210])
    client.sendto('hello', [byName, service, 205, 0])
    const [data, address] = server.recvfrom(100)
    expect(data.toString()).toBe('hello')
    expect(address).toEqual(client.getsockname())
    expect((address as unknown as number[])[0]).toBe(byId)
    server.sendto('back', client.getsockname())
    expect(client.recvfrom(100)).toEqual([Buffer.from('back'), server.getsockname()])
  })

  test('a name that nobody has', () => {
    using client = tipc(SOCK_RDM)
    expect(thrown(() => client.sendto('x', [byName, nextService(), 1, 0])).code).toBe('EHOSTUNREACH')
  })

  test.each([
    ['stream', SOCK_STREAM],
    ['seqpacket', SOCK_SEQPACKET],
  ])('a connection, %s', (_, type) => {
    using server = tipc(type)
    using client = tipc(type)
    const service = nextService()
    server.bind([byRange, service, 1, 1])
    server.listen()
    // TIPC connects in the call that accepts.
    client.setblocking(false)
    expect(client.connect_ex([byName, service, 1, 0])).not.toBe(0)
    const [conn, address] = server.accept()
    using accepted = conn
    client.settimeout(5)
    expect(address).toEqual(client.getsockname())
    accepted.settimeout(5)
    client.send('there')
    expect(accepted.recv(100).toString()).toBe('there')
    accepted.sendall('and back')
    expect(client.recv(100).toString()).toBe('and back')
    client.shutdown(SHUT_RDWR)
    expect(accepted.recv(100)).toHaveLength(0)
  })

  test('a connection that is closed without a shutdown is reset', async () => {
    using server = tipc(SOCK_STREAM)
    using client = tipc(SOCK_STREAM)
    const service = nextService()
    server.bind([byRange, service, 1, 1])
    server.listen()
    const connecting = client.connectAsync([byName, service, 1, 0])
    const [conn] = await server.acceptAsync()
    using accepted = conn
    await connecting
    client.close()
    expect(thrown(() => accepted.recv(100)).code).toBe('ECONNRESET')
  })

  test('as promises', async () => {
    using server = tipc(SOCK_STREAM)
    using client = tipc(SOCK_STREAM)
    const service = nextService()
    server.bind([byRange, service, 1, 9])
    server.listen()
    const accepting = server.acceptAsync()
    await client.connectAsync([byName, service, 5, 0])
    const [conn] = await accepting
    using accepted = conn
    const receiving = accepted.recvAsync(100)
    await client.sendallAsync('later')
    expect((await receiving).toString()).toBe('later')
  })
})
