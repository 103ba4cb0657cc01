/** `makefile`: Python's file object over a socket. */
import { SocketFile } from './file/base.js'
import { BinaryFile } from './file/binary.js'
import { Codec, type ErrorHandling } from './file/codec.js'
import { Io } from './file/io.js'
import { TextFile } from './file/text.js'
import type { Newline } from './file/text-queue.js'
import type { Handle } from './handle.js'
import { argumentTypeError, argumentValueError, checkOptions, checkRange, checkString, checkWhole } from './validate.js'

export type { HintOptions, LimitOptions, SizeOptions } from './file/binary.js'
export { BinaryFile, SocketFile, TextFile }

/** Modes of files of bytes. */
export type BinaryMode = 'b' | 'rb' | 'br' | 'wb' | 'bw' | 'rwb' | 'rbw' | 'wrb' | 'wbr' | 'brw' | 'bwr'
/** Modes of files of text. */
export type TextMode = '' | 'r' | 'w' | 'rw' | 'wr'

/** Options of `makefile`. */
export interface BinaryFileOptions {
  /** Bytes of the buffer; 0 = none; 8,192 where left out, `null` or below 0. */
  buffering?: number | null | undefined
}

/** Options of `makefile` for text. */
export interface TextFileOptions extends BinaryFileOptions {
  /** An encoding of Buffer or TextDecoder; `'utf-8'` where left out or `null`. Some of the latter cannot be written. */
  encoding?: string | null | undefined
  /** What is done with what cannot be decoded or encoded: `'strict'` (it fails) where left out or `null`. */
  errors?: ErrorHandling | null | undefined
  /**
   * How lines end. `null` or left out: with `\n`, `\r` or `\r\n`, read as `\n`, written as `\n`. `''`: the same, but
   * read as it is. Else: with just this, which is written for each `\n`.
   */
  newline?: Newline | undefined
}

const DEFAULT_BUFFER_SIZE = 8192
const LARGEST_BUFFER = 0x7fffffff
const NEWLINES: readonly unknown[] = [null, '', '\n', '\r', '\r\n']

function bufferSizeOf(buffering: unknown): number {
  if (buffering === undefined || buffering === null) return DEFAULT_BUFFER_SIZE
  if (typeof buffering !== 'number') throw argumentTypeError('options.buffering', 'of type number or null', buffering)
  checkWhole('options.buffering', buffering)
  checkRange('options.buffering', buffering, Number.MIN_SAFE_INTEGER, LARGEST_BUFFER)
  return buffering < 0 ? DEFAULT_BUFFER_SIZE : buffering
}

function newlineOf(newline: unknown): Newline {
  if (newline === undefined) return null
  if (newline !== null) checkString('options.newline', newline)
  if (NEWLINES.includes(newline)) return newline as Newline
  throw argumentValueError('options.newline', "takes null, '', '\\n', '\\r' and '\\r\\n'", newline)
}

/** A file over the socket of a handle. */
export function makefile(handle: Handle, mode: unknown, options: TextFileOptions | undefined): BinaryFile | TextFile {
  checkString('mode', mode)
  if (!/^[rwb]*$/.test(mode)) throw argumentValueError('mode', "takes the letters 'r', 'w' and 'b'", mode)
  if (options !== undefined) checkOptions('options', options)
  const size = bufferSizeOf(options?.buffering)
  const isWriting = mode.includes('w')
  const isReading = mode.includes('r') || !isWriting
  if (mode.includes('b')) return new BinaryFile(new Io(handle, isReading, isWriting), size)
  if (size === 0) throw argumentValueError('options.buffering', 'takes 0 for binary files only', size)
  const codec = new Codec(options?.encoding, options?.errors, isWriting)
  const newline = newlineOf(options?.newline)
  return new TextFile(new Io(handle, isReading, isWriting), mode, size, codec, newline)
}
