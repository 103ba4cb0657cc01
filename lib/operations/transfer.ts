/** The calls that receives and sends share: their registers, and the flags that change how a call waits. */
import * as binding from '../binding.js'
import { partOf } from '../bytes.js'
import {
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_TRUNC,
  MSG_WAITALL,
  MSG_ZEROCOPY,
  SOCK_STREAM,
} from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import type { Handle } from '../handle.js'
import { remainingNs } from './earlier.js'
import { receiveError } from './error-queue.js'

// Names of this module's own, not imports: V8 takes them for constants, where it looks an import up at every use.
// The functions are taken out of the addon's object for the same reason. Together a tenth of a call's cost.
const { words, timeouts, small, FD, OFFSET, LENGTH, FLAGS, MODE, POLL_FIRST } = binding
const { RESULT, DEFERRED_ERROR, HAS_INTERRUPT_HANDLER, CONTROL_ROOM } = binding
const thisProcess = process
const mainThread: boolean = binding.isMainThread
const { MODE_FILL, MODE_ONCE, MODE_MESSAGE } = binding
const { recv, recvSmall, recvmsg, recvmsgSmall, recvmmsg } = binding.native
const { send, sendSmall, sendall, sendallSmall, sendmsg, sendmsgSmall, sendmmsg } = binding.native
const stream: number = SOCK_STREAM
const waitall: number = MSG_WAITALL
const dontwait: number = MSG_DONTWAIT
const truncate: number = MSG_TRUNC
/** The flags with which a message may not pass through the shared memory: the kernel goes on reading the bytes. */
const zeroCopy: number = MSG_ZEROCOPY ?? 0
const errorQueue: number = MSG_ERRQUEUE ?? 0
/** Of a call that would come between `sendZeroCopyAsync` and the completions that it counts. */
const busy = -errno.EBUSY

/** The flags that answer at once in the kernel even where the socket blocks. */
const AT_ONCE = MSG_DONTWAIT | MSG_OOB | (MSG_ERRQUEUE ?? 0)

/** Up to so many bytes are copied through the shared memory: cheaper than looking up the caller's buffer. */
const SMALL_COPY = 64
const SMALL_SEND = binding.smallSend
/** Up to so many are copied one by one, which takes less time than a call of `set`. */
const FEW_BYTES = 32
/** So many pieces of a message are surely no more than the system takes. */
const FEW = 16
/** `Buffer` is a getter of the global object: dear where every call makes one. */
const { allocUnsafe } = Buffer

/**
 * The mode bits of a receive with these flags. As in CPython, a positive timeout waits all the same,
 * and only a blocking socket fills the buffer for `MSG_WAITALL`.
 */
function receiveMode(handle: Handle, flags: number): number {
  if (flags === 0 || handle.timeoutNs >= 0) return handle.kernelTimeout
  if (flags & AT_ONCE) return MODE_ONCE
  return handle.kernelTimeout | (flags & waitall && handle.type === stream ? MODE_FILL : 0)
}

/** The mode bits of a send: on a blocking stream the kernel takes all of the data before it answers. */
function sendMode(handle: Handle, flags: number): number {
  if (handle.timeoutNs >= 0) return 0
  if (flags & dontwait) return MODE_ONCE
  return handle.kernelTimeout | (handle.type === stream ? MODE_FILL : 0)
}

/** How long a call may wait. Only behind asynchronous calls can some of that be gone. */
function timeoutOf(handle: Handle): number {
  return handle.channel === null ? handle.timeoutNs : remainingNs(handle)
}

function prepare(handle: Handle, length: number, flags: number, mode: number, timeoutNs: number): void {
  words[FD] = handle.fd
  words[LENGTH] = length
  words[FLAGS] = flags
  words[MODE] = mode
  timeouts[0] = timeoutNs
}

/** Writes the arguments of a receive that has no error of an earlier call to report. */
function prepareReceive(handle: Handle, length: number, flags: number, mode: number): void {
  if (mode & MODE_ONCE) {
    prepare(handle, length, flags, mode, 0)
    words[POLL_FIRST] = 0
    return
  }
  prepare(handle, length, flags, mode | receiveMode(handle, flags), timeoutOf(handle))
  const pollFirst = handle.lowWater ? 1 : handle.pollFirst
  words[POLL_FIRST] = pollFirst
  // Where a wait is likely, asking JavaScript is cheaper than asking the system.
  if (pollFirst > 0 && mainThread) words[HAS_INTERRUPT_HANDLER] = thisProcess.listenerCount('SIGINT') > 0 ? 1 : 0
}

/** What remains to be done after each native transfer. */
function finishReceive(handle: Handle, mode: number): void {
  // A call that failed before it could wait has not asked, and the next may be another kind of call.
  words[HAS_INTERRUPT_HANDLER] = -1
  if (!(mode & MODE_ONCE)) handle.pollFirst = words[POLL_FIRST] as number
  if (words[DEFERRED_ERROR] !== 0) deferError(handle)
}

function deferError(handle: Handle): void {
  handle.deferredError = words[DEFERRED_ERROR] as number
  words[DEFERRED_ERROR] = 0
}

/** The error that an earlier call left for this one: a negative result. */
export function takeDeferredError(handle: Handle): number {
  const { deferredError } = handle
  handle.deferredError = 0
  return deferredError
}

function receivedInSmall(): number {
  recvSmall()
  return words[RESULT] as number
}

function sentFromSmall(): number {
  sendSmall()
  return words[RESULT] as number
}

/** Receives at most `length` bytes, which `binding.small` has room for, into it: bytes, or a negative result. */
export function receiveSmall(handle: Handle, length: number, flags: number, mode: number): number {
  if (flags & errorQueue && handle.completions !== null)
    return receiveError(handle, handle.completions, [small.subarray(0, length)], flags, mode)
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareReceive(handle, length, flags, mode)
  const result = mode & MODE_MESSAGE ? recvmsgSmall() : receivedInSmall()
  finishReceive(handle, mode)
  return result
}

/** Receives at most `length` bytes into a view that has room for them: bytes, or a negative result. */
export function receive(handle: Handle, view: Uint8Array, length: number, flags: number, mode: number): number {
  if (flags & errorQueue && handle.completions !== null)
    return receiveError(handle, handle.completions, [partOf(view, 0, length)], flags, mode)
  // With MSG_TRUNC the result tells a length, not how many bytes were written.
  if (length <= SMALL_COPY && !(flags & truncate)) {
    const result = receiveSmall(handle, length, flags, mode)
    for (let i = 0; i < result; i++) view[i] = small[i] as number
    return result
  }
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareReceive(handle, length, flags, mode)
  words[OFFSET] = 0
  const result = mode & MODE_MESSAGE ? recvmsg([view.length === length ? view : partOf(view, 0, length)]) : recv(view)
  finishReceive(handle, mode)
  return result
}

/** Receives a message into several views that have room for `length` bytes: bytes, or a negative result. */
export function scatter(
  handle: Handle,
  views: readonly Uint8Array[],
  length: number,
  flags: number,
  mode: number,
): number {
  if (flags & errorQueue && handle.completions !== null)
    return receiveError(handle, handle.completions, views, flags, mode)
  if (length <= SMALL_COPY && views.length <= FEW && !(flags & truncate)) {
    const result = receiveSmall(handle, length, flags, mode)
    let from = 0
    for (const view of views) {
      for (let i = 0; i < view.length && from < result; i++) view[i] = small[from++] as number
    }
    return result
  }
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareReceive(handle, length, flags, mode)
  const result = recvmsg(views)
  finishReceive(handle, mode)
  return result
}

/** Whether a send with MSG_ZEROCOPY can be the caller's own; its completions are the caller's then. */
export function mayZeroCopy(handle: Handle): boolean {
  handle.uncounted = true
  return handle.completions === null
}

/** Sends the first `length` bytes of a view: bytes, or a negative result. */
export function transmit(handle: Handle, view: Uint8Array, length: number, flags: number, mode: number): number {
  if (flags & zeroCopy && !mayZeroCopy(handle)) return busy
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareSend(handle, length, flags, mode)
  let result: number
  if (length <= SMALL_SEND && view.length === length && !(flags & zeroCopy)) {
    copyToSmall(view, 0)
    result = sentFromSmall()
  } else {
    result = send(view)
  }
  if (words[DEFERRED_ERROR] !== 0) deferError(handle)
  return result
}

/** Sends all of a view's first `length` bytes, as prepared: 0, or a negative result and `BYTES_SENT`. */
export function transmitAll(view: Uint8Array, length: number, flags: number): number {
  if (length > SMALL_SEND || view.length !== length || flags & zeroCopy) return sendall(view)
  copyToSmall(view, 0)
  sendallSmall()
  return words[RESULT] as number
}

/**
 * Sends several views of `length` bytes in all as one message, with a block of control messages or none: bytes, or a
 * negative result.
 */
export function gather(
  handle: Handle,
  views: readonly Uint8Array[],
  length: number,
  control: Uint8Array | undefined,
  flags: number,
  mode: number,
): number {
  if (flags & zeroCopy && !mayZeroCopy(handle)) return busy
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareSend(handle, length, flags, mode)
  let result: number
  if (length <= SMALL_SEND && views.length <= FEW && !(flags & zeroCopy)) {
    let at = 0
    for (const view of views) {
      copyToSmall(view, at)
      at += view.length
    }
    result = control === undefined ? sentFromSmall() : sendmsgSmall(control)
  } else {
    result = sendmsg(views, control)
  }
  if (words[DEFERRED_ERROR] !== 0) deferError(handle)
  return result
}

/**
 * Receives messages into the memory of a batch: how many, or a negative result.
 * @param size bytes of each message
 * @param offered how many of the `room` bytes for control messages the kernel may use
 */
export function receiveMany(
  handle: Handle,
  slab: Uint8Array,
  records: Uint8Array,
  size: number,
  offered: number,
  room: number,
  flags: number,
  mode: number,
): number {
  // Completions would be lost to those that wait for them.
  if (flags & errorQueue && handle.completions !== null) return busy
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareReceive(handle, size, flags, mode)
  words[OFFSET] = offered
  words[CONTROL_ROOM] = room
  const result = recvmmsg(slab, records)
  finishReceive(handle, mode)
  return result
}

/** Sends the messages of a batch that are unsent; a blocking socket all of them. How many, or a negative result. */
export function transmitMany(
  handle: Handle,
  slab: Uint8Array,
  records: Uint8Array,
  size: number,
  room: number,
  flags: number,
  mode: number,
): number {
  if (flags & zeroCopy && !mayZeroCopy(handle)) return busy
  if (handle.deferredError !== 0) return takeDeferredError(handle)
  prepareSend(handle, size, flags, mode)
  if (!(mode & MODE_ONCE) && !(flags & dontwait) && handle.timeoutNs < 0) words[MODE] = handle.kernelTimeout | MODE_FILL
  words[CONTROL_ROOM] = room
  const result = sendmmsg(slab, records)
  if (words[DEFERRED_ERROR] !== 0) deferError(handle)
  return result
}

/** Writes the arguments of a send, for a native call of the caller's. */
export function prepareSend(handle: Handle, length: number, flags: number, mode: number): void {
  if (mode & MODE_ONCE) prepare(handle, length, flags, mode, 0)
  else prepare(handle, length, flags, mode | sendMode(handle, flags), timeoutOf(handle))
  words[OFFSET] = 0
}

function copyToSmall(view: Uint8Array, at: number): void {
  const { length } = view
  if (length > FEW_BYTES) small.set(view, at)
  else for (let i = 0; i < length; i++) small[at + i] = view[i] as number
}

/** Views of the first bytes of `binding.small`, by their length: to make one costs more than the copy it is for. */
const smallViews = new Array<Uint8Array | undefined>(4097)
const MOST_VIEWED = smallViews.length - 1

/** A copy of the first bytes of `binding.small`. */
export function copyOfSmall(length: number): Buffer {
  if (length > MOST_VIEWED) return copyOf(small, length)
  const data = allocUnsafe(length)
  let view = smallViews[length]
  if (view === undefined) {
    view = small.subarray(0, length)
    smallViews[length] = view
  }
  data.set(view)
  return data
}

/** A copy of the first bytes, so that a few never keep the memory of many alive. */
export function copyOf(memory: Buffer, length: number): Buffer {
  const data = allocUnsafe(length)
  memory.copy(data, 0, 0, length)
  return data
}
