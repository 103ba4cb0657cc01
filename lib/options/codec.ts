/** How values of options go to the kernel and come back: a C int, or the bytes of a structure. */
import { argumentTypeError, checkInteger, checkNoNul, checkString, checkSwitch, rangeError } from '../validate.js'

/** An option whose value is a C int. */
export interface IntCodec<Out, In = Out> {
  /** What values there are, for the documentation. */
  readonly takes: string
  readonly size: 0
  /** @param name the option's, for errors */
  encode(value: In, name: string): number
  decode(raw: number): Out
}

/** An option whose value is a structure or a text. */
export interface BytesCodec<Out, In = Out> {
  readonly takes: string
  /** Bytes: how long the kernel's answer may be. */
  readonly size: number
  encode(value: In, name: string): Uint8Array
  decode(raw: Buffer): Out
}

export type Codec<Out, In = Out> = IntCodec<Out, In> | BytesCodec<Out, In>

const INT_MAX = 0x7fffffff
const UINT_MAX = 0xffffffff

/** On or off. Systems differ in the number that they answer for "on". */
export const flag: IntCodec<boolean> = {
  takes: 'boolean',
  size: 0,
  encode: (value, name) => (checkSwitch(name, value) ? 1 : 0),
  decode: (raw) => raw !== 0,
}

/** A C int within a range. */
export function integer(min: number, max = INT_MAX): IntCodec<number> {
  return {
    takes: max === INT_MAX ? `integer, from ${min}` : `integer, ${min} to ${max}`,
    size: 0,
    encode(value, name) {
      checkInteger(name, value, min, max)
      return value
    },
    decode: (raw) => raw,
  }
}

/** A C int that the kernel takes for an unsigned one. */
export const unsigned: IntCodec<number> = {
  takes: 'integer, 0 to 4294967295',
  size: 0,
  encode(value, name) {
    checkInteger(name, value, 0, UINT_MAX)
    return value | 0
  },
  decode: (raw) => raw >>> 0,
}

/** An integer, or `null` for what the kernel has below 0. */
export const integerOrNull: IntCodec<number | null> = {
  takes: 'integer, from 0; null',
  size: 0,
  encode(value, name) {
    if (value === null) return -1
    if (typeof value !== 'number') throw argumentTypeError(name, 'of type number or null', value)
    checkInteger(name, value, 0, INT_MAX)
    return value
  },
  decode: (raw) => (raw < 0 ? null : raw),
}

/** A duration in seconds: above 0, since 0 is the kernel's word for "none", which is `null` here. */
function checkDuration(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number') throw argumentTypeError(name, 'of type number or null', value)
  if (!(value > 0 && value <= most)) throw rangeError(name, `> 0 and <= ${most} seconds, or null for none`, value)
  return value
}

/** Seconds, which the kernel has as an int of milliseconds. */
export const milliseconds: IntCodec<number | null> = {
  takes: 'float, above 0; null',
  size: 0,
  encode: (value, name) => (value === null ? 0 : Math.ceil(checkDuration(name, value, 2_000_000) * 1e3)),
  decode: (raw) => (raw === 0 ? null : raw / 1e3),
}

/** The bytes of C integers, in the machine's order. */
export function bytesOf(numbers: Int32Array | BigInt64Array | BigUint64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

/** A view of bytes that lie where no alignment is promised. */
export function viewOfRaw(raw: Uint8Array): DataView {
  return new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
}

/** Whether the machine's order is that of `DataView`'s last argument. */
export const littleEndian: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Seconds in `struct timeval` of 64-bit systems: two longs, of which macOS's second is an int and its padding. */
export const timeval: BytesCodec<number | null> = {
  takes: 'float, above 0; null',
  size: 16,
  encode(value, name) {
    if (value === null) return new Uint8Array(16)
    const whole = Math.ceil(checkDuration(name, value, 9_000_000_000) * 1e6)
    return bytesOf(BigInt64Array.of(BigInt(Math.floor(whole / 1e6)), BigInt(whole % 1e6)))
  },
  decode(raw) {
    const view = viewOfRaw(raw)
    const seconds = Number(view.getBigInt64(0, littleEndian))
    const microseconds = Number(BigInt.asIntN(32, view.getBigInt64(8, littleEndian)))
    return seconds === 0 && microseconds === 0 ? null : seconds + microseconds / 1e6
  },
}

/** `struct linger`: two ints, on or off and seconds. */
export const linger: BytesCodec<number | null> = {
  takes: 'integer, from 0; null',
  size: 8,
  encode(value, name) {
    if (value === null) return bytesOf(Int32Array.of(0, 0))
    if (typeof value !== 'number') throw argumentTypeError(name, 'of type number or null', value)
    checkInteger(name, value, 0, INT_MAX)
    return bytesOf(Int32Array.of(1, value))
  },
  decode(raw) {
    const view = viewOfRaw(raw)
    return view.getInt32(0, littleEndian) === 0 ? null : view.getInt32(4, littleEndian)
  },
}

/** A text without NUL; the kernel's ends at a NUL. */
export function text(longest: number): BytesCodec<string> {
  return {
    takes: 'string',
    size: longest + 1,
    encode(value, name) {
      checkString(name, value)
      checkNoNul(name, value)
      const bytes = Buffer.from(value)
      // The kernel would take the beginning of a longer one.
      if (bytes.length > longest) throw rangeError(name, `at most ${longest} bytes long`, value)
      return bytes
    },
    decode: textOf,
  }
}

export function textOf(raw: Buffer): string {
  const end = raw.indexOf(0)
  return raw.toString('utf8', 0, end < 0 ? raw.length : end)
}

/** Bytes per second in 64 bits, `Infinity` where they are all set. */
export const rate: BytesCodec<number> = {
  takes: 'integer, from 0; Infinity',
  size: 8,
  encode(value, name) {
    if (value === Number.POSITIVE_INFINITY) return bytesOf(BigUint64Array.of(2n ** 64n - 1n))
    checkInteger(name, value, 0, Number.MAX_SAFE_INTEGER)
    return bytesOf(BigUint64Array.of(BigInt(value)))
  },
  decode(raw) {
    const value = viewOfRaw(raw).getBigUint64(0, littleEndian)
    return value === 2n ** 64n - 1n ? Number.POSITIVE_INFINITY : Number(value)
  },
}

/** 64 bits that identify something. */
export const identifier: BytesCodec<bigint> = {
  takes: 'bigint',
  size: 8,
  encode: (value) => bytesOf(BigUint64Array.of(value)),
  decode: (raw) => viewOfRaw(raw).getBigUint64(0, littleEndian),
}

/** Two ports in one int, the lower one in its lower half; 0 = no limits. */
export const portRange: IntCodec<readonly [lowest: number, highest: number] | null> = {
  takes: '[lowest, highest]; null',
  size: 0,
  encode(value, name) {
    if (value === null) return 0
    if (!Array.isArray(value) || value.length !== 2) {
      throw argumentTypeError(name, 'a list of two ports, the lowest and the highest, or null', value)
    }
    const [lowest, highest] = value as [unknown, unknown]
    checkInteger(name, lowest, 0, 0xffff)
    checkInteger(name, highest, 0, 0xffff)
    return (highest << 16) | lowest
  },
  decode: (raw) => (raw === 0 ? null : [raw & 0xffff, raw >>> 16]),
}
