/** Encodings of text files: Node's and those of TextDecoder, with CPython's ways to treat what is wrong. */
import { isAscii } from 'node:buffer'
import { socketError } from '../errors.js'
import { argumentValueError, checkString } from '../validate.js'
import { type Bytes, type Decoded, decodeUtf8 } from './utf8.js'

type Decode = (bytes: Bytes, isEnd: boolean) => Decoded

/** What is done with what cannot be decoded or encoded. */
export type ErrorHandling = 'strict' | 'replace' | 'ignore'

/** An encoding. */
interface Encoding {
  readonly decode: Decode
  /** The bytes of well-formed text; `undefined` where a character has none. */
  readonly encode: ((text: string) => Buffer | undefined) | null
}

const allOf = (text: string): Decoded => ({ text, used: text.length, wrong: 0 })

function decodeAscii(bytes: Bytes): Decoded {
  if (isAscii(bytes)) return allOf(bytes.latin1Slice(0, bytes.length))
  const used = bytes.findIndex((byte) => byte > 0x7f)
  return { text: bytes.latin1Slice(0, used), used, wrong: 1 }
}

/** UTF-16: a surrogate alone is wrong, and so is half a character at the end. */
function decodeUtf16(bytes: Bytes, isEnd: boolean): Decoded {
  let whole = bytes.length & ~1
  const last = whole >= 2 ? bytes.readUInt16LE(whole - 2) : 0
  const isHalf = last >= 0xd800 && last <= 0xdbff
  if (isHalf) whole -= 2
  const text = bytes.ucs2Slice(0, whole)
  const alone = /\p{Surrogate}/u.exec(text)
  if (alone !== null) return { text: text.slice(0, alone.index), used: 2 * alone.index, wrong: 2 }
  return { text, used: whole, wrong: isEnd ? bytes.length - whole : 0 }
}

function decodeUtf16BE(bytes: Bytes, isEnd: boolean): Decoded {
  const swapped = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()
  const odd = bytes.subarray(bytes.length & ~1)
  return decodeUtf16((odd.length === 0 ? swapped : Buffer.concat([swapped, odd])) as Bytes, isEnd)
}

const within =
  (pattern: RegExp, encoding: BufferEncoding) =>
  (text: string): Buffer | undefined =>
    pattern.test(text) ? undefined : Buffer.from(text, encoding)

const UTF8: Encoding = { decode: decodeUtf8, encode: (text) => Buffer.from(text, 'utf8') }
const LATIN1: Encoding = {
  decode: (bytes) => allOf(bytes.latin1Slice(0, bytes.length)),
  encode: within(/[^\0-\xff]/, 'latin1'),
}
const ASCII: Encoding = { decode: decodeAscii, encode: within(/[^\0-\x7f]/, 'latin1') }
const UTF16LE: Encoding = { decode: decodeUtf16, encode: (text) => Buffer.from(text, 'utf16le') }
const UTF16BE: Encoding = { decode: decodeUtf16BE, encode: (text) => Buffer.from(text, 'utf16le').swap16() }

// TextDecoder takes `latin1` and `ascii` for names of windows-1252, which Node and Python do not.
const OWN: Readonly<Record<string, Encoding>> = {
  'utf-8': UTF8,
  utf8: UTF8,
  latin1: LATIN1,
  'latin-1': LATIN1,
  'iso-8859-1': LATIN1,
  'iso8859-1': LATIN1,
  binary: LATIN1,
  ascii: ASCII,
  'us-ascii': ASCII,
  'utf-16le': UTF16LE,
  'utf-16-le': UTF16LE,
  utf16le: UTF16LE,
  ucs2: UTF16LE,
  'ucs-2': UTF16LE,
  'utf-16be': UTF16BE,
  'utf-16-be': UTF16BE,
}

/** An encoding of one byte a character, by a table that TextDecoder fills; `null` where it is none. */
function singleByte(label: string): Encoding | null {
  const decoder = new TextDecoder(label)
  const table = Array.from({ length: 256 }, (_, byte) => decoder.decode(Uint8Array.of(byte)))
  if (table.some((text) => text.length !== 1) || table.filter((text) => text === '\ufffd').length > 64) return null
  const byteOf = new Map(table.map((text, byte) => [text, byte]))
  byteOf.delete('\ufffd')
  return {
    decode(bytes) {
      const known = bytes.findIndex((byte) => table[byte] === '\ufffd')
      const used = known < 0 ? bytes.length : known
      let text = ''
      for (let index = 0; index < used; index++) text += table[bytes[index] as number]
      return { text, used, wrong: known < 0 ? 0 : 1 }
    },
    encode(text) {
      const bytes = Array.from(text, (character) => byteOf.get(character))
      return bytes.includes(undefined) ? undefined : Buffer.from(bytes as number[])
    },
  }
}

/** Any other of TextDecoder's, of which only the decoder itself knows what is wrong, and no encoder is there. */
function severalBytes(label: string, errors: ErrorHandling): Encoding {
  const fatal = errors === 'strict'
  let decoder = new TextDecoder(label, { fatal })
  return {
    decode(bytes, isEnd) {
      try {
        const text = decoder.decode(bytes, { stream: !isEnd })
        return { text: errors === 'ignore' ? text.replaceAll('\ufffd', '') : text, used: bytes.length, wrong: 0 }
      } catch {
        decoder = new TextDecoder(label, { fatal })
        return { text: '', used: 0, wrong: bytes.length }
      }
    },
    encode: null,
  }
}

function encodingOf(name: string, errors: ErrorHandling): Encoding {
  const label = name.trim().toLowerCase().replaceAll('_', '-')
  const own = Object.hasOwn(OWN, label) ? OWN[label] : undefined
  if (own !== undefined) return own
  try {
    return singleByte(label) ?? severalBytes(label, errors)
  } catch {
    throw argumentValueError('options.encoding', 'takes an encoding of Buffer or TextDecoder', name)
  }
}

function handlingOf(errors: unknown): ErrorHandling {
  if (errors === undefined || errors === null) return 'strict'
  if (errors === 'strict' || errors === 'replace' || errors === 'ignore') return errors
  checkString('options.errors', errors)
  throw argumentValueError('options.errors', "takes 'strict', 'replace' and 'ignore'", errors)
}

/** What a decoder gives: text, and whether what follows it is wrong, with the bytes after that. */
export interface Piece {
  text: string
  rest: Buffer | null
}

/** An encoding with a way to treat errors, for one file. */
export class Codec {
  readonly name: string
  readonly #encoding: Encoding
  readonly #errors: ErrorHandling
  /** The beginning of a character. */
  #tail: Buffer | null = null

  constructor(name: unknown, errors: unknown, isWriting: boolean) {
    const given = name ?? 'utf-8'
    checkString('options.encoding', given)
    this.name = given
    this.#errors = handlingOf(errors)
    this.#encoding = encodingOf(this.name, this.#errors)
    if (isWriting && this.#encoding.encode === null) {
      throw argumentValueError('options.encoding', 'takes an encoding that can be written', name)
    }
  }

  /**
   * Decodes what has come. With `'strict'` it stops at what is wrong, which it leaves out.
   * @param isEnd whether nothing follows
   */
  decode(data: Buffer, isEnd: boolean): Piece {
    let bytes = this.#tail === null ? data : Buffer.concat([this.#tail, data])
    this.#tail = null
    let text = ''
    for (;;) {
      const decoded = this.#encoding.decode(bytes as Bytes, isEnd)
      text += decoded.text
      const rest = bytes.subarray(decoded.used + decoded.wrong)
      if (decoded.wrong === 0) {
        // A copy, as the rest of the memory goes to others.
        if (rest.length > 0) this.#tail = Buffer.from(rest)
        return { text, rest: null }
      }
      if (this.#errors === 'strict') return { text, rest }
      if (this.#errors === 'replace') text += '\ufffd'
      bytes = rest
    }
  }

  /** The bytes of a text. @throws {TypeError} where a character has none */
  encode(text: string): Buffer {
    const encode = this.#encoding.encode as (text: string) => Buffer | undefined
    const bytes = isWellFormed(text) ? encode(text) : undefined
    if (bytes !== undefined) return bytes
    if (this.#errors === 'strict') {
      throw argumentValueError('data', `must be text that ${this.name} can encode`, text)
    }
    const substitute = this.#errors === 'replace' ? '?' : ''
    const known = Array.from(text, (character) =>
      isWellFormed(character) && encode(character) !== undefined ? character : substitute,
    )
    return encode(known.join('')) as Buffer
  }
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** What came is no text in the file's encoding. */
export function decodingError(codec: Codec): Error {
  const error = socketError('EILSEQ', 'read')
  error.message += `: what was received is not ${codec.name}`
  return error
}
