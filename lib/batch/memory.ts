/** What a batch is made of: the slab with the data of all messages, and a record for each in memory of its own. */
import * as binding from '../binding.js'
import { lost } from '../bytes.js'
import { checkRoom } from '../control.js'
import { checkInteger, rangeError } from '../validate.js'
import { Addresses } from './addresses.js'
import { HeldDescriptors } from './descriptors.js'
import * as record from './record.js'

const { controlAlign, controlHeader } = binding
const { batchRecord } = record
/** A control message with an int, such as UDP_GRO's, always fits. */
const SEGMENT_ROOM = controlHeader + Math.ceil(4 / controlAlign) * controlAlign
/** Records are padded to it. */
const ALIGN = 8
const MOST_MESSAGES = 65_536
const MOST_BYTES = 0x7fffffff

/** Where a record has what, in words. */
const LENGTH = record.BATCH_LENGTH
const FLAGS = record.BATCH_FLAGS
const CONTROL_LENGTH = record.BATCH_CONTROL_LENGTH
const SEGMENT_SIZE = record.BATCH_SEGMENT_SIZE
const START = record.BATCH_START
const IS_UNSENT = record.BATCH_IS_UNSENT

/** The state of a `MessageBatch`, as the calls know it. */
export class BatchMemory {
  readonly count: number
  readonly size: number
  /** Bytes for control messages behind each record, and of these the caller's own. */
  readonly room: number
  readonly ancbufsize: number
  readonly slab: Buffer
  readonly records: Uint8Array
  readonly words: Int32Array
  /** Words from one record to the next. */
  readonly stride: number
  readonly addresses: Addresses
  readonly descriptors = new HeldDescriptors()
  received = 0
  unsent = 0
  /** The asynchronous call that has the batch. */
  #user: string | null = null
  readonly #views: (Buffer | undefined)[]

  constructor(count: number, size: number, askedRoom: number) {
    const ancbufsize = checkRoom('options.ancbufsize', askedRoom)
    checkInteger('count', count, 1, MOST_MESSAGES)
    checkInteger('size', size, 1, MOST_BYTES)
    if (count * size > MOST_BYTES)
      throw rangeError('size', `<= ${Math.floor(MOST_BYTES / count)} with this count`, size)
    this.count = count
    this.size = size
    this.ancbufsize = ancbufsize
    this.room = Math.ceil((SEGMENT_ROOM + ancbufsize) / ALIGN) * ALIGN
    this.stride = (batchRecord + this.room) / 4
    const bytes = count * (batchRecord + this.room)
    if (bytes > MOST_BYTES) {
      const most = Math.floor((MOST_BYTES / count - batchRecord) / ALIGN) * ALIGN - SEGMENT_ROOM
      throw rangeError('options.ancbufsize', `<= ${most} with this count`, askedRoom)
    }
    this.slab = Buffer.from(new ArrayBuffer(count * size))
    const records = new ArrayBuffer(bytes)
    this.records = new Uint8Array(records)
    this.words = new Int32Array(records)
    this.addresses = new Addresses(this)
    this.#views = new Array<Buffer | undefined>(count).fill(undefined)
  }

  /** The first word of a message's record. */
  at(index: unknown): number {
    if (typeof index !== 'number' || index >>> 0 !== index || index >= this.count) {
      checkInteger('index', index, 0, this.count - 1)
    }
    return (index as number) * this.stride
  }

  /** How many bytes of the slab a message has. */
  lengthOf(index: number): number {
    const length = this.words[this.at(index) + LENGTH] as number
    return length < this.size ? length : this.size
  }

  /** A view of a message, the same one as long as the message has that length. */
  view(index: number): Buffer {
    const length = this.lengthOf(index)
    const known = this.#views[index]
    if (known !== undefined && known.length === length && length > 0) return known
    this.checkSlab()
    const view = this.slab.subarray(index * this.size, index * this.size + length)
    this.#views[index] = view
    return view
  }

  checkSlab(): void {
    if (this.slab.length === 0) throw lost('batch', this.slab)
  }

  /** Puts a message into its place, where it waits to be sent. */
  put(index: number, view: Uint8Array): void {
    const { words } = this
    const at = index * this.stride
    this.checkSlab()
    // What was written into its place needs no copy.
    if (view !== this.#views[index]) this.slab.set(view, index * this.size)
    words[at + LENGTH] = view.length
    words[at + FLAGS] = 0
    words[at + CONTROL_LENGTH] = 0
    words[at + SEGMENT_SIZE] = 0
    words[at + START] = 0
    if (words[at + IS_UNSENT] === 0) this.unsent++
    words[at + IS_UNSENT] = 1
  }

  /** Gives a message that was put a block of control messages to go with it, which fits. */
  putControl(index: number, block: Uint8Array, segmentSize: number): void {
    const at = index * this.stride
    this.records.set(block, 4 * at + batchRecord)
    this.words[at + CONTROL_LENGTH] = block.length
    this.words[at + SEGMENT_SIZE] = segmentSize
  }

  /** So many bytes of the room for control messages. */
  control(index: number, length: number): Uint8Array {
    const start = index * this.stride * 4 + batchRecord
    return this.records.subarray(start, start + length)
  }

  isUnsent(index: number): boolean {
    return this.words[index * this.stride + IS_UNSENT] === 1
  }

  /** The first message that waits to be sent; -1 = none. */
  get firstUnsent(): number {
    if (this.unsent === 0) return -1
    let index = 0
    while (!this.isUnsent(index)) index++
    return index
  }

  /** Forgets a message. */
  clear(index: number): void {
    const at = index * this.stride
    if (this.words[at + IS_UNSENT] === 1) this.unsent--
    for (const field of [LENGTH, FLAGS, CONTROL_LENGTH, SEGMENT_SIZE, START, IS_UNSENT]) this.words[at + field] = 0
    this.addresses.clear(index)
    this.descriptors.close(index)
  }

  clearAll(): void {
    for (let index = 0; index < this.count; index++) this.clear(index)
    this.received = 0
  }

  /** So many messages have come: what else the batch held is gone. */
  noteReceived(count: number): void {
    const before = this.received
    this.received = count
    if (this.unsent > 0 || before > count) {
      for (let index = count; index < this.count; index++) this.clear(index)
      this.unsent = 0
    }
  }

  /** That no asynchronous call has the batch. */
  checkFree(): void {
    if (this.#user === null) return
    const reason = `The "batch" argument must be free: ${this.#user} has it until its promise is settled`
    throw Object.assign(new TypeError(reason), { code: 'ERR_INVALID_STATE' })
  }

  lock(user: string): void {
    this.checkFree()
    this.#user = user
  }

  readonly unlock = (): void => {
    this.#user = null
  }
}
