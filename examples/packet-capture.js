/**
 * Prints the frames that an interface sends and receives, decoded: Ethernet, ARP, IPv4, IPv6, TCP, UDP, ICMP. Ends after
 * a count of them: `node examples/packet-capture.js [interface] [count]`. See packet(7). Linux; needs CAP_NET_RAW.
 */
import { parseArgs } from 'node:util'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  ETH_P_ALL,
  htons,
  inetNtop,
  PACKET_OUTGOING,
  SOCK_RAW,
  SocketError,
  socket,
} from 'berkeley'

const USAGE = 'Usage: node examples/packet-capture.js [interface, lo] [count, 10]'
const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true })
const [ifname = 'lo', count = '10'] = positionals
if (values.help || !(Number(count) > 0)) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 2)
}
if (AF_PACKET === undefined || ETH_P_ALL === undefined) throw new Error('packet sockets are Linux’s')

const ETHERNET_HEADER = 14
const IPV6_HEADER = 40
/** @type {Record<number, string>} */
const PROTOCOLS = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' }

/** @param {Buffer} bytes */
const hardware = (bytes) => bytes.toString('hex').replace(/..\B/g, '$&:')

/** What is inside of IP: ports, where there are any. @param {number} protocol @param {Buffer} data @param {string} from @param {string} to */
function transport(protocol, data, from, to) {
  const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`
  const hasPorts = (protocol === 6 || protocol === 17) && data.length >= 4
  if (!hasPorts) return `${name} ${from} > ${to}, ${data.length} bytes`
  const header = protocol === 17 ? 8 : (data[12] ?? 0x50) >> 2
  const length = Math.max(data.length - header, 0)
  return `${name} ${from}.${data.readUInt16BE(0)} > ${to}.${data.readUInt16BE(2)}, ${length} bytes`
}

/** @param {Buffer} packet */
function ipv4(packet) {
  if (packet.length < 20) return 'IPv4, cut'
  const header = (packet.readUInt8(0) & 0xf) * 4
  // A frame may be longer than the packet in it: Ethernet pads.
  const data = packet.subarray(header, packet.readUInt16BE(2))
  const from = inetNtop(AF_INET, packet.subarray(12, 16))
  const to = inetNtop(AF_INET, packet.subarray(16, 20))
  return transport(packet.readUInt8(9), data, from, to)
}

/** @param {Buffer} packet */
function ipv6(packet) {
  if (packet.length < IPV6_HEADER) return 'IPv6, cut'
  const data = packet.subarray(IPV6_HEADER, IPV6_HEADER + packet.readUInt16BE(4))
  const from = inetNtop(AF_INET6, packet.subarray(8, 24))
  const to = inetNtop(AF_INET6, packet.subarray(24, 40))
  return transport(packet.readUInt8(6), data, from, to)
}

/** @param {number} proto @param {Buffer} payload */
function payloadOf(proto, payload) {
  if (proto === 0x0800) return ipv4(payload)
  if (proto === 0x86dd) return ipv6(payload)
  return proto === 0x0806 ? 'ARP' : `protocol 0x${proto.toString(16).padStart(4, '0')}`
}

/** The socket itself takes the protocol in network order, its addresses in host order. */
function open() {
  try {
    const sock = socket(/** @type {NonNullable<typeof AF_PACKET>} */ (AF_PACKET), SOCK_RAW, htons(Number(ETH_P_ALL)))
    sock.bind([ifname, Number(ETH_P_ALL)])
    return sock
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    console.error(error.code === 'EPERM' ? 'this needs root, or CAP_NET_RAW' : error.message)
    process.exit(1)
  }
}

const sock = open()
console.log(`listening on ${ifname}`)
for (let left = Number(count); left > 0; left--) {
  const [frame, from] = await sock.recvfromAsync(65536)
  if (from === null) continue
  const [, proto, pkttype] = from
  const direction = pkttype === PACKET_OUTGOING ? 'out' : 'in'
  const link = `${hardware(frame.subarray(6, 12))} > ${hardware(frame.subarray(0, 6))}`
  console.log(`${direction} ${frame.length} bytes, ${link}: ${payloadOf(proto, frame.subarray(ETHERNET_HEADER))}`)
}
sock.close()
