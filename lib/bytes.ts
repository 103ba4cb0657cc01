/** The bytes that calls take and give. */
import { types } from 'node:util'
import { argumentTypeError } from './validate.js'

/** Any view of bytes, or the bytes themselves. */
export type BytesLike = ArrayBufferView | ArrayBufferLike
/** What sends take besides: a string, sent as UTF-8. */
export type SendData = BytesLike | string

const TAKES = 'an instance of Buffer, TypedArray, DataView or ArrayBuffer'

/** A getter of the language itself: a subclass or an own property may say something else of the same name. */
function intrinsic<T>(prototype: object, name: string): (view: ArrayBufferView) => T {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get as () => T
  // Unlike Reflect.apply, a bound `call` is inlined without a trace of the list of arguments.
  return Function.prototype.call.bind(get)
}

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array

function partsOf(prototype: object) {
  return {
    buffer: intrinsic<ArrayBufferLike>(prototype, 'buffer'),
    byteOffset: intrinsic<number>(prototype, 'byteOffset'),
    byteLength: intrinsic<number>(prototype, 'byteLength'),
  }
}

const partsOfTypedArray = partsOf(TypedArrayPrototype)
const partsOfDataView = partsOf(DataView.prototype)
const { isUint8Array } = types
const lengthOf = intrinsic<number>(TypedArrayPrototype, 'length')

/** Whether `value` is what most calls get, and can be used as it is: it has bytes, and as many as it says. */
export function isPlainView(value: unknown): value is Uint8Array {
  return isUint8Array(value) && value.length === lengthOf(value) && value.length > 0
}

/** `value` as a `Uint8Array` over the same memory: itself, where its length is what it says. The fast form of `viewOf`. */
export function byteView(name: string, value: unknown): Uint8Array {
  if (isUint8Array(value) && value.length === lengthOf(value) && value.length > 0) return value
  return viewOf(name, value)
}

/** The bytes to send: a string as UTF-8, or a view. */
export function dataOf(name: string, value: unknown): Uint8Array {
  if (isUint8Array(value) && value.length === lengthOf(value) && value.length > 0) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (!ArrayBuffer.isView(value) && !types.isAnyArrayBuffer(value)) {
    throw argumentTypeError(name, `of type string or ${TAKES}`, value)
  }
  return viewOf(name, value)
}

/** `value` as a plain `Uint8Array` over the same memory, whatever its class or realm. */
export function viewOf(name: string | (() => string), value: unknown): Uint8Array {
  const isView = ArrayBuffer.isView(value)
  if (!isView && !types.isAnyArrayBuffer(value)) throw argumentTypeError(textOf(name), TAKES, value)
  try {
    if (!isView) {
      const { buffer, length } = new Uint8Array(value)
      // Of a length of its own: one without would grow with a resizable buffer while a call waits.
      return new Uint8Array(buffer, 0, length)
    }
    if (!types.isDataView(value)) probe(value)
    const { buffer, byteOffset, byteLength } = types.isDataView(value) ? partsOfDataView : partsOfTypedArray
    return new Uint8Array(buffer(value), byteOffset(value), byteLength(value))
  } catch {
    throw lost(textOf(name), value)
  }
}

const textOf = (name: string | (() => string)): string => (typeof name === 'string' ? name : name())

/**
 * Throws where the view is detached or out of bounds. Such a view looks empty, and so taken it would read as the end
 * of a stream; the methods of the language, not its getters, tell the two apart.
 */
function probe(view: ArrayBufferView): void {
  Reflect.apply(TypedArrayPrototype.at, view, [0])
}

/** A part of a view as a plain `Uint8Array`: `subarray` would make an instance of the view's class, the caller's own. */
export function partOf(view: Uint8Array, from: number, to: number): Uint8Array {
  const { buffer, byteOffset } = partsOfTypedArray
  return new Uint8Array(buffer(view), byteOffset(view) + from, to - from)
}

/** The error for a buffer that has lost its memory. */
export function lost(name: string, value: unknown): TypeError {
  return argumentTypeError(name, 'attached to its memory (the buffer was transferred away or made smaller)', value)
}

/** The longest transfer of one call, bytes; the kernel itself moves a little less at once. */
export const MAX_TRANSFER = 0x7fffffff
