/** Ancillary data in: which control message means what. */
import { types } from 'node:util'
import type { AncillaryOut } from '../ancdata.js'
import { viewOf } from '../bytes.js'
import * as c from '../generated/constants.js'
import { argumentTypeError, checkInt } from '../validate.js'
import { Fields } from './fields.js'
import type { Ancillary, PacketInfo } from './parts.js'
import * as structures from './structures.js'

/** Puts what a control message says into its field, and answers whether it was as long as it has to be. */
type Take = (fields: Fields, into: Ancillary) => boolean

function into<T>(read: (fields: Fields) => T | undefined, put: (ancillary: Ancillary, value: T) => void): Take {
  return (fields, ancillary) => {
    const value = read(fields)
    if (value === undefined) return false
    put(ancillary, value)
    return true
  }
}

/** What several control messages say together: `IP_RECVDSTADDR` and `IP_RECVIF`. */
function infoIn(ancillary: Ancillary): PacketInfo {
  ancillary.packetInfo ??= { address: '0.0.0.0', interfaceIndex: 0 }
  return ancillary.packetInfo
}

const rights = into(structures.ints, (all, fds) => {
  all.fds = all.fds === undefined ? fds : all.fds.concat(fds)
})
const credentials = into(structures.credentials, (all, value) => {
  all.credentials = value
})
const pidfd = into(structures.count, (all, fd) => {
  all.pidfd = fd
})
const security = into(
  (fields) => fields.text(),
  (all, label) => {
    all.security = label
  },
)
const packetInfo = into(structures.packetInfo, (all, info) => {
  all.packetInfo = info
})
const packetInfo6 = into(structures.packetInfo6, (all, info) => {
  all.packetInfo = info
})
const destination = into(structures.ipv4, (all, address) => {
  infoIn(all).address = address
})
const receivedBy = into(structures.linkIndex, (all, index) => {
  infoIn(all).interfaceIndex = index
})
const ttl = into(structures.octet, (all, value) => {
  all.ttl = value
})
const hopLimit = into(structures.octet, (all, value) => {
  all.hopLimit = value
})
const tos = into(structures.octet, (all, value) => {
  all.tos = value
  all.ecn = value & 3
})
const trafficClass = into(structures.octet, (all, value) => {
  all.trafficClass = value
  all.ecn = value & 3
})
const microseconds = into(structures.timeval, (all, ns) => {
  all.timestamp = ns
})
const nanoseconds = into(structures.timespec, (all, ns) => {
  all.timestamp = ns
})
const timestamping = into(structures.timestamping, (all, { software, hardware }) => {
  if (software !== 0n) all.timestamp = software
  if (hardware !== 0n) all.hardwareTimestamp = hardware
})
const monotonic = into(structures.unsignedLong, (all, units) => {
  all.monotonicTimestamp = units
})
const segmentSize = into(structures.count, (all, size) => {
  all.segmentSize = size
})
const drops = into(structures.unsignedInt, (all, count) => {
  all.drops = count
})
const mark = into(structures.unsignedInt, (all, value) => {
  all.mark = value
})
const inq = into(structures.count, (all, count) => {
  all.inq = count
})
const originalDestination = into(structures.address, (all, address) => {
  all.originalDestination = address
})
const error = into(structures.extendedError, (all, value) => {
  all.errors ??= []
  all.errors.push(value)
})

/** A constant that this platform lacks is `undefined`, and its row is left out. */
const rows: readonly [level: number | undefined, type: number | undefined, take: Take][] = [
  [c.SOL_SOCKET, c.SCM_RIGHTS, rights],
  [c.SOL_SOCKET, c.SCM_CREDENTIALS, credentials],
  [c.SOL_SOCKET, c.SCM_CREDS, credentials],
  [c.SOL_SOCKET, c.SCM_PIDFD, pidfd],
  [c.SOL_SOCKET, c.SCM_SECURITY, security],
  [c.SOL_SOCKET, c.SCM_TIMESTAMP, microseconds],
  [c.SOL_SOCKET, c.SO_TIMESTAMP_OLD, microseconds],
  [c.SOL_SOCKET, c.SO_TIMESTAMP_NEW, microseconds],
  [c.SOL_SOCKET, c.SCM_TIMESTAMPNS, nanoseconds],
  [c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, nanoseconds],
  [c.SOL_SOCKET, c.SO_TIMESTAMPNS_NEW, nanoseconds],
  [c.SOL_SOCKET, c.SCM_TIMESTAMPING, timestamping],
  [c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD, timestamping],
  [c.SOL_SOCKET, c.SO_TIMESTAMPING_NEW, timestamping],
  [c.SOL_SOCKET, c.SCM_TIMESTAMP_MONOTONIC, monotonic],
  [c.SOL_SOCKET, c.SO_RXQ_OVFL, drops],
  [c.SOL_SOCKET, c.SO_MARK, mark],
  [c.IPPROTO_IP, c.IP_PKTINFO, packetInfo],
  [c.IPPROTO_IP, c.IP_RECVDSTADDR, destination],
  [c.IPPROTO_IP, c.IP_RECVIF, receivedBy],
  // Linux answers with the type of what was asked for, macOS with that of the question.
  [c.IPPROTO_IP, c.IP_TTL, ttl],
  [c.IPPROTO_IP, c.IP_RECVTTL, ttl],
  [c.IPPROTO_IP, c.IP_TOS, tos],
  [c.IPPROTO_IP, c.IP_RECVTOS, tos],
  [c.IPPROTO_IP, c.IP_ORIGDSTADDR, originalDestination],
  [c.IPPROTO_IP, c.IP_RECVERR, error],
  [c.IPPROTO_IPV6, c.IPV6_PKTINFO, packetInfo6],
  [c.IPPROTO_IPV6, c.IPV6_2292PKTINFO, packetInfo6],
  [c.IPPROTO_IPV6, c.IPV6_HOPLIMIT, hopLimit],
  [c.IPPROTO_IPV6, c.IPV6_2292HOPLIMIT, hopLimit],
  [c.IPPROTO_IPV6, c.IPV6_TCLASS, trafficClass],
  [c.IPPROTO_IPV6, c.IPV6_ORIGDSTADDR, originalDestination],
  [c.IPPROTO_IPV6, c.IPV6_RECVERR, error],
  [c.IPPROTO_UDP, c.UDP_GRO, segmentSize],
  [c.IPPROTO_TCP, c.TCP_CM_INQ, inq],
  [c.SOL_PACKET, c.PACKET_TX_TIMESTAMP, error],
]

const takes = new Map<number, Map<number, Take>>()
for (const [level, type, take] of rows) {
  if (level === undefined || type === undefined) continue
  const ofLevel = takes.get(level) ?? new Map<number, Take>()
  takes.set(level, ofLevel.set(type, take))
}

function isMessage(message: unknown): message is AncillaryOut {
  if (!Array.isArray(message) || message.length !== 3) return false
  const [level, type, data]: unknown[] = message
  return (Number(level) | 0) === level && (Number(type) | 0) === type && types.isUint8Array(data)
}

/** What is wrong with what is no control message. */
function complain(message: unknown, name: string): never {
  if (!Array.isArray(message) || message.length !== 3) {
    throw argumentTypeError(name, 'an array [level, type, data]', message)
  }
  checkInt(`${name}[0]`, message[0])
  checkInt(`${name}[1]`, message[1])
  throw argumentTypeError(`${name}[2]`, 'an instance of Buffer', message[2])
}

/**
 * What ancillary data means: each control message of a known kind as a typed field, all others, and those that are
 * not as long as their kind is, in `unknown` as they came. Never throws for what a peer or the kernel has sent. Of
 * two control messages of one kind the last one counts, but descriptors and errors add up.
 * @param ancdata what `recvmsg` gave
 * @throws {TypeError} where `ancdata` is no list of `[level, type, data]`
 * @see cmsg(3), unix(7), ip(7), ipv6(7). Linux, macOS.
 */
export function decodeAncillary(ancdata: readonly AncillaryOut[]): Ancillary {
  if (!Array.isArray(ancdata)) throw argumentTypeError('ancdata', 'an array of [level, type, data]', ancdata)
  const found: Ancillary = { unknown: [] }
  ancdata.forEach((message: unknown, index) => {
    if (!isMessage(message)) complain(message, `ancdata[${index}]`)
    const [level, type, data] = message
    const take = takes.get(level)?.get(type)
    if (take === undefined || !take(new Fields(viewOf(`ancdata[${index}][2]`, data)), found))
      found.unknown.push(message)
  })
  return found
}
