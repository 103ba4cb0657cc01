/** Beyond IP and unix streams: other families, memberships, filters, what the kernel says of messages by meaning. */
import assert from 'node:assert/strict'
import * as berkeley from 'berkeley'
import {
  AF_INET,
  AF_INET6,
  decodeAncillary,
  encodeAncillary,
  htons,
  IPPROTO_ICMP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  ifNameindex,
  ifNametoindex,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from 'berkeley'
import { test } from '../suite.js'
import { pair, pattern, recvExactlyAsync, tcpPair, udp } from '../support/sockets.js'

/** What a probe has found is there. @template T @param {T | undefined} value @returns {T} */
const there = (value) => /** @type {T} */ (value)

const [, loopback = 'lo'] = ifNameindex().find(([, name]) => /^lo\d*$/.test(name)) ?? []

test(
  'netlink: the kernel tells of its links',
  async (t) => {
    const sock = t.add(socket(there(berkeley.AF_NETLINK), SOCK_RAW))
    sock.bind([0, 0])
    const [pid, groups] = sock.getsockname()
    assert.deepEqual([pid > 0, groups], [true, 0])
    // RTM_GETLINK, as a dump.
    const request = Buffer.alloc(32)
    request.writeUInt32LE(32, 0)
    request.writeUInt16LE(18, 4)
    request.writeUInt16LE(0x301, 6)
    sock.sendto(request, [0, 0])
    const [answer, from] = await sock.recvfromAsync(65_536, { timeout: 5 })
    assert.deepEqual([answer.readUInt16LE(4), from], [16, [0, 0]])
    assert.ok(answer.includes(`${loopback}\0`))
  },
  { needs: ['netlink'] },
)

test(
  'packet sockets: a frame out and in again',
  async (t) => {
    const [protocol, family] = [0x88b5, there(berkeley.AF_PACKET)]
    const receiver = t.add(socket(family, SOCK_DGRAM, htons(protocol)))
    receiver.bind([loopback, protocol])
    assert.deepEqual(receiver.getsockname().slice(0, 2), [loopback, protocol])
    const sender = t.add(socket(family, SOCK_DGRAM))
    await sender.sendtoAsync('a frame', [loopback, protocol, 0, 0, Buffer.alloc(6)])
    const [data, address] = await receiver.recvfromAsync(100, { timeout: 5 })
    assert.deepEqual([String(data), address?.slice(0, 2)], ['a frame', [loopback, protocol]])
  },
  { needs: ['rawSockets', 'linux'] },
)

test(
  'raw ICMP: an echo request is answered by the kernel',
  async (t) => {
    const sock = t.add(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))
    // Type 8, and a checksum over eight bytes.
    const request = Buffer.from([8, 0, 0, 0, 0x12, 0x34, 0, 1])
    request.writeUInt16BE(0xffff - (0x0800 + 0x1234 + 1), 2)
    await sock.sendtoAsync(request, ['127.0.0.1', 0])
    for (;;) {
      const [packet, from] = await sock.recvfromAsync(1500, { timeout: 5 })
      assert.equal(from?.[0], '127.0.0.1')
      const reply = packet.subarray((there(packet[0]) & 15) * 4)
      // Others may ping at the same time, and the request itself is seen, too.
      if (reply[0] === 0 && reply.readUInt16BE(4) === 0x1234) break
    }
  },
  { needs: ['rawSockets'] },
)

test(
  'vsock has addresses of numbers',
  (t) => {
    const sock = t.add(socket(there(berkeley.AF_VSOCK), SOCK_STREAM))
    const { VMADDR_CID_ANY, VMADDR_PORT_ANY } = berkeley
    sock.bind([there(VMADDR_CID_ANY), there(VMADDR_PORT_ANY)])
    const [cid, port] = sock.getsockname()
    assert.deepEqual([cid, port > 1023], [VMADDR_CID_ANY, true])
  },
  { needs: ['vsock'] },
)

test(
  'AF_ALG: the hash of an empty text, and a cipher',
  async (t) => {
    const { AF_ALG, ALG_OP_ENCRYPT, ALG_SET_KEY, SOL_ALG } = berkeley
    const hash = t.add(socket(there(AF_ALG), there(SOCK_SEQPACKET)))
    hash.bind(['hash', 'sha256'])
    const digest = t.add(hash.accept()[0])
    assert.match(digest.recv(32).toString('hex'), /^e3b0c442.*b855$/)
    const cipher = t.add(socket(there(AF_ALG), there(SOCK_SEQPACKET)))
    cipher.bind(['skcipher', 'cbc(aes)'])
    cipher.setsockopt(there(SOL_ALG), there(ALG_SET_KEY), Buffer.alloc(16))
    const op = t.add(cipher.accept()[0])
    const message = { data: ['sixteen bytes...'], op: there(ALG_OP_ENCRYPT), iv: Buffer.alloc(16) }
    assert.equal(op.sendmsgAfalg(message), 16)
    const encrypted = op.recv(16)
    assert.equal(await op.sendmsgAfalgAsync(message), 16)
    assert.deepEqual(await op.recvAsync(16), encrypted)
  },
  { needs: ['alg'] },
)

test(
  'a multicast group is joined and left, of all sources and of one',
  (t) => {
    const group = '239.255.77.8'
    const receiver = t.add(socket(AF_INET, SOCK_DGRAM))
    receiver.bind(['', 0])
    const [, port] = receiver.getsockname()
    receiver.settimeout(5)
    const sender = udp(t)
    sender.setOption('multicastInterface', loopback)
    sender.setOption('multicastTtl', 0)
    const where = { group, interface: loopback }
    const [source] = sender.getsockname()
    const arrives = () => {
      sender.sendto('to all', [group, port])
      assert.equal(String(receiver.recv(100)), 'to all')
    }
    receiver.addMembership(where)
    assert.throws(() => receiver.addMembership(where), { code: 'EADDRINUSE', syscall: 'setsockopt' })
    arrives()
    receiver.blockSource({ ...where, source })
    receiver.unblockSource({ ...where, source })
    arrives()
    receiver.dropMembership(where)
    receiver.addMembership({ ...where, source })
    arrives()
    receiver.dropMembership({ ...where, source })
    assert.throws(() => receiver.dropMembership(where), { code: 'EADDRNOTAVAIL' })
  },
  { needs: ['multicast'] },
)

test(
  'a filter lets through what its program accepts',
  (t) => {
    const [sender, receiver] = [udp(t), udp(t)]
    receiver.settimeout(5)
    // The first byte behind UDP's header: 'a' is kept whole, all else is dropped.
    receiver.attachFilter([
      [0x30, 0, 0, 8],
      [0x15, 0, 1, 0x61],
      [0x06, 0, 0, 0xffff],
      [0x06, 0, 0, 0],
    ])
    for (const text of ['dropped', 'arrives']) sender.sendto(text, receiver.getsockname())
    assert.equal(String(receiver.recv(100)), 'arrives')
  },
  { needs: ['linux'] },
)

test(
  'a filter is taken away, and locked',
  (t) => {
    const [sender, receiver] = [udp(t), udp(t)]
    receiver.settimeout(5)
    receiver.attachFilter([[0x06, 0, 0, 0]])
    sender.sendto('dropped', receiver.getsockname())
    receiver.detachFilter()
    sender.sendto('arrives', receiver.getsockname())
    assert.equal(String(receiver.recv(100)), 'arrives')
    receiver.attachFilter([[0x06, 0, 0, 0xffff]])
    receiver.lockFilter()
    assert.throws(() => receiver.detachFilter(), { code: 'EPERM' })
  },
  { needs: ['detachFilter'] },
)

test(
  'sendZeroCopyAsync sends all of it',
  async (t) => {
    const { client, server } = tcpPair(t)
    const bytes = pattern(300_000)
    const sent = client.sendZeroCopyAsync(bytes)
    assert.equal(Buffer.compare(await recvExactlyAsync(server, bytes.length), bytes), 0)
    assert.deepEqual(await sent, { bytesSent: bytes.length, copied: true })
    const [first, second] = pair(t)
    const copied = first.sendZeroCopyAsync(Buffer.from('copied'))
    assert.equal(String(await second.recvAsync(100)), 'copied')
    assert.deepEqual(await copied, { bytesSent: 6, copied: true })
  },
  { needs: ['completions'] },
)

test('ancillary data by meaning: what a datagram came with', async (t) => {
  const { IP_PKTINFO, IP_RECVTTL } = berkeley
  const [sender, receiver] = [udp(t), udp(t)]
  receiver.setsockopt(IPPROTO_IP, there(IP_RECVTTL), 1)
  receiver.setsockopt(IPPROTO_IP, there(IP_PKTINFO), 1)
  sender.setOption('ttl', 9)
  sender.sendto('hello', receiver.getsockname())
  const [data, ancdata] = await receiver.recvmsgAsync(100, { ancbufsize: 500 })
  const { ttl, packetInfo, unknown } = decodeAncillary(ancdata)
  assert.deepEqual([String(data), ttl, packetInfo?.address, unknown], ['hello', 9, '127.0.0.1', []])
  assert.equal(packetInfo?.interfaceIndex, ifNametoindex(loopback))
})

test(
  'ancillary data by meaning: what a datagram is sent with',
  (t) => {
    const { IPV6_RECVHOPLIMIT } = berkeley
    const receiver = t.add(socket(AF_INET6, SOCK_DGRAM))
    receiver.bind(['::1', 0])
    receiver.setsockopt(IPPROTO_IPV6, there(IPV6_RECVHOPLIMIT), 1)
    const sender = t.add(socket(AF_INET6, SOCK_DGRAM))
    sender.sendmsg(['hello'], encodeAncillary({ hopLimit: 9 }), 0, receiver.getsockname())
    const [data, ancdata] = receiver.recvmsg(100, 500)
    assert.deepEqual([String(data), decodeAncillary(ancdata).hopLimit], ['hello', 9])
  },
  { needs: ['ipv6'] },
)

test('ancillary data by meaning: descriptors', (t) => {
  const [first, second] = pair(t)
  const [given, kept] = pair(t)
  first.sendmsg(['x'], encodeAncillary({ fds: [given.fileno()] }))
  const [, ancdata] = second.recvmsg(10, 100)
  const { fds: [fd = -1] = [] } = decodeAncillary(ancdata)
  const taken = t.add(berkeley.Socket.adopt(fd))
  taken.sendall('through it')
  assert.equal(String(kept.recv(100)), 'through it')
})
