/** Addresses as their bytes, for sockets that need not be there. */
import { decodeAddress, encodeAddress, encodedAddress } from '../../dist/address.js'
import { native } from '../../dist/binding.js'

/** What the codecs know of a socket; the descriptor is one for look-ups of names. */
export interface Owner {
  family: number
  proto: number
  fd: number
}

/** The bytes of an address that a call would hand to the kernel. */
export function encoded(owner: Owner, address: unknown): Buffer {
  encodeAddress(owner, address, 'address', 'bind')
  return Buffer.from(encodedAddress())
}

/** What a call would answer where the kernel wrote these bytes. */
export function decoded(owner: Owner, bytes: Uint8Array): unknown {
  if (native.decodeAddress(bytes) !== 0) throw new Error('the bytes were not taken')
  return decodeAddress(owner)
}
