/** `MessageBatch`: many messages in one piece of memory, for one system call. */
import type { AddressIn, AddressOut } from './address.js'
import type { AncillaryIn, AncillaryOut } from './ancdata.js'
import { checkGiven } from './batch/addresses.js'
import { BatchMemory } from './batch/memory.js'
import * as record from './batch/record.js'
import * as binding from './binding.js'
import { dataOf, isPlainView, type SendData } from './bytes.js'
import { type ControlMessage, checkControl, decodeControl, encodeControl } from './control.js'
import { IPPROTO_UDP, UDP_SEGMENT } from './generated/constants.js'
import {
  argumentTypeError,
  argumentValueError,
  checkInteger,
  checkNumber,
  checkOptions,
  rangeError,
} from './validate.js'

const { words, controlBytes, CONTROL_LENGTH } = binding
const { BATCH_LENGTH, BATCH_FLAGS, BATCH_CONTROL_LENGTH, BATCH_SEGMENT_SIZE } = record

/** What a batch may have besides its messages. */
export interface BatchOptions {
  /** Room for the control messages of each message, bytes, as `CMSG_SPACE` and `CMSG_LEN` tell; 0 where left out. */
  ancbufsize?: number | undefined
}

/** What may go with a message that is set. */
export interface BatchMessageOptions {
  /** Has the kernel cut the data into datagrams of that many bytes, 1 to 65,535; the last may be shorter. Linux. */
  segmentSize?: number | undefined
  /** Control messages, for which the batch must have room. */
  ancdata?: Iterable<AncillaryIn> | undefined
}

/**
 * The memory of a batch, for the calls.
 * @throws {TypeError} for what is no batch; with `ERR_INVALID_STATE` while an asynchronous call has it
 */
export let memoryOf: (batch: unknown) => BatchMemory

/**
 * Room for `count` messages of at most `size` bytes each, for `recvmmsg` and `sendmmsg`: one piece of memory that is
 * used over and over, so that a call allocates nothing. After a receive it holds the messages received; `set` puts one
 * into it to be sent.
 *
 * Methods throw `RangeError` for an index that is not of the batch.
 * @see recvmmsg(2), sendmmsg(2). Linux, macOS, where each message is a system call of its own.
 */
export class MessageBatch<F extends number = number> {
  readonly #memory: BatchMemory

  static {
    memoryOf = (batch) => {
      const isBatch = typeof batch === 'object' && batch !== null && #memory in batch
      if (!isBatch) throw argumentTypeError('batch', 'an instance of MessageBatch', batch)
      const memory = batch.#memory
      memory.checkFree()
      return memory
    }
  }

  /**
   * Makes room for messages.
   * @param count messages at most, 1 to 65,536
   * @param size bytes of each message at most, at least 1; a longer one that arrives is cut, and its `flags` say
   *   `MSG_TRUNC`. `count * size` is less than 2 GiB
   * @param options `ancbufsize`: room for the control messages of each message, in bytes
   * @throws {RangeError} for numbers out of these ranges, and where there is not so much memory
   */
  constructor(count: number, size: number, options?: BatchOptions) {
    checkNumber('count', count)
    checkNumber('size', size)
    if (options !== undefined) checkOptions('options', options)
    const room = options?.ancbufsize
    this.#memory = new BatchMemory(count, size, room === undefined ? 0 : room)
  }

  /** How many messages there is room for: the `count` that it was made with. */
  get length(): number {
    return this.#memory.count
  }

  /** How many bytes of a message there is room for. */
  get size(): number {
    return this.#memory.size
  }

  /** How many messages the last receive gave: those from 0 on. */
  get received(): number {
    return this.#memory.received
  }

  /** How many messages are set and have not been sent. */
  get unsent(): number {
    return this.#memory.unsent
  }

  /** Which of them is sent next; -1 = there is none. After an error it is the one that could not be sent. */
  get firstUnsent(): number {
    return this.#memory.firstUnsent
  }

  /**
   * The bytes of a message: a view of the batch's own memory, good until the next receive or `set` puts others there.
   * Copy what you keep. Empty where there is no message.
   * @param index 0 to `length` - 1
   */
  data(index: number): Buffer {
    return this.#memory.view(index)
  }

  /**
   * How many bytes the message has, as the kernel says: with `MSG_TRUNC` among the flags of the receive it is the
   * length of the datagram, which can exceed `size`.
   * @param index 0 to `length` - 1
   */
  nbytes(index: number): number {
    const { words: fields } = this.#memory
    return fields[this.#memory.at(index) + BATCH_LENGTH] as number
  }

  /**
   * Who sent the message, `null` where the kernel does not say. Of one that is set: where it goes.
   * @param index 0 to `length` - 1
   */
  address(index: number): AddressOut<F> | null {
    this.#memory.at(index)
    return this.#memory.addresses.address(index) as AddressOut<F> | null
  }

  /**
   * `MSG_*` flags of a received message, such as `MSG_TRUNC` where it was longer, and `MSG_CTRUNC`.
   * @param index 0 to `length` - 1
   */
  flags(index: number): number {
    return this.#memory.words[this.#memory.at(index) + BATCH_FLAGS] as number
  }

  /**
   * Of a message that the kernel has joined from several datagrams (socket option `UDP_GRO`): how many bytes each has,
   * the last of them perhaps fewer. 0 where it is one datagram. Of one that is set, its `segmentSize`.
   * @param index 0 to `length` - 1
   * @returns bytes of each datagram
   */
  segmentSize(index: number): number {
    return this.#memory.words[this.#memory.at(index) + BATCH_SEGMENT_SIZE] as number
  }

  /**
   * The control messages of a message, `[level, type, data]` each. Descriptors in them are close-on-exec, and from here
   * on the caller's; those of messages that nobody asks for are closed with the next receive.
   * @param index 0 to `length` - 1
   */
  ancdata(index: number): AncillaryOut[] {
    const memory = this.#memory
    const length = memory.words[memory.at(index) + BATCH_CONTROL_LENGTH] as number
    controlBytes.set(memory.control(index, length))
    words[CONTROL_LENGTH] = length
    const messages = decodeControl()
    memory.descriptors.give(index)
    return messages
  }

  /**
   * Puts a message into the batch, to be sent by `sendmmsg`, in the order of the indices: a copy of the data, unless
   * that is the view which `data(index)` gives, where it lies in its place already.
   * @param index 0 to `length` - 1
   * @param data bytes, at most `size`, or a string as UTF-8
   * @param address where it goes, as `sendto` takes it; the peer of a connected socket where left out. It is encoded
   *   once for as many messages in this place as go there; a name is looked up by each send
   * @param options `segmentSize` in bytes, `ancdata`
   * @throws {RangeError} for data longer than `size`; `TypeError` with `ERR_INVALID_STATE` while an asynchronous
   *   call has the batch
   */
  set(index: number, data: SendData, address?: AddressIn<F> | null, options?: BatchMessageOptions): void {
    const memory = this.#memory
    checkNumber('index', index)
    const view = isPlainView(data) ? data : dataOf('data', data)
    const given = checkGiven(address)
    if (options !== undefined) checkOptions('options', options)
    const { segmentSize, ancdata } = options ?? NO_OPTIONS
    if (segmentSize !== undefined) checkNumber('options.segmentSize', segmentSize)
    const messages = ancdata === undefined ? undefined : checkControl('options.ancdata', ancdata)
    memory.at(index)
    const control = controlOf(segmentSize, messages, memory.room, memory.ancbufsize)
    // Reading the options may run the caller's code.
    memory.checkFree()
    if (view.length > memory.size) throw rangeError('data', `at most ${memory.size} bytes long`, view.length)
    memory.descriptors.close(index)
    memory.put(index, view)
    memory.addresses.put(index, given)
    if (control !== undefined) memory.putControl(index, control, segmentSize ?? 0)
  }

  /**
   * Forgets a message, sent or not; all of them where `index` is left out.
   * @param index 0 to `length` - 1; all messages where left out
   * @throws {TypeError} with `ERR_INVALID_STATE` while an asynchronous call has the batch
   */
  clear(index?: number): void {
    const memory = this.#memory
    if (index !== undefined) memory.at(index)
    memory.checkFree()
    if (index === undefined) memory.clearAll()
    else memory.clear(index)
  }

  /** What `console.log` shows: the room, and how much of it is in use. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { count, size, received, unsent } = this.#memory
    return `MessageBatch [length ${count}, size ${size}, received ${received}, unsent ${unsent}]`
  }
}

/** The control messages of a message to send, checked: a block that fits into the batch; `undefined` = none. */
function controlOf(
  segmentSize: number | undefined,
  messages: readonly ControlMessage[] | undefined,
  room: number,
  ancbufsize: number,
): Uint8Array | undefined {
  if (messages === undefined) return segmentSize === undefined ? undefined : segmentation(segmentSize)
  const block = Buffer.concat([
    encodeControl('options.ancdata', messages) ?? NOTHING,
    segmentSize === undefined ? NOTHING : segmentation(segmentSize),
  ])
  if (block.length <= room) return block
  throw argumentValueError('options.ancdata', `must fit into the batch's ancbufsize, ${ancbufsize} bytes`, messages)
}

const NO_OPTIONS: BatchMessageOptions = {}
const NOTHING = new Uint8Array(0)
/** The block last made: many messages have segments of one size. */
let lastSegmentation: { size: number; block: Uint8Array } = { size: 0, block: NOTHING }

function segmentation(segmentSize: number): Uint8Array {
  if (segmentSize === lastSegmentation.size) return lastSegmentation.block
  checkInteger('options.segmentSize', segmentSize, 1, 0xffff)
  if (UDP_SEGMENT === undefined) {
    throw argumentValueError('options.segmentSize', 'needs UDP_SEGMENT, which this platform lacks', segmentSize)
  }
  const data = new Uint8Array(Uint16Array.of(segmentSize).buffer)
  const block = encodeControl('options.segmentSize', [[IPPROTO_UDP, UDP_SEGMENT, data]]) ?? NOTHING
  lastSegmentation = { size: segmentSize, block }
  return block
}
