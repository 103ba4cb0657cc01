/** sendfile(2) as a promise. */
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from '../async-options.js'
import { MODE_ONCE, native, timeouts } from '../binding.js'
import { timedOut, wouldBlock } from '../errors.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { type Queue, submit } from '../queue.js'
import { waitReadable } from '../wait-readable.js'
import { FileSource, failed } from './file-source.js'
import { lengthToSend } from './send.js'
import { checkStream } from './sendfile.js'
import { prepareSend, takeDeferredError, transmit } from './transfer.js'

/** What `sendfileAsync` takes. */
export interface SendfileOptions extends AsyncOptions {
  /** Bytes: where in the file to begin; 0 where left out. */
  offset?: number | undefined
  /** Bytes at most; until the end of the file where left out. */
  count?: number | null | undefined
}

const POLLIN = 1
/** So many bytes are sent in one go; then others have their turn. */
const SHARE = 1 << 20
const NOTHING = Buffer.alloc(0)

class SendFile extends Operation<number> {
  readonly #handle: Handle
  readonly #source: FileSource
  readonly #queue: Queue
  /** What was read and not yet sent. */
  #data: Uint8Array = NOTHING
  /** Waits for a file that has nothing to be read yet. */
  #waiting: AbortController | null = null

  constructor(handle: Handle, source: FileSource, queue: Queue) {
    super()
    this.#handle = handle
    this.#source = source
    this.#queue = queue
  }

  override get syscall(): string {
    return 'sendfile'
  }

  override get isHeld(): boolean {
    return this.#waiting !== null
  }

  override get moved(): number {
    return this.#source.sent
  }

  override perform(queue: OperationQueue): number {
    const source = this.#source
    const before = source.sent
    for (;;) {
      if (this.#data.length === 0 && source.rest <= 0) return source.sent
      const left = SHARE - (source.sent - before)
      if (left <= 0) {
        queue.channel.ask()
        return wouldBlock
      }
      const result = source.isRead ? this.#sendRead() : this.#send(left)
      if (result < 0) return result
      if (result === 0 && !source.isRead) return source.sent
      if (result === 0 && this.#data.length === 0) return source.sent
    }
  }

  #send(most: number): number {
    const handle = this.#handle
    if (handle.deferredError !== 0) return takeDeferredError(handle)
    prepareSend(handle, 0, 0, MODE_ONCE)
    const result = this.#source.send(most)
    // What sendfile(2) does not do is read from now on.
    return this.#source.isRead ? 1 : result
  }

  /** Bytes sent, 0 at the end of the file, or a negative result. */
  #sendRead(): number {
    const source = this.#source
    if (this.#data.length === 0) {
      const data = this.#read()
      if (data === null) return wouldBlock
      if (data.length === 0) return 0
      this.#data = data
    }
    const result = transmit(this.#handle, this.#data, lengthToSend(this.#data), 0, MODE_ONCE)
    if (result > 0) {
      source.sent += result
      this.#data = this.#data.subarray(result)
    }
    return result
  }

  #read(): Buffer | null {
    const source = this.#source
    let data = source.isStream ? null : source.read()
    // Perhaps it has no positions, which the first look has told.
    if (data === null && isReadable(source.fd)) data = source.read()
    if (data === null) this.#waitForFile()
    return data
  }

  #waitForFile(): void {
    const waiting = new AbortController()
    this.#waiting = waiting
    waitReadable(this.#source.fd, -1, waiting.signal, 'read').then(
      () => {
        if (this.#waiting !== waiting) return
        this.#waiting = null
        this.#queue.retryNow(this)
      },
      (error: unknown) => {
        if (this.#waiting === waiting) this.interruptAndAdvance(failed(error, this.#source.sent))
      },
    )
  }

  override errorOf(result: number): Error {
    this.#end()
    return failed(super.errorOf(result), this.#source.sent) as Error
  }

  override timeoutError(): Error {
    this.#end()
    return failed(super.timeoutError(), this.#source.sent) as Error
  }

  override succeed(value: number): void {
    this.#end()
    super.succeed(value)
  }

  override fail(reason: unknown): void {
    this.#end()
    super.fail(failed(reason, this.#source.sent))
  }

  #end(): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.abort()
  }
}

/** Whether a read of what has no positions would not block. */
function isReadable(fd: number): boolean {
  timeouts[0] = 0
  return native.waitReady(fd, POLLIN) !== timedOut
}

export function sendfileAsync(handle: Handle, file: unknown, options: SendfileOptions | undefined): Promise<number> {
  try {
    checkAsyncOptions(options)
    const offset: unknown = options?.offset === undefined ? 0 : options.offset
    const names = { offset: 'options.offset', count: 'options.count' }
    const source = new FileSource(file, offset, options?.count, names)
    checkStream(handle)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    const { writes } = openChannel(handle, 'sendfile')
    const move = () => source.moveOn()
    const sent = submit(new SendFile(handle, source, writes), writes, timeoutNs, signal)
    return typeof file === 'number' ? sent : sent.finally(move)
  } catch (error) {
    return Promise.reject(error)
  }
}
