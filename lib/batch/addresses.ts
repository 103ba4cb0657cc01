/** The addresses of a batch: raw in its records, decoded when asked for, encoded when the socket is known. */
import { types } from 'node:util'
import { type AddressOut, decodeAddress, encodeAddress, ipv4Host, nameIn } from '../address.js'
import * as binding from '../binding.js'
import { AF_INET, AF_INET6 } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { argumentTypeError } from '../validate.js'
import * as record from './record.js'

const { native, addressBytes } = binding
const { BATCH_ADDRESS_LENGTH: LENGTH, BATCH_ADDRESS: ADDRESS } = record
const [inet, inet6]: number[] = [AF_INET, AF_INET6]
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The addresses of IPv6 lately seen, by the bytes of their sockaddr. */
const seen = new Map<string, AddressOut>()
const MOST_SEEN = 4096

/** The records, as this module needs them. */
interface Records {
  readonly count: number
  readonly records: Uint8Array
  readonly words: Int32Array
  readonly stride: number
  isUnsent(index: number): boolean
}

/** An address as it was given: a copy, because the caller may change the array before it is needed. */
type Given = string | number | Uint8Array | readonly unknown[]

export class Addresses {
  readonly #batch: Records
  readonly #text: Buffer
  /** What stands raw in the records, or has to; `undefined` = not known. */
  readonly #given: (Given | undefined)[]
  /** The length of the sockaddr that stands there; 0 = it has yet to be encoded. */
  readonly #lengths: Uint8Array
  /** Whether it was made from a name, which can have another address the next time. */
  readonly #isNamed: Uint8Array
  /** Whether a message to send has an address. */
  readonly #wanted: Uint8Array
  /** Whether anything was given since the last receive. */
  #hasGiven = false
  /** Whether some that is wanted has yet to be encoded. */
  #isBehind = false
  /** The IPv4 address last decoded: its bytes and its text. */
  #bits = 0
  #host = '0.0.0.0'
  /** The socket whose addresses they are. */
  #owner: Handle | null = null

  constructor(batch: Records) {
    this.#batch = batch
    const { buffer, byteOffset, length } = batch.records
    this.#text = Buffer.from(buffer as ArrayBuffer, byteOffset, length)
    this.#given = new Array<Given | undefined>(batch.count).fill(undefined)
    this.#lengths = new Uint8Array(batch.count)
    this.#isNamed = new Uint8Array(batch.count)
    this.#wanted = new Uint8Array(batch.count)
  }

  /** What `address` gives to `set`: `null` = none, so that the message goes to the peer. */
  put(index: number, address: Given | null): void {
    const { words } = this.#batch
    const at = index * this.#batch.stride + LENGTH
    if (address === null) {
      words[at] = 0
      this.#wanted[index] = 0
      return
    }
    this.#wanted[index] = 1
    this.#hasGiven = true
    if (this.#stands(index, address, words[at] as number)) words[at] = this.#lengths[index] as number
    else words[at] = this.#lengths[index] = 0
    if (words[at] === 0) this.#isBehind = true
  }

  /** Whether the address stands raw in the record, or is known to have to; else it is from here on. */
  #stands(index: number, address: Given, received: number): boolean {
    const known = this.#given[index]
    if (known !== undefined && this.#isNamed[index] === 0 && isSame(address, known)) return true
    this.#given[index] = Array.isArray(address) ? [...(address as unknown[])] : address
    this.#isNamed[index] = 0
    if (known !== undefined || received === 0) return false
    // That of whom a message came from.
    const sender = this.#decode(index, received)
    this.#lengths[index] = received
    return sender !== null && isSame(address, sender as Given)
  }

  clear(index: number): void {
    this.#batch.words[index * this.#batch.stride + LENGTH] = 0
    this.#given[index] = undefined
    this.#lengths[index] = 0
    this.#wanted[index] = 0
  }

  /** The first `count` messages have come from that socket, with new addresses. */
  noteReceived(owner: Handle, count: number): void {
    this.#ownedBy(owner)
    if (!this.#hasGiven) return
    this.#given.fill(undefined, 0, count)
    this.#wanted.fill(0, 0, count)
    this.#hasGiven = count < this.#batch.count
  }

  /** What stands for the address of a message, as it was given. */
  given(index: number): Given | undefined {
    return this.#wanted[index] === 1 ? this.#given[index] : undefined
  }

  /** The address of a message: of a received one, its sender's; of one to send, where it goes. */
  address(index: number): AddressOut | null {
    const { words, stride } = this.#batch
    const length = words[index * stride + LENGTH] as number
    if (length === 0) return (this.given(index) as AddressOut | undefined) ?? null
    return this.#decode(index, length)
  }

  /** Those that have yet to be encoded for the socket: what for, in order. */
  *behind(owner: Handle): Generator<[index: number, address: Given]> {
    this.#ownedBy(owner)
    if (!this.#isBehind) return
    let isBehind = false
    for (let index = 0; index < this.#batch.count; index++) {
      const address = this.#given[index]
      if (this.#wanted[index] === 0 || this.#lengths[index] !== 0 || address === undefined) continue
      if (!this.#batch.isUnsent(index)) continue
      yield [index, address]
      if (this.#lengths[index] === 0) isBehind = true
    }
    this.#isBehind = isBehind
  }

  /**
   * Encodes the address of a message.
   * @param address what was given, or the same with its name looked up
   * @throws as `encodeAddress`
   */
  encode(owner: Handle, index: number, address: unknown, syscall: string): void {
    const name = `batch[${index}].address`
    const isName = hasName(owner, address, name)
    encodeAddress(owner, address, name, syscall)
    const length = binding.words[binding.ADDRESS_LENGTH] as number
    const { records, words, stride } = this.#batch
    const start = index * stride
    for (let i = 0; i < length; i++) records[4 * (start + ADDRESS) + i] = addressBytes[i] as number
    words[start + LENGTH] = length
    this.#lengths[index] = length
    this.#isNamed[index] = isName || address !== this.#given[index] ? 1 : 0
  }

  #ownedBy(owner: Handle): void {
    const before = this.#owner
    if (before === owner) return
    this.#owner = owner
    if (before !== null && before.family === owner.family && before.proto === owner.proto) return
    this.#lengths.fill(0)
    this.#isBehind = true
  }

  #decode(index: number, length: number): AddressOut | null {
    const { words, stride } = this.#batch
    const at = index * stride + ADDRESS
    const start = 4 * at
    const first = words[at] as number
    const family = familyAt(first)
    if (family === inet && length >= 8) {
      const bits = words[at + 1] as number
      // One peer sends many in a row.
      if (bits !== this.#bits) this.#host = ipv4Host(bits)
      this.#bits = bits
      return [this.#host, portAt(first)]
    }
    if (family !== inet6) return this.#decodeOther(start, length)
    const key = this.#text.toString('latin1', start, start + length)
    let address = seen.get(key)
    if (address === undefined) {
      address = this.#decodeOther(start, length) as AddressOut
      if (seen.size >= MOST_SEEN) seen.clear()
      seen.set(key, address)
    }
    // A copy: it is the caller's.
    return [...(address as unknown[])] as AddressOut
  }

  #decodeOther(start: number, length: number): AddressOut | null {
    native.decodeAddress(this.#batch.records.subarray(start, start + length))
    return decodeAddress(this.#owner)
  }
}

/** Some systems have a length before the family. */
const hasLength = process.platform === 'darwin'

/** The family in the first word of a sockaddr. */
function familyAt(word: number): number {
  if (hasLength) return (word >> 8) & 0xff
  return isLittleEndian ? word & 0xffff : word >>> 16
}

/** The port in the first word of a sockaddr of IPv4. */
function portAt(word: number): number {
  return isLittleEndian ? ((word >> 8) & 0xff00) | (word >>> 24) : word & 0xffff
}

/** Whether the address is surely the same. Bytes may have changed meanwhile. */
function isSame(address: Given, known: Given | undefined): boolean {
  if (known === undefined) return false
  if (!Array.isArray(address) || !Array.isArray(known)) return address === known && typeof address !== 'object'
  const { length } = address
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) {
    const part: unknown = address[i]
    if (part !== known[i] || typeof part === 'object') return false
  }
  return true
}

const NUMERIC = /^[\d.]+$/

/** Whether the host of an address is a name, which has to be looked up each time. */
function hasName(owner: Handle, address: unknown, name: string): boolean {
  const host: unknown = Array.isArray(address) ? address[0] : ''
  if (typeof host !== 'string' || host === '' || NUMERIC.test(host)) return false
  return nameIn(owner.family, address, name) !== null
}

/**
 * Checks the type of an address as far as can be told without a socket.
 * @throws {TypeError} for what is no address of any family
 */
export function checkGiven(address: unknown): Given | null {
  if (address === undefined || address === null) return null
  if (Array.isArray(address)) return address as unknown[]
  if (typeof address === 'string' || typeof address === 'number') return address
  if (types.isUint8Array(address)) return Buffer.from(address)
  throw argumentTypeError('address', 'an array, a path or null', address)
}
