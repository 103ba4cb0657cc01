/** Reads, whenever the poller tells of an error, which memory of `sendZeroCopyAsync` is its owner's again. */
import { native, TOKEN, words } from '../binding.js'
import type { Channel, ErrorReader } from '../channel.js'
import type { Completions, Held } from '../completions.js'
import { startTimer } from '../deadline.js'
import { FAILED, HUNG_UP, READABLE, type Source, URGENT, WRITABLE, watch } from '../engine.js'
import { SHUT_RDWR, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from '../generated/constants.js'
import type { Handle } from '../handle.js'

// poll(2)'s on Linux, which alone has such sends.
const [POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLRDHUP] = [1, 2, 4, 8, 16, 0x2000]

native.lingering ??= { limitNs: 120e9 }
/**
 * How long a closed connection may take to send the rest, nanoseconds: about as long as the kernel gives those that
 * nobody holds. Tests shorten it, for all copies of this module.
 */
export const { lingering } = native

/** One that waits for the kernel to have room for one more send. */
interface Blocked {
  unblock(): void
}

export class ReleaseReader implements ErrorReader {
  /** Weak, as that of the completions. */
  readonly #handle: WeakRef<Handle>
  readonly #type: number
  readonly #channel: Channel
  readonly #completions: Completions
  blocked: Blocked | null = null

  constructor(handle: Handle, channel: Channel, completions: Completions) {
    this.#handle = new WeakRef(handle)
    this.#type = handle.type
    this.#channel = channel
    this.#completions = completions
    completions.told = () => this.#tell()
  }

  get isWaiting(): boolean {
    return this.#completions.size > 0
  }

  /** A send was made. */
  add(held: Held): void {
    const isFirst = !this.isWaiting
    this.#completions.add(held)
    if (isFirst) this.#channel.require(FAILED)
  }

  /** Reads what is there: whether there was something. */
  take(): boolean {
    return this.#completions.read(Number.POSITIVE_INFINITY) > 0
  }

  read(): number {
    let readiness: number
    let count: number
    do {
      count = this.#completions.read(1)
      readiness = readinessOf(this.#channel.fd)
      // An error that is not in the queue stays until a call takes it.
    } while (count > 0 && readiness & FAILED)
    // What was taken out of the queue for somebody else.
    if ((this.#handle.deref()?.deferredError ?? 0) !== 0) readiness |= READABLE | WRITABLE
    return readiness
  }

  /** Something was read: whoever waits for it goes on. */
  #tell(): void {
    const { blocked } = this
    this.blocked = null
    const { releases } = this.#channel
    if (releases.head !== null) releases.wake()
    blocked?.unblock()
    // Later, because who reads it may be about to take it.
    if (this.#completions.hasKept) queueMicrotask(() => this.#channel.wakeErrors())
  }

  leave(): void {
    this.#completions.leave()
  }

  outlive(): (() => void) | null {
    const { fd } = this.#channel
    if (!this.isWaiting || this.#type !== SOCK_STREAM || isAborted(fd)) return null
    const copy = native.dup(fd)
    if (copy < 0) return null
    if (native.own(copy) < 0) {
      native.close(copy)
      return null
    }
    const lingering = new Lingering(copy, words[TOKEN] as number, this.#completions)
    this.#channel.errorReader = null
    return () => lingering.begin()
  }
}

/** Whether closing sends no more: SO_LINGER with no time. The kernel lets the memory go then. */
function isAborted(fd: number): boolean {
  const value = new Uint8Array(8)
  if (native.getsockoptBytes(fd, SOL_SOCKET, SO_LINGER, value) < 0) return false
  const [on, seconds] = new Int32Array(value.buffer)
  return on !== 0 && seconds === 0
}

const entry = new Int32Array(3)

/** What is ready of a descriptor now. */
function readinessOf(fd: number): number {
  entry[0] = fd
  entry[1] = POLLIN | POLLPRI | POLLOUT | POLLRDHUP
  entry[2] = 0
  if (native.poll(entry, 1, 0) < 0) return 0
  const events = entry[2]
  return (
    (events & POLLIN ? READABLE : 0) |
    (events & POLLPRI ? URGENT : 0) |
    (events & POLLOUT ? WRITABLE : 0) |
    (events & POLLRDHUP ? READABLE | HUNG_UP : 0) |
    (events & POLLHUP ? READABLE | WRITABLE | HUNG_UP : 0) |
    (events & POLLERR ? READABLE | WRITABLE | FAILED : 0)
  )
}

/**
 * A duplicate of a closed stream, by which its completions are read until there are no more: memory that the kernel has
 * still to send may not be anybody else's before. It keeps no process alive.
 */
class Lingering implements Source {
  readonly fd: number
  readonly token: number
  readonly #completions: Completions
  #stopTimer: () => void = () => {}

  constructor(fd: number, token: number, completions: Completions) {
    this.fd = fd
    this.token = token
    this.#completions = completions
  }

  /** The socket itself is closed: so is the connection, as far as the peer can see. */
  begin(): void {
    native.shutdown(this.fd, SHUT_RDWR)
    this.#completions.moveTo(this.fd)
    this.#stopTimer = startTimer(lingering.limitNs, () => this.#abort())
    if (watch(this, 0, READABLE) < 0) this.#abort()
  }

  deliver(): void {
    this.#completions.read(Number.POSITIVE_INFINITY)
    if (this.#completions.size === 0) this.#end()
  }

  cancel(): void {
    this.#stopTimer()
    this.#completions.leave()
  }

  #abort(): void {
    const value = new Uint8Array(new Int32Array([1, 0]).buffer)
    native.setsockoptBytes(this.fd, SOL_SOCKET, SO_LINGER, value)
    this.#end()
    this.#completions.leave()
  }

  #end(): void {
    this.#stopTimer()
    watch(this, READABLE, 0)
    native.closeOwned(this.fd, this.token)
  }
}
