/** Classic BPF on sockets: what is let through, what is refused, and the program that comes back. */
import {
  AF_INET,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_LEN,
  BPF_RET,
  BPF_W,
  type FilterInstruction,
  type OptionName,
  SKF_AD_OFF,
  SKF_AD_PROTOCOL,
  SO_GET_FILTER,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { Closing, can, thrown, udp } from '../support/sockets.js'

/** A UDP filter sees the eight bytes of the header first. */
const UDP_HEADER = 8
const ALL = 0xffffffff

const keep = (bytes: number): FilterInstruction => [BPF_RET | BPF_K, 0, 0, bytes]

/** Datagrams that begin with this letter. */
function beginningWith(letter: string): FilterInstruction[] {
  return [
    [BPF_LD | BPF_B | BPF_ABS, 0, 0, UDP_HEADER],
    [BPF_JMP | BPF_JEQ | BPF_K, 0, 1, letter.charCodeAt(0)],
    keep(ALL),
    keep(0),
  ]
}

const filterOf = (sock: Socket, bytes: number): Buffer =>
  sock.getsockopt(SOL_SOCKET, SO_GET_FILTER as OptionName, bytes)

describe.skipIf(!can.linux)('a filter [needs Linux]', () => {
  test('lets through what its program accepts, and no more than the program says', () => {
    using things = new Closing()
    const receiver = things.add(udp())
    const from = things.add(udp())
    const send = (text: string) => from.sendto(text, receiver.getsockname())
    receiver.settimeout(5)
    receiver.attachFilter(beginningWith('a'))
    for (const text of ['bad', 'all', 'no', 'also']) send(text)
    expect([receiver.recv(100), receiver.recv(100)].map(String)).toEqual(['all', 'also'])
    // What it cannot load from is dropped.
    send('')
    // Another program takes the place of the first.
    receiver.attachFilter([keep(UDP_HEADER + 2)])
    send('beginning')
    expect(receiver.recv(100).toString()).toBe('be')
    receiver.detachFilter()
    send('beginning')
    expect(receiver.recv(100).toString()).toBe('beginning')
    expect(thrown(() => receiver.detachFilter())).toMatchObject({ code: 'ENOENT', syscall: 'setsockopt' })
  })

  test('loads what is not in the packet: offsets below 0', () => {
    using things = new Closing()
    const receiver = things.add(udp())
    const from = things.add(udp())
    receiver.settimeout(5)
    const ETHERTYPE_IP = 0x0800
    const ofProtocol = (protocol: number): FilterInstruction[] => [
      [BPF_LD | BPF_W | BPF_ABS, 0, 0, (SKF_AD_OFF as number) + (SKF_AD_PROTOCOL as number)],
      [BPF_JMP | BPF_JEQ | BPF_K, 0, 1, protocol],
      keep(ALL),
      keep(0),
    ]
    receiver.attachFilter(ofProtocol(0x86dd))
    from.sendto('dropped', receiver.getsockname())
    receiver.attachFilter(ofProtocol(ETHERTYPE_IP))
    from.sendto('kept', receiver.getsockname())
    expect(receiver.recv(100).toString()).toBe('kept')
  })

  test('is locked for good', () => {
    using sock = udp()
    sock.attachFilter([keep(0)])
    sock.lockFilter()
    expect(thrown(() => sock.detachFilter()).code).toBe('EPERM')
    expect(thrown(() => sock.attachFilter([keep(ALL)])).code).toBe('EPERM')
  })

  test('that the kernel refuses: a jump past the end, no return, an unknown code', () => {
    using sock = udp()
    const refused: FilterInstruction[][] = [
      [[BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 0], keep(ALL)],
      [[BPF_LD | BPF_W | BPF_LEN, 0, 0, 0]],
      [[0xffff, 0, 0, 0], keep(ALL)],
    ]
    for (const program of refused) expect(thrown(() => sock.attachFilter(program)).code).toBe('EINVAL')
    sock.close()
    expect(thrown(() => sock.attachFilter([keep(0)])).code).toBe('EBADF')
  })

  test('chooses a socket of a reusePort group', () => {
    using things = new Closing()
    const group: Socket<typeof AF_INET>[] = []
    for (let index = 0; index < 3; index++) {
      const sock = things.add(socket(AF_INET, SOCK_DGRAM))
      sock.setOption('reusePort', true)
      sock.bind(['127.0.0.1', index === 0 ? 0 : (group[0]?.getsockname()[1] as number)])
      group.push(sock)
    }
    const [first, , third] = group as [Socket<typeof AF_INET>, Socket, Socket]
    // The payload's first byte is the number: this program sees no header.
    const program: FilterInstruction[] = [
      [BPF_LD | BPF_B | BPF_ABS, 0, 0, 0],
      [BPF_RET | 0x10 /* BPF_A */, 0, 0, 0],
    ]
    first.attachFilter(program, { reusePort: true })
    const port = first.getsockname()[1]
    for (const [index, sock] of [...group.entries(), [2, third] as const]) {
      using from = udp()
      from.sendto(Uint8Array.of(index), ['127.0.0.1', port])
      sock.settimeout(5)
      expect(sock.recv(10)).toEqual(Buffer.of(index))
    }
    first.detachFilter({ reusePort: true })
    expect(thrown(() => first.detachFilter({ reusePort: true })).code).toBe('ENOENT')
  })
})

// The kernel counts the length of this option in instructions, and writes eight bytes for each.
describe.skipIf(!can.linux)('getsockopt(SO_GET_FILTER) [needs Linux]', () => {
  test('gives the program as it was attached, in bytes', () => {
    using sock = udp()
    expect(filterOf(sock, 100)).toEqual(Buffer.alloc(0))
    const program = beginningWith('x')
    sock.attachFilter(program)
    const expected = Buffer.alloc(32)
    for (const [index, [code, jt, jf, k]] of program.entries()) {
      expected.writeUInt16LE(code, index * 8)
      expected.set([jt, jf], index * 8 + 2)
      expected.writeUInt32LE(k, index * 8 + 4)
    }
    expect(filterOf(sock, 32)).toEqual(expected)
    expect(filterOf(sock, 65_536)).toEqual(expected)
  })

  test('writes nothing behind a buffer that is too short', () => {
    using sock = udp()
    sock.attachFilter([...Array.from({ length: 3000 }, () => [BPF_LD | BPF_W | BPF_LEN, 0, 0, 0] as const), keep(ALL)])
    expect(thrown(() => filterOf(sock, 3000)).code).toBe('EINVAL')
    expect(filterOf(sock, 7)).toHaveLength(0)
    // As a number: how many instructions there are.
    expect(sock.getsockopt(SOL_SOCKET, SO_GET_FILTER as OptionName)).toBe(3001)
  })
})

describe('what attachFilter refuses', () => {
  const cases: [unknown, string, string][] = [
    [undefined, 'instructions', 'ERR_INVALID_ARG_TYPE'],
    [Buffer.alloc(8), 'instructions', 'ERR_INVALID_ARG_TYPE'],
    [[], 'instructions', 'ERR_INVALID_ARG_VALUE'],
    [Array(4097).fill(keep(0)), 'instructions', 'ERR_INVALID_ARG_VALUE'],
    [[keep(0), [6, 0, 0]], 'instructions[1]', 'ERR_INVALID_ARG_TYPE'],
    [[6], 'instructions[0]', 'ERR_INVALID_ARG_TYPE'],
    [[[0x10000, 0, 0, 0]], 'instructions[0][0]', 'ERR_OUT_OF_RANGE'],
    [[[6, 256, 0, 0]], 'instructions[0][1]', 'ERR_OUT_OF_RANGE'],
    [[[6, 0, -1, 0]], 'instructions[0][2]', 'ERR_OUT_OF_RANGE'],
    [[[6, 0, 0, 2 ** 32]], 'instructions[0][3]', 'ERR_OUT_OF_RANGE'],
    [[[6, 0, 0, '1']], 'instructions[0][3]', 'ERR_INVALID_ARG_TYPE'],
    [[[6, 0, 0, undefined]], 'instructions[0][3]', 'ERR_INVALID_ARG_TYPE'],
  ]
  test.each(cases)('%#: %s', (instructions, name, code) => {
    using sock = udp()
    const error = thrown(() => sock.attachFilter(instructions as FilterInstruction[]))
    expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) })
  })

  test('options that are none', () => {
    using sock = udp()
    expect(thrown(() => sock.attachFilter([keep(0)], true as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => sock.attachFilter([keep(0)], { reusePort: 1 as never })).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => sock.detachFilter({ reusePort: 'x' as never })).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test.skipIf(can.linux)('anything, elsewhere than on Linux [needs another system]', () => {
    using sock = udp()
    for (const call of [() => sock.attachFilter([keep(0)]), () => sock.detachFilter(), () => sock.lockFilter()]) {
      expect(thrown(call)).toMatchObject({ code: 'ENOPROTOOPT', syscall: 'setsockopt' })
    }
  })
})
