/** The addresses of a batch: raw in its records, decoded when asked for, encoded when the socket is known. */
import { types } from 'node:util'
import { type AddressOut, decodeAddress, encodeAddress, ipv4Host, nameIn } from '../address.js'
import * as binding from '../binding.js'
import { AF_INET, AF_INET6 } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { argumentTypeError } from '../validate.js'

const { native, addressBytes, BATCH_ADDRESS_LENGTH: LENGTH, BATCH_ADDRESS: ADDRESS } = binding
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
  /** Whether some that is wanted has yet to be encoded. */
  #isBehind = false
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
    const length = this.#batch.words
    const at = index * this.#batch.stride + LENGTH
    if (address === null) {
      length[at] = 0
      this.#wanted[index] = 0
      return
    }
    this.#wanted[index] = 1
    if (this.#isNamed[index] === 0 && isSame(address, this.#given[index])) {
      length[at] = this.#lengths[index] as number
      if (length[at] === 0) this.#isBehind = true
      return
    }
    this.#given[index] = Array.isArray(address) ? [...(address as unknown[])] : address
    this.#isNamed[index] = 0
    this.#lengths[index] = 0
    length[at] = 0
    this.#isBehind = true
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
    for (let index = 0; index < count; index++) {
      this.#given[index] = undefined
      this.#wanted[index] = 0
    }
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
    const address = this.#decode(index, length)
    if (this.#given[index] === undefined && Array.isArray(address)) {
      this.#given[index] = [...address]
      this.#isNamed[index] = 0
      this.#lengths[index] = length
    }
    return address
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
    const { records, words, stride } = this.#batch
    const at = index * stride + ADDRESS
    const start = 4 * at
    const family = familyAt(words[at] as number)
    if (family === inet && length >= 8) {
      const port = ((records[start + 2] as number) << 8) | (records[start + 3] as number)
      return [ipv4Host(words[at + 1] as number), port]
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

/** The family in the first word of a sockaddr, which has a length before it on some systems. */
function familyAt(word: number): number {
  if (process.platform === 'darwin') return (word >> 8) & 0xff
  return isLittleEndian ? word & 0xffff : word >>> 16
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
