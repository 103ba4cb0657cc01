/** Fields of C structures: numbers in the machine's byte order, addresses in network order. */
import { endianness } from 'node:os'
import type { Inet6Address, InetAddress } from '../address.js'
import { AF_INET, AF_INET6 } from '../generated/constants.js'
import { inetNtop } from '../inet.js'

const LITTLE = endianness() === 'LE'

/** Who reads a field has made sure that it is there: a field past the end is a RangeError of the language. */
export class Fields {
  readonly length: number
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.length = bytes.byteLength
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint8(offset: number): number {
    return this.#view.getUint8(offset)
  }

  uint16(offset: number): number {
    return this.#view.getUint16(offset, LITTLE)
  }

  int32(offset: number): number {
    return this.#view.getInt32(offset, LITTLE)
  }

  uint32(offset: number): number {
    return this.#view.getUint32(offset, LITTLE)
  }

  int64(offset: number): bigint {
    return this.#view.getBigInt64(offset, LITTLE)
  }

  uint64(offset: number): bigint {
    return this.#view.getBigUint64(offset, LITTLE)
  }

  /** `in_addr`, as text. */
  ipv4(offset: number): string {
    return this.#bytes.subarray(offset, offset + 4).join('.')
  }

  /** `in6_addr`, as text. */
  ipv6(offset: number): string {
    return inetNtop(AF_INET6, this.#bytes.subarray(offset, offset + 16))
  }

  /** All bytes as text, up to a NUL. */
  text(): string {
    return Buffer.from(this.#bytes).toString().split('\0', 1)[0] ?? ''
  }

  /**
   * A `sockaddr_in` or `sockaddr_in6` as Linux has it, to the end of the bytes; `null` where there is none of them.
   * Their headers: netinet/in.h, linux/in6.h.
   */
  sockaddr(offset: number): InetAddress | Inet6Address | null {
    const size = this.length - offset
    if (size < 2) return null
    const family = this.uint16(offset)
    if (family === AF_INET && size >= 16) return [this.ipv4(offset + 4), this.#port(offset)]
    if (family !== AF_INET6 || size < 28) return null
    const flowinfo = this.#view.getUint32(offset + 4)
    return [this.ipv6(offset + 8), this.#port(offset), flowinfo, this.uint32(offset + 24)]
  }

  #port(offset: number): number {
    return this.#view.getUint16(offset + 2)
  }
}

/** C structures to send: `size` bytes, filled by `write`, which is given a view and the order of bytes in it. */
export function structure(size: number, write: (view: DataView, little: boolean) => void): Buffer {
  const bytes = Buffer.alloc(size)
  write(new DataView(bytes.buffer, bytes.byteOffset, size), LITTLE)
  return bytes
}
