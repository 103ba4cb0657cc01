/** send(2), sendto(2) and sendall as promises. */
import { checkAsyncOptions, flagsGiven, type MessageOptions, signalIn, timeoutIn } from '../async-options.js'
import { MODE_ONCE } from '../binding.js'
import { lost, partOf } from '../bytes.js'
import { badCall, SocketError, wouldBlock } from '../errors.js'
import { MSG_DONTWAIT } from '../generated/constants.js'
import { type Handle, openChannel } from '../handle.js'
import { Operation } from '../operation.js'
import { submit, submitOnce } from '../queue.js'
import { checkInt } from '../validate.js'
import { AddressedSend } from './addressed-send.js'
import { Destination } from './destination.js'
import { lengthToSend, viewToSend } from './send.js'
import { transmit } from './transfer.js'

// Names of this module's own, for speed: see transfer.ts.
const [once, again] = [MODE_ONCE, wouldBlock]

/** What a call that is done at once answers: one promise for all of them. */
const DONE: Promise<undefined> = Promise.resolve(undefined)

/** What all sends have: the caller's buffer, which may lose its memory while the call waits. */
abstract class Send<T> extends Operation<T> {
  protected readonly handle: Handle
  protected readonly view: Uint8Array
  protected readonly size: number
  protected readonly flags: number

  constructor(handle: Handle, view: Uint8Array, flags: number) {
    super()
    this.handle = handle
    this.view = view
    this.size = view.length
    this.flags = flags
  }

  protected transmit(mode: number, flags: number = this.flags): number {
    const { view } = this
    if (view.length !== this.size) return badCall
    return transmit(this.handle, view, lengthToSend(view), flags, mode)
  }

  override errorOf(result: number): Error {
    return result === badCall ? lost('data', this.view) : super.errorOf(result)
  }
}

class SendSome extends Send<number> {
  override get syscall(): string {
    return 'send'
  }

  override perform(): number {
    return this.transmit(once)
  }
}

/** All of the data, in as many attempts as it takes. */
class SendAll extends Send<undefined> {
  #sent: number

  constructor(handle: Handle, view: Uint8Array, flags: number, sent: number) {
    super(handle, view, flags)
    this.#sent = sent
  }

  override get syscall(): string {
    return 'sendall'
  }

  override get moved(): number {
    return this.#sent
  }

  override perform(): undefined | number {
    const { view } = this
    if (view.length !== this.size) return badCall
    do {
      const rest = this.#sent === 0 ? view : partOf(view, this.#sent, this.size)
      const result = transmit(this.handle, rest, lengthToSend(rest), this.flags, once)
      if (result < 0) return result
      this.#sent += result
    } while (this.#sent < this.size)
    return undefined
  }

  /** The package's own errors say how much the kernel has taken; a signal's reason is its owner's. */
  override errorOf(result: number): Error {
    return this.#tell(super.errorOf(result))
  }

  override timeoutError(): Error {
    return this.#tell(super.timeoutError())
  }

  #tell<E>(error: E): E {
    if (error instanceof SocketError) error.bytesSent = this.#sent
    return error
  }
}

class SendTo extends AddressedSend {
  readonly #view: Uint8Array
  readonly #size: number

  constructor(handle: Handle, view: Uint8Array, flags: number, destination: Destination) {
    super(handle, flags, destination)
    this.#view = view
    this.#size = view.length
  }

  override get syscall(): string {
    return 'sendto'
  }

  protected override transmit(mode: number, flags: number): number {
    const view = this.#view
    return view.length === this.#size ? transmit(this.handle, view, lengthToSend(view), flags, mode) : badCall
  }

  override errorOf(result: number): Error {
    return result === badCall ? lost('data', this.#view) : super.errorOf(result)
  }
}

export function sendAsync(handle: Handle, data: unknown, options: MessageOptions | undefined): Promise<number> {
  try {
    checkAsyncOptions(options)
    const flags = flagsGiven(options)
    const view = viewToSend(data, flags)
    checkInt('options.flags', flags)
    const operation = new SendSome(handle, view, flags)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    const { writes } = openChannel(handle, 'send')
    if (flags & MSG_DONTWAIT) return submitOnce(operation, writes, false, signal)
    return submit(operation, writes, timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}

export function sendallAsync(handle: Handle, data: unknown, options: MessageOptions | undefined): Promise<undefined> {
  try {
    checkAsyncOptions(options)
    const flags = flagsGiven(options)
    const view = viewToSend(data, flags)
    checkInt('options.flags', flags)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    const channel = openChannel(handle, 'sendall')
    let sent = 0
    // The usual way: the kernel takes all of it at once.
    if (channel.maySend()) {
      const result = transmit(handle, view, lengthToSend(view), flags, once)
      if (result === view.length) return DONE
      if (result >= 0) sent = result
      else if (result !== again) return Promise.reject(new SendAll(handle, view, flags, 0).errorOf(result))
    }
    const operation = new SendAll(handle, view, flags, sent)
    if (flags & MSG_DONTWAIT) return submitOnce(operation, channel.writes, false, signal)
    return submit(operation, channel.writes, timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}

export function sendtoAsync(
  handle: Handle,
  data: unknown,
  address: unknown,
  options: MessageOptions | undefined,
): Promise<number> {
  try {
    checkAsyncOptions(options)
    const flags = flagsGiven(options)
    const view = viewToSend(data, flags)
    const length = view.length
    const destination = new Destination(handle, address, 'sendto')
    checkInt('options.flags', flags)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    // Reading the address may run the caller's code.
    if (view.length !== length) throw lost('data', data)
    return new SendTo(handle, view, flags, destination).start(timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
