/** connect(2) as a promise, in the form that throws and the form that answers. */
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from '../async-options.js'
import { FD, MODE, native, timeouts, words } from '../binding.js'
import { errorOf, GaiError, SocketError, SocketTimeoutError, wouldBlock } from '../errors.js'
import { errno } from '../generated/errno.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { submit } from '../queue.js'
import { Destination } from './destination.js'

const IN_PROGRESS = -errno.EINPROGRESS
const ALREADY = -errno.EALREADY

class Connect extends Operation<undefined> {
  readonly #handle: Handle
  readonly #destination: Destination
  #hasBegun = false

  constructor(handle: Handle, destination: Destination) {
    super()
    this.#handle = handle
    this.#destination = destination
  }

  override get isHeld(): boolean {
    return !this.#destination.isKnown
  }

  override get syscall(): string {
    return 'connect'
  }

  override perform(queue: OperationQueue): undefined | number {
    const result = this.#hasBegun ? native.finishConnect(this.#handle.fd) : this.#begin(queue)
    if (result === IN_PROGRESS || result === ALREADY) return wouldBlock
    return result === 0 ? undefined : result
  }

  #begin(queue: OperationQueue): number {
    const { channel } = queue
    this.#destination.restore()
    words[FD] = this.#handle.fd
    words[MODE] = 0
    timeouts[0] = 0
    const result = native.connect()
    // A unix listener whose queue is full: nothing tells when there is room.
    if (result === wouldBlock) queue.retry()
    this.#hasBegun = result === IN_PROGRESS || result === ALREADY
    if (this.#hasBegun) channel.beginConnecting()
    else if (result === 0) channel.seen = 0
    return result
  }

  override errorOf(result: number): Error {
    return errorOf(result, this.syscall, this.#destination.address)
  }

  override timeoutError(): Error {
    return new SocketTimeoutError(this.syscall, this.#destination.address)
  }

  override interrupt(reason: unknown): void {
    this.#destination.forget()
    super.interrupt(reason)
  }
}

function begin(handle: Handle, address: unknown, options: AsyncOptions | undefined): Promise<undefined> {
  checkAsyncOptions(options)
  const destination = new Destination(handle, address, 'connect')
  const timeoutNs = timeoutIn(options, handle.timeoutNs)
  const signal = signalIn(options)
  const { writes } = openChannel(handle, 'connect')
  const operation = new Connect(handle, destination)
  // A connect never is what the poller's news of the socket were about.
  if (writes.head === null) writes.ready = true
  if (destination.isKnown) return submit(operation, writes, timeoutNs, signal)
  const connected = operation.wait(writes, timeoutNs, signal)
  destination.lookUp(operation, writes)
  return connected
}

export function connectAsync(handle: Handle, address: unknown, options: AsyncOptions | undefined): Promise<undefined> {
  try {
    return begin(handle, address, options)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The errno that `connect_ex` answers in place of an error; a signal's reason, whatever it is, is no answer. */
function answer(error: unknown, signal: AbortSignal | undefined): number {
  if (signal?.aborted && error === signal.reason) throw error
  if (error instanceof SocketTimeoutError) return errno.EAGAIN
  const isKernels = error instanceof SocketError && !(error instanceof GaiError) && error.syscall === 'connect'
  if (!isKernels || error.code === 'ECANCELED') throw error
  return error.errno
}

export function connect_exAsync(handle: Handle, address: unknown, options: AsyncOptions | undefined): Promise<number> {
  try {
    if (handle.fd < 0) {
      checkAsyncOptions(options)
      new Destination(handle, address, 'connect')
      timeoutIn(options, handle.timeoutNs)
      signalIn(options)
      return Promise.resolve(errno.EBADF)
    }
    const signal = options?.signal
    return begin(handle, address, options).then(
      () => 0,
      (error: unknown) => answer(error, signal),
    )
  } catch (error) {
    return Promise.reject(error)
  }
}
