/** getsockopt(2) and setsockopt(2). */
import { types } from 'node:util'
import { MODE_KERNEL_TIMEOUT, native, VALUE, words } from '../binding.js'
import { viewOf } from '../bytes.js'
import { errorOf } from '../errors.js'
import {
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_RCVTIMEO_NEW,
  SO_RCVTIMEO_OLD,
  SO_SNDTIMEO,
  SO_SNDTIMEO_NEW,
  SO_SNDTIMEO_OLD,
  SOL_SOCKET,
} from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { argumentTypeError, checkInt, checkInteger, checkNumber } from '../validate.js'

const LONGEST_OPTION = 65536

/** The options that bound a blocking call in the kernel: a wait has to know that they were set. */
const TIMEOUTS = new Set<number | undefined>([
  ...[SO_RCVTIMEO, SO_RCVTIMEO_NEW, SO_RCVTIMEO_OLD],
  ...[SO_SNDTIMEO, SO_SNDTIMEO_NEW, SO_SNDTIMEO_OLD],
])

export function getsockopt(handle: Handle, level: number, name: number, buflen: number): number | Buffer {
  checkNumber('level', level)
  checkNumber('name', name)
  checkNumber('buflen', buflen)
  checkInt('level', level)
  checkInt('name', name)
  checkInteger('buflen', buflen, 0, LONGEST_OPTION)
  if (buflen === 0) {
    const result = native.getsockoptInt(handle.fd, level, name)
    if (result < 0) throw errorOf(result, 'getsockopt')
    return words[VALUE] as number
  }
  const value = Buffer.alloc(buflen)
  const result = native.getsockoptBytes(handle.fd, level, name, value)
  if (result < 0) throw errorOf(result, 'getsockopt')
  return result < buflen ? value.subarray(0, result) : value
}

export function setsockopt(
  handle: Handle,
  level: number,
  name: number,
  value: unknown,
  optlen: number | undefined,
): void {
  checkNumber('level', level)
  checkNumber('name', name)
  checkValue(value, optlen)
  checkInt('level', level)
  checkInt('name', name)
  const result = set(handle.fd, level, name, value, optlen)
  if (result < 0) throw errorOf(result, 'setsockopt')
  if (level !== SOL_SOCKET) return
  if (TIMEOUTS.has(name)) handle.kernelTimeout = MODE_KERNEL_TIMEOUT
  if (name === SO_RCVLOWAT) handle.lowWater = true
}

/** What an option can be set to. */
type Value = number | boolean | null | ArrayBufferView | ArrayBufferLike

/** That these are of types that go together. */
function checkValue(value: unknown, optlen: unknown): asserts value is Value {
  if (value === null) {
    if (optlen === undefined)
      throw argumentTypeError('optlen', 'given, a length in bytes, where "value" is null', optlen)
    checkNumber('optlen', optlen)
    return
  }
  if (optlen !== undefined) throw argumentTypeError('value', 'null where "optlen" is given', value)
  if (typeof value === 'number' || typeof value === 'boolean') return
  if (!types.isArrayBufferView(value) && !types.isAnyArrayBuffer(value))
    throw argumentTypeError('value', 'of type number, boolean, an ArrayBufferView, or null with a length', value)
}

function set(fd: number, level: number, name: number, value: Value, optlen: number | undefined): number {
  if (value === null) {
    checkInteger('optlen', optlen, 0, 0xffffffff)
    return native.setsockoptNull(fd, level, name, optlen)
  }
  if (typeof value === 'boolean') return native.setsockoptInt(fd, level, name, value ? 1 : 0)
  if (typeof value === 'number') {
    checkInt('value', value)
    return native.setsockoptInt(fd, level, name, value)
  }
  return native.setsockoptBytes(fd, level, name, viewOf('value', value))
}
