/** recv(2), recvfrom(2) and their forms into a buffer. */
import { type AddressOut, decodeAddress } from '../address.js'
import { MODE_WITH_ADDRESS, small } from '../binding.js'
import { byteView, MAX_TRANSFER } from '../bytes.js'
import type { Channel } from '../channel.js'
import { errorOf } from '../errors.js'
import { AF_INET, AF_INET6, MSG_TRUNC, SOCK_STREAM } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkInt, checkInteger, checkNumber, rangeError } from '../validate.js'
import { letReadersGoFirst } from './earlier.js'
import { copyOf, copyOfSmall, receive, receiveSmall } from './transfer.js'

/** How many bytes a receive into `view` asks for: `nbytes`, where 0 means all of it. */
export function lengthToReceive(view: Uint8Array, nbytes: unknown, name: string): number {
  const { length } = view
  if (nbytes === 0) return length < MAX_TRANSFER ? length : MAX_TRANSFER
  checkInteger(name, nbytes, 0, MAX_TRANSFER)
  if (nbytes > length) throw rangeError(name, `<= ${length}, the size of the buffer`, nbytes)
  return nbytes
}

function waitForReaders(handle: Handle, channel: Channel, flags: number, syscall: string): void {
  const result = letReadersGoFirst(handle, channel, flags)
  if (result < 0) throw errorOf(result, syscall)
}

export function recvInto(handle: Handle, buffer: unknown, nbytes: number, flags: number): number {
  const view = byteView('buffer', buffer)
  checkNumber('nbytes', nbytes)
  checkNumber('flags', flags)
  const length = lengthToReceive(view, nbytes, 'nbytes')
  if (flags !== 0) checkInt('flags', flags)
  if (length === 0) return 0
  if (handle.channel !== null) waitForReaders(handle, handle.channel, flags, 'recv')
  const result = receive(handle, view, length, flags, 0)
  if (result < 0) throw errorOf(result, 'recv')
  return result
}

export function recvfromInto(
  handle: Handle,
  buffer: unknown,
  nbytes: number,
  flags: number,
): [nbytes: number, address: AddressOut | null] {
  const view = byteView('buffer', buffer)
  checkNumber('nbytes', nbytes)
  checkNumber('flags', flags)
  const length = lengthToReceive(view, nbytes, 'nbytes')
  if (flags !== 0) checkInt('flags', flags)
  if (handle.channel !== null) waitForReaders(handle, handle.channel, flags, 'recvfrom')
  const result = receive(handle, view, length, flags, MODE_WITH_ADDRESS)
  if (result < 0) throw errorOf(result, 'recvfrom')
  return [result, decodeAddress(handle)]
}

export function recv(handle: Handle, bufsize: number, flags: number): Buffer {
  checkNumber('bufsize', bufsize)
  checkNumber('flags', flags)
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  if (flags !== 0) checkInt('flags', flags)
  if (bufsize === 0) return Buffer.alloc(0)
  if (handle.channel !== null) waitForReaders(handle, handle.channel, flags, 'recv')
  const data = receiveBuffer(handle, bufsize, flags, 0)
  if (typeof data === 'number') throw errorOf(data, 'recv')
  return data
}

export function recvfrom(handle: Handle, bufsize: number, flags: number): [data: Buffer, address: AddressOut | null] {
  checkNumber('bufsize', bufsize)
  checkNumber('flags', flags)
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  if (flags !== 0) checkInt('flags', flags)
  if (handle.channel !== null) waitForReaders(handle, handle.channel, flags, 'recvfrom')
  const data = receiveBuffer(handle, bufsize, flags, MODE_WITH_ADDRESS)
  if (typeof data === 'number') throw errorOf(data, 'recvfrom')
  return [data, decodeAddress(handle)]
}

const SLAB_SIZE = 65536
const MOST_KEPT = 1 << 20
/** After so many bytes receives get memory of their own instead of a copy, until one gives few. */
const BULK = 16384
const FEW = 1024

/** Memory that the next large receive writes into. It is given away only where most of it was filled. */
let slab: Buffer | null = null

/** Notes what a receive of `length` bytes by a copy tells of those that follow. */
export function noteBulk(handle: Handle, length: number): void {
  if (length >= BULK) handle.bulk = true
}

/** Receives at most `bufsize` bytes into memory of the size that arrived: that, or a negative result. */
export function receiveBuffer(handle: Handle, bufsize: number, flags: number, mode: number): Buffer | number {
  if (flags & MSG_TRUNC) return receiveTruncated(handle, bufsize, flags, mode)
  if (bufsize <= small.length && !handle.bulk) {
    const result = receiveSmall(handle, bufsize, flags, mode)
    if (result < 0) return result
    noteBulk(handle, result)
    return copyOfSmall(result)
  }
  const memory = slab !== null && slab.length >= bufsize ? slab : Buffer.allocUnsafeSlow(Math.max(bufsize, SLAB_SIZE))
  const length = receive(handle, memory, bufsize, flags, mode)
  if (length >= 0 && length < FEW) handle.bulk = false
  if (length * 2 >= memory.length) {
    if (memory === slab) slab = null
    return length === memory.length ? memory : memory.subarray(0, length)
  }
  if (memory.length <= MOST_KEPT && (slab === null || slab.length < memory.length)) slab = memory
  return length < 0 ? length : copyOf(memory, length)
}

/**
 * A receive whose result is the length that the kernel had: more than `bufsize` of a long datagram; and Linux's TCP
 * counts what it throws away and writes nothing. The memory is fresh, so that no byte of another message can show.
 */
function receiveTruncated(handle: Handle, bufsize: number, flags: number, mode: number): Buffer | number {
  const memory = Buffer.alloc(bufsize)
  const result = receive(handle, memory, bufsize, flags, mode)
  if (result < 0) return result
  const isDiscarded =
    process.platform === 'linux' &&
    handle.type === SOCK_STREAM &&
    (handle.family === AF_INET || handle.family === AF_INET6)
  return memory.subarray(0, isDiscarded ? 0 : Math.min(result, bufsize))
}
