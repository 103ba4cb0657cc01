/** sendfile(2), and what stands in for it. */
import { native, timeouts } from '../binding.js'
import { errorOf, SocketError } from '../errors.js'
import { SOCK_STREAM } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { argumentValueError } from '../validate.js'
import { letWritersGoFirst } from './earlier.js'
import { FileSource, failed } from './file-source.js'
import { sendall } from './send.js'
import { prepareSend, takeDeferredError } from './transfer.js'

// poll(2)'s, the same on every system.
const POLLIN = 1

/** That files can be sent over the socket: a ValueError in CPython. */
export function checkStream(handle: Handle, name = 'socket'): void {
  if (handle.type !== SOCK_STREAM) throw argumentValueError(name, 'must be of type SOCK_STREAM', handle.type)
}

export function sendfile(handle: Handle, file: unknown, offset: unknown, count: unknown): number {
  const source = new FileSource(file, offset, count, { offset: 'offset', count: 'count' })
  checkStream(handle)
  if (handle.timeoutNs === 0 && handle.fd >= 0) {
    throw argumentValueError('socket', 'must not be non-blocking: sendfileAsync takes those', 'timeout 0')
  }
  try {
    sendBySystem(handle, source)
    if (source.isRead) sendByReading(handle, source)
    return source.sent
  } catch (error) {
    throw failed(error, source.sent)
  } finally {
    source.moveOn()
  }
}

/** As in CPython each wait has the whole timeout: a large file takes as long as it takes. */
function sendBySystem(handle: Handle, source: FileSource): void {
  const earlier = handle.channel === null ? 0 : letWritersGoFirst(handle, handle.channel, 0)
  if (earlier < 0) throw errorOf(earlier, 'sendfile')
  if (handle.deferredError !== 0) throw errorOf(takeDeferredError(handle), 'sendfile')
  while (source.rest > 0) {
    prepareSend(handle, 0, 0, 0)
    const result = source.send(Number.POSITIVE_INFINITY)
    if (result === 0 || source.isRead) return
    if (result < 0) throw errorOf(result, 'sendfile')
  }
}

function sendByReading(handle: Handle, source: FileSource): void {
  while (source.rest > 0) {
    if (source.isStream) waitForStream(source.fd)
    const data = source.read()
    if (data === null) continue
    if (data.length === 0) return
    try {
      sendall(handle, data, 0)
      source.sent += data.length
    } catch (error) {
      if (error instanceof SocketError) source.sent += error.bytesSent ?? 0
      throw error
    }
  }
}

/** A pipe's read would block beyond the reach of signals and of a worker's end. */
function waitForStream(fd: number): void {
  timeouts[0] = -1
  const result = native.waitReady(fd, POLLIN)
  if (result < 0) throw errorOf(result, 'read')
}
