/** CAN over a virtual bus: raw frames, the broadcast manager, ISO-TP, J1939. */
import {
  AF_CAN,
  CAN_BCM,
  CAN_BCM_RX_CHANGED,
  CAN_BCM_RX_SETUP,
  CAN_BCM_TX_SEND,
  CAN_EFF_FLAG,
  CAN_ISOTP,
  CAN_J1939,
  CAN_RAW,
  CAN_RAW_FD_FRAMES,
  CAN_RAW_FILTER,
  CAN_RAW_LOOPBACK,
  CAN_RAW_RECV_OWN_MSGS,
  J1939_MAX_UNICAST_ADDR,
  J1939_NO_ADDR,
  J1939_NO_NAME,
  J1939_NO_PGN,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_CAN_RAW,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { BUS, has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

/** Tests run under the probes below only, where each constant is there. */
const family = AF_CAN as NonNullable<typeof AF_CAN>
const level = SOL_CAN_RAW as number

/** A `struct can_frame`: identifier, length, three bytes of padding, eight of data. */
function frame(id: number, data: string): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(id >>> 0, 0)
  bytes[4] = bytes.write(data, 8)
  return bytes
}

const parse = (bytes: Buffer) => ({
  id: bytes.readUInt32LE(0),
  data: bytes.toString('utf8', 8, 8 + bytes.readUInt8(4)),
})

function raw(interfaceName = BUS) {
  const sock = socket(family, SOCK_RAW, Number(CAN_RAW))
  sock.settimeout(5)
  sock.bind([interfaceName])
  return sock
}

describe.skipIf(!has.canRaw || !has.bus)('raw CAN [needs AF_CAN and vcan0]', () => {
  test('frames from one socket to others, with the name of the bus', () => {
    using sender = raw()
    using receiver = raw()
    expect(receiver.getsockname()).toEqual([BUS])
    expect(sender.send(frame(0x123, 'one'))).toBe(16)
    const [bytes, address] = receiver.recvfrom(16)
    expect(address).toEqual([BUS])
    expect(parse(bytes)).toEqual({ id: 0x123, data: 'one' })
  })

  test('identifiers of 29 bits', () => {
    using sender = raw()
    using receiver = raw()
    const id = ((CAN_EFF_FLAG as number) | 0x1abcdef5) >>> 0
    sender.send(frame(id, 'extended'))
    expect(parse(receiver.recv(16))).toEqual({ id, data: 'extended' })
  })

  test('a socket for all interfaces, and sendto one', () => {
    using anywhere = raw('')
    using receiver = raw()
    expect(anywhere.getsockname()).toEqual([''])
    anywhere.sendto(frame(1, 'to'), [BUS])
    expect(parse(receiver.recv(16))).toEqual({ id: 1, data: 'to' })
    receiver.send(frame(2, 'back'))
    const [bytes, address] = anywhere.recvfrom(16)
    expect([parse(bytes), address]).toEqual([{ id: 2, data: 'back' }, [BUS]])
  })

  test('own frames only where they are asked for, and others only where they may loop', () => {
    using sender = raw()
    using receiver = raw()
    sender.setsockopt(level, CAN_RAW_RECV_OWN_MSGS as number, true)
    sender.send(frame(3, 'own'))
    expect(parse(sender.recv(16)).data).toBe('own')
    expect(parse(receiver.recv(16)).data).toBe('own')
    sender.setsockopt(level, CAN_RAW_LOOPBACK as number, false)
    sender.send(frame(4, 'lost'))
    receiver.setblocking(false)
    expect(thrown(() => receiver.recv(16)).code).toBe('EAGAIN')
  })

  test('CAN_RAW_FILTER', () => {
    using sender = raw()
    using receiver = raw()
    // Pairs of an identifier and a mask.
    const filter = Uint32Array.of(0x200, 0x7ff, 0x300, 0x700)
    receiver.setsockopt(level, CAN_RAW_FILTER as number, filter)
    expect(receiver.getsockopt(level, CAN_RAW_FILTER as number, 16)).toEqual(Buffer.from(filter.buffer))
    for (const id of [0x201, 0x200, 0x2ff, 0x3ff]) sender.send(frame(id, ''))
    expect([parse(receiver.recv(16)).id, parse(receiver.recv(16)).id]).toEqual([0x200, 0x3ff])
  })

  test('CAN FD frames of up to 64 bytes', () => {
    using sender = raw()
    using receiver = raw()
    for (const sock of [sender, receiver]) sock.setsockopt(level, CAN_RAW_FD_FRAMES as number, true)
    const long = Buffer.alloc(72, 'flexible data rate; ')
    long.fill(0, 0, 8)
    long.writeUInt32LE(0x55, 0)
    long[4] = 64
    expect(sender.send(long)).toBe(72)
    const received = receiver.recv(100)
    expect([received.length, received.readUInt32LE(0), received.readUInt8(4)]).toEqual([72, 0x55, 64])
    expect(received.subarray(8)).toEqual(long.subarray(8))
  })

  test('as promises', async () => {
    using sender = raw()
    using receiver = raw()
    const receiving = [receiver.recvfromAsync(16), receiver.recvfromAsync(16)]
    await sender.sendAsync(frame(5, 'five'))
    await sender.sendAsync(frame(6, 'six'))
    const frames = (await Promise.all(receiving)).map(([bytes, address]) => [parse(bytes), address])
    expect(frames).toEqual([
      [{ id: 5, data: 'five' }, [BUS]],
      [{ id: 6, data: 'six' }, [BUS]],
    ])
  })

  test('what is no frame, and no such interface', () => {
    using sender = raw()
    expect(thrown(() => sender.send('short')).code).toBe('EINVAL')
    expect(thrown(() => sender.sendto(frame(1, ''), ['no-such-bus'])).code).toBe('ENODEV')
  })
})

describe.skipIf(!has.canBcm || !has.bus)('the broadcast manager [needs AF_CAN and vcan0]', () => {
  /** A `struct bcm_msg_head` and one frame. */
  function message(opcode: number, flags: number, id: number, data: string): Buffer {
    const head = Buffer.alloc(56)
    head.writeUInt32LE(opcode, 0)
    head.writeUInt32LE(flags, 4)
    head.writeUInt32LE(id, 48)
    head.writeUInt32LE(1, 52)
    return Buffer.concat([head, frame(id, data)])
  }

  test('sends a frame, and tells of one that has changed', () => {
    using manager = socket(family, SOCK_DGRAM, Number(CAN_BCM))
    using other = raw()
    manager.settimeout(5)
    manager.connect([BUS])
    manager.send(message(CAN_BCM_TX_SEND as number, 0, 0x321, 'sent'))
    expect(parse(other.recv(16))).toEqual({ id: 0x321, data: 'sent' })
    // The frame here is a mask: which bits matter.
    manager.send(message(CAN_BCM_RX_SETUP as number, 0, 0x322, '\xff\xff'))
    other.send(frame(0x322, 'a'))
    const [news, address] = manager.recvfrom(100)
    expect(address).toEqual([BUS])
    expect(news.readUInt32LE(0)).toBe(CAN_BCM_RX_CHANGED)
    expect(parse(news.subarray(56))).toEqual({ id: 0x322, data: 'a' })
  })
})

describe.skipIf(!has.canIsotp || !has.bus)('ISO-TP [needs AF_CAN and vcan0]', () => {
  function isotp(rxId: number, txId: number) {
    const sock = socket(family, SOCK_DGRAM, Number(CAN_ISOTP))
    sock.settimeout(5)
    sock.bind([BUS, rxId, txId])
    return sock
  }

  test('carries more than a frame holds', () => {
    using one = isotp(0x601, 0x602)
    using two = isotp(0x602, 0x601)
    expect(one.getsockname()).toEqual([BUS, 0x601, 0x602])
    const text = 'a message of many frames, '.repeat(40)
    expect(one.send(text)).toBe(text.length)
    expect(two.recv(4096).toString()).toBe(text)
    two.send('short')
    expect(one.recv(4096).toString()).toBe('short')
  })

  test('as promises', async () => {
    using one = isotp(0x603, 0x604)
    using two = isotp(0x604, 0x603)
    const receiving = two.recvAsync(4096)
    await one.sendAsync('x'.repeat(500))
    expect(await receiving).toHaveLength(500)
  })
})

describe.skipIf(!has.canJ1939 || !has.bus)('J1939 [needs AF_CAN and vcan0]', () => {
  const [noName, noPgn, noAddress] = [J1939_NO_NAME, J1939_NO_PGN, J1939_NO_ADDR].map(Number) as [
    number,
    number,
    number,
  ]
  const PGN = 0x1f000

  function j1939(address: number) {
    const sock = socket(family, SOCK_DGRAM, Number(CAN_J1939))
    sock.settimeout(5)
    sock.bind([BUS, BigInt(noName), noPgn, address])
    return sock
  }

  test('from one node address to another, with a parameter group number', () => {
    using sender = j1939(0x20)
    using receiver = j1939(0x30)
    expect(receiver.getsockname()).toEqual([BUS, 0n, noPgn, 0x30])
    sender.sendto('node to node', [BUS, 0n, PGN, 0x30])
    const [data, address] = receiver.recvfrom(100)
    expect(data.toString()).toBe('node to node')
    // The kernel does not say by which bus it came.
    expect(address).toEqual(['', 0n, PGN, 0x20])
    expect(noAddress).toBeGreaterThan(Number(J1939_MAX_UNICAST_ADDR))
  })

  test('a name of 64 bits', () => {
    using sock = socket(family, SOCK_DGRAM, Number(CAN_J1939))
    const name = 0xfedc_ba98_7654_3210n
    sock.bind([BUS, name, noPgn, noAddress])
    expect(sock.getsockname()).toEqual([BUS, name, noPgn, noAddress])
  })
})
