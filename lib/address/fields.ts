/** What the codecs of all families share: the fields in shared memory, and checks of what goes there. */
import { types } from 'node:util'
import {
  FROM_TEXT_LENGTH,
  FROM_VALUES,
  fromText,
  native,
  TO_FAMILY,
  TO_FORM,
  TO_TEXT_LENGTH,
  TO_VALUES,
  textSize,
  toText,
  words,
} from '../binding.js'
import { type ErrorAddress, errorOf, socketError } from '../errors.js'
import { argumentTypeError, checkNoNul, checkNumber, checkRange, checkWhole, rangeError } from '../validate.js'
import type { AddressOut } from './types.js'

/** What an encoder or decoder knows of the socket that an address is for. */
export interface AddressOwner {
  readonly fd: number
  readonly family: number
  readonly proto: number
}

/** How the addresses of a family are written and read. */
export interface Codec {
  /** Encodes `address` into the shared memory. `name` is the argument's, `syscall` the call's, for errors. */
  encode(owner: AddressOwner, address: unknown, name: string, syscall: string): void
  /** What `decodeFamily` has made of the address in the shared memory. */
  decode(owner: AddressOwner): AddressOut
}

const NOTHING = new Uint8Array(0)

/** Encodes fields that were checked: `form` is the protocol, or what stands for another form. */
export function encodeFields(
  family: number,
  form: number,
  values: readonly number[],
  text: Uint8Array,
  syscall: string,
  address: unknown,
): void {
  if (text.length > textSize) throw socketError('EINVAL', syscall, address as ErrorAddress)
  words[TO_FAMILY] = family
  words[TO_FORM] = form
  // To 32 bits, whatever the sign.
  for (let i = 0; i < values.length; i++) words[TO_VALUES + i] = values[i] as number
  toText.set(text)
  words[TO_TEXT_LENGTH] = text.length
  const result = native.encodeAddress()
  if (result < 0) throw errorOf(result, syscall, address as ErrorAddress)
}

/** The same for a socket's own family and protocol. */
export function encodeFor(
  owner: AddressOwner,
  values: readonly number[],
  text: Uint8Array | null,
  syscall: string,
  address: unknown,
): void {
  encodeFields(owner.family, owner.proto, values, text ?? NOTHING, syscall, address)
}

/** One of the decoded numbers, 0 to 4294967295. */
export function decodedValue(index: number): number {
  return (words[FROM_VALUES + index] as number) >>> 0
}

/** A copy of the decoded text's bytes. */
export function fromBytes(): Buffer {
  return Buffer.from(fromText.subarray(0, words[FROM_TEXT_LENGTH] as number))
}

/**
 * The fields of an address that is a list of `least` to `most`.
 * @param form for the message, such as `'[pid, groups] for AF_NETLINK'`
 */
export function listOf(name: string, address: unknown, form: string, least: number, most = least): unknown[] {
  if (!Array.isArray(address) || address.length < least || address.length > most) {
    throw argumentTypeError(name, `an array ${form}`, address)
  }
  return [...(address as unknown[])]
}

/**
 * Integers among the fields, from index `first` on, whose ranges are for later. All are numbers before one of them has
 * to be whole.
 * @param absent for each what stands for it where it was left out; `undefined` = it must not be
 */
export function wholesAt<const A extends readonly (number | undefined)[]>(
  name: string,
  fields: readonly unknown[],
  first: number,
  absent: A,
): { -readonly [I in keyof A]: number } {
  const values: unknown[] = absent.map((usual, index) => {
    const value = fields[first + index]
    return value === undefined ? usual : value
  })
  for (const [index, value] of values.entries()) checkNumber(`${name}[${first + index}]`, value)
  for (const [index, value] of values.entries()) checkWhole(`${name}[${first + index}]`, value)
  return values as { -readonly [I in keyof A]: number }
}

/** That a field has 32 bits, read with or without a sign: what JavaScript's bit operators give may be negative. */
export function checkBits32(name: string, index: number, value: number): void {
  if (value < -0x80000000 || value > 0xffffffff) throw rangeError(`${name}[${index}]`, '>= 0 and <= 4294967295', value)
}

/** That a field is at least 0 and at most `max`. */
export function checkField(name: string, index: number, value: number, max: number): void {
  checkRange(`${name}[${index}]`, value, 0, max)
}

/** An address that is two numbers of 32 bits. */
export function pairOf(form: string): Codec {
  return {
    encode(owner, address, name, syscall) {
      const fields = listOf(name, address, form, 2)
      const values = wholesAt(name, fields, 0, [undefined, undefined])
      values.forEach((value, index) => {
        checkBits32(name, index, value)
      })
      encodeFor(owner, values, null, syscall, address)
    },
    decode: () => [decodedValue(0), decodedValue(1)],
  }
}

/** A name that the kernel knows: text, or its bytes as they are. */
export function checkName(name: string, value: unknown): asserts value is string | Uint8Array {
  if (typeof value !== 'string' && !types.isUint8Array(value)) {
    throw argumentTypeError(name, 'of type string or an instance of Buffer', value)
  }
  checkNoNul(name, value)
}

/**
 * The number that the kernel has for the name of an interface (macOS: of a kernel control).
 * @throws {SocketError} `ENODEV` where there is none
 */
export function numberOf(owner: AddressOwner, value: string | Uint8Array, syscall: string, address: unknown): number {
  const number = native.numberOfName(owner.fd, value)
  if (number < 0) throw errorOf(number, syscall, address as ErrorAddress)
  return number
}
