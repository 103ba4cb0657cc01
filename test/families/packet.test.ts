/** AF_PACKET on the loopback interface: frames seen and sent, interfaces by name. */
import * as berkeley from 'berkeley'
import { htons, ifNametoindex, Socket } from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rejection, settles } from '../support/async.js'
import { has } from '../support/families.js'
import { Program } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { temporaryFolder, thrown, udp } from '../support/sockets.js'

const { AF_PACKET, SOCK_DGRAM, SOCK_RAW, PACKET_HOST = 0, PACKET_OUTGOING = 4, ETH_P_IP = 0x800 } = berkeley
type Packet = Socket<NonNullable<typeof AF_PACKET>>

/** Protocols for experiments of one's own, of IEEE 802. */
const MINE = 0x88b5
const ARPHRD_LOOPBACK = 772
const NO_ADDRESS = Buffer.alloc(6)
const ETHERNET_HEADER = 14
const TIMEOUT = 5

describe.skipIf(!has.packet)('packet sockets [needs CAP_NET_RAW]', () => {
  const open = (type: number, proto = 0): Packet => {
    if (AF_PACKET === undefined) throw new Error('no AF_PACKET')
    const sock = berkeley.socket(AF_PACKET, type, htons(proto))
    sock.settimeout(TIMEOUT)
    return sock
  }
  let sock: Packet
  beforeEach(() => {
    sock = open(SOCK_DGRAM)
  })
  afterEach(() => sock.close())

  test('an unbound socket is of no interface', () => {
    expect(sock.getsockname()).toEqual(['', 0, 0, 0, Buffer.alloc(0)])
    expect(thrown(() => sock.getpeername())).toMatchObject({ code: 'EOPNOTSUPP' })
  })

  test('bind takes an interface and a protocol in host order', () => {
    sock.bind(['lo', MINE])
    expect(sock.getsockname()).toEqual(['lo', MINE, 0, ARPHRD_LOOPBACK, NO_ADDRESS])
    sock.bind([Buffer.from('lo'), 0xffff, PACKET_OUTGOING, 1, new Uint16Array(4)])
    expect(sock.getsockname().slice(0, 2)).toEqual(['lo', 0xffff])
    sock.bind(['', MINE])
    expect(sock.getsockname().slice(0, 2)).toEqual(['', MINE])
    // What comes out goes in again.
    sock.bind(sock.getsockname())
  })

  test('an unknown interface is ENODEV, whatever is wrong with what comes after it', () => {
    for (const name of ['no-such-link', 'a name that is longer than any', Buffer.from([0xff, 0xfe])]) {
      expect(thrown(() => sock.bind([name, 0]))).toMatchObject({ code: 'ENODEV', syscall: 'bind' })
    }
    expect(thrown(() => sock.bind(['no-such-link', 70_000])).message).toBe('bind ENODEV no-such-link:70000')
  })

  test.each([
    ['a text', 'lo', 'ERR_INVALID_ARG_TYPE', '[ifname, proto, pkttype?, hatype?, addr?] for AF_PACKET'],
    ['an interface alone', ['lo'], 'ERR_INVALID_ARG_TYPE', '[ifname, proto, pkttype?, hatype?, addr?] for AF_PACKET'],
    ['six fields', ['lo', 1, 0, 0, NO_ADDRESS, 0], 'ERR_INVALID_ARG_TYPE', 'for AF_PACKET'],
    ['an index', [1, 1], 'ERR_INVALID_ARG_TYPE', '"address[0]" argument must be of type string'],
    ['a NUL in the name', ['l\0', 1], 'ERR_INVALID_ARG_VALUE', '"address[0]" must be without null bytes'],
    ['no protocol', ['lo', undefined], 'ERR_INVALID_ARG_TYPE', '"address[1]" argument must be of type number'],
    ['a protocol of 17 bits', ['lo', 0x10000], 'ERR_OUT_OF_RANGE', '"address[1]" is out of range'],
    ['a negative one', ['lo', -1], 'ERR_OUT_OF_RANGE', '"address[1]" is out of range'],
    ['a packet type of 9 bits', ['lo', 1, 256], 'ERR_OUT_OF_RANGE', '"address[2]" is out of range'],
    ['a hardware type of 17 bits', ['lo', 1, 0, 65536], 'ERR_OUT_OF_RANGE', '"address[3]" is out of range'],
    ['a text as address', ['lo', 1, 0, 0, '123456'], 'ERR_INVALID_ARG_TYPE', '"address[4]" argument must be'],
    ['nine bytes', ['lo', 1, 0, 0, Buffer.alloc(9)], 'ERR_OUT_OF_RANGE', '"address[4].length" is out of range'],
  ])('%s is refused', (_, address, code, message) => {
    const error = thrown(() => sock.bind(address as never))
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(message)
  })

  test('a datagram to an interface comes back with the address that sent it', () => {
    sock.bind(['lo', MINE])
    using sender = open(SOCK_DGRAM)
    sender.sendto('hello', ['lo', MINE, 0, 0, NO_ADDRESS])
    const [data, from] = sock.recvfrom(100)
    expect(data.toString()).toBe('hello')
    expect(from).toEqual(['lo', MINE, PACKET_HOST, ARPHRD_LOOPBACK, NO_ADDRESS])
  })

  test('the same with promises, and into a buffer', async () => {
    sock.bind(['lo', MINE + 1])
    using sender = open(SOCK_DGRAM)
    const buffer = Buffer.alloc(10)
    const received = sock.recvfromIntoAsync(buffer)
    await sender.sendtoAsync('hello', ['lo', MINE + 1, 0, 0, NO_ADDRESS])
    expect(await settles(received)).toEqual([5, ['lo', MINE + 1, PACKET_HOST, ARPHRD_LOOPBACK, NO_ADDRESS]])
    expect(buffer.toString('utf8', 0, 5)).toBe('hello')
    const error = await rejection(sender.sendtoAsync('x', ['no-such-link', MINE]))
    expect(error).toMatchObject({ code: 'ENODEV', address: ['no-such-link', MINE] })
  })

  /** A socket that sees UDP to a port and nothing else: others on loopback would fill its queue, and frames be lost. */
  function captureOf(port: number, protocol: number): Packet {
    const { BPF_LD, BPF_B, BPF_H, BPF_ABS, BPF_JMP, BPF_JEQ, BPF_K, BPF_RET } = berkeley
    const capture = open(SOCK_RAW)
    capture.attachFilter([
      [BPF_LD | BPF_B | BPF_ABS, 0, 0, ETHERNET_HEADER + 9],
      [BPF_JMP | BPF_JEQ | BPF_K, 0, 3, berkeley.IPPROTO_UDP],
      [BPF_LD | BPF_H | BPF_ABS, 0, 0, ETHERNET_HEADER + 22],
      [BPF_JMP | BPF_JEQ | BPF_K, 0, 1, port],
      [BPF_RET | BPF_K, 0, 0, 65536],
      [BPF_RET | BPF_K, 0, 0, 0],
    ])
    capture.bind(['lo', protocol])
    return capture
  }

  test('frames of UDP over loopback are seen, as they go out and as they come in', () => {
    using peer = udp()
    using capture = captureOf(peer.getsockname()[1], 3)
    peer.sendto('over the wire', peer.getsockname())
    const [frame, from] = capture.recvfrom(65536)
    expect(from).toEqual(['lo', ETH_P_IP, PACKET_OUTGOING, ARPHRD_LOOPBACK, NO_ADDRESS])
    expect(frame.readUInt16BE(12)).toBe(ETH_P_IP)
    expect(frame.toString('latin1', ETHERNET_HEADER + 28)).toBe('over the wire')
    const [again, inbound] = capture.recvfrom(65536)
    expect(again).toEqual(frame)
    expect(inbound?.[2]).toBe(PACKET_HOST)
  })

  test('recvmsg and sendmsg have the same addresses', async () => {
    sock.bind(['lo', MINE + 2])
    using sender = open(SOCK_DGRAM)
    const to = ['lo', MINE + 2, 0, 0, NO_ADDRESS] as const
    const from = ['lo', MINE + 2, PACKET_HOST, ARPHRD_LOOPBACK, NO_ADDRESS]
    sender.sendmsg(['hel', 'lo'], [], 0, to)
    expect(sock.recvmsg(100)).toEqual([Buffer.from('hello'), [], 0, from])
    await sender.sendmsgAsync(['again'], { address: to })
    expect(await settles(sock.recvmsgAsync(100))).toEqual([Buffer.from('again'), [], 0, from])
    const error = thrown(() => sender.sendmsg(['x'], [], 0, ['no-such-link', MINE]))
    expect(error).toMatchObject({ code: 'ENODEV', message: `sendmsg ENODEV no-such-link:${MINE}` })
  })

  test('frames are seen with promises', async () => {
    using peer = udp()
    using capture = captureOf(peer.getsockname()[1], ETH_P_IP)
    const received = capture.recvfromAsync(65536)
    await peer.sendtoAsync('over the wire', peer.getsockname())
    const [frame, from] = await settles(received)
    expect(frame.toString('latin1', ETHERNET_HEADER + 28)).toBe('over the wire')
    expect(from).toEqual(['lo', ETH_P_IP, PACKET_HOST, ARPHRD_LOOPBACK, NO_ADDRESS])
  })

  test('a closed socket cannot look an interface up', () => {
    sock.close()
    expect(thrown(() => sock.bind(['lo', MINE]))).toMatchObject({ code: 'EBADF' })
  })

  const canPass = has.ownNetwork && hasPython
  test.skipIf(!canPass)('an interface is one of the socket’s own network [needs unshare, python3]', async () => {
    // Made in a network of its own, and passed out of it: there eth9 is an interface, and here it is not.
    using folder = temporaryFolder()
    using listener = berkeley.socket(berkeley.AF_UNIX)
    listener.bind(folder.path('s'))
    listener.listen()
    const code = `
import socket, sys
conn = socket.socket(socket.AF_UNIX)
conn.connect(sys.argv[1])
sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
socket.send_fds(conn, [b'x'], [sock.fileno()])
conn.recv(1)`
    const script = 'ip link set lo name eth9 && exec python3 -c "$1" "$2"'
    await using child = new Program('unshare', ['-n', 'sh', '-c', script, 'sh', code, folder.path('s')])
    // CPython may take a while to start.
    const [conn] = await settles(listener.acceptAsync(), 18_000)
    using held = conn
    const [, [[, , fds] = []]] = held.recvmsg(1, berkeley.CMSG_SPACE(4))
    using foreign = Socket.adopt<NonNullable<typeof AF_PACKET>>((fds as Buffer).readInt32LE())
    expect(thrown(() => ifNametoindex('eth9'))).toMatchObject({ code: 'ENODEV' })
    foreign.bind(['eth9', MINE])
    expect(foreign.getsockname().slice(0, 2)).toEqual(['eth9', MINE])
    held.sendall('.')
    expect((await child.ended()).code).toBe(0)
  })
})
