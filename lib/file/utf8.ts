/** UTF-8 that comes in pieces, and what of it is wrong. */
import { isUtf8 } from 'node:buffer'

/** Node's Buffer with the methods that its types leave out. */
export type Bytes = Buffer & {
  utf8Slice(start: number, end: number): string
  latin1Slice(start: number, end: number): string
  ucs2Slice(start: number, end: number): string
}

/** What became of bytes: text of the first `used`, and then `wrong` ones that are none, where there are such. */
export interface Decoded {
  text: string
  used: number
  wrong: number
}

/** The least second byte after some first bytes, and the most after others: else 0x80 and 0xbf. */
const LEAST: Readonly<Record<number, number>> = { 224: 0xa0, 240: 0x90 }
const MOST: Readonly<Record<number, number>> = { 237: 0x9f, 244: 0x8f }

/** How long a character is, by its first byte; 0 where none begins so. */
function lengthFrom(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** How many bytes at `index` belong to one character as far as they go, and whether it is complete. */
function characterAt(bytes: Uint8Array, index: number): [length: number, isComplete: boolean] {
  const first = bytes[index] as number
  const wanted = lengthFrom(first)
  if (wanted === 0) return [1, false]
  for (let length = 1; length < wanted; length++) {
    const next = bytes[index + length]
    const least = (length === 1 && LEAST[first]) || 0x80
    const most = (length === 1 && MOST[first]) || 0xbf
    if (next === undefined || next < least || next > most) return [length, false]
  }
  return [wanted, true]
}

/** How many bytes at the end are the beginning of a character. */
function unfinished(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const [reached, isComplete] = characterAt(bytes, length - back)
    return !isComplete && reached === back && lengthFrom(byte) > back ? back : 0
  }
  return 0
}

/** The text of the bytes up to the first that are wrong. */
export function decodeUtf8(bytes: Bytes, isEnd: boolean): Decoded {
  const whole = isEnd ? bytes.length : bytes.length - unfinished(bytes)
  const body = whole === bytes.length ? bytes : bytes.subarray(0, whole)
  if (isUtf8(body)) return { text: bytes.utf8Slice(0, whole), used: whole, wrong: 0 }
  let index = 0
  while (index < whole) {
    const [length, isComplete] = characterAt(bytes, index)
    if (!isComplete) return { text: bytes.utf8Slice(0, index), used: index, wrong: length }
    index += length
  }
  return { text: bytes.utf8Slice(0, whole), used: whole, wrong: 0 }
}
