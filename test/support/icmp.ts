/** ICMP messages, and network namespaces in which sockets for them may be made. See RFC 792, RFC 4443. */

/** The Internet's checksum, RFC 1071. Of bytes with a correct checksum in them it is 0. */
export function checksum(...parts: Uint8Array[]): number {
  const bytes = Buffer.concat(parts)
  let sum = 0
  for (const [i, byte] of bytes.entries()) sum += i % 2 === 0 ? byte << 8 : byte
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export const ECHO = 8
export const ECHO_REPLY = 0
export const ECHO6 = 128
export const ECHO_REPLY6 = 129

/** An echo request, with its checksum. */
export function echoRequest(type: number, id: number, sequence: number, payload: string): Buffer {
  const message = Buffer.alloc(8 + Buffer.byteLength(payload))
  message[0] = type
  message.writeUInt16BE(id, 4)
  message.writeUInt16BE(sequence, 6)
  message.write(payload, 8)
  message.writeUInt16BE(checksum(message), 2)
  return message
}

export interface Echo {
  type: number
  id: number
  sequence: number
  payload: string
}

export function parseEcho(message: Buffer): Echo {
  return {
    type: message.readUInt8(0),
    id: message.readUInt16BE(4),
    sequence: message.readUInt16BE(6),
    payload: message.toString('utf8', 8),
  }
}

export interface Packet {
  ttl: number
  protocol: number
  source: string
  header: Buffer
  data: Buffer
}

/** An IPv4 packet as raw sockets give it. */
export function parsePacket(packet: Buffer): Packet {
  const length = (packet.readUInt8(0) & 15) * 4
  const header = packet.subarray(0, length)
  const source = header.subarray(12, 16).join('.')
  return { ttl: header.readUInt8(8), protocol: header.readUInt8(9), source, header, data: packet.subarray(length) }
}

/** Starts a program in a network namespace of its own: loopback is up, and everybody may ping. */
export const WHERE_ALL_MAY_PING = [
  'unshare',
  '--net',
  'sh',
  '-c',
  'ip link set lo up && echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range && exec "$@"',
  'sh',
]
