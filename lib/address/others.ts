/** The families besides the usual ones: which of the modules here has the form of an address. */
import { native } from '../binding.js'
import { socketError } from '../errors.js'
import {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_SYSTEM,
  AF_TIPC,
  AF_VSOCK,
} from '../generated/constants.js'
import { bluetooth } from './bluetooth.js'
import { type AddressOwner, type Codec, pairOf } from './fields.js'
import { can, packet } from './interfaces.js'
import { alg, system } from './kernel.js'
import { tipc } from './tipc.js'
import type { AddressOut } from './types.js'

/** Those that this platform lacks share the key `undefined`, which no socket has. */
const codecs = new Map<number | undefined, Codec>([
  [AF_NETLINK, pairOf('[pid, groups] for AF_NETLINK')],
  [AF_VSOCK, pairOf('[cid, port] for AF_VSOCK')],
  [AF_QIPCRTR, pairOf('[node, port] for AF_QIPCRTR')],
  [AF_PACKET, packet],
  [AF_CAN, can],
  [AF_ALG, alg],
  [AF_BLUETOOTH, bluetooth],
  [AF_TIPC, tipc],
  [AF_SYSTEM, system],
])

/** Encodes an address of the owner's family. @throws {SocketError} EAFNOSUPPORT where that has none here */
export function encodeByFamily(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const codec = codecs.get(owner.family)
  if (codec === undefined) throw socketError('EAFNOSUPPORT', syscall)
  codec.encode(owner, address, name, syscall)
}

/** The address in the shared memory; `undefined` where its form is not known. */
export function decodeByFamily(owner: AddressOwner, family: number): AddressOut | undefined {
  const codec = codecs.get(family)
  const isKnown = codec !== undefined && native.decodeFamily(owner.proto) === 1
  return isKnown ? codec.decode(owner) : undefined
}
