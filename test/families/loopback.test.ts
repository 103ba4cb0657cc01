/** Families that carry messages within the machine where the kernel has them: RDS, QIPCRTR, vsock over loopback. */
import {
  AF_QIPCRTR,
  AF_RDS,
  AF_VSOCK,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  VMADDR_CID_ANY,
  VMADDR_CID_LOCAL,
  VMADDR_PORT_ANY,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

describe.skipIf(!has.rds)('RDS [needs AF_RDS]', () => {
  function rds() {
    const sock = socket(AF_RDS as NonNullable<typeof AF_RDS>, SOCK_SEQPACKET)
    sock.settimeout(5)
    sock.bind(['127.0.0.1', 0])
    return sock
  }

  test('datagrams that are not lost', () => {
    using one = rds()
    using two = rds()
    for (const text of ['first', 'second']) one.sendto(text, two.getsockname())
    expect(two.recvfrom(100)).toEqual([Buffer.from('first'), one.getsockname()])
    expect(two.recvfrom(100)).toEqual([Buffer.from('second'), one.getsockname()])
  })

  test('as promises', async () => {
    using one = rds()
    using two = rds()
    const receiving = two.recvfromAsync(100)
    await one.sendtoAsync('later', two.getsockname())
    expect(await receiving).toEqual([Buffer.from('later'), one.getsockname()])
  })
})

describe.skipIf(!has.qipcrtr)('QIPCRTR [needs AF_QIPCRTR]', () => {
  function qrtr() {
    const sock = socket(AF_QIPCRTR as NonNullable<typeof AF_QIPCRTR>, SOCK_DGRAM)
    sock.settimeout(5)
    return sock
  }

  test('from port to port of this node', () => {
    using one = qrtr()
    using two = qrtr()
    const [node] = two.getsockname()
    two.bind([node, 0])
    one.bind([node, 0])
    const address = two.getsockname()
    expect(address[1]).toBeGreaterThan(0)
    one.sendto('on board', address)
    expect(two.recvfrom(100)).toEqual([Buffer.from('on board'), one.getsockname()])
    two.connect(one.getsockname())
    expect(two.getpeername()).toEqual(one.getsockname())
    two.send('back')
    expect(one.recv(100).toString()).toBe('back')
  })
})

describe.skipIf(!has.vsockLoopback)('vsock over loopback [needs vsock_loopback]', () => {
  const vsock = AF_VSOCK as NonNullable<typeof AF_VSOCK>
  const [anyCid, anyPort, local] = [VMADDR_CID_ANY, VMADDR_PORT_ANY, VMADDR_CID_LOCAL].map(Number) as [
    number,
    number,
    number,
  ]

  function listen(type: number) {
    const listener = socket(vsock, type)
    listener.settimeout(5)
    listener.bind([anyCid, anyPort])
    listener.listen()
    return listener
  }

  test.each([
    ['a stream', SOCK_STREAM],
    ['messages', SOCK_SEQPACKET],
  ])('%s', (_, type) => {
    using listener = listen(type)
    const [cid, port] = listener.getsockname()
    expect([cid, port < anyPort]).toEqual([anyCid, true])
    using client = socket(vsock, type)
    client.settimeout(5)
    client.connect([local, port])
    const [conn, address] = listener.accept()
    using accepted = conn
    expect(address).toEqual([local, client.getsockname()[1]])
    expect(client.getpeername()).toEqual([local, port])
    client.sendall('to the machine itself')
    expect(accepted.recv(100).toString()).toBe('to the machine itself')
    client.close()
    expect(accepted.recv(100)).toHaveLength(0)
  })

  test('as promises', async () => {
    using listener = listen(SOCK_STREAM)
    const accepting = listener.acceptAsync()
    using client = socket(vsock, SOCK_STREAM)
    await client.connectAsync([local, listener.getsockname()[1]])
    const [conn] = await accepting
    using accepted = conn
    const data = Buffer.alloc(1_000_000, 'a long way round, ')
    const sending = client.sendallAsync(data).then(() => client.close())
    const parts: Buffer[] = []
    for await (const part of accepted) parts.push(part)
    await sending
    expect(Buffer.concat(parts).equals(data)).toBe(true)
  })

  test('nobody listens', () => {
    using listener = listen(SOCK_STREAM)
    const [, port] = listener.getsockname()
    listener.close()
    using client = socket(vsock, SOCK_STREAM)
    client.settimeout(5)
    expect(thrown(() => client.connect([local, port])).code).toBe('ECONNRESET')
  })
})
