/** A file's way to its socket: CPython's SocketIO, for the bytes of both directions, synchronous and asynchronous. */
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from '../async-options.js'
import { MODE_ONCE } from '../binding.js'
import { errorOf, SocketError, socketError, timedOut, wouldBlock } from '../errors.js'
import { errno } from '../generated/errno.js'
import { type Handle, openChannel, releaseFile } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { letReadersGoFirst, letWritersGoFirst } from '../operations/earlier.js'
import { receiveBuffer } from '../operations/receive.js'
import { isEndOfDatagrams, noteReceive } from '../operations/receive-async.js'
import { lengthToSend } from '../operations/send.js'
import { transmit } from '../operations/transfer.js'
import { submit } from '../queue.js'
import { ByteQueue } from './byte-queue.js'
import type { Read } from './reads.js'
import type { Write } from './writes.js'

const canceled = -errno.ECANCELED

/** So many bytes a read may receive in one go; then others have their turn. */
const SHARE = 1 << 20

export class Io {
  readonly handle: Handle
  readonly isReading: boolean
  readonly isWriting: boolean
  /** What was received and not yet taken. */
  readonly bytes = new ByteQueue()
  isClosed = false
  /** The socket's timeout ended a read: CPython's file cannot be read from after that. */
  hasTimedOut = false
  /** Those that wait. */
  readonly reads = new Set<Operation>()
  readonly writes = new Set<Operation>()
  #isReleased = false

  /** @throws {SocketError} `EBADF` where the socket is closed */
  constructor(handle: Handle, isReading: boolean, isWriting: boolean) {
    if (handle.fd < 0) throw socketError('EBADF', 'makefile')
    this.handle = handle
    this.isReading = isReading
    this.isWriting = isWriting
    handle.files++
  }

  /** @throws {SocketError} `EBADF` where the file is closed */
  checkOpen(call: string): void {
    if (this.isClosed) throw explained('EBADF', call, 'I/O operation on closed file')
  }

  /** @throws {SocketError} `EBADF` where the file is closed, `EOPNOTSUPP` where it is not for reading */
  checkReadable(call: string): void {
    this.checkOpen(call)
    if (!this.isReading) throw explained('EOPNOTSUPP', call, 'the file is not readable')
  }

  /** @throws {SocketError} `EBADF` where the file is closed, `EOPNOTSUPP` where it is not for writing */
  checkWritable(call: string): void {
    this.checkOpen(call)
    if (!this.isWriting) throw explained('EOPNOTSUPP', call, 'the file is not writable')
  }

  /** Reads as the socket's mode says. Each receive has the socket's whole timeout. */
  read<T>(read: Read<T>): T {
    try {
      const result = this.reads.size === 0 ? read.take('more') : undefined
      return result === undefined ? this.#receive(read) : result
    } catch (error) {
      read.abandon?.()
      throw error
    }
  }

  #receive<T>(read: Read<T>): T {
    const { handle, bytes } = this
    let result: T | undefined
    this.#checkNotTimedOut()
    if (handle.channel !== null) {
      const earlier = letReadersGoFirst(handle, handle.channel, 0)
      if (earlier < 0) throw this.#receiveError(earlier)
      result = read.take('more')
    }
    while (result === undefined) {
      const data = receiveBuffer(handle, read.ask(), 0, 0)
      if (typeof data !== 'number') {
        bytes.add(data)
        result = read.take(data.length > 0 ? 'more' : 'end')
      } else if (data === wouldBlock) {
        result = read.take('blocked')
      } else {
        throw this.#receiveError(data)
      }
    }
    return result
  }

  readAsync<T>(read: Read<T>, options: AsyncOptions | undefined): Promise<T> {
    try {
      checkAsyncOptions(options)
      const { handle } = this
      const timeoutNs = timeoutIn(options, handle.timeoutNs)
      const signal = signalIn(options)
      const result = this.reads.size === 0 ? read.take('more') : undefined
      if (result !== undefined) return Promise.resolve(result)
      this.#checkNotTimedOut()
      const isSocketsTimeout = options?.timeout === undefined
      const { reads } = openChannel(handle, 'recv')
      return submit(new Reading(this, read, isSocketsTimeout), reads, timeoutNs, signal)
    } catch (error) {
      read.abandon?.()
      throw error
    }
  }

  /** Writes as the socket's mode says. Each send has the socket's whole timeout. */
  write<T>(write: Write<T>): T {
    try {
      let isFirst = this.writes.size > 0
      if (isFirst) this.#letEarlierWrite()
      for (;;) {
        const view = write.next()
        if (view === null) return write.finish()
        if (!isFirst) this.#letEarlierWrite()
        isFirst = true
        const sent = transmit(this.handle, view, lengthToSend(view), 0, 0)
        if (sent >= 0) {
          write.sent(sent)
          continue
        }
        const result = sent === wouldBlock ? write.blocked() : undefined
        if (result === undefined) throw errorOf(sent, 'send')
        return result
      }
    } catch (error) {
      throw abandon(write, error)
    }
  }

  writeAsync<T>(write: Write<T>, options: AsyncOptions | undefined): Promise<T> {
    try {
      checkAsyncOptions(options)
      const { handle } = this
      const timeoutNs = timeoutIn(options, handle.timeoutNs)
      const signal = signalIn(options)
      if (this.writes.size === 0 && write.next() === null) return Promise.resolve(write.finish())
      return submit(new Writing(this, write), openChannel(handle, 'send').writes, timeoutNs, signal)
    } catch (error) {
      throw abandon(write, error)
    }
  }

  /** Ends the reads that wait, with `ECANCELED`; what they have received goes with the file. */
  cancelReads(): void {
    for (const read of this.reads) read.interruptAndAdvance(read.errorOf(canceled))
  }

  /** The file is closed: the socket is too where it only waited for that. */
  release(): void {
    this.isClosed = true
    if (this.#isReleased) return
    this.#isReleased = true
    this.cancelReads()
    for (const write of this.writes) write.interruptAndAdvance(write.errorOf(canceled))
    releaseFile(this.handle)
  }

  #checkNotTimedOut(): void {
    if (this.hasTimedOut) throw explained('ETIMEDOUT', 'recv', 'cannot read from timed out object')
  }

  #letEarlierWrite(): void {
    const { handle } = this
    if (handle.channel === null) return
    const earlier = letWritersGoFirst(handle, handle.channel, 0)
    if (earlier < 0) throw errorOf(earlier, 'send')
  }

  #receiveError(result: number): SocketError {
    if (result === timedOut) this.hasTimedOut = true
    return errorOf(result, 'recv')
  }
}

/** An error without a number in CPython: the nearest one, with CPython's words. */
function explained(code: string, call: string, why: string): SocketError {
  const error = socketError(code, call)
  error.message += `: ${why}`
  return error
}

/** A write has failed: what the file has not taken of it is the caller's again, which the package's errors count. */
function abandon<T>(write: Write<T>, error: unknown): unknown {
  write.abandon()
  if (error instanceof SocketError) error.charactersWritten = write.accepted
  return error
}

/** A read that waits among the socket's receives. */
class Reading<T> extends Operation<T> {
  readonly #io: Io
  readonly #read: Read<T>
  readonly #isSocketsTimeout: boolean

  constructor(io: Io, read: Read<T>, isSocketsTimeout: boolean) {
    super()
    this.#io = io
    this.#read = read
    this.#isSocketsTimeout = isSocketsTimeout
  }

  override get syscall(): string {
    return 'recv'
  }

  override get moved(): number {
    return this.#io.bytes.length
  }

  override wait(queue: OperationQueue, timeoutNs: number, signal: AbortSignal | undefined): Promise<T> {
    this.#io.reads.add(this as Operation)
    return super.wait(queue, timeoutNs, signal)
  }

  override perform(queue: OperationQueue): T | number {
    const { handle, bytes } = this.#io
    let result = this.#read.take('more')
    let share = SHARE
    while (result === undefined) {
      if (share <= 0) {
        queue.channel.ask()
        return wouldBlock
      }
      const size = this.#read.ask()
      const data = receiveBuffer(handle, size, 0, MODE_ONCE)
      if (typeof data === 'number') {
        if (!isEndOfDatagrams(handle, data, queue)) return data
        result = this.#read.take('end')
        continue
      }
      share -= data.length
      bytes.add(data)
      noteReceive(handle, queue, size, data.length)
      result = this.#read.take(data.length > 0 ? 'more' : 'end')
      if (result === undefined && !queue.ready) return wouldBlock
    }
    return result
  }

  override errorOf(result: number): Error {
    this.#read.abandon?.()
    return super.errorOf(result)
  }

  override timeoutError(): Error {
    this.#read.abandon?.()
    if (this.#isSocketsTimeout) this.#io.hasTimedOut = true
    return super.timeoutError()
  }

  override succeed(value: T): void {
    this.#io.reads.delete(this as Operation)
    super.succeed(value)
  }

  override fail(reason: unknown): void {
    this.#io.reads.delete(this as Operation)
    this.#read.abandon?.()
    super.fail(reason)
  }
}

/** A write that waits among the socket's sends. */
class Writing<T> extends Operation<T> {
  readonly #io: Io
  readonly #write: Write<T>

  constructor(io: Io, write: Write<T>) {
    super()
    this.#io = io
    this.#write = write
  }

  override get syscall(): string {
    return 'send'
  }

  override get moved(): number {
    return this.#write.accepted
  }

  override wait(queue: OperationQueue, timeoutNs: number, signal: AbortSignal | undefined): Promise<T> {
    this.#io.writes.add(this as Operation)
    return super.wait(queue, timeoutNs, signal)
  }

  override perform(): T | number {
    for (;;) {
      const view = this.#write.next()
      if (view === null) return this.#write.finish()
      const result = transmit(this.#io.handle, view, lengthToSend(view), 0, MODE_ONCE)
      if (result < 0) return result
      this.#write.sent(result)
    }
  }

  override errorOf(result: number): Error {
    return abandon(this.#write, super.errorOf(result)) as Error
  }

  override timeoutError(): Error {
    return abandon(this.#write, super.timeoutError()) as Error
  }

  override succeed(value: T): void {
    this.#io.writes.delete(this as Operation)
    super.succeed(value)
  }

  override fail(reason: unknown): void {
    this.#io.writes.delete(this as Operation)
    abandon(this.#write, reason)
    super.fail(reason)
  }
}
