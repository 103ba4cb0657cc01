/** Socket addresses: what users write, what the kernel takes, and back. The families are in address/. */
import { types } from 'node:util'
import { type AddressOwner, encodeFields, fromBytes } from './address/fields.js'
import { decodeInet, decodeInet6, encodeInet, encodeInet6, forgetLast, internetFamily } from './address/internet.js'
import { decodeByFamily, encodeByFamily } from './address/others.js'
import type { AddressOut } from './address/types.js'
import { decodeUnix, encodeUnix } from './address/unix.js'
import { ADDRESS_LENGTH, addressBytes, FORM_RAW, FROM_FAMILY, FROM_TEXT_LENGTH, words } from './binding.js'
import { viewOf } from './bytes.js'
import { AF_INET, AF_INET6, AF_UNIX } from './generated/constants.js'
import { argumentValueError } from './validate.js'

export type { AddressOwner } from './address/fields.js'
export { internetFamily, ipv4Host, nameIn, withHost } from './address/internet.js'
export type * from './address/types.js'

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
  if (borrowed === AF_INET) encodeInet(address, name, syscall)
  else if (borrowed === AF_INET6) encodeInet6(address, name, syscall)
  else encodeByFamily(owner, address, name, syscall)
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
  const known = owner === null ? undefined : decodeByFamily(owner, family)
  return known ?? [family, fromBytes()]
}
