/** The bytes that calls take and give. */
import { argumentTypeError } from './validate.js'

/** Any view of bytes, or the bytes themselves. */
export type BytesLike = ArrayBufferView | ArrayBufferLike
/** What sends take besides: a string, sent as UTF-8. */
export type SendData = BytesLike | string

const TAKES = 'an instance of Buffer, TypedArray, DataView or ArrayBuffer'

/** `value` as a `Uint8Array` over the same memory. */
export function viewOf(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return attached(name, value)
  if (ArrayBuffer.isView(value)) {
    return attached(name, new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value)
  throw argumentTypeError(name, TAKES, value)
}

/** The bytes to send: a string as UTF-8, or a view. */
export function dataOf(name: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array && value.length > 0) return value
  if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer) && !(value instanceof SharedArrayBuffer)) {
    throw argumentTypeError(name, `of type string or ${TAKES}`, value)
  }
  return viewOf(name, value)
}

/** A detached buffer looks empty; taken for an empty one it would read as the end of a stream. */
export function attached(name: string, view: Uint8Array): Uint8Array {
  if (view.length > 0) return view
  try {
    new Uint8Array(view.buffer)
  } catch {
    throw argumentTypeError(name, 'attached to its memory (the buffer was transferred away)', view)
  }
  return view
}

/** The longest transfer of one call, bytes; the kernel itself moves a little less at once. */
export const MAX_TRANSFER = 0x7fffffff
