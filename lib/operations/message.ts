/** recvmsg(2) and sendmsg(2). */
import { type AddressOut, decodeAddress, encodeAddress } from '../address.js'
import type { AncillaryOut } from '../ancdata.js'
import { CONTROL_ROOM, MESSAGE_FLAGS, MODE_MESSAGE, MODE_WITH_ADDRESS, native, UNTAKEN, words } from '../binding.js'
import { byteView, dataOf, isPlainView, lost, MAX_TRANSFER } from '../bytes.js'
import { type ControlMessage, checkControl, checkRoom, decodeControl, encodeControl, listOf } from '../control.js'
import { type ErrorAddress, errorOf } from '../errors.js'
import { MSG_ZEROCOPY } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { argumentTypeError, checkInt, checkInteger, checkNumber } from '../validate.js'
import { letReadersGoFirst, letWritersGoFirst } from './earlier.js'
import { receiveBuffer } from './receive.js'
import { gather, receive, scatter, transmit } from './transfer.js'

/** What a receive of a message gives. */
export type Message<T> = [data: T, ancdata: AncillaryOut[], flags: number, address: AddressOut | null]

/** Everything that came with a message and lies in shared memory. Descriptors among it have no owner yet. */
export function collect<T>(handle: Handle, data: T): Message<T> {
  return [data, decodeControl(), words[MESSAGE_FLAGS] as number, decodeAddress(handle)]
}

/** The same; descriptors are the caller's from here on. */
export function take<T>(handle: Handle, data: T): Message<T> {
  const message = collect(handle, data)
  if (words[UNTAKEN] !== 0) native.takeUntaken()
  return message
}

/** Makes of the data of a message what a call gives. Descriptors that it does not take are closed where it throws. */
export type Finish<T, R> = (handle: Handle, data: T, limit: number) => R

/**
 * Receives a message into memory of the size that arrived: what `finish` makes of it, or a negative result.
 * @param limit for `finish`
 */
export function receiveMessage<R extends object>(
  handle: Handle,
  bufsize: number,
  room: number,
  flags: number,
  mode: number,
  finish: Finish<Buffer, R>,
  limit = 0,
): R | number {
  words[CONTROL_ROOM] = room
  try {
    const data = receiveBuffer(handle, bufsize, flags, mode | MODE_MESSAGE)
    return typeof data === 'number' ? data : finish(handle, data, limit)
  } catch (error) {
    native.closeUntaken()
    throw error
  }
}

/** Receives a message into views that have room for `length` bytes: that, or a negative result. */
export function receiveMessageInto(
  handle: Handle,
  views: readonly Uint8Array[],
  length: number,
  room: number,
  flags: number,
  mode: number,
): Message<number> | number {
  words[CONTROL_ROOM] = room
  try {
    const [only] = views
    const result =
      views.length === 1 && only !== undefined
        ? receive(handle, only, length, flags, mode | MODE_MESSAGE)
        : scatter(handle, views, length, flags, mode | MODE_MESSAGE)
    return result < 0 ? result : take(handle, result)
  } catch (error) {
    native.closeUntaken()
    throw error
  }
}

/** How many bytes views have, of which one call moves no more than it can count. */
export function lengthOfAll(views: readonly Uint8Array[]): number {
  let length = 0
  for (const view of views) length += view.length
  return Math.min(length, MAX_TRANSFER)
}

/** The buffers to receive into. */
export function viewsToFill(buffers: unknown): Uint8Array[] {
  return listOf('buffers', 'buffers', buffers).map((buffer, index) =>
    isPlainView(buffer) ? buffer : byteView(`buffers[${index}]`, buffer),
  )
}

/** The data to send; the range of the flags is for later. With MSG_ZEROCOPY the kernel goes on reading it after the call, so it must be the caller's. */
export function viewsToSend(buffers: unknown, flags: number): Uint8Array[] {
  checkNumber('flags', flags)
  const isKept = (flags & (MSG_ZEROCOPY ?? 0)) !== 0
  return listOf('buffers', 'buffers or strings', buffers).map((data, index) => {
    if (isPlainView(data)) return data
    const name = `buffers[${index}]`
    if (isKept && typeof data === 'string')
      throw argumentTypeError(name, 'a buffer of the caller with MSG_ZEROCOPY', data)
    return dataOf(name, data)
  })
}

export function recvmsg(handle: Handle, bufsize: number, ancbufsize: number, flags: number): Message<Buffer> {
  checkNumber('bufsize', bufsize)
  checkNumber('ancbufsize', ancbufsize)
  checkNumber('flags', flags)
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  const room = checkRoom('ancbufsize', ancbufsize)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letReadersGoFirst(handle, handle.channel, flags)
  const message = earlier < 0 ? earlier : receiveMessage(handle, bufsize, room, flags, 0, take<Buffer>)
  if (typeof message === 'number') throw errorOf(message, 'recvmsg')
  return message
}

export function recvmsgInto(handle: Handle, buffers: unknown, ancbufsize: number, flags: number): Message<number> {
  const views = viewsToFill(buffers)
  const length = lengthOfAll(views)
  checkNumber('ancbufsize', ancbufsize)
  checkNumber('flags', flags)
  const room = checkRoom('ancbufsize', ancbufsize)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letReadersGoFirst(handle, handle.channel, flags)
  const message = earlier < 0 ? earlier : receiveMessageInto(handle, views, length, room, flags, 0)
  if (typeof message === 'number') throw errorOf(message, 'recvmsg')
  return message
}

/** Sends views of `length` bytes in all as one message: bytes, or a negative result. */
export function transmitMessage(
  handle: Handle,
  views: readonly Uint8Array[],
  length: number,
  control: Uint8Array | undefined,
  flags: number,
  mode: number,
): number {
  const [first] = views
  if (control === undefined && views.length === 1 && first !== undefined) {
    return transmit(handle, first, length, flags, mode)
  }
  return gather(handle, views, length, control, flags, mode)
}

/** Sends views as one message, behind those that wait, to an address or none. The ranges of flags and messages are checked here. */
export function sendViews(
  handle: Handle,
  buffers: unknown,
  views: readonly Uint8Array[],
  length: number,
  messages: readonly ControlMessage[],
  flags: number,
  address: unknown,
): number {
  const target = address === undefined || address === null ? undefined : (address as ErrorAddress)
  if (target !== undefined) encodeAddress(handle, target, 'address', 'sendmsg')
  if (flags !== 0) checkInt('flags', flags)
  const control = encodeControl('ancdata', messages)
  const { channel } = handle
  const earlier = channel === null ? 0 : letWritersGoFirst(handle, channel, flags, target !== undefined)
  if (earlier < 0) throw errorOf(earlier, 'sendmsg', target)
  // Reading the arguments may run the caller's code.
  if (lengthOfAll(views) !== length) throw lost('buffers', buffers)
  const mode = target === undefined ? 0 : MODE_WITH_ADDRESS
  const result = transmitMessage(handle, views, length, control, flags, mode)
  if (result < 0) throw errorOf(result, 'sendmsg', target)
  return result
}

export function sendmsg(handle: Handle, buffers: unknown, ancdata: unknown, flags: number, address: unknown): number {
  const views = viewsToSend(buffers, flags)
  const length = lengthOfAll(views)
  const messages = checkControl('ancdata', ancdata)
  return sendViews(handle, buffers, views, length, messages, flags, address)
}
