/** Control messages of recvmsg and sendmsg over the kernel. */
import {
  AF_UNIX,
  CMSG_LEN,
  CMSG_SPACE,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  MSG_CTRUNC,
  MSG_WAITALL,
  SO_PASSCRED,
  SO_TIMESTAMP,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socketpair,
} from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Closing, can, tcpPair, thrown, udp } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

let closing: Closing
beforeEach(() => {
  closing = new Closing()
})
afterEach(() => closing[Symbol.dispose]())

/** Two connected unix sockets, closed with the test. */
function ends(type: number = SOCK_STREAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

describe('control messages', () => {
  const ttl = (value: number) => [IPPROTO_IP, IP_TTL, Int32Array.of(value)] as const

  test.skipIf(!can.linux)('in: what an option asks for, level, type and data each [needs Linux]', () => {
    const [a, b] = [closing.add(udp()), closing.add(udp())]
    b.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    a.sendmsg(['x'], [ttl(42)], 0, b.getsockname())
    const [data, ancdata, flags, address] = b.recvmsg(10, CMSG_SPACE(4))
    expect(data.toString()).toBe('x')
    expect(ancdata).toEqual([[IPPROTO_IP, IP_TTL, Buffer.from(Int32Array.of(42).buffer)]])
    expect(flags).toBe(0)
    expect(address).toEqual(a.getsockname())
  })

  test.skipIf(!can.linux)('several, in order, each with memory of its own [needs Linux]', () => {
    const [a, b] = [closing.add(udp()), closing.add(udp())]
    b.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    b.setsockopt(SOL_SOCKET, SO_TIMESTAMP, 1)
    a.sendmsg(['x'], [ttl(3)], 0, b.getsockname())
    const [, first] = b.recvmsg(10, 1000)
    a.sendmsg(['x'], [ttl(4)], 0, b.getsockname())
    const [, second] = b.recvmsg(10, 1000)
    expect(first.map(([level, type]) => [level, type])).toEqual([
      [SOL_SOCKET, SO_TIMESTAMP],
      [IPPROTO_IP, IP_TTL],
    ])
    expect(first[1]?.[2].readInt32LE()).toBe(3)
    expect(second[1]?.[2].readInt32LE()).toBe(4)
  })

  test.skipIf(!can.linux)(
    'without room for them MSG_CTRUNC tells so, and half a message comes as half [needs Linux]',
    () => {
      const [a, b] = [closing.add(udp()), closing.add(udp())]
      b.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
      const receive = (room: number) => {
        a.sendmsg(['x'], [ttl(11)], 0, b.getsockname())
        const [, ancdata, flags] = b.recvmsg(10, room)
        return { ancdata, flags }
      }
      expect(receive(0)).toEqual({ ancdata: [], flags: MSG_CTRUNC })
      expect(receive(CMSG_LEN(0) - 1)).toEqual({ ancdata: [], flags: MSG_CTRUNC })
      expect(receive(CMSG_LEN(2))).toEqual({
        ancdata: [[IPPROTO_IP, IP_TTL, Buffer.from([11, 0])]],
        flags: MSG_CTRUNC,
      })
      expect(receive(CMSG_LEN(4)).flags).toBe(0)
      expect(receive(0x7fffffff).ancdata).toHaveLength(1)
    },
  )

  test.skipIf(!can.linux)('out: several at once, and what the kernel refuses [needs Linux]', () => {
    const [a, b] = [closing.add(udp()), closing.add(udp())]
    b.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    b.setsockopt(IPPROTO_IP, IP_RECVTOS, 1)
    const tos = [IPPROTO_IP, IP_TOS, Int32Array.of(8)] as const
    a.sendmsg(['x'], [ttl(9), tos], 0, b.getsockname())
    const [, ancdata] = b.recvmsg(10, 100)
    expect(ancdata.map(([, type, data]) => [type, data[0]])).toEqual([
      [IP_TTL, 9],
      [IP_TOS, 8],
    ])
    const wrong = () => a.sendmsg(['x'], [[IPPROTO_IP, IP_TTL, Buffer.alloc(3)]], 0, b.getsockname())
    expect(thrown(wrong)).toMatchObject({ code: 'EINVAL', syscall: 'sendmsg', address: b.getsockname() })
    // More than the kernel has memory for.
    const much = Array.from({ length: 3000 }, () => [IPPROTO_IP, IP_TTL, Buffer.alloc(100)] as const)
    expect(thrown(() => a.sendmsg(['x'], much, 0, b.getsockname()))).toMatchObject({ code: 'ENOBUFS' })
  })

  test.skipIf(!can.linux)('who sent what on a stream ends MSG_WAITALL [needs Linux]', () => {
    const [a, b] = ends()
    b.setsockopt(SOL_SOCKET, SO_PASSCRED ?? Number.NaN, 1)
    b.settimeout(10)
    b.setblocking(true)
    a.send('abc')
    const [data, [credentials]] = b.recvmsg(100, 100, MSG_WAITALL)
    expect(data.toString()).toBe('abc')
    expect(credentials?.[2].readInt32LE()).toBe(process.pid)
  })

  test('MSG_WAITALL waits for all on a stream without', async () => {
    const { client, server } = closing.add(tcpPair())
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       const parts = [Buffer.alloc(3), Buffer.alloc(4)]
       parentPort.postMessage('ready')
       const [count, ancdata, flags] = conn.recvmsgInto(parts, 100, berkeley.MSG_WAITALL)
       parentPort.postMessage([count, ancdata.length, flags, Buffer.concat(parts).toString()])`,
      server.detach(),
    )
    expect(await message(worker)).toBe('ready')
    for (const part of ['ab', 'cde', 'fg']) client.sendmsg([part])
    expect(await message(worker)).toEqual([7, 0, 0, 'abcdefg'])
  })
})
