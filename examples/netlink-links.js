/**
 * Lists the network interfaces with their MTU and addresses, by asking the kernel over a netlink socket: rtnetlink(7).
 * Linux. Needs no privileges.
 */
import { AF_INET, AF_INET6, AF_NETLINK, inetNtop, NETLINK_ROUTE, SOCK_RAW, socket } from 'berkeley'

// linux/netlink.h and linux/rtnetlink.h
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLM_F_REQUEST = 0x1
const NLM_F_DUMP = 0x300
const RTM_GETLINK = 18
const RTM_GETADDR = 22
/** The bytes of each part's header: of a message, of a link or an address in it, of an attribute. */
const [MESSAGE, LINK, ADDRESS, ATTRIBUTE] = [16, 16, 8, 4]
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU] = [1, 3, 4]
const [IFA_ADDRESS, IFA_LOCAL] = [1, 2]
const IFF_UP = 1
const KERNEL = /** @type {const} */ ([0, 0])

if (AF_NETLINK === undefined) throw new Error('netlink is Linux’s')
const sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE ?? 0)
sock.settimeout(5)

/** Everything is padded to four bytes. @param {number} length */
const padded = (length) => (length + 3) & ~3

/** Asks for all of one kind, and gives the messages that come. @param {number} type @param {number} sequence */
function* dump(type, sequence) {
  const request = Buffer.alloc(MESSAGE + LINK)
  request.writeUInt32LE(request.length, 0)
  request.writeUInt16LE(type, 4)
  request.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6)
  request.writeUInt32LE(sequence, 8)
  sock.sendto(request, KERNEL)
  for (;;) {
    const [data, sender] = sock.recvfrom(65536)
    // Any process may send to this socket; only the kernel has the port id 0.
    if (sender?.[0] !== 0) continue
    for (let at = 0; at + MESSAGE <= data.length; ) {
      const length = data.readUInt32LE(at)
      const kind = data.readUInt16LE(at + 4)
      if (kind === NLMSG_DONE) return
      if (kind === NLMSG_ERROR) throw new Error(`the kernel answers errno ${-data.readInt32LE(at + MESSAGE)}`)
      yield data.subarray(at + MESSAGE, at + length)
      at += padded(length)
    }
  }
}

/** The attributes behind a header, by their type. @param {Buffer} message @param {number} header */
function attributes(message, header) {
  /** @type {Map<number, Buffer>} */
  const found = new Map()
  for (let at = header; at + ATTRIBUTE <= message.length; ) {
    const length = Math.max(message.readUInt16LE(at), ATTRIBUTE)
    found.set(message.readUInt16LE(at + 2), message.subarray(at + ATTRIBUTE, at + length))
    at += padded(length)
  }
  return found
}

/** @type {Map<number, string[]>} */
const addresses = new Map()
for (const message of dump(RTM_GETADDR, 1)) {
  const [family, prefix] = message
  const index = message.readUInt32LE(4)
  const fields = attributes(message, ADDRESS)
  // Between two ends IFA_ADDRESS is the other one's.
  const address = fields.get(IFA_LOCAL) ?? fields.get(IFA_ADDRESS)
  if (address === undefined || (family !== AF_INET && family !== AF_INET6)) continue
  addresses.set(index, [...(addresses.get(index) ?? []), `${inetNtop(family, address)}/${prefix}`])
}
for (const message of dump(RTM_GETLINK, 2)) {
  const index = message.readInt32LE(4)
  const state = message.readUInt32LE(8) & IFF_UP ? 'up' : 'down'
  const fields = attributes(message, LINK)
  const name = fields.get(IFLA_IFNAME)?.toString().replace('\0', '')
  const hardware = fields.get(IFLA_ADDRESS)?.toString('hex').replace(/..\B/g, '$&:') ?? 'none'
  console.log(`${index} ${name}: ${state}, MTU ${fields.get(IFLA_MTU)?.readUInt32LE()}, hardware address ${hardware}`)
  for (const address of addresses.get(index) ?? []) console.log(`    ${address}`)
}
sock.close()
