/** recv(2) and recvfrom(2) as promises. */
import { type AddressOut, decodeAddress } from '../address.js'
import { copyOfArrival, hasArrived, MOST_ARMED, takeArrival } from '../arrivals.js'
import {
  checkTransferOptions,
  flagsIn,
  type MessageOptions,
  type ReceiveIntoOptions,
  signalIn,
  timeoutIn,
} from '../async-options.js'
import { MODE_ONCE, MODE_WITH_ADDRESS } from '../binding.js'
import { byteView, lost, MAX_TRANSFER, partOf } from '../bytes.js'
import { HUNG_UP } from '../engine.js'
import { badCall, wouldBlock } from '../errors.js'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../generated/constants.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { submit, submitOnce } from '../queue.js'
import { checkInteger, checkNumber } from '../validate.js'
import { lengthToReceive, noteBulk, receiveBuffer } from './receive.js'
import { receive } from './transfer.js'

// Names of this module's own, for speed: see transfer.ts.
const [stream, peek, waitall, once, withAddress] = [SOCK_STREAM, MSG_PEEK, MSG_WAITALL, MODE_ONCE, MODE_WITH_ADDRESS]
const [inet, inet6, tcp] = [AF_INET, AF_INET6, IPPROTO_TCP]
const again: number = wouldBlock
const mostArmed: number = MOST_ARMED
const errorQueue: number = MSG_ERRQUEUE ?? 0
/** The flags with which the length of a result does not tell how much was taken. */
const keeping: number = MSG_PEEK | MSG_TRUNC | errorQueue
const EMPTY = Buffer.alloc(0)

type Addressed<T> = [data: T, address: AddressOut | null]

/** Other streams end a receive where a message ends, or where descriptors were passed, though there is more. */
const isTcp = ({ type, family, proto }: Handle): boolean =>
  type === stream && (family === inet || family === inet6) && (proto === 0 || proto === tcp)

/** Notes what a receive of `size` bytes that gave `length` tells of those that follow. */
export function noteReceive(handle: Handle, queue: OperationQueue, size: number, length: number): void {
  // After a stream gave less than was asked for, it is empty, unless its end or an error is still to be told.
  if (length < size && queue.channel.seen === 0 && isTcp(handle)) queue.ready = false
  if (handle.lowWater) askLowWater(queue)
}

/**
 * Whether EAGAIN means the end: a datagram socket whose reading is shut down answers it for ever where a call that
 * may block gets the end of the stream.
 */
export function isEndOfDatagrams(handle: Handle, result: number, { channel }: OperationQueue): boolean {
  return result === again && (channel.seen & HUNG_UP) !== 0 && handle.type === SOCK_DGRAM
}

/** What all receives have: how a result tells whether there is more. */
export abstract class Receive<T> extends Operation<T> {
  protected readonly handle: Handle
  protected readonly size: number
  protected readonly flags: number

  constructor(handle: Handle, size: number, flags: number) {
    super()
    this.handle = handle
    this.size = size
    this.flags = flags
  }

  override get syscall(): string {
    return 'recv'
  }

  protected note(queue: OperationQueue, length: number): void {
    noteReceive(this.handle, queue, this.flags & keeping ? length : this.size, length)
  }

  protected isAtEnd(result: number, queue: OperationQueue): boolean {
    return isEndOfDatagrams(this.handle, result, queue)
  }
}

class ReceiveBuffer extends Receive<Buffer> {
  override get armable(): number {
    const { handle, size } = this
    const isPlain = this.flags === 0 && handle.type === stream && !handle.bulk && !handle.lowWater
    return isPlain && size <= mostArmed ? size : 0
  }

  override perform(queue: OperationQueue): Buffer | number {
    if (hasArrived()) {
      const length = takeArrival()
      if (length < 0) return length
      const data = copyOfArrival(length)
      this.note(queue, length)
      noteBulk(this.handle, length)
      return data
    }
    const data = receiveBuffer(this.handle, this.size, this.flags, once)
    if (typeof data !== 'number') this.note(queue, data.length)
    else if (this.isAtEnd(data, queue)) return EMPTY
    return data
  }
}

class ReceiveBufferFrom extends Receive<Addressed<Buffer>> {
  override get syscall(): string {
    return 'recvfrom'
  }

  override perform(queue: OperationQueue): Addressed<Buffer> | number {
    const data = receiveBuffer(this.handle, this.size, this.flags, once | withAddress)
    if (typeof data === 'number') return this.isAtEnd(data, queue) ? [EMPTY, null] : data
    this.note(queue, data.length)
    return [data, decodeAddress(this.handle)]
  }
}

/** A receive into the caller's buffer, which may have lost its memory while the call waited. */
abstract class ReceiveIntoView<T> extends Receive<T> {
  protected readonly view: Uint8Array

  constructor(handle: Handle, view: Uint8Array, size: number, flags: number) {
    super(handle, size, flags)
    this.view = view
  }

  protected receive(mode: number): number {
    if (this.view.length < this.size) return badCall
    return receive(this.handle, this.view, this.size, this.flags, mode)
  }

  override errorOf(result: number): Error {
    return result === badCall ? lost('buffer', this.view) : super.errorOf(result)
  }
}

class ReceiveInto extends ReceiveIntoView<number> {
  override perform(queue: OperationQueue): number {
    const result = this.receive(once)
    if (this.isAtEnd(result, queue)) return 0
    if (result >= 0) this.note(queue, result)
    return result
  }
}

class ReceiveIntoFrom extends ReceiveIntoView<Addressed<number>> {
  override get syscall(): string {
    return 'recvfrom'
  }

  override perform(queue: OperationQueue): Addressed<number> | number {
    const result = this.receive(once | withAddress)
    if (result < 0) return this.isAtEnd(result, queue) ? [0, null] : result
    this.note(queue, result)
    return [result, decodeAddress(this.handle)]
  }
}

/**
 * MSG_WAITALL on a stream: until the buffer is full, the stream ends or an error comes. What has arrived when the call
 * is ended otherwise is its result, because nobody else can have it any more.
 */
class Fill extends ReceiveIntoView<number> {
  #received = 0

  override get moved(): number {
    return this.#received
  }

  override perform(queue: OperationQueue): number {
    if (this.flags & peek) return this.#look(queue)
    while (this.#received < this.size) {
      if (this.view.length < this.size) return badCall
      const rest = this.#received === 0 ? this.view : partOf(this.view, this.#received, this.size)
      const result = receive(this.handle, rest, this.size - this.#received, this.flags & ~waitall, once)
      if (result === again) return again
      if (result < 0 && this.#received === 0) return result
      // The kernel tells an error once: it is the next call's.
      if (result < 0) this.handle.deferredError = result
      if (result <= 0) break
      this.#received += result
    }
    return this.#received
  }

  override performOnce(queue: OperationQueue): number {
    const result = this.perform(queue)
    return result === again && this.#received > 0 ? this.#received : result
  }

  /** Peeked bytes stay, and more of them are told. */
  #look(queue: OperationQueue): number {
    const result = this.receive(once)
    return result > 0 && result < this.size && queue.channel.seen === 0 ? again : result
  }

  override interrupt(reason: unknown): void {
    if (this.#received > 0) this.succeed(this.#received)
    else super.interrupt(reason)
  }
}

/** With SO_RCVLOWAT the poller knows when there is enough; an attempt would take less. */
function askLowWater(queue: OperationQueue): void {
  queue.ready = false
  queue.channel.ask()
}

export function start<T>(operation: Operation<T>, handle: Handle, flags: number, options: MessageOptions | undefined) {
  const timeoutNs = timeoutIn(options, handle.timeoutNs)
  const signal = signalIn(options)
  const channel = openChannel(handle, operation.syscall)
  // Urgent data is there or not, whoever waits for other data.
  if (flags & MSG_OOB) return submitOnce(operation, channel.urgent, false, signal)
  const queue = flags & errorQueue ? channel.errors : channel.reads
  if (flags & MSG_DONTWAIT) return submitOnce(operation, queue, false, signal)
  if (handle.lowWater && queue.head === null) askLowWater(queue)
  return submit(operation, queue, timeoutNs, signal)
}

/** The answer to who asks for nothing, without a system call; bad options and aborted signals are told all the same. */
function atOnce<T>(handle: Handle, options: MessageOptions | undefined, answer: () => T): Promise<T> {
  timeoutIn(options, handle.timeoutNs)
  signalIn(options)
  return Promise.resolve(answer())
}

function nbytesIn(options: ReceiveIntoOptions | undefined): unknown {
  const nbytes: unknown = options?.nbytes
  return nbytes === undefined ? 0 : nbytes
}

/** Whether the call goes on until its buffer is full. */
export const fills = (handle: Handle, flags: number): boolean =>
  (flags & waitall) !== 0 && handle.type === stream && (flags & (MSG_DONTWAIT | MSG_OOB | errorQueue)) === 0

export function recvAsync(handle: Handle, bufsize: number, options: MessageOptions | undefined): Promise<Buffer> {
  try {
    checkNumber('bufsize', bufsize)
    checkTransferOptions(options)
    checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
    const flags = flagsIn(options)
    if (bufsize === 0) return atOnce(handle, options, () => Buffer.alloc(0))
    if (!fills(handle, flags)) return start(new ReceiveBuffer(handle, bufsize, flags), handle, flags, options)
    const data = Buffer.allocUnsafe(bufsize)
    const filled = start(new Fill(handle, data, bufsize, flags), handle, flags, options)
    return filled.then((length) => data.subarray(0, length))
  } catch (error) {
    return Promise.reject(error)
  }
}

export function recvfromAsync(
  handle: Handle,
  bufsize: number,
  options: MessageOptions | undefined,
): Promise<Addressed<Buffer>> {
  try {
    checkNumber('bufsize', bufsize)
    checkTransferOptions(options)
    checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
    const flags = flagsIn(options)
    return start(new ReceiveBufferFrom(handle, bufsize, flags), handle, flags, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

export function recvIntoAsync(
  handle: Handle,
  buffer: unknown,
  options: ReceiveIntoOptions | undefined,
): Promise<number> {
  try {
    const view = byteView('buffer', buffer)
    checkTransferOptions(options)
    const length = lengthToReceive(view, nbytesIn(options), 'options.nbytes')
    const flags = flagsIn(options)
    if (length === 0) return atOnce(handle, options, () => 0)
    const Kind = fills(handle, flags) ? Fill : ReceiveInto
    return start(new Kind(handle, view, length, flags), handle, flags, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

export function recvfromIntoAsync(
  handle: Handle,
  buffer: unknown,
  options: ReceiveIntoOptions | undefined,
): Promise<Addressed<number>> {
  try {
    const view = byteView('buffer', buffer)
    checkTransferOptions(options)
    const length = lengthToReceive(view, nbytesIn(options), 'options.nbytes')
    const flags = flagsIn(options)
    return start(new ReceiveIntoFrom(handle, view, length, flags), handle, flags, options)
  } catch (error) {
    return Promise.reject(error)
  }
}
