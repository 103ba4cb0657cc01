/** splice(2) between two sockets, and what stands in for it. */
import { native } from '../binding.js'
import { errorOf, socketError } from '../errors.js'
import { Handle } from '../handle.js'
import { argumentTypeError, argumentValueError, checkInteger, checkNumber } from '../validate.js'
import { Conduit } from './conduit.js'
import { letReadersGoFirst, letWritersGoFirst } from './earlier.js'
import { checkStream } from './sendfile.js'

/** How many bytes at most: for ever where `count` is left out. */
export function checkCount(name: string, count: unknown): number {
  if (count === undefined || count === null) return Number.POSITIVE_INFINITY
  checkInteger(name, count, 1, Number.MAX_SAFE_INTEGER)
  return count
}

/** That `destination` is a socket, and `count` of its type: what comes before any range. */
export function checkTypes(destination: unknown, name: string, count: unknown): asserts destination is Handle {
  if (!(destination instanceof Handle)) throw argumentTypeError('destination', 'an instance of Socket', destination)
  if (count !== undefined && count !== null) checkNumber(name, count)
}

/** That bytes can be moved between them: before any is taken. */
export function checkEnds(source: Handle, destination: Handle): void {
  checkStream(source)
  checkStream(destination, 'destination')
  if (source.fd < 0 || destination.fd < 0) throw socketError('EBADF', 'splice')
}

native.spliceFallback ??= { isForced: false }
/** Tests set it, for all copies of this module, to have the bytes go through a buffer as on systems without splice(2). */
export const fallback = native.spliceFallback

export function splice(source: Handle, destination: unknown, count: unknown): number {
  checkTypes(destination, 'count', count)
  const most = checkCount('count', count)
  checkEnds(source, destination)
  for (const [name, { timeoutNs }] of [['socket', source] as const, ['destination', destination] as const]) {
    if (timeoutNs !== 0) continue
    throw argumentValueError(name, 'must not be non-blocking: spliceAsync takes those', 'timeout 0')
  }
  const conduit = new Conduit(source, destination, fallback.isForced)
  try {
    letOthersGoFirst(source, destination)
    while (conduit.taken < most) {
      // As with sendfile each wait has the whole timeout: a long stream takes as long as it takes.
      const taken = conduit.take(most - conduit.taken, 0)
      if (taken < 0) throw errorOf(taken, 'splice')
      if (taken === 0) break
      const result = conduit.give(0)
      if (result < 0) throw errorOf(result, 'splice')
    }
    return conduit.given
  } catch (error) {
    throw conduit.tell(error, true)
  } finally {
    conduit.close()
  }
}

function letOthersGoFirst(source: Handle, destination: Handle): void {
  let earlier = source.channel === null ? 0 : letReadersGoFirst(source, source.channel, 0)
  if (earlier < 0) throw errorOf(earlier, 'splice')
  earlier = destination.channel === null ? 0 : letWritersGoFirst(destination, destination.channel, 0)
  if (earlier < 0) throw errorOf(earlier, 'splice')
}
