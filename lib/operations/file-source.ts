/** The file that `sendfile` sends from: how far it has come, and its bytes where sendfile(2) does not take it. */
import { readSync } from 'node:fs'
import { native } from '../binding.js'
import { SocketError, socketError } from '../errors.js'
import { errno } from '../generated/errno.js'
import { argumentTypeError, checkInteger, checkNumber } from '../validate.js'
import { checkDescriptor } from './descriptor.js'

/** A descriptor, or what has one, such as a `FileHandle` of `node:fs/promises`. */
export type FileLike = number | { readonly fd: number }

/** How much one call of sendfile(2) sends at most. */
const MOST_SENT = 2 ** 30
/** How much is read at once where sendfile(2) does not do. */
const CHUNK = 65_536

/** What sendfile(2) answers for a file, or a socket, that it does not do: pipes, devices, some file systems, too far offsets. */
const FOREIGN: ReadonlySet<number> = new Set([
  -errno.EINVAL,
  -errno.ENOSYS,
  -errno.ENOTSOCK,
  -errno.EOPNOTSUPP,
  -errno.ENOTSUP,
  -errno.EOVERFLOW,
  -errno.ESPIPE,
])

export class FileSource {
  readonly fd: number
  readonly #file: FileLike
  readonly #offset: number
  readonly #count: number
  /** How many bytes the kernel has taken. */
  sent = 0
  /** Whether the bytes are read and sent, because sendfile(2) refuses. */
  isRead = false
  /** Whether it has no positions: a pipe, a socket, a terminal. */
  isStream = false

  constructor(file: unknown, offset: unknown, count: unknown, names: { offset: string; count: string }) {
    const fd = descriptorIn(file)
    checkNumber(names.offset, offset)
    const isLimited = count !== undefined && count !== null
    if (isLimited) checkNumber(names.count, count)
    this.fd = checkedDescriptor(file, fd)
    this.#file = file as FileLike
    checkInteger(names.offset, offset, 0, Number.MAX_SAFE_INTEGER)
    if (isLimited) checkInteger(names.count, count, 1, Number.MAX_SAFE_INTEGER)
    this.#offset = offset
    this.#count = isLimited ? (count as number) : Number.POSITIVE_INFINITY
  }

  /** How many bytes are to be sent yet, at most; 0 = none. */
  get rest(): number {
    return this.#count - this.sent
  }

  /** sendfile(2) of at most `most` bytes, as the shared memory of a send says: bytes, 0 at the end, or negative. */
  send(most: number): number {
    // A file handle that was closed meanwhile: its number may be another file's.
    if (descriptorNow(this.#file) !== this.fd) return -errno.EBADF
    const size = Math.min(this.rest, most, MOST_SENT)
    const result = native.sendfile(this.fd, this.#offset + this.sent, size)
    if (result > 0) this.sent += result
    if (this.sent === 0 && FOREIGN.has(result)) this.isRead = true
    return result
  }

  /**
   * The next bytes; none at the end; `null` where a stream has none yet.
   * @throws {SocketError} for what cannot be read, or not from the offset on
   */
  read(): Buffer | null {
    if (descriptorNow(this.#file) !== this.fd) throw socketError('EBADF', 'sendfile')
    const memory = Buffer.allocUnsafe(Math.min(CHUNK, this.rest))
    try {
      const position = this.isStream ? null : this.#offset + this.sent
      return memory.subarray(0, readSync(this.fd, memory, 0, memory.length, position))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') return null
      if (code === 'ESPIPE' && !this.isStream && this.#offset === 0) {
        this.isStream = true
        return null
      }
      throw readError(error)
    }
  }

  /** As CPython leaves its file objects: behind what was sent. A bare descriptor's position is its owner's. */
  moveOn(): void {
    if (typeof this.#file === 'number' || this.sent === 0 || this.isStream) return
    if (descriptorNow(this.#file) === this.fd) native.seek(this.fd, this.#offset + this.sent)
  }
}

/** An error of `node:fs` as one of this package. */
function readError(error: unknown): unknown {
  const { code, errno: number } = error as NodeJS.ErrnoException
  if (typeof code !== 'string' || typeof number !== 'number') return error
  return new SocketError(code, Math.abs(number), 'read')
}

const descriptorNow = (file: FileLike): unknown => (typeof file === 'number' ? file : file.fd)

function descriptorIn(file: unknown): number {
  if (typeof file === 'number') return file
  const fd: unknown = typeof file === 'object' && file !== null && 'fd' in file ? file.fd : undefined
  if (typeof fd !== 'number') throw argumentTypeError('file', 'a descriptor or a FileHandle', file)
  return fd
}

function checkedDescriptor(file: unknown, fd: number): number {
  if (typeof file === 'number') checkDescriptor('file', fd)
  // A closed handle's.
  if (fd < 0) throw socketError('EBADF', 'sendfile')
  return fd
}

/** The error of a transfer, with how far it came. */
export function failed(error: unknown, sent: number): unknown {
  if (error instanceof SocketError) error.bytesSent = sent
  return error
}
