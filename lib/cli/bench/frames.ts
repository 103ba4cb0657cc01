/**
 * What goes over TCP. Each connection begins with a header of 32 bytes, which says what it is for; a control connection
 * goes on with frames: the length of the rest as a big-endian uint32, and a JSON object in UTF-8.
 */
import { ProtocolError } from './schema.js'

export const VERSION = 1
export const DEFAULT_PORT = 5210

const MAGIC = Buffer.from('berkely')
/** Magic (7 bytes), version, role, 3 bytes of zero, the number of the stream, the token. */
export const HEADER_BYTES = 32
export const TOKEN_BYTES = 16

/** What a connection is for: messages, or the data of a test. */
export const ROLES = { control: 1, data: 2 } as const
const VERSION_AT = MAGIC.length
const ROLE_AT = 8
const STREAM_AT = 12
const TOKEN_AT = 16

/** Longer frames are refused. Requests are short; results carry percentiles and curves. */
export const LONGEST_REQUEST = 16 * 1024
export const LONGEST_REPLY = 1024 * 1024

export interface Header {
  role: 'control' | 'data'
  /** Which of a test's connections it is. */
  stream: number
  /** The session's, as hexadecimal digits. */
  token: string
}

/** The header of a connection for data, or for control where left out. */
export function encodeHeader(data?: { stream: number; token: string }): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header[VERSION_AT] = VERSION
  header[ROLE_AT] = data === undefined ? ROLES.control : ROLES.data
  if (data !== undefined) {
    header.writeUInt32BE(data.stream, STREAM_AT)
    header.write(data.token, TOKEN_AT, 'hex')
  }
  return header
}

/** Whether bytes can be the beginning of a header. */
export function beginsHeader(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, MAGIC.length)
  return MAGIC.compare(bytes, 0, length, 0, length) === 0
}

/** @throws {ProtocolError} `not-the-protocol`, `version` or `bad-message` */
export function decodeHeader(header: Buffer): Header {
  if (!beginsHeader(header)) throw new ProtocolError('not-the-protocol', 'this is not the protocol of berkeley bench')
  const version = header[VERSION_AT]
  if (version !== VERSION) {
    const reason = `this side speaks version ${VERSION} of the protocol, and the other one ${version}`
    throw new ProtocolError('version', `${reason}: install the same version of berkeley on both`)
  }
  const role = header[ROLE_AT]
  if (role !== ROLES.control && role !== ROLES.data) {
    throw new ProtocolError('bad-message', `a connection is for 1 (control) or 2 (data), not ${role}`)
  }
  return {
    role: role === ROLES.control ? 'control' : 'data',
    stream: header.readUInt32BE(STREAM_AT),
    token: header.toString('hex', TOKEN_AT, TOKEN_AT + TOKEN_BYTES),
  }
}

export function encodeFrame(message: object): Buffer {
  const text = JSON.stringify(message)
  const frame = Buffer.allocUnsafe(4 + Buffer.byteLength(text))
  frame.writeUInt32BE(frame.length - 4)
  frame.write(text, 4)
  return frame
}

/** Cuts a stream of bytes into the objects of its frames. */
export class FrameReader {
  readonly #most: number
  #held: Buffer = Buffer.alloc(0)

  /** @param most bytes of a frame at most */
  constructor(most: number) {
    this.#most = most
  }

  /** Adds what came. */
  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes])
  }

  /** Whether a frame has begun and has not ended. */
  get isWithin(): boolean {
    return this.#held.length > 0
  }

  /**
   * The next object; `undefined` until there is a whole one.
   * @throws {ProtocolError} for a frame that is too long, or holds something else. Nothing can be read after it.
   */
  next(): unknown {
    if (this.#held.length < 4) return undefined
    const length = this.#held.readUInt32BE()
    if (length > this.#most) {
      throw new ProtocolError(
        'too-long',
        `a message has at most ${this.#most} bytes, and this one would have ${length}`,
      )
    }
    if (this.#held.length < 4 + length) return undefined
    const text = this.#held.toString('utf8', 4, 4 + length)
    this.#held = this.#held.subarray(4 + length)
    try {
      return JSON.parse(text)
    } catch {
      throw new ProtocolError('bad-message', 'a message is JSON')
    }
  }
}
