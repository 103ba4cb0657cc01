/** AF_TIPC, AF_RDS, AF_QIPCRTR, AF_BLUETOOTH: conversations where the kernel has them. */
import * as berkeley from 'berkeley'
import { describe, expect, test } from 'vitest'
import { settles } from '../support/async.js'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

const TIMEOUT = 5
const { AF_TIPC, AF_RDS, AF_QIPCRTR, AF_BLUETOOTH, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_STREAM } =
  berkeley

function open<F extends number>(family: F | undefined, type: number, proto = 0): berkeley.Socket<F> {
  if (family === undefined) throw new Error('no such family')
  const sock = berkeley.socket(family as F & berkeley.AddressFamily, type, proto)
  sock.settimeout(TIMEOUT)
  return sock as berkeley.Socket<F>
}

describe.skipIf(!has.tipc)('TIPC [needs TIPC]', () => {
  const { TIPC_ADDR_NAMESEQ: RANGE = 1, TIPC_ADDR_NAME: NAME = 2, TIPC_ADDR_ID: ID = 3, TIPC_NODE_SCOPE = 3 } = berkeley

  test('a service is bound as a range, and reached by an instance or a socket’s id', async () => {
    using server = open(AF_TIPC, SOCK_RDM)
    server.bind([RANGE, 70_000, 1, 9, TIPC_NODE_SCOPE])
    const [kind, node, port, zero] = server.getsockname()
    expect([kind, zero]).toEqual([ID, 0])
    using client = open(AF_TIPC, SOCK_RDM)
    client.sendto('to a service', [NAME, 70_000, 5, 0])
    const [data, sender] = server.recvfrom(100)
    expect(data.toString()).toBe('to a service')
    expect(sender).toEqual(client.getsockname())
    await client.sendtoAsync('to a socket', [ID, node, port, 0])
    expect((await settles(server.recvAsync(100))).toString()).toBe('to a socket')
    server.sendto('an answer', sender as berkeley.TipcAddress)
    expect(client.recv(100).toString()).toBe('an answer')
  })

  test('a stream is accepted from a socket’s id', async () => {
    using server = open(AF_TIPC, SOCK_STREAM)
    server.bind([RANGE, 70_001, 1, 1])
    server.listen()
    using client = open(AF_TIPC, SOCK_STREAM)
    // A connect(2) of TIPC ends with the accept(2).
    const accepted = server.acceptAsync()
    await settles(client.connectAsync([NAME, 70_001, 1, 0]))
    const [conn, peer] = await settles(accepted)
    using served = conn
    expect(peer.slice(0, 3)).toEqual(client.getsockname().slice(0, 3))
    client.sendall('hello')
    expect(served.recv(10).toString()).toBe('hello')
  })

  test('what is no address is refused', () => {
    using sock = open(AF_TIPC, SOCK_RDM)
    const bind = (address: unknown) => thrown(() => sock.bind(address as never))
    expect(bind([9, 1, 1, 1])).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(bind([RANGE, 1, 1])).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(bind([RANGE, 70_000, 1, 1, 128])).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(bind([RANGE, 70_000, 2 ** 32, 1])).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(bind([RANGE, 70_000, 9, 1]).message).toBe(`bind EINVAL ${RANGE}:70000:9:1`)
  })
})

describe.skipIf(!has.rds)('RDS [needs RDS]', () => {
  test('addresses are those of AF_INET', async () => {
    using receiver = open(AF_RDS, SOCK_SEQPACKET)
    receiver.bind(['127.0.0.1', 0])
    const [host, port] = receiver.getsockname()
    expect(host).toBe('127.0.0.1')
    expect(port).toBeGreaterThan(0)
    using sender = open(AF_RDS, SOCK_SEQPACKET)
    sender.bind(['localhost', 0])
    sender.sendto('hello', ['127.0.0.1', port])
    const [data, from] = receiver.recvfrom(100)
    expect(data.toString()).toBe('hello')
    expect(from).toEqual(sender.getsockname())
    await sender.sendtoAsync('by name', ['localhost', port])
    expect((await settles(receiver.recvAsync(100))).toString()).toBe('by name')
    expect(thrown(() => sender.bind([1, 2] as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})

describe.skipIf(!has.qipcrtr)('QIPCRTR [needs QIPCRTR]', () => {
  test('a socket sends to another one of its node', async () => {
    using receiver = open(AF_QIPCRTR, SOCK_DGRAM)
    const [node] = receiver.getsockname()
    receiver.bind([node, 0])
    const [, port] = receiver.getsockname()
    expect(port).toBeGreaterThan(0)
    using sender = open(AF_QIPCRTR, SOCK_DGRAM)
    sender.bind([node, 0])
    sender.sendto('hello', [node, port])
    expect(receiver.recvfrom(100)).toEqual([Buffer.from('hello'), sender.getsockname()])
    await sender.sendtoAsync('again', receiver.getsockname())
    expect(await settles(receiver.recvfromAsync(100))).toEqual([Buffer.from('again'), sender.getsockname()])
  })
})

const ANY = '00:00:00:00:00:00'

describe('Bluetooth', () => {
  test.skipIf(!has.l2cap)('L2CAP: device and service; channel and type where there are any [needs Bluetooth]', () => {
    using sock = open(AF_BLUETOOTH, SOCK_SEQPACKET, berkeley.BTPROTO_L2CAP)
    sock.bind([ANY, 0x1001])
    expect(sock.getsockname()).toEqual([ANY, 0x1001])
    using other = open(AF_BLUETOOTH, SOCK_SEQPACKET, berkeley.BTPROTO_L2CAP)
    other.bind([ANY, 0, 0, berkeley.BDADDR_LE_PUBLIC ?? 1])
    expect(other.getsockname().slice(3)).toEqual([1])
  })

  test.skipIf(!has.rfcomm)('RFCOMM: device and channel [needs RFCOMM]', () => {
    using sock = open(AF_BLUETOOTH, SOCK_STREAM, berkeley.BTPROTO_RFCOMM)
    sock.bind([ANY, 7])
    expect(sock.getsockname()).toEqual([ANY, 7])
    expect(thrown(() => sock.bind([ANY, 256]))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => sock.bind(['00:00:00:00:00', 7]))).toMatchObject({ code: 'EINVAL' })
    expect(thrown(() => sock.bind(['00:00:00:00:00:100', 7]))).toMatchObject({ code: 'EINVAL' })
    expect(thrown(() => sock.bind(ANY))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test.skipIf(!has.sco)('SCO: a device [needs SCO]', () => {
    using sock = open(AF_BLUETOOTH, SOCK_SEQPACKET, berkeley.BTPROTO_SCO)
    sock.bind(ANY)
    expect(sock.getsockname()).toBe(ANY)
  })

  test.skipIf(!has.hci)('HCI: the number of a device, or none [needs HCI]', () => {
    using sock = open(AF_BLUETOOTH, SOCK_RAW, berkeley.BTPROTO_HCI)
    const none = berkeley.HCI_DEV_NONE ?? 0xffff
    sock.bind([none, berkeley.HCI_CHANNEL_CONTROL ?? 3])
    // Of a socket without a device the kernel says no more.
    expect(thrown(() => sock.getsockname())).toMatchObject({ code: 'EBADFD' })
    using other = open(AF_BLUETOOTH, SOCK_RAW, berkeley.BTPROTO_HCI)
    expect(thrown(() => other.bind(77))).toMatchObject({ code: 'ENODEV', message: 'bind ENODEV 77' })
    other.bind(none)
    expect(thrown(() => other.bind([none, 70_000]))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })
})
