/** Network interfaces in options: a name or an index, which the kernel wants as either. */
import { isIPv4 } from 'node:net'
import { socketError } from '../errors.js'
import { AF_INET } from '../generated/constants.js'
import { inetNtop, inetPton } from '../inet.js'
import { ifIndextoname, ifNametoindex } from '../interfaces.js'
import { argumentTypeError, argumentValueError, checkInteger } from '../validate.js'
import { type BytesCodec, bytesOf, type IntCodec, textOf } from './codec.js'

/** IF_NAMESIZE without the NUL, on every system. */
const LONGEST_NAME = 15

/** The index of an interface that was given by its name or index. */
export function indexOf(name: string, value: unknown): number {
  if (typeof value === 'number') {
    checkInteger(name, value, 1, 0x7fffffff)
    return value
  }
  return ifNametoindex(checkedName(name, value))
}

function checkedName(name: string, value: unknown): string {
  if (typeof value !== 'string') throw argumentTypeError(name, 'the name or the index of an interface', value)
  if (value === '' || value.includes('\0')) throw argumentValueError(name, 'must be the name of an interface', value)
  return value
}

/** The name of an interface, for an option that is bytes. */
export const deviceName: BytesCodec<string | null, string | number | null> = {
  takes: 'interface; null',
  size: LONGEST_NAME + 1,
  encode(value, name) {
    if (value === null) return new Uint8Array(0)
    if (typeof value === 'number') return Buffer.from(ifIndextoname(indexOf(name, value)))
    const bytes = Buffer.from(checkedName(name, value))
    // The kernel would look for the beginning of a longer name.
    if (bytes.length > LONGEST_NAME) throw socketError('ENODEV', 'setsockopt', value)
    return bytes
  },
  decode: (raw) => textOf(raw) || null,
}

/** The same for an option that is an index, 0 for none. */
export const deviceIndex: IntCodec<string | null, string | number | null> = {
  takes: 'interface; null',
  size: 0,
  encode: (value, name) => (value === null ? 0 : indexOf(name, value)),
  decode: (raw) => (raw === 0 ? null : ifIndextoname(raw)),
}

/** `struct ip_mreqn`, without its group; the kernel answers the address. */
export const inetInterface: BytesCodec<string | null, string | number | null> = {
  takes: 'interface, or its IPv4 address; null',
  size: 4,
  encode(value, name) {
    const bytes = new Uint8Array(12)
    if (value === null) return bytes
    if (typeof value === 'string' && isIPv4(value)) bytes.set(inetPton(AF_INET, value), 4)
    else bytes.set(bytesOf(Int32Array.of(indexOf(name, value))), 8)
    return bytes
  },
  decode(raw) {
    const address = inetNtop(AF_INET, raw)
    return address === '0.0.0.0' ? null : address
  },
}
