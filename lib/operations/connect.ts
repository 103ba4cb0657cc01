/** connect(2), in the form that throws and the form that answers. */
import { encodeAddress } from '../address.js'
import { FD, MODE, native, timeouts, words } from '../binding.js'
import { type ErrorAddress, errnoOf, errorOf } from '../errors.js'
import type { Handle } from '../handle.js'

function attempt(handle: Handle, address: unknown): number {
  encodeAddress(handle, address, 'address', 'connect')
  words[FD] = handle.fd
  words[MODE] = handle.kernelTimeout
  timeouts[0] = handle.timeoutNs
  return native.connect()
}

export function connect(handle: Handle, address: unknown): void {
  const result = attempt(handle, address)
  if (result < 0) throw errorOf(result, 'connect', address as ErrorAddress)
}

export function connect_ex(handle: Handle, address: unknown): number {
  return errnoOf(attempt(handle, address))
}
