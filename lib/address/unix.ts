/** `AF_UNIX`: paths and abstract names. */
import { isUtf8 } from 'node:buffer'
import { types } from 'node:util'
import { native, TO_FAMILY, TO_TEXT_LENGTH, textSize, toText, words } from '../binding.js'
import { viewOf } from '../bytes.js'
import { errorOf, socketError } from '../errors.js'
import { AF_UNIX } from '../generated/constants.js'
import { argumentTypeError, checkNoNul } from '../validate.js'
import { fromBytes } from './fields.js'
import type { UnixAddress } from './types.js'

export function encodeUnix(address: unknown, name: string, syscall: string): void {
  if (typeof address !== 'string' && !types.isUint8Array(address)) {
    throw argumentTypeError(name, 'a path (string or Buffer) for AF_UNIX', address)
  }
  const path = typeof address === 'string' ? Buffer.from(address) : viewOf(name, address)
  const isAbstract = process.platform === 'linux' && path[0] === 0
  if (!isAbstract) checkNoNul(name, path)
  if (path.length > textSize) throw socketError('ENAMETOOLONG', syscall, address)
  toText.set(path)
  words[TO_FAMILY] = AF_UNIX
  words[TO_TEXT_LENGTH] = path.length
  const result = native.encodeAddress()
  if (result < 0) throw errorOf(result, syscall, address)
}

export function decodeUnix(): UnixAddress {
  const bytes = fromBytes()
  return bytes[0] === 0 || !isUtf8(bytes) ? bytes : bytes.toString()
}
