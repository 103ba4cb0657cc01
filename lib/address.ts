/** Socket addresses: what users write, what the kernel takes, and back. The families are in address/. */
import { types } from 'node:util'
import { bluetooth } from './address/bluetooth.js'
import { type AddressOwner, type Codec, encodeFields, fromBytes, pairOf } from './address/fields.js'
import { can, packet } from './address/interfaces.js'
import { decodeInet, decodeInet6, encodeInet, encodeInet6, forgetLast, internetFamily } from './address/internet.js'
import { alg, system } from './address/kernel.js'
import { tipc } from './address/tipc.js'
import type { AddressOut } from './address/types.js'
import { decodeUnix, encodeUnix } from './address/unix.js'
import { ADDRESS_LENGTH, addressBytes, FORM_RAW, FROM_FAMILY, FROM_TEXT_LENGTH, native, words } from './binding.js'
import { viewOf } from './bytes.js'
import { socketError } from './errors.js'
import {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_SYSTEM,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
} from './generated/constants.js'
import { argumentValueError } from './validate.js'

export type { AddressOwner } from './address/fields.js'
export { internetFamily, ipv4Host, nameIn, withHost } from './address/internet.js'
export type * from './address/types.js'

/** The families besides the usual ones. Those that this platform lacks share the key `undefined`, which no socket has. */
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

/**
 * Encodes `address` for a socket into the shared memory, ready for the next native call. Checks come in this order:
 * types, name resolution, ranges.
 * @param name the argument's name, for errors
 * @param syscall the call it is for, for errors
 * @throws TypeError, RangeError, GaiError; SocketError with ENAMETOOLONG, ENODEV, EAFNOSUPPORT and the like
 */
export function encodeAddress(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const { family } = owner
  if (family === AF_INET) encodeInet(address, name, syscall)
  else if (family === AF_INET6) encodeInet6(address, name, syscall)
  else if (family === AF_UNIX) encodeUnix(address, name, syscall)
  else encodeOther(owner, address, name, syscall)
}

function encodeOther(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const { family } = owner
  if (isRaw(address)) {
    const [given, data] = address
    if (given !== family) throw argumentValueError(`${name}[0]`, `must be the socket's family, ${family}`, given)
    encodeFields(family, FORM_RAW, [], viewOf(`${name}[1]`, data), syscall, address)
    return
  }
  const borrowed = internetFamily(family, address)
  const codec = codecs.get(family)
  if (borrowed === AF_INET) encodeInet(address, name, syscall)
  else if (borrowed === AF_INET6) encodeInet6(address, name, syscall)
  else if (codec !== undefined) codec.encode(owner, address, name, syscall)
  else throw socketError('EAFNOSUPPORT', syscall)
}

/** `[family, data]`: what comes out where a form is not known goes in again. */
function isRaw(address: unknown): address is [family: number, data: Uint8Array] {
  return (
    Array.isArray(address) && address.length === 2 && typeof address[0] === 'number' && types.isUint8Array(address[1])
  )
}

/** A copy of the address last encoded. */
export function encodedAddress(): Uint8Array {
  return addressBytes.slice(0, words[ADDRESS_LENGTH])
}

/** Puts such a copy back in its place. */
export function restoreAddress(encoded: Uint8Array): void {
  addressBytes.set(encoded)
  words[ADDRESS_LENGTH] = encoded.length
  forgetLast()
}

/**
 * The address that the last native call left in the shared memory; `null` where the kernel gave none.
 * @param owner the socket that it came from; `null` where only internet and unix addresses are to be known
 */
export function decodeAddress(owner: AddressOwner | null): AddressOut | null {
  if ((words[FROM_TEXT_LENGTH] as number) < 0) return null
  const family = words[FROM_FAMILY] as number
  if (family === AF_INET) return decodeInet()
  if (family === AF_INET6) return decodeInet6()
  if (family === AF_UNIX) return decodeUnix()
  const codec = owner === null ? undefined : codecs.get(family)
  const isKnown = codec !== undefined && native.decodeFamily(owner?.proto ?? 0) === 1
  return isKnown ? codec.decode(owner as AddressOwner) : [family, fromBytes()]
}
