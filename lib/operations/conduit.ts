/** What `splice` moves bytes through: a pipe of the kernel's, or a buffer where splice(2) does not do. */
import { readSync } from 'node:fs'
import { native, TOKEN, TOKEN2, VALUE, words } from '../binding.js'
import { partOf } from '../bytes.js'
import { SocketError } from '../errors.js'
import { errno } from '../generated/errno.js'
import type { Handle } from '../handle.js'
import { prepareSend, receive, takeDeferredError, transmit } from './transfer.js'

/** How much a pipe or a buffer has room for: measured, the usual 64 KiB gain less, and a MiB no more. */
const ROOM = 262_144
/** So many empty pipes are kept while there is a call that may need them. */
const MOST_IDLE = 16
/** How much one call asks splice(2) for: more than any pipe has room for. */
const MOST_TAKEN = 0x7ffff000

/** What splice(2) answers for a socket that it does not do. */
const FOREIGN: ReadonlySet<number> = new Set([-errno.EINVAL, -errno.ENOSYS, -errno.EOPNOTSUPP, -errno.ENOTSUP])

const NOTHING = Buffer.alloc(0)

interface Pipe {
  readonly reader: number
  readonly writer: number
  readonly tokens: readonly [number, number]
}

const idle: Pipe[] = []
/** How many conduits are open. */
let users = 0

/** `null` where there is none to be had: no splice(2), no more descriptors. */
function takePipe(): Pipe | null {
  const kept = idle.pop()
  if (kept !== undefined) return kept
  const reader = native.pipe(ROOM)
  if (reader < 0) return null
  const tokens = [words[TOKEN] as number, words[TOKEN2] as number] as const
  return { reader, writer: words[VALUE] as number, tokens }
}

function closePipe({ reader, writer, tokens }: Pipe): void {
  native.closeOwned(reader, tokens[0])
  native.closeOwned(writer, tokens[1])
}

/** An empty pipe is of use to others. */
function putBack(pipe: Pipe): void {
  if (idle.length < MOST_IDLE) idle.push(pipe)
  else closePipe(pipe)
}

/** Bytes on their way from one socket to another. It has a pipe only while there are some in it. */
export class Conduit {
  readonly #source: Handle
  readonly #destination: Handle
  #pipe: Pipe | null = null
  #isBuffered: boolean
  #memory: Buffer | null = null
  /** What is in the buffer. */
  #data: Uint8Array = NOTHING
  /** How many bytes the source has given, and the destination has taken. */
  taken = 0
  given = 0
  #isOpen = true

  /** @param isBuffered whether the bytes are copied through a buffer from the beginning */
  constructor(source: Handle, destination: Handle, isBuffered: boolean) {
    this.#source = source
    this.#destination = destination
    this.#isBuffered = isBuffered
    users++
  }

  /** How many bytes are on their way. */
  get length(): number {
    return this.taken - this.given
  }

  /** Takes at most `most` bytes from the source, while there are none on their way: bytes, 0 at the end, or negative. */
  take(most: number, mode: number): number {
    const result = this.#isBuffered ? this.#receive(most, mode) : this.#spliceIn(most, mode)
    if (result > 0) this.taken += result
    return result
  }

  /** Gives the destination what is on its way: 0 once there is nothing left, or negative. */
  give(mode: number): number {
    while (this.length > 0) {
      const result = this.#pipe === null ? this.#send(mode) : this.#spliceOut(this.#pipe, mode)
      if (result < 0) return result
      this.given += result
    }
    if (this.#pipe !== null) {
      putBack(this.#pipe)
      this.#pipe = null
    }
    return 0
  }

  /** An error that ends the call, with how far it came; `isLost`: the destination takes no more. */
  tell(error: unknown, isLost: boolean): unknown {
    if (!(error instanceof SocketError)) return error
    error.bytesMoved = isLost ? this.given : this.taken
    if (isLost && this.length > 0) error.pending = Buffer.from(this.#rest())
    return error
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#pipe !== null) closePipe(this.#pipe)
    this.#pipe = null
    this.#memory = null
    this.#data = NOTHING
    users--
    if (users === 0) for (const pipe of idle.splice(0)) closePipe(pipe)
  }

  #spliceIn(most: number, mode: number): number {
    const source = this.#source
    if (source.deferredError !== 0) return takeDeferredError(source)
    const pipe = takePipe()
    if (pipe === null) return this.#receiveFromNowOn(most, mode)
    prepareSend(source, 0, 0, mode)
    const result = native.spliceIn(pipe.writer, Math.min(most, MOST_TAKEN))
    if (result > 0) this.#pipe = pipe
    else putBack(pipe)
    return this.taken === 0 && FOREIGN.has(result) ? this.#receiveFromNowOn(most, mode) : result
  }

  #receiveFromNowOn(most: number, mode: number): number {
    this.#isBuffered = true
    return this.#receive(most, mode)
  }

  #receive(most: number, mode: number): number {
    this.#memory ??= Buffer.allocUnsafeSlow(ROOM)
    const length = Math.min(most, ROOM)
    const result = receive(this.#source, this.#memory, length, 0, mode)
    if (result > 0) this.#data = this.#memory.subarray(0, result)
    return result
  }

  #spliceOut(pipe: Pipe, mode: number): number {
    const destination = this.#destination
    if (destination.deferredError !== 0) return takeDeferredError(destination)
    prepareSend(destination, 0, 0, mode)
    const result = native.spliceOut(pipe.reader, this.length)
    if (this.given > 0 || !FOREIGN.has(result)) return result
    this.#data = this.#rest()
    this.#isBuffered = true
    return this.#send(mode)
  }

  #send(mode: number): number {
    const data = this.#data
    const result = transmit(this.#destination, data, data.length, 0, mode)
    if (result > 0) this.#data = partOf(data, result, data.length)
    return result
  }

  /** What is on its way, taken out of the pipe. */
  #rest(): Uint8Array {
    const pipe = this.#pipe
    if (pipe === null) return this.#data
    const data = Buffer.allocUnsafe(this.length)
    let length = 0
    // It is all there: the pipe gives it without waiting, in several parts perhaps.
    while (length < data.length) length += readSync(pipe.reader, data, length, data.length - length, null)
    this.#pipe = null
    putBack(pipe)
    return data
  }
}
