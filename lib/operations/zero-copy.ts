/** Sends with MSG_ZEROCOPY, whose promises wait until the kernel has done with the memory. */
import { checkAsyncOptions, flagsGiven, type MessageOptions, signalIn, timeoutIn } from '../async-options.js'
import { MODE_ONCE, MODE_WITH_ADDRESS, native, VALUE, words } from '../binding.js'
import { type BytesLike, byteView, lost, partOf } from '../bytes.js'
import type { Channel } from '../channel.js'
import { Completions, type Held } from '../completions.js'
import { badCall, errorOf, SocketError, SocketTimeoutError, wouldBlock } from '../errors.js'
import * as c from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation, type OperationQueue } from '../operation.js'
import { checkInt } from '../validate.js'
import { Destination } from './destination.js'
import { ReleaseReader } from './release-reader.js'
import { lengthToSend } from './send.js'
import { prepareSend, takeDeferredError } from './transfer.js'

/** What `sendZeroCopyAsync` takes. */
export interface ZeroCopyOptions<Address = unknown> extends MessageOptions {
  /** The destination of a datagram; the peer of a connected socket where left out. */
  address?: Address | null | undefined
}

/** What `sendZeroCopyAsync` gives. */
export interface ZeroCopied {
  /** Bytes: all that were given. */
  bytesSent: number
  /** Whether some or all were copied after all: then a plain send would have been cheaper. */
  copied: boolean
}

// Names of this module's own, for speed: see transfer.ts.
const [once, withAddress, again] = [MODE_ONCE, MODE_WITH_ADDRESS, wouldBlock]
const zeroCopy: number = c.MSG_ZEROCOPY ?? 0
const noBuffers = -errno.ENOBUFS

/** What it is called in errors: the call that is made. */
const SYSCALL = 'send'

class SendZeroCopy extends Operation<ZeroCopied> {
  readonly #handle: Handle
  readonly #channel: Channel
  /** `null` where the kernel cannot: the bytes are copied. */
  readonly #reader: ReleaseReader | null
  readonly #held: Held
  readonly #size: number
  readonly #flags: number
  readonly #destination: Destination | null
  #sent = 0
  #sends = 0
  #isSent = false
  /** The kernel has no room to note one more send until one is done with. */
  #isBlocked = false

  constructor(handle: Handle, view: Uint8Array, flags: number, destination: Destination | null) {
    super()
    this.#handle = handle
    this.#channel = openChannel(handle, SYSCALL)
    this.#reader = readerOf(handle, this.#channel)
    this.#held = { view, pending: 0, copied: false }
    this.#size = view.length
    this.#flags = flags
    this.#destination = destination
  }

  override get syscall(): string {
    return SYSCALL
  }

  override get isHeld(): boolean {
    return this.#isBlocked || (this.#destination !== null && !this.#destination.isKnown)
  }

  override get moved(): number {
    return this.#sent + this.#sends - this.#held.pending
  }

  start(timeoutNs: number, signal: AbortSignal | undefined): Promise<ZeroCopied> {
    const { writes, releases } = this.#channel
    if (!this.isHeld && writes.mayTry()) {
      const result = this.perform()
      if (typeof result !== 'number') return Promise.resolve(result)
      if (this.#isSent) return this.wait(releases, timeoutNs, signal)
      if (result !== again || this.#flags & c.MSG_DONTWAIT) return Promise.reject(this.errorOf(result))
      if (timeoutNs === 0) return Promise.reject(this.timeoutError())
      if (!this.#isBlocked) writes.ready = false
    }
    const sent = this.wait(writes, timeoutNs, signal)
    this.#destination?.lookUp(this, writes)
    return sent
  }

  /** Sends what is to be sent yet; and what the promise gets, once the kernel has done with it. */
  override perform(): ZeroCopied | number {
    if (!this.#isSent) {
      const result = this.#send()
      if (result < 0) return result
      this.#isSent = true
    }
    return this.#held.pending > 0 ? again : { bytesSent: this.#sent, copied: this.#held.copied }
  }

  override attempt(queue: OperationQueue): boolean {
    if (this.#isSent) return super.attempt(queue)
    if (super.attempt(queue)) return true
    if (this.#isSent) {
      // Its place among the sends is free; the kernel goes on reading.
      queue.ready = true
      this.moveTo(this.#channel.releases)
      return true
    }
    if (this.#isBlocked || !(this.#flags & c.MSG_DONTWAIT)) return false
    this.fail(this.errorOf(again))
    return true
  }

  /** A part may have gone: nobody's bytes may come in between. */
  override look(): boolean {
    if (!this.#isBlocked) return false
    this.#reader?.take()
    return true
  }

  /** Some memory is free again: those blocked go on. */
  unblock(): void {
    if (!this.#isBlocked) return
    this.#isBlocked = false
    this.#channel.writes.retryNow(this)
  }

  /** 0 when all is sent, or negative. */
  #send(): number {
    const { view } = this.#held
    let mayZeroCopy = this.#reader !== null
    do {
      if (view.length !== this.#size) return badCall
      const rest = this.#sent === 0 ? view : partOf(view, this.#sent, this.#size)
      const result = this.#sendPart(rest, mayZeroCopy ? this.#flags | zeroCopy : this.#flags)
      if (result === noBuffers && mayZeroCopy && this.#reader !== null) {
        if (this.#reader.take()) continue
        if (this.#reader.isWaiting) {
          this.#isBlocked = true
          this.#reader.blocked = this
          return again
        }
        // Nothing of its own is in the way: one copied part makes progress.
        mayZeroCopy = false
        continue
      }
      if (result < 0) return result
      if (mayZeroCopy && result > 0) {
        this.#reader?.add(this.#held)
        this.#sends++
      } else if (result > 0) {
        this.#held.copied = true
      }
      this.#sent += result
      mayZeroCopy = this.#reader !== null
    } while (this.#sent < this.#size)
    return 0
  }

  #sendPart(rest: Uint8Array, flags: number): number {
    const handle = this.#handle
    if (handle.deferredError !== 0) return takeDeferredError(handle)
    this.#destination?.restore()
    prepareSend(handle, lengthToSend(rest), flags, this.#destination === null ? once : once | withAddress)
    return native.send(rest)
  }

  override errorOf(result: number): Error {
    if (result === badCall) return lost('data', this.#held.view)
    return this.#tell(errorOf(result, SYSCALL, this.#destination?.address))
  }

  override timeoutError(): Error {
    return this.#tell(new SocketTimeoutError(SYSCALL, this.#destination?.address))
  }

  override interrupt(reason: unknown): void {
    this.#destination?.forget()
    super.interrupt(reason)
  }

  #tell<E>(error: E): E {
    if (error instanceof SocketError) error.bytesSent = this.#sent
    return error
  }
}

/** Who reads the completions of a socket; `null` where its sends have to copy. */
function readerOf(handle: Handle, channel: Channel): ReleaseReader | null {
  if (channel.errorReader instanceof ReleaseReader) return channel.errorReader
  if (c.SO_ZEROCOPY === undefined || (handle.family !== c.AF_INET && handle.family !== c.AF_INET6)) return null
  if (native.getsockoptInt(handle.fd, c.SOL_SOCKET, c.SO_ZEROCOPY) < 0) return null
  const isOn = words[VALUE] !== 0
  // Sends were made that nobody has counted.
  if (isOn && handle.uncounted) return null
  if (!isOn && native.setsockoptInt(handle.fd, c.SOL_SOCKET, c.SO_ZEROCOPY, 1) < 0) return null
  channel.completions = new Completions(handle)
  const reader = new ReleaseReader(handle, channel, channel.completions)
  channel.errorReader = reader
  return reader
}

export function sendZeroCopyAsync(
  handle: Handle,
  data: BytesLike,
  options: ZeroCopyOptions | undefined,
): Promise<ZeroCopied> {
  try {
    checkAsyncOptions(options)
    const view = byteView('data', data)
    const flags = flagsGiven(options)
    const { length } = view
    const address: unknown = options?.address ?? undefined
    const destination = address === undefined ? null : new Destination(handle, address, SYSCALL)
    checkInt('options.flags', flags)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    // Reading the address may run the caller's code.
    if (view.length !== length) throw lost('data', data)
    return new SendZeroCopy(handle, view, flags, destination).start(timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
