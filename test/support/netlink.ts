/** rtnetlink(7) as far as tests need it: the list of links. */
import * as berkeley from 'berkeley'

const HEADER = 16
const IFINFO = 16
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300
const IFLA_IFNAME = 3
const IFLA_MTU = 4

export interface Link {
  index: number
  name: string
  mtu: number
}

/** A request for all links. */
export function linkRequest(sequence: number): Buffer {
  const request = Buffer.alloc(HEADER + IFINFO)
  request.writeUInt32LE(request.length, 0)
  request.writeUInt16LE(RTM_GETLINK, 4)
  request.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6)
  request.writeUInt32LE(sequence, 8)
  return request
}

const padded = (length: number): number => (length + 3) & ~3

function linkIn(message: Buffer): Link {
  const link = { index: message.readInt32LE(HEADER + 4), name: '', mtu: 0 }
  for (let at = HEADER + IFINFO; at + 4 <= message.length; ) {
    const length = message.readUInt16LE(at)
    const value = message.subarray(at + 4, at + length)
    const type = message.readUInt16LE(at + 2)
    if (type === IFLA_IFNAME) link.name = value.toString('utf8', 0, value.length - 1)
    if (type === IFLA_MTU) link.mtu = value.readUInt32LE()
    at += Math.max(padded(length), 4)
  }
  return link
}

/** Adds the links of one datagram: whether it was the last. */
export function addLinks(data: Buffer, links: Link[]): boolean {
  for (let at = 0; at + HEADER <= data.length; ) {
    const length = data.readUInt32LE(at)
    const message = data.subarray(at, at + length)
    const type = message.readUInt16LE(4)
    if (type === NLMSG_DONE) return true
    if (type === NLMSG_ERROR) throw new Error(`the kernel refused: ${message.readInt32LE(HEADER)}`)
    if (type === RTM_NEWLINK) links.push(linkIn(message))
    at += Math.max(padded(length), HEADER)
  }
  return false
}

/** A socket of rtnetlink that gives up after a while. */
export function routeSocket(): berkeley.Socket<NonNullable<typeof berkeley.AF_NETLINK>> {
  if (berkeley.AF_NETLINK === undefined) throw new Error('no AF_NETLINK')
  const sock = berkeley.socket(berkeley.AF_NETLINK, berkeley.SOCK_RAW, berkeley.NETLINK_ROUTE ?? 0)
  sock.settimeout(5)
  return sock
}
