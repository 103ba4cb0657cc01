/** Descriptors that go with messages: SCM_RIGHTS of unix(7), over sendmsg(2) and recvmsg(2). */
import type { AddressOut } from '../address.js'
import {
  checkAsyncOptions,
  checkTransferOptions,
  flagsGiven,
  type MessageOptions,
  signalIn,
  timeoutIn,
} from '../async-options.js'
import { controlBytes, controlHeader, native } from '../binding.js'
import { lost, MAX_TRANSFER } from '../bytes.js'
import { CMSG_SPACE, type ControlMessage, encodeControl, listOf } from '../control.js'
import { errorOf, socketError } from '../errors.js'
import { AF_UNIX, MSG_CTRUNC, SCM_PIDFD, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkSelectable, descriptorOf, type Selectable } from '../select/selectable.js'
import { argumentValueError, checkInt, checkInteger, checkNumber } from '../validate.js'
import { letReadersGoFirst } from './earlier.js'
import { collect, lengthOfAll, type Message, receiveMessage, sendViews, viewsToSend } from './message.js'
import { destinationIn, receiveMessageAsync, SendMessage } from './message-async.js'

/** What a receive of descriptors gives. */
export type MessageWithFds = [data: Buffer, fds: number[], flags: number, address: AddressOut | null]

const { BYTES_PER_ELEMENT: FD_SIZE } = Int32Array
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
/** Room for what else may come with a message, and must not take the place of descriptors: credentials and the like. */
const OTHERS_SIZE = 256

/** The descriptors of what a caller gave, as they are now. */
const descriptorsOf = (fds: readonly unknown[]): number[] =>
  fds.map((given, index) => descriptorOf('fds', given, 'sendmsg', index))

const numbersIn = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)

/** The items of the list, each a descriptor or what has one. */
function selectablesIn(fds: unknown): readonly unknown[] {
  const given = listOf('fds', 'descriptors', fds)
  for (let index = 0; index < given.length; index++) checkSelectable('fds', given[index], index)
  return given
}

/** The control message that passes descriptors, in a list; an empty one for none. */
function messagesWith(fds: readonly number[]): ControlMessage[] {
  if (fds.length === 0) return []
  // Memory of the pool: that of a small typed array is made anew when its buffer is asked for.
  const data = Buffer.allocUnsafe(fds.length * FD_SIZE)
  const numbers = numbersIn(data)
  let at = 0
  for (const fd of fds) {
    numbers.setInt32(at, fd, isLittleEndian)
    at += FD_SIZE
  }
  return [[SOL_SOCKET, SCM_RIGHTS, data]]
}

/** What Linux would report as a success, and drop the descriptors: other families, and a stream without a byte. */
function checkCarrier(handle: Handle, length: number, fds: readonly unknown[], buffers: unknown): void {
  if (fds.length === 0) return
  if (handle.fd < 0) throw socketError('EBADF', 'sendmsg')
  if (handle.family !== AF_UNIX) throw socketError('EOPNOTSUPP', 'sendmsg')
  if (length > 0 || handle.type !== SOCK_STREAM) return
  throw argumentValueError('buffers', 'must have a byte at least, with which the descriptors go on a stream', buffers)
}

export function sendFds(handle: Handle, buffers: unknown, fds: unknown, flags: number, address: unknown): number {
  const views = viewsToSend(buffers, flags)
  const length = lengthOfAll(views)
  const given = selectablesIn(fds)
  const messages = messagesWith(descriptorsOf(given))
  checkCarrier(handle, length, given, buffers)
  return sendViews(handle, buffers, views, length, messages, flags, address)
}

/** A send that looks the descriptors of objects up at each attempt: one that was closed meanwhile has none. */
class SendFds extends SendMessage {
  readonly #given: readonly unknown[]

  constructor(given: readonly unknown[], ...fields: ConstructorParameters<typeof SendMessage>) {
    super(...fields)
    this.#given = given
  }

  protected override prepare(): void {
    this.control = encodeControl('fds', messagesWith(descriptorsOf(this.#given)))
  }
}

/** What asynchronous sends of descriptors take. */
export interface SendFdsOptions<Address = unknown> extends MessageOptions {
  /** The destination; the peer of a connected socket where left out. */
  address?: Address | null | undefined
}

export function sendFdsAsync(
  handle: Handle,
  buffers: unknown,
  fds: unknown,
  options: SendFdsOptions | undefined,
): Promise<number> {
  checkAsyncOptions(options)
  const flags = flagsGiven(options)
  const views = viewsToSend(buffers, flags)
  const size = lengthOfAll(views)
  const given = selectablesIn(fds)
  const destination = destinationIn(handle, options?.address)
  checkInt('options.flags', flags)
  const block = encodeControl('fds', messagesWith(descriptorsOf(given)))
  checkCarrier(handle, size, given, buffers)
  const timeoutNs = timeoutIn(options, handle.timeoutNs)
  const signal = signalIn(options)
  // Reading the arguments may run the caller's code.
  if (lengthOfAll(views) !== size) throw lost('buffers', buffers)
  return new SendFds(given, handle, views, size, block, flags, destination).start(timeoutNs, signal)
}

/** Adds the descriptors in a control message to a list. A part of a number, where it was cut, is none. */
function addDescriptors(list: number[], data: Uint8Array): void {
  const numbers = numbersIn(data)
  for (let at = 0; at + FD_SIZE <= data.length; at += FD_SIZE) list.push(numbers.getInt32(at, isLittleEndian))
}

/** A message with its descriptors, of which none but the first `maxfds` stay open. */
function withFds([data, ancdata, flags, address]: Message<Buffer>, maxfds: number): MessageWithFds {
  const passed: number[] = []
  const others: number[] = []
  for (const [level, type, content] of ancdata) {
    if (level !== SOL_SOCKET) continue
    if (type === SCM_RIGHTS) addDescriptors(passed, content)
    else if (type === SCM_PIDFD) addDescriptors(others, content)
  }
  const surplus = passed.splice(maxfds)
  const message: MessageWithFds = [data, passed, surplus.length > 0 ? flags | MSG_CTRUNC : flags, address]
  native.takeUntaken()
  for (const fd of surplus) native.close(fd)
  // In the place of a process's an error can stand.
  for (const fd of others) if (fd >= 0) native.close(fd)
  return message
}

const collectFds = (handle: Handle, data: Buffer, maxfds: number): MessageWithFds =>
  withFds(collect(handle, data), maxfds)

/** The room that so many descriptors need. */
function roomForFds(maxfds: unknown): number {
  checkInteger('maxfds', maxfds, 0, Math.floor((0x7fffffff - controlHeader) / FD_SIZE) - FD_SIZE)
  return Math.min(CMSG_SPACE(maxfds * FD_SIZE) + OTHERS_SIZE, controlBytes.length)
}

export function recvFds(handle: Handle, bufsize: number, maxfds: number, flags: number): MessageWithFds {
  checkNumber('bufsize', bufsize)
  checkNumber('maxfds', maxfds)
  checkNumber('flags', flags)
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  const room = roomForFds(maxfds)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letReadersGoFirst(handle, handle.channel, flags)
  const message = earlier < 0 ? earlier : receiveMessage(handle, bufsize, room, flags, 0, collectFds, maxfds)
  if (typeof message === 'number') throw errorOf(message, 'recvmsg')
  return message
}

export function recvFdsAsync(
  handle: Handle,
  bufsize: number,
  maxfds: number,
  options: MessageOptions | undefined,
): Promise<MessageWithFds> {
  checkNumber('bufsize', bufsize)
  checkNumber('maxfds', maxfds)
  checkTransferOptions(options)
  checkInteger('bufsize', bufsize, 0, MAX_TRANSFER)
  const room = roomForFds(maxfds)
  return receiveMessageAsync(handle, bufsize, room, options, collectFds, maxfds, (message) => withFds(message, maxfds))
}

export type { Selectable }
