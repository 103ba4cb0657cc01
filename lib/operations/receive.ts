/** recv(2), recvfrom(2) and their forms into a buffer. */
import { type AddressOut, decodeAddress } from '../address.js'
import {
  FD,
  FLAGS,
  LENGTH,
  MODE,
  MODE_WITH_ADDRESS,
  native,
  OFFSET,
  POLL_FIRST,
  small,
  timeouts,
  words,
} from '../binding.js'
import { attached, MAX_TRANSFER, viewOf } from '../bytes.js'
import { errorOf } from '../errors.js'
import { AF_INET, AF_INET6, MSG_TRUNC, SOCK_STREAM } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkInt, checkInteger, rangeError } from '../validate.js'
import { receiveMode, SMALL_COPY } from './transfer.js'

// Taken out of the addon's object once: looking a function up in it costs as much as calling it.
const { recv: receiveRaw, recvSmall } = native

/** Writes the arguments that every receive has. */
function prepare(handle: Handle, length: number, flags: number, mode: number): void {
  words[FD] = handle.fd
  words[LENGTH] = length
  words[FLAGS] = flags
  words[MODE] = mode | receiveMode(handle, flags)
  words[POLL_FIRST] = handle.pollFirst
  timeouts[0] = handle.timeoutNs
}

/** Receives into `view`: bytes, or a negative result. */
function receiveIntoView(handle: Handle, view: Uint8Array, length: number, flags: number, mode: number): number {
  prepare(handle, length, flags, mode)
  let result: number
  // With MSG_TRUNC the result tells a length, not how many bytes were written.
  if (length <= SMALL_COPY && !(flags & MSG_TRUNC)) {
    result = recvSmall()
    const copied = Math.min(result, length)
    for (let i = 0; i < copied; i++) view[i] = small[i] as number
  } else {
    words[OFFSET] = 0
    result = receiveRaw(view)
  }
  handle.pollFirst = words[POLL_FIRST] as number
  return result
}

/** How many bytes a receive into `view` asks for: `nbytes`, where 0 means all of it. */
function lengthOf(view: Uint8Array, nbytes: number): number {
  const { length } = view
  if (nbytes === 0) return Math.min(length, MAX_TRANSFER)
  checkInteger('nbytes', nbytes, 0, MAX_TRANSFER)
  if (nbytes > length) throw rangeError('nbytes', `<= ${length}, the size of the buffer`, nbytes)
  return nbytes
}

export function recvInto(handle: Handle, buffer: unknown, nbytes: number, flags: number): number {
  const view = buffer instanceof Uint8Array ? buffer : viewOf('buffer', buffer)
  const length = lengthOf(view, nbytes)
  if (flags !== 0) checkInt('flags', flags)
  if (length === 0) {
    attached('buffer', view)
    return 0
  }
  const result = receiveIntoView(handle, view, length, flags, 0)
  if (result < 0) throw errorOf(result, 'recv')
  return result
}

export function recvfromInto(
  handle: Handle,
  buffer: unknown,
  nbytes: number,
  flags: number,
): [nbytes: number, address: AddressOut | null] {
  const view = viewOf('buffer', buffer)
  const length = lengthOf(view, nbytes)
  checkInt('flags', flags)
  const result = receiveIntoView(handle, view, length, flags, MODE_WITH_ADDRESS)
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
  prepare(handle, bufsize, flags, mode)
  if (flags & MSG_TRUNC) return receiveTruncated(handle, bufsize, syscall)
  if (bufsize <= small.length) {
    const result = recvSmall()
    handle.pollFirst = words[POLL_FIRST] as number
    if (result < 0) throw errorOf(result, syscall)
    return copyOf(small, Math.min(result, bufsize))
  }
  const memory = slab !== null && slab.length >= bufsize ? slab : Buffer.allocUnsafeSlow(Math.max(bufsize, SLAB_SIZE))
  words[OFFSET] = 0
  const result = receiveRaw(memory)
  handle.pollFirst = words[POLL_FIRST] as number
  if (result < 0) {
    keep(memory)
    throw errorOf(result, syscall)
  }
  const length = Math.min(result, bufsize)
  if (length * 2 >= memory.length) {
    if (memory === slab) slab = null
    return length === memory.length ? memory : memory.subarray(0, length)
  }
  keep(memory)
  return copyOf(memory, length)
}

/**
 * A receive whose result is the length that the kernel had: more than `bufsize` of a long datagram; and TCP counts
 * what it throws away and writes nothing. The memory is fresh, so that no byte of another message can show.
 */
function receiveTruncated(handle: Handle, bufsize: number, syscall: string): Buffer {
  const memory = Buffer.alloc(bufsize)
  words[OFFSET] = 0
  const result = receiveRaw(memory)
  if (result < 0) throw errorOf(result, syscall)
  const isDiscarded = handle.type === SOCK_STREAM && (handle.family === AF_INET || handle.family === AF_INET6)
  return memory.subarray(0, isDiscarded ? 0 : Math.min(result, bufsize))
}

function keep(memory: Buffer): void {
  if (memory.length <= MOST_KEPT && (slab === null || slab.length < memory.length)) slab = memory
}

/** A copy, so that a few bytes never keep the memory of many alive. */
function copyOf(memory: Buffer, length: number): Buffer {
  const data = Buffer.allocUnsafe(length)
  if (length <= SMALL_COPY) for (let i = 0; i < length; i++) data[i] = memory[i] as number
  else memory.copy(data, 0, 0, length)
  return data
}
