/** Control messages: the lists that users see, the blocks of memory that the kernel takes and gives. See cmsg(3). */
import type { AncillaryOut } from './ancdata.js'
import * as binding from './binding.js'
import { isPlainView, viewOf } from './bytes.js'
import { argumentTypeError, checkInt, checkInteger, checkNumber, rangeError } from './validate.js'

const { native, words, controlBytes, controlHeader, controlAlign } = binding
const { CONTROL_LENGTH, CONTROL_POSITION, CONTROL_LEVEL, CONTROL_TYPE } = binding
const { CONTROL_DATA_OFFSET, CONTROL_DATA_LENGTH } = binding
// A name of this module's own, for speed: see operations/transfer.ts.
const { nextControl, writeControl } = native

/** The longest block: a C int. */
const LIMIT = 0x7fffffff
/** So many bytes, such as numbers, times and descriptors are, are copied one by one. */
const FEW = 32

const padded = (length: number): number => Math.ceil(length / controlAlign) * controlAlign

/**
 * The length of a control message with `length` bytes of data, without the padding behind it: the room that the last
 * message of a receive needs.
 * @param length bytes, at least 0
 * @throws {RangeError} where the message would be longer than the kernel can count
 * @see cmsg(3). Linux, macOS.
 */
export function CMSG_LEN(length: number): number {
  checkInteger('length', length, 0, LIMIT - controlHeader)
  return controlHeader + length
}

/**
 * The room that a control message with `length` bytes of data takes, with the padding behind it. Add these up for
 * several messages.
 * @param length bytes, at least 0
 * @throws {RangeError} where the message would be longer than the kernel can count
 * @see cmsg(3). Linux, macOS.
 */
export function CMSG_SPACE(length: number): number {
  checkInteger('length', length, 0, LIMIT - controlHeader - controlAlign)
  return controlHeader + padded(length)
}

/** Checks the room for control messages: how many bytes of it can be of use. */
export function checkRoom(name: string, ancbufsize: unknown): number {
  checkInteger(name, ancbufsize, 0, LIMIT)
  return Math.min(ancbufsize, controlBytes.length)
}

/** A control message to send, whose types are checked. */
export type ControlMessage = readonly [level: number, type: number, data: Uint8Array]

const isInt = (value: number): boolean => (value | 0) === value

/** The names of what is wrong are made only then: they would cost as much as the rest. */
function checkMessage(list: string, index: number, item: unknown): ControlMessage {
  const name = (part: string): string => `${list}[${index}]${part}`
  if (!Array.isArray(item) || item.length !== 3) throw argumentTypeError(name(''), 'an array [level, type, data]', item)
  const [level, type, data]: unknown[] = item
  if (typeof level !== 'number') checkNumber(name('[0]'), level)
  if (typeof type !== 'number') checkNumber(name('[1]'), type)
  // A copy: reading the next item may run the caller's code.
  return [level as number, type as number, Buffer.from(isPlainView(data) ? data : viewOf(() => name('[2]'), data))]
}

/** The items of what can be iterated over, which text and bytes are not meant to be. */
export function listOf(name: string, of: string, value: unknown): unknown[] {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value
  if (!isIterable || ArrayBuffer.isView(value)) throw argumentTypeError(name, `an iterable of ${of}`, value)
  return [...(value as Iterable<unknown>)]
}

/** Checks the types of control messages to send; `encodeControl` checks their ranges. */
export function checkControl(name: string, ancdata: unknown): ControlMessage[] {
  return listOf(name, '[level, type, data]', ancdata).map((item, index) => checkMessage(name, index, item))
}

/**
 * A block of these messages, a copy; `undefined` of none.
 * @throws {RangeError} for a level or a type that is no int, and where it would be longer than the kernel can count
 */
export function encodeControl(name: string, messages: readonly ControlMessage[]): Uint8Array | undefined {
  if (messages.length === 0) return undefined
  let size = 0
  for (let index = 0; index < messages.length; index++) {
    const [level, type, data] = messages[index] as ControlMessage
    if (!isInt(level)) checkInt(`${name}[${index}][0]`, level)
    if (!isInt(type)) checkInt(`${name}[${index}][1]`, type)
    size += controlHeader + padded(data.length)
  }
  if (size > LIMIT) throw rangeError(name, `<= ${LIMIT} bytes in all`, size)
  const block = Buffer.allocUnsafe(size)
  let position = 0
  for (const [level, type, data] of messages) position = writeControl(block, position, level, type, data)
  return block
}

/** A copy of received bytes. For the few of most messages a view to copy from would cost more than the copy. */
function copyOf(from: number, length: number): Buffer {
  if (length > FEW) return Buffer.from(controlBytes.subarray(from, from + length))
  const data = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at++) data[at] = controlBytes[from + at] as number
  return data
}

/** The control messages that came with the last message, each with memory of its own. */
export function decodeControl(): AncillaryOut[] {
  const messages: AncillaryOut[] = []
  if (words[CONTROL_LENGTH] === 0) return messages
  let position = 0
  words[CONTROL_POSITION] = 0
  while (position < (words[CONTROL_LENGTH] as number) && nextControl() === 1) {
    const data = copyOf(words[CONTROL_DATA_OFFSET] as number, words[CONTROL_DATA_LENGTH] as number)
    messages.push([words[CONTROL_LEVEL] as number, words[CONTROL_TYPE] as number, data])
    position = words[CONTROL_POSITION] as number
  }
  return messages
}
