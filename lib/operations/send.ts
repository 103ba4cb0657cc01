/** send(2), sendto(2) and sendall. */
import { encodeAddress } from '../address.js'
import {
  BYTES_SENT,
  FD,
  FLAGS,
  LENGTH,
  MODE,
  MODE_WITH_ADDRESS,
  native,
  OFFSET,
  small,
  timeouts,
  words,
} from '../binding.js'
import { dataOf, MAX_TRANSFER } from '../bytes.js'
import { type ErrorAddress, errorOf } from '../errors.js'
import type { Handle } from '../handle.js'
import { checkInt } from '../validate.js'
import { SMALL_COPY, sendMode } from './transfer.js'

// Taken out of the addon's object once: looking a function up in it costs as much as calling it.
const { send: sendRaw, sendSmall, sendall: sendallRaw } = native

/** Sends `view` or the part of it that one call can move: bytes, or a negative result. */
function sendView(handle: Handle, view: Uint8Array, flags: number, mode: number): number {
  const length = Math.min(view.length, MAX_TRANSFER)
  words[FD] = handle.fd
  words[LENGTH] = length
  words[FLAGS] = flags
  words[MODE] = mode | sendMode(handle, flags)
  timeouts[0] = handle.timeoutNs
  if (length <= SMALL_COPY) {
    for (let i = 0; i < length; i++) small[i] = view[i] as number
    return sendSmall()
  }
  words[OFFSET] = 0
  return sendRaw(view)
}

export function send(handle: Handle, data: unknown, flags: number): number {
  const view = dataOf('data', data)
  if (flags !== 0) checkInt('flags', flags)
  const result = sendView(handle, view, flags, 0)
  if (result < 0) throw errorOf(result, 'send')
  return result
}

export function sendto(handle: Handle, data: unknown, address: unknown, flags: number): number {
  const view = dataOf('data', data)
  if (flags !== 0) checkInt('flags', flags)
  encodeAddress(handle.family, address, 'address', 'sendto')
  const result = sendView(handle, view, flags, MODE_WITH_ADDRESS)
  if (result < 0) throw errorOf(result, 'sendto', address as ErrorAddress)
  return result
}

export function sendall(handle: Handle, data: unknown, flags: number): void {
  const view = dataOf('data', data)
  if (flags !== 0) checkInt('flags', flags)
  // One native call has one budget of time. It moves 2 GiB; what is longer needs several, and a clock.
  const started = view.length > MAX_TRANSFER ? performance.now() : 0
  let sent = 0
  do {
    const rest = sent === 0 ? view : view.subarray(sent)
    const length = Math.min(rest.length, MAX_TRANSFER)
    words[FD] = handle.fd
    words[OFFSET] = 0
    words[LENGTH] = length
    words[FLAGS] = flags
    words[MODE] = sendMode(handle, flags)
    timeouts[0] = sent === 0 ? handle.timeoutNs : timeLeft(handle, started)
    const result = sendallRaw(rest)
    if (result < 0) {
      const error = errorOf(result, 'sendall')
      error.bytesSent = sent + (words[BYTES_SENT] as number)
      throw error
    }
    sent += length
  } while (sent < view.length)
}

function timeLeft(handle: Handle, started: number): number {
  if (handle.timeoutNs <= 0) return handle.timeoutNs
  return Math.max(1, handle.timeoutNs - (performance.now() - started) * 1e6)
}
