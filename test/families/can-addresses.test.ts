/** Addresses of AF_CAN on a virtual bus: names of interfaces, ISO-TP, J1939. */
import * as berkeley from 'berkeley'
import { ifNametoindex } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { settles } from '../support/async.js'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

const { AF_CAN, CAN_RAW, CAN_BCM, CAN_ISOTP, CAN_J1939, CAN_EFF_FLAG = 0x80000000, SOCK_RAW, SOCK_DGRAM } = berkeley
const TIMEOUT = 5
const BUS = 'vcan0'

function hasBus(): boolean {
  try {
    return ifNametoindex(BUS) > 0
  } catch {
    return false
  }
}

function open(type: number, proto: number | undefined): berkeley.Socket<NonNullable<typeof AF_CAN>> {
  if (AF_CAN === undefined || proto === undefined) throw new Error('no AF_CAN')
  const sock = berkeley.socket(AF_CAN, type, proto)
  sock.settimeout(TIMEOUT)
  return sock
}

/** A frame of classic CAN: id, length and eight bytes of data. */
function frame(id: number, data: string): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(id)
  bytes[4] = data.length
  bytes.write(data, 8)
  return bytes
}

describe.skipIf(!has.canRaw)('CAN_RAW [needs CAN]', () => {
  test('an interface by its name; all of them by the empty one', () => {
    using sock = open(SOCK_RAW, CAN_RAW)
    sock.bind([''])
    expect(sock.getsockname()).toEqual([''])
    expect(thrown(() => sock.bind(['no-such-bus']))).toMatchObject({
      code: 'ENODEV',
      message: 'bind ENODEV no-such-bus',
    })
    expect(thrown(() => sock.bind(['a name that is longer than any']))).toMatchObject({ code: 'ENODEV' })
    expect(thrown(() => sock.bind([BUS, 1, 2]))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => sock.bind([1] as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    // Not a bus of CAN.
    expect(thrown(() => sock.bind(['lo']))).toMatchObject({ code: 'ENODEV' })
  })

  test.skipIf(!hasBus())('frames go over the bus, and tell where they came from [needs vcan0]', async () => {
    using receiver = open(SOCK_RAW, CAN_RAW)
    receiver.bind([BUS])
    expect(receiver.getsockname()).toEqual([BUS])
    using sender = open(SOCK_RAW, CAN_RAW)
    sender.sendto(frame(0x123, 'hello'), [BUS])
    expect(receiver.recvfrom(16)).toEqual([frame(0x123, 'hello'), [BUS]])
    const received = receiver.recvfromAsync(16)
    await sender.sendtoAsync(frame(0x124, 'again'), [BUS])
    expect(await settles(received)).toEqual([frame(0x124, 'again'), [BUS]])
  })

  test.skipIf(!hasBus())('the broadcast manager is connected to an interface [needs vcan0]', () => {
    using manager = open(SOCK_DGRAM, CAN_BCM)
    manager.connect([BUS])
    using receiver = open(SOCK_RAW, CAN_RAW)
    receiver.bind([BUS])
    // struct bcm_msg_head: TX_SEND sends one frame at once.
    const message = Buffer.alloc(56)
    message.writeUInt32LE(4, 0)
    message.writeUInt32LE(1, 52)
    manager.send(Buffer.concat([message, frame(0x42, 'once')]))
    expect(receiver.recv(16)).toEqual(frame(0x42, 'once'))
  })
})

describe.skipIf(!has.canIsotp || !hasBus())('CAN_ISOTP [needs ISO-TP and vcan0]', () => {
  test('both ids come back, and a message longer than a frame arrives', () => {
    using one = open(SOCK_DGRAM, CAN_ISOTP)
    using other = open(SOCK_DGRAM, CAN_ISOTP)
    one.bind([BUS, 0x321, 0x123])
    other.bind([BUS, 0x123, 0x321])
    // Linux before 6.0 answers with a shorter address, which has no ids; then they are 0.
    expect(one.getsockname()[0]).toBe(BUS)
    one.send('longer than the eight bytes of a frame')
    expect(other.recv(100).toString()).toBe('longer than the eight bytes of a frame')
  })

  test('ids of 29 bits have a flag that makes them negative in JavaScript', () => {
    using sock = open(SOCK_DGRAM, CAN_ISOTP)
    sock.bind([BUS, 0x18da00f1 | CAN_EFF_FLAG, 0x18daf100 | CAN_EFF_FLAG])
    expect(sock.getsockname()).toEqual([BUS, 0x98da00f1, 0x98daf100])
    expect(thrown(() => sock.bind([BUS]))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => sock.bind([BUS, 2 ** 32, 1]))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => sock.bind(['no-such-bus', 1, 2]))).toMatchObject({ code: 'ENODEV' })
  })
})

describe.skipIf(!has.canJ1939 || !hasBus())('CAN_J1939 [needs J1939 and vcan0]', () => {
  const { J1939_NO_NAME = 0, J1939_NO_PGN = 0x40000, J1939_NO_ADDR = 0xff, SOL_SOCKET, SO_BROADCAST } = berkeley

  test('a message has the sender’s address and group', () => {
    using receiver = open(SOCK_DGRAM, CAN_J1939)
    receiver.bind([BUS, J1939_NO_NAME, J1939_NO_PGN, 0x20])
    expect(receiver.getsockname()).toEqual([BUS, 0n, J1939_NO_PGN, 0x20])
    using sender = open(SOCK_DGRAM, CAN_J1939)
    sender.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
    sender.bind([BUS, 0n, J1939_NO_PGN, 0x40])
    sender.sendto('hello', [BUS, 0n, 0x12300, 0x20])
    expect(receiver.recvfrom(100)).toEqual([Buffer.from('hello'), [BUS, 0n, 0x12300, 0x40]])
  })

  test('a name has 64 bits', () => {
    using sock = open(SOCK_DGRAM, CAN_J1939)
    sock.bind([BUS, 0x8123456789abcdefn, J1939_NO_PGN, J1939_NO_ADDR])
    expect(sock.getsockname()).toEqual([BUS, 0x8123456789abcdefn, J1939_NO_PGN, J1939_NO_ADDR])
    for (const name of [-1n, 2n ** 64n, -1]) {
      const bind = () => sock.bind([BUS, name, J1939_NO_PGN, J1939_NO_ADDR])
      expect(thrown(bind)).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    }
    const bind = (name: unknown, addr: unknown) => () => sock.bind([BUS, name, 0, addr] as never)
    expect(thrown(bind('0', 1))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(bind(0.5, 1))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(bind(0n, 256))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(bind(0n, 1n))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})
