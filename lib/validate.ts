/** Checks of arguments. Each failure names the argument, what it takes and what it got, as Node words it. */
import { inspect } from 'node:util'

/** A value as text for a message. Showing it can run code of the value's own, which may throw. */
function shown(value: unknown, depth = 2): string {
  try {
    return inspect(value, { depth, maxArrayLength: 5, maxStringLength: 120, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return 'a value that cannot be shown'
  }
}

function received(value: unknown): string {
  try {
    return describe(value)
  } catch {
    // A revoked proxy, or a getter that throws.
    return `Received ${shown(value, -1)}`
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `Received ${value}`
  if (typeof value === 'function') return `Received function ${String(value.name)}`
  if (typeof value === 'object') {
    if (Array.isArray(value)) return `Received ${shown(value, 0)}`
    const name: unknown = value.constructor?.name
    return typeof name === 'string' && name !== '' ? `Received an instance of ${name}` : `Received ${shown(value, -1)}`
  }
  const text = inspect(value, { colors: false })
  return `Received type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`
}

/** A value of the wrong type: `ERR_INVALID_ARG_TYPE`. */
export function argumentTypeError(name: string, takes: string, value: unknown): TypeError {
  const error = new TypeError(`The "${name}" argument must be ${takes}. ${received(value)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

/** A value of the right type that makes no sense: `ERR_INVALID_ARG_VALUE`. */
export function argumentValueError(name: string, reason: string, value: unknown): TypeError {
  const error = new TypeError(`The argument "${name}" ${reason}. Received ${shown(value)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' })
}

/** A number outside of its range: `ERR_OUT_OF_RANGE`. */
export function rangeError(name: string, takes: string, value: unknown): RangeError {
  const error = new RangeError(`The value of "${name}" is out of range. It must be ${takes}. Received ${shown(value)}`)
  return Object.assign(error, { code: 'ERR_OUT_OF_RANGE' })
}

/** Arguments that constants are given for, of which a platform may lack one. */
const OF_CONSTANTS = /(^|\.)(family|type|proto|level|name|flags|how|op|events|mask|filter|fflags)$|\]\[[01]\]$/

export function checkNumber(name: string, value: unknown): asserts value is number {
  if (typeof value === 'number') return
  const error = argumentTypeError(name, 'of type number', value)
  if (value === undefined && OF_CONSTANTS.test(name))
    error.message += ' (a constant that this platform lacks is undefined)'
  throw error
}

/** That `value` is an integer, whatever its size: the part of a range check that comes before name resolution. */
export function checkWhole(name: string, value: unknown): asserts value is number {
  checkNumber(name, value)
  if (!Number.isInteger(value)) throw rangeError(name, 'an integer', value)
}

export function checkRange(name: string, value: number, min: number, max: number): void {
  if (value < min || value > max) throw rangeError(name, `>= ${min} and <= ${max}`, value)
}

export function checkInteger(name: string, value: unknown, min: number, max: number): asserts value is number {
  checkWhole(name, value)
  checkRange(name, value, min, max)
}

/** A C int. */
export function checkInt(name: string, value: unknown): asserts value is number {
  checkInteger(name, value, -0x80000000, 0x7fffffff)
}

export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw argumentTypeError(name, 'of type string', value)
}

export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw argumentTypeError(name, 'of type boolean', value)
}

/** Whether a C function would see only a part of it. */
export function hasNul(value: string | Uint8Array): boolean {
  return typeof value === 'string' ? value.includes('\0') : value.includes(0)
}

/** A text that goes to C as a NUL-terminated string. */
export function checkNoNul(name: string, value: string | Uint8Array): void {
  if (hasNul(value)) throw argumentValueError(name, 'must be without null bytes', value)
}

/** The options object that many calls take last. */
export function checkOptions(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw argumentTypeError(name, 'of type object', value)
}

/** That seconds are a number, or `null`. */
export function checkTimeout(name: string, seconds: unknown): asserts seconds is number | null {
  if (seconds !== null && typeof seconds !== 'number') throw argumentTypeError(name, 'of type number or null', seconds)
}

/** Seconds, as `settimeout` takes them, in nanoseconds rounded up; -1 for `null`, which waits for ever. */
export function timeoutNsOf(name: string, seconds: unknown): number {
  checkTimeout(name, seconds)
  if (seconds === null) return -1
  // As in CPython: what 63 bits of nanoseconds cannot hold is no time-out.
  if (!(seconds >= 0 && seconds <= 9_000_000_000)) throw rangeError(name, '>= 0 and <= 9000000000 seconds', seconds)
  // Adding 0 makes 0 of -0.
  return Math.ceil(seconds * 1e9) + 0
}

/** A boolean, or 0 or 1 as C writes it. */
export function checkSwitch(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean' && value !== 0 && value !== 1) throw argumentTypeError(name, 'of type boolean', value)
  return Boolean(value)
}
