/** accept(2). */
import { type AddressOut, decodeAddress } from '../address.js'
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from '../async-options.js'
import { FD, MODE, MODE_WITH_ADDRESS, NONBLOCKING, native, POLL_FIRST, timeouts, words } from '../binding.js'
import { getdefaulttimeoutNs } from '../defaults.js'
import { errorOf } from '../errors.js'
import { AF_ALG } from '../generated/constants.js'
import { Handle, newToken, openChannel, setTimeoutNs } from '../handle.js'
import { Operation } from '../operation.js'
import { submit } from '../queue.js'
import { letReadersGoFirst, remainingNs } from './earlier.js'

type Accepted = [handle: Handle, address: AddressOut | null]

export function accept(handle: Handle): Accepted {
  const earlier = handle.channel === null ? 0 : letReadersGoFirst(handle, handle.channel, 0)
  const accepted = earlier < 0 ? earlier : acceptWithin(handle, remainingNs(handle))
  if (typeof accepted === 'number') throw errorOf(accepted, 'accept')
  return accepted
}

/** Waits so many nanoseconds (below 0: for ever): the connection, or a negative result. */
function acceptWithin(handle: Handle, timeoutNs: number): Accepted | number {
  words[FD] = handle.fd
  // AF_ALG has no addresses, and refuses to be asked for one.
  words[MODE] = handle.family === AF_ALG ? handle.kernelTimeout : handle.kernelTimeout | MODE_WITH_ADDRESS
  words[POLL_FIRST] = handle.listening ? 1 : 0
  words[NONBLOCKING] = handle.timeoutNs < 0 ? 0 : 1
  timeouts[0] = timeoutNs
  const fd = native.accept()
  if (fd < 0) return fd
  const accepted = new Handle(fd, newToken(), handle.family, handle.type, handle.proto)
  // Linux gives the listener's time-outs and low-water mark to the new socket.
  accepted.lowWater = handle.lowWater
  accepted.kernelTimeout = handle.kernelTimeout
  const address = decodeAddress(handle)
  const defaultNs = getdefaulttimeoutNs()
  if (defaultNs >= 0) setTimeoutNs(accepted, defaultNs)
  return [accepted, address]
}

/** Accepts when a connection is there. `wrap` makes the socket of its handle. */
class Accept<S> extends Operation<[conn: S, address: AddressOut | null]> {
  readonly #handle: Handle
  readonly #wrap: (handle: Handle) => S

  constructor(handle: Handle, wrap: (handle: Handle) => S) {
    super()
    this.#handle = handle
    this.#wrap = wrap
  }

  override get syscall(): string {
    return 'accept'
  }

  override perform(): [S, AddressOut | null] | number {
    const accepted = acceptWithin(this.#handle, 0)
    return typeof accepted === 'number' ? accepted : [this.#wrap(accepted[0]), accepted[1]]
  }
}

export function acceptAsync<S>(
  handle: Handle,
  options: AsyncOptions | undefined,
  wrap: (handle: Handle) => S,
): Promise<[conn: S, address: AddressOut | null]> {
  try {
    checkAsyncOptions(options)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    const { reads } = openChannel(handle, 'accept')
    // What does not listen says so at once, and would never be ready.
    if (!handle.listening) reads.ready = true
    return submit(new Accept(handle, wrap), reads, timeoutNs, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}
