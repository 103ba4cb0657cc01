/** An asynchronous send that may name its destination: sendto(2), sendmsg(2). */
import { MODE_ONCE, MODE_WITH_ADDRESS } from '../binding.js'
import { errorOf, SocketTimeoutError, wouldBlock } from '../errors.js'
import { AF_UNIX, MSG_DONTWAIT, MSG_FASTOPEN, SOCK_STREAM } from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { submit, submitOnce } from '../queue.js'
import type { Destination } from './destination.js'

// Names of this module's own, for speed: see transfer.ts.
const [once, withAddress, again, inProgress] = [MODE_ONCE, MODE_WITH_ADDRESS, wouldBlock, -errno.EINPROGRESS]
const fastOpen: number = MSG_FASTOPEN ?? 0

export abstract class AddressedSend extends Operation<number> {
  protected readonly handle: Handle
  protected readonly flags: number
  readonly #destination: Destination | null
  /** TCP Fast Open without a cookie: the connection is under way, and nothing was taken. */
  #isConnecting = false

  /** @param destination `null` = the peer of a connected socket */
  constructor(handle: Handle, flags: number, destination: Destination | null) {
    super()
    this.handle = handle
    this.flags = flags
    this.#destination = destination
  }

  /** Done before each attempt. It may run the caller's code, as an attempt itself must not. */
  protected prepare(): void {}

  /** One attempt, to the address in the shared memory where the mode says so: bytes, or a negative result. */
  protected abstract transmit(mode: number, flags: number): number

  /** Begins the call: at once, in the queue, or with a lookup of the address. */
  start(timeoutNs: number, signal: AbortSignal | undefined): Promise<number> {
    const { writes } = openChannel(this.handle, this.syscall)
    if (this.isHeld) {
      const sent = this.wait(writes, timeoutNs, signal)
      this.#destination?.lookUp(this, writes)
      return sent
    }
    if (this.flags & MSG_DONTWAIT) return submitOnce(this, writes, false, signal)
    return submit(this, writes, timeoutNs, signal)
  }

  override get isHeld(): boolean {
    return this.#destination !== null && !this.#destination.isKnown
  }

  override perform(queue: OperationQueue): number {
    this.prepare()
    if (this.#destination === null) return this.transmit(once, this.flags)
    if (this.#isConnecting) return this.transmit(once, this.flags & ~fastOpen)
    this.#destination.restore()
    const result = this.transmit(once | withAddress, this.flags)
    if (result === again && isUntold(this.handle)) queue.retry()
    if (result !== inProgress || !(this.flags & fastOpen) || this.flags & MSG_DONTWAIT) return result
    this.#isConnecting = true
    queue.channel.beginConnecting()
    return again
  }

  /** With MSG_DONTWAIT only its name's address was waited for. */
  override attempt(queue: OperationQueue): boolean {
    if (super.attempt(queue)) return true
    if (!(this.flags & MSG_DONTWAIT)) return false
    this.fail(this.errorOf(again))
    return true
  }

  override errorOf(result: number): Error {
    return errorOf(result, this.syscall, this.#destination?.address)
  }

  override timeoutError(): Error {
    return new SocketTimeoutError(this.syscall, this.#destination?.address)
  }

  override interrupt(reason: unknown): void {
    this.#destination?.forget()
    super.interrupt(reason)
  }
}

/** Whether a send may have to wait for room that the poller does not tell of: in another socket's queue. */
export const isUntold = (handle: Handle): boolean => handle.family === AF_UNIX && handle.type !== SOCK_STREAM
