/** What gives a socket its place: bind(2), listen(2), shutdown(2), getsockname(2), getpeername(2). */
import { type AddressOut, decodeAddress, encodeAddress } from '../address.js'
import { FD, native, words } from '../binding.js'
import { type ErrorAddress, errorOf } from '../errors.js'
import type { Handle } from '../handle.js'
import { checkInt } from '../validate.js'

export function bind(handle: Handle, address: unknown): void {
  encodeAddress(handle, address, 'address', 'bind')
  words[FD] = handle.fd
  const result = native.bind()
  if (result < 0) throw errorOf(result, 'bind', address as ErrorAddress)
}

export function listen(handle: Handle, backlog: number): void {
  checkInt('backlog', backlog)
  const result = native.listen(handle.fd, Math.max(backlog, 0))
  if (result < 0) throw errorOf(result, 'listen')
  handle.listening = true
}

export function shutdown(handle: Handle, how: number): void {
  checkInt('how', how)
  const result = native.shutdown(handle.fd, how)
  if (result < 0) throw errorOf(result, 'shutdown')
}

export function getsockname(handle: Handle): AddressOut | null {
  words[FD] = handle.fd
  const result = native.getsockname()
  if (result < 0) throw errorOf(result, 'getsockname')
  return decodeAddress(handle)
}

export function getpeername(handle: Handle): AddressOut | null {
  words[FD] = handle.fd
  const result = native.getpeername()
  if (result < 0) throw errorOf(result, 'getpeername')
  return decodeAddress(handle)
}
