/** recvmsg(2) and sendmsg(2) as promises. */
import {
  checkAsyncOptions,
  checkTransferOptions,
  flagsGiven,
  flagsIn,
  type ReceiveMessageOptions,
  type SendMessageOptions,
  signalIn,
  timeoutIn,
} from '../async-options.js'
import { MODE_ONCE } from '../binding.js'
import { lost, MAX_TRANSFER, partOf } from '../bytes.js'
import { checkControl, checkRoom, encodeControl } from '../control.js'
import { badCall, wouldBlock } from '../errors.js'
import {
  MSG_CTRUNC,
  MSG_PEEK,
  MSG_WAITALL,
  SCM_CREDENTIALS,
  SCM_CREDS,
  SCM_PIDFD,
  SCM_RIGHTS,
  SOL_SOCKET,
} from '../generated/constants.js'
import type { Handle } from '../handle.js'
import type { OperationQueue } from '../operation.js'
import { checkInt, checkInteger, checkNumber } from '../validate.js'
import { AddressedSend } from './addressed-send.js'
import { Destination } from './destination.js'
import {
  type Finish,
  lengthOfAll,
  type Message,
  receiveMessage,
  receiveMessageInto,
  take,
  transmitMessage,
  viewsToFill,
  viewsToSend,
} from './message.js'
import { fills, Receive, start } from './receive-async.js'

const again: number = wouldBlock
const once: number = MODE_ONCE

/** What a datagram socket whose reading is shut down answers. */
const atEnd = <T>(data: T): Message<T> => [data, [], 0, null]

/** What receives of data and a form of its own give. */
type WithData = [data: Buffer, ...rest: unknown[]]

class ReceiveMessage<R extends WithData> extends Receive<R> {
  readonly #room: number
  readonly #finish: Finish<Buffer, R>
  readonly #limit: number

  constructor(handle: Handle, size: number, room: number, flags: number, finish: Finish<Buffer, R>, limit: number) {
    super(handle, size, flags)
    this.#room = room
    this.#finish = finish
    this.#limit = limit
  }

  override get syscall(): string {
    return 'recvmsg'
  }

  override perform(queue: OperationQueue): R | number {
    const message = receiveMessage(this.handle, this.size, this.#room, this.flags, once, this.#finish, this.#limit)
    if (typeof message === 'number') {
      return this.isAtEnd(message, queue)
        ? ([Buffer.alloc(0), [], 0, null] satisfies WithData as unknown as R)
        : message
    }
    this.note(queue, message[0].length)
    return message
  }
}

class ReceiveMessageInto extends Receive<Message<number>> {
  protected readonly views: readonly Uint8Array[]
  protected readonly room: number

  constructor(handle: Handle, views: readonly Uint8Array[], size: number, room: number, flags: number) {
    super(handle, size, flags)
    this.views = views
    this.room = room
  }

  override get syscall(): string {
    return 'recvmsg'
  }

  override perform(queue: OperationQueue): Message<number> | number {
    const message = this.receive(this.views, this.size, this.flags)
    if (typeof message === 'number') return this.isAtEnd(message, queue) ? atEnd(0) : message
    this.note(queue, message[0])
    return message
  }

  protected receive(views: readonly Uint8Array[], size: number, flags: number): Message<number> | number {
    if (lengthOfAll(this.views) !== this.size) return badCall
    return receiveMessageInto(this.handle, views, size, this.room, flags, once)
  }

  override errorOf(result: number): Error {
    return result === badCall ? lost('buffers', this.views) : super.errorOf(result)
  }
}

/** The control messages after which a stream's next bytes would belong to another message. */
const ENDING = new Set<number | undefined>([SCM_RIGHTS, SCM_CREDENTIALS, SCM_CREDS, SCM_PIDFD])

const endsMessage = ([, ancdata, flags]: Message<number>): boolean =>
  (flags & MSG_CTRUNC) !== 0 || ancdata.some(([level, type]) => level === SOL_SOCKET && ENDING.has(type))

/** The views without their first bytes. */
function viewsBehind(views: readonly Uint8Array[], skip: number): Uint8Array[] {
  const rest: Uint8Array[] = []
  let left = skip
  for (const view of views) {
    if (left < view.length) rest.push(left === 0 ? view : partOf(view, left, view.length))
    left = Math.max(left - view.length, 0)
  }
  return rest
}

/** MSG_WAITALL on a stream: until the views are full or the message has an end. What has arrived is never lost. */
class FillMessage extends ReceiveMessageInto {
  #message: Message<number> = [0, [], 0, null]

  override get moved(): number {
    return this.#message[0]
  }

  override perform(queue: OperationQueue): Message<number> | number {
    if (this.flags & MSG_PEEK) return this.#look(queue)
    while (this.moved < this.size) {
      const { moved } = this
      const rest = moved === 0 ? this.views : viewsBehind(this.views, moved)
      const message = this.receive(rest, this.size - moved, this.flags & ~MSG_WAITALL)
      if (message === again) return again
      if (typeof message === 'number') {
        if (moved === 0) return message
        // The kernel tells an error once: it is the next call's.
        this.handle.deferredError = message
        break
      }
      const [length] = message
      if (length === 0 && moved > 0) break
      message[0] += moved
      this.#message = message
      if (length === 0 || endsMessage(message)) break
    }
    return this.#message
  }

  override performOnce(queue: OperationQueue): Message<number> | number {
    const result = this.perform(queue)
    return result === again && this.moved > 0 ? this.#message : result
  }

  /** Peeked bytes stay, and more of them are told. */
  #look(queue: OperationQueue): Message<number> | number {
    const message = this.receive(this.views, this.size, this.flags)
    if (typeof message === 'number' || message[0] === 0 || message[0] >= this.size) return message
    return endsMessage(message) || queue.channel.seen !== 0 ? message : again
  }

  override interrupt(reason: unknown): void {
    if (this.moved > 0) this.succeed(this.#message)
    else super.interrupt(reason)
  }
}

const roomIn = (options: ReceiveMessageOptions | undefined): number =>
  checkRoom('options.ancbufsize', options?.ancbufsize === undefined ? 0 : options.ancbufsize)

/**
 * Receives a message with checked options.
 * @param finish makes the result of it
 * @param limit for `finish`
 * @param convert does the same where the message was received in parts
 */
export function receiveMessageAsync<R extends WithData>(
  handle: Handle,
  bufsize: number,
  room: number,
  options: ReceiveMessageOptions | undefined,
  finish: Finish<Buffer, R>,
  limit: number,
  convert: (message: Message<Buffer>) => R,
): Promise<R> {
  const flags = flagsIn(options)
  if (!fills(handle, flags)) {
    return start(new ReceiveMessage(handle, bufsize, room, flags, finish, limit), handle, flags, options)
  }
  const data = Buffer.allocUnsafe(bufsize)
  const filled = start(new FillMessage(handle, [data], bufsize, room, flags), handle, flags, options)
  return filled.then(([length, ...rest]) => convert([data.subarray(0, length), ...rest]))
}

export function recvmsgAsync(
  handle: Handle,
  bufsize: number,
  options: ReceiveMessageOptions | undefined,
): Promise<Message<Buffer>> {
  try {
    checkNumber('bufsize', bufsize)
    checkTransferOptions(options)
    const room = roomIn(options)
    checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
    return receiveMessageAsync(handle, bufsize, room, options, take<Buffer>, 0, (message) => message)
  } catch (error) {
    return Promise.reject(error)
  }
}

export function recvmsgIntoAsync(
  handle: Handle,
  buffers: unknown,
  options: ReceiveMessageOptions | undefined,
): Promise<Message<number>> {
  try {
    const views = viewsToFill(buffers)
    checkTransferOptions(options)
    const room = roomIn(options)
    const flags = flagsIn(options)
    const Kind = fills(handle, flags) ? FillMessage : ReceiveMessageInto
    return start(new Kind(handle, views, lengthOfAll(views), room, flags), handle, flags, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

export class SendMessage extends AddressedSend {
  readonly #views: readonly Uint8Array[]
  readonly #size: number
  /** The block of control messages. */
  protected control: Uint8Array | undefined

  constructor(
    handle: Handle,
    views: readonly Uint8Array[],
    size: number,
    control: Uint8Array | undefined,
    flags: number,
    destination: Destination | null,
  ) {
    super(handle, flags, destination)
    this.#views = views
    this.#size = size
    this.control = control
  }

  override get syscall(): string {
    return 'sendmsg'
  }

  protected override transmit(mode: number, flags: number): number {
    const views = this.#views
    const size = this.#size
    return lengthOfAll(views) === size ? transmitMessage(this.handle, views, size, this.control, flags, mode) : badCall
  }

  override errorOf(result: number): Error {
    return result === badCall ? lost('buffers', this.#views) : super.errorOf(result)
  }
}

/** What `address` names: `null` where it is left out. */
export function destinationIn(handle: Handle, address: unknown): Destination | null {
  return address === undefined || address === null ? null : new Destination(handle, address, 'sendmsg')
}

export function sendmsgAsync(
  handle: Handle,
  buffers: unknown,
  options: SendMessageOptions | undefined,
): Promise<number> {
  try {
    checkAsyncOptions(options)
    const flags = flagsGiven(options)
    const views = viewsToSend(buffers, flags)
    const size = lengthOfAll(views)
    const ancdata = options?.ancdata
    const control = ancdata === undefined ? undefined : checkControl('options.ancdata', ancdata)
    const destination = destinationIn(handle, options?.address)
    checkInt('options.flags', flags)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    // Reading the arguments may run the caller's code.
    if (lengthOfAll(views) !== size) throw lost('buffers', buffers)
    const block = encodeControl('options.ancdata', control ?? [])
    return new SendMessage(handle, views, size, block, flags, destination).start(timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
