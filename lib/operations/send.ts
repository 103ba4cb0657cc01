/** send(2), sendto(2) and sendall. */
import { encodeAddress } from '../address.js'
import { BYTES_SENT, MODE_WITH_ADDRESS, timeouts, words } from '../binding.js'
import { dataOf, MAX_TRANSFER, partOf } from '../bytes.js'
import { type ErrorAddress, errorOf, type SocketError } from '../errors.js'
import { MSG_ZEROCOPY } from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import type { Handle } from '../handle.js'
import { argumentTypeError, checkInt, checkNumber } from '../validate.js'
import { letWritersGoFirst } from './earlier.js'
import { mayZeroCopy, prepareSend, takeDeferredError, transmit, transmitAll } from './transfer.js'

/** The bytes to send; the range of the flags is for later. With MSG_ZEROCOPY the kernel goes on reading them after the call, so they must be the caller's. */
export function viewToSend(data: unknown, flags: number): Uint8Array {
  checkNumber('flags', flags)
  if (typeof data === 'string' && flags & (MSG_ZEROCOPY ?? 0)) {
    throw argumentTypeError('data', 'a buffer of the caller with MSG_ZEROCOPY', data)
  }
  return dataOf('data', data)
}

/** How many bytes of `view` one call can move. */
export function lengthToSend(view: Uint8Array): number {
  const { length } = view
  return length < MAX_TRANSFER ? length : MAX_TRANSFER
}

export function send(handle: Handle, data: unknown, flags: number): number {
  const view = viewToSend(data, flags)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letWritersGoFirst(handle, handle.channel, flags)
  const result = earlier < 0 ? earlier : transmit(handle, view, lengthToSend(view), flags, 0)
  if (result < 0) throw errorOf(result, 'send')
  return result
}

export function sendto(handle: Handle, data: unknown, address: unknown, flags: number): number {
  const view = viewToSend(data, flags)
  const length = lengthToSend(view)
  encodeAddress(handle, address, 'address', 'sendto')
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letWritersGoFirst(handle, handle.channel, flags, true)
  if (earlier < 0) throw errorOf(earlier, 'sendto', address as ErrorAddress)
  // Reading the address may run the caller's code.
  if (lengthToSend(view) !== length) throw argumentTypeError('data', 'left alone while the address is read', data)
  const result = transmit(handle, view, length, flags, MODE_WITH_ADDRESS)
  if (result < 0) throw errorOf(result, 'sendto', address as ErrorAddress)
  return result
}

export function sendall(handle: Handle, data: unknown, flags: number): void {
  const view = viewToSend(data, flags)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letWritersGoFirst(handle, handle.channel, flags)
  if (earlier < 0) throw failed(earlier, 0)
  if (flags & (MSG_ZEROCOPY ?? 0) && !mayZeroCopy(handle)) throw failed(-errno.EBUSY, 0)
  // One native call has one budget of time. It moves 2 GiB; what is longer needs several, and a clock.
  const started = view.length > MAX_TRANSFER ? performance.now() : 0
  let sent = 0
  if (handle.deferredError !== 0) throw failed(takeDeferredError(handle), 0)
  do {
    const rest = sent === 0 ? view : partOf(view, sent, view.length)
    const length = lengthToSend(rest)
    prepareSend(handle, length, flags, 0)
    if (sent > 0) timeouts[0] = timeLeft(handle, started)
    const result = transmitAll(rest, length, flags)
    if (result < 0) throw failed(result, sent + (words[BYTES_SENT] as number))
    sent += length
  } while (sent < view.length)
}

function failed(result: number, bytesSent: number): SocketError {
  const error = errorOf(result, 'sendall')
  error.bytesSent = bytesSent
  return error
}

function timeLeft(handle: Handle, started: number): number {
  if (handle.timeoutNs <= 0) return handle.timeoutNs
  return Math.max(1, handle.timeoutNs - (performance.now() - started) * 1e6)
}
