/** recv(2), recvfrom(2) and their forms into a buffer. */
import { type AddressOut, decodeAddress } from '../address.js'
import { MODE_WITH_ADDRESS, small } from '../binding.js'
import { byteView, MAX_TRANSFER } from '../bytes.js'
import { errorOf } from '../errors.js'
import { AF_INET, AF_INET6, MSG_TRUNC, SOCK_STREAM } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkInt, checkInteger, rangeError } from '../validate.js'
import { copyOf, receive, receiveSmall } from './transfer.js'

/** How many bytes a receive into `view` asks for: `nbytes`, where 0 means all of it. */
function lengthOf(view: Uint8Array, nbytes: number): number {
  const { length } = view
  if (nbytes === 0) return length < MAX_TRANSFER ? length : MAX_TRANSFER
  checkInteger('nbytes', nbytes, 0, MAX_TRANSFER)
  if (nbytes > length) throw rangeError('nbytes', `<= ${length}, the size of the buffer`, nbytes)
  return nbytes
}

export function recvInto(handle: Handle, buffer: unknown, nbytes: number, flags: number): number {
  const view = byteView('buffer', buffer)
  const length = lengthOf(view, nbytes)
  if (flags !== 0) checkInt('flags', flags)
  if (length === 0) return 0
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
  const length = lengthOf(view, nbytes)
  if (flags !== 0) checkInt('flags', flags)
  const result = receive(handle, view, length, flags, MODE_WITH_ADDRESS)
  if (result < 0) throw errorOf(result, 'recvfrom')
  return [result, decodeAddress()]
}

export function recv(handle: Handle, bufsize: number, flags: number): Buffer {
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  if (flags !== 0) checkInt('flags', flags)
  return bufsize === 0 ? Buffer.alloc(0) : receiveBuffer(handle, bufsize, flags, 0, 'recv')
}

export function recvfrom(handle: Handle, bufsize: number, flags: number): [data: Buffer, address: AddressOut | null] {
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  if (flags !== 0) checkInt('flags', flags)
  const data = receiveBuffer(handle, bufsize, flags, MODE_WITH_ADDRESS, 'recvfrom')
  return [data, decodeAddress()]
}

const SLAB_SIZE = 65536
const MOST_KEPT = 1 << 20

/** Memory that the next large receive writes into. It is given away only where most of it was filled. */
let slab: Buffer | null = null

/** Receives at most `bufsize` bytes into memory of the size that arrived. */
function receiveBuffer(handle: Handle, bufsize: number, flags: number, mode: number, syscall: string): Buffer {
  if (flags & MSG_TRUNC) return receiveTruncated(handle, bufsize, flags, mode, syscall)
  if (bufsize <= small.length) {
    const result = receiveSmall(handle, bufsize, flags, mode)
    if (result < 0) throw errorOf(result, syscall)
    return copyOf(small, result)
  }
  const memory = slab !== null && slab.length >= bufsize ? slab : Buffer.allocUnsafeSlow(Math.max(bufsize, SLAB_SIZE))
  const length = receive(handle, memory, bufsize, flags, mode)
  if (length * 2 >= memory.length) {
    if (memory === slab) slab = null
    return length === memory.length ? memory : memory.subarray(0, length)
  }
  if (memory.length <= MOST_KEPT && (slab === null || slab.length < memory.length)) slab = memory
  if (length < 0) throw errorOf(length, syscall)
  return copyOf(memory, length)
}

/**
 * A receive whose result is the length that the kernel had: more than `bufsize` of a long datagram; and Linux's TCP
 * counts what it throws away and writes nothing. The memory is fresh, so that no byte of another message can show.
 */
function receiveTruncated(handle: Handle, bufsize: number, flags: number, mode: number, syscall: string): Buffer {
  const memory = Buffer.alloc(bufsize)
  const result = receive(handle, memory, bufsize, flags, mode)
  if (result < 0) throw errorOf(result, syscall)
  const isDiscarded =
    process.platform === 'linux' &&
    handle.type === SOCK_STREAM &&
    (handle.family === AF_INET || handle.family === AF_INET6)
  return memory.subarray(0, isDiscarded ? 0 : Math.min(result, bufsize))
}
