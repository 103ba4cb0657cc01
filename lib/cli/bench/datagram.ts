/** The datagrams of the UDP tests: a header of 44 bytes, and zeros. All numbers are big-endian. */
import { TOKEN_BYTES } from './frames.js'

const MAGIC = 0x426b
const VERSION = 1
/** Magic (2 bytes), version, kind, the session, the token, the number, seconds and nanoseconds of the sender's clock. */
export const DATAGRAM_BYTES = 44
export const COOKIE_BYTES = 16
/** Of those that open the way: a cookie lies behind the header of each, so that no answer is longer than its request. */
export const HANDSHAKE_BYTES = DATAGRAM_BYTES + COOKIE_BYTES

/** `open` is answered by `cookie`, and that cookie in a `prove` by `proven`. */
export const KINDS = { open: 1, cookie: 2, prove: 3, proven: 4, data: 5, request: 6, reply: 7 } as const

const KIND_AT = 3
const SESSION_AT = 4
const TOKEN_AT = 8
const SEQUENCE_HIGH_AT = 24
const SEQUENCE_LOW_AT = 28
const SECONDS_AT = 32
const NANOSECONDS_AT = 36

/** A token as four numbers, which are compared faster than bytes. */
export type TokenWords = readonly [number, number, number, number]

export function tokenWords(token: string): TokenWords {
  const bytes = Buffer.from(token, 'hex')
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8), bytes.readUInt32BE(12)]
}

/** Writes what all datagrams of a session have in common. */
export function fillHeader(bytes: Buffer, at: number, kind: number, session: number, token: string): void {
  bytes.writeUInt16BE(MAGIC, at)
  bytes[at + 2] = VERSION
  bytes[at + KIND_AT] = kind
  bytes.writeUInt32BE(session, at + SESSION_AT)
  bytes.write(token, at + TOKEN_AT, TOKEN_BYTES, 'hex')
}

/** Writes the number of a datagram and when it is sent, milliseconds of any clock. */
export function stamp(bytes: Buffer, at: number, sequence: number, nowMs: number): void {
  bytes.writeUInt32BE(Math.floor(sequence / 2 ** 32), at + SEQUENCE_HIGH_AT)
  bytes.writeUInt32BE(sequence >>> 0, at + SEQUENCE_LOW_AT)
  const seconds = Math.floor(nowMs / 1000)
  bytes.writeUInt32BE(seconds >>> 0, at + SECONDS_AT)
  bytes.writeUInt32BE(Math.floor((nowMs - seconds * 1000) * 1e6), at + NANOSECONDS_AT)
}

/** The session that a datagram names; `undefined` for what is none of this protocol's. */
export function sessionOf(bytes: Buffer, at: number, end: number): number | undefined {
  if (end - at < DATAGRAM_BYTES) return undefined
  if (bytes.readUInt16BE(at) !== MAGIC || bytes[at + 2] !== VERSION) return undefined
  return bytes.readUInt32BE(at + SESSION_AT)
}

export function hasToken(bytes: Buffer, at: number, [a, b, c, d]: TokenWords): boolean {
  return (
    bytes.readUInt32BE(at + TOKEN_AT) === a &&
    bytes.readUInt32BE(at + TOKEN_AT + 4) === b &&
    bytes.readUInt32BE(at + TOKEN_AT + 8) === c &&
    bytes.readUInt32BE(at + TOKEN_AT + 12) === d
  )
}

export function kindOf(bytes: Buffer, at: number): number {
  return bytes[at + KIND_AT] as number
}

export function setKind(bytes: Buffer, at: number, kind: number): void {
  bytes[at + KIND_AT] = kind
}

export function sequenceOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + SEQUENCE_HIGH_AT) * 2 ** 32 + bytes.readUInt32BE(at + SEQUENCE_LOW_AT)
}

/** When it was sent, nanoseconds of the sender's clock. */
export function sentNsOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + SECONDS_AT) * 1e9 + bytes.readUInt32BE(at + NANOSECONDS_AT)
}
