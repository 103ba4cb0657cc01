/** What `for await` over a socket gives: connections of a listener, data of anything else. */
import type { AddressOut } from '../address.js'
import { native } from '../binding.js'
import { HUNG_UP } from '../engine.js'
import { SocketError } from '../errors.js'
import { SO_ACCEPTCONN, SOCK_DGRAM, SOL_SOCKET } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { acceptAsync } from './accept.js'
import { recvAsync } from './receive-async.js'

/** How much one turn receives at most: bytes. */
const CHUNK = 65536

/** Whether an error only says that this side has closed the socket, which is how such a loop is ended from outside. */
const saysClosed = (handle: Handle, error: unknown): boolean =>
  handle.fd < 0 && error instanceof SocketError && (error.code === 'ECANCELED' || error.code === 'EBADF')

const listens = (handle: Handle): boolean =>
  handle.listening || native.getsockoptInt(handle.fd, SOL_SOCKET, SO_ACCEPTCONN) > 0

export function iterate<S>(
  handle: Handle,
  wrap: (handle: Handle) => S,
): AsyncGenerator<Buffer | [conn: S, address: AddressOut | null], void, undefined> {
  return listens(handle) ? connections(handle, wrap) : chunks(handle)
}

async function* connections<S>(handle: Handle, wrap: (handle: Handle) => S) {
  for (;;) {
    let accepted: [conn: S, address: AddressOut | null]
    try {
      accepted = await acceptAsync(handle, undefined, wrap)
    } catch (error) {
      if (saysClosed(handle, error)) return
      // A client that has gone before its turn is no reason to stop serving the others.
      if (error instanceof SocketError && error.code === 'ECONNABORTED') continue
      throw error
    }
    yield accepted
  }
}

async function* chunks(handle: Handle) {
  for (;;) {
    let data: Buffer
    try {
      data = await recvAsync(handle, CHUNK, undefined)
    } catch (error) {
      if (saysClosed(handle, error)) return
      throw error
    }
    if (data.length === 0 && isEnd(handle)) return
    yield data
  }
}

/** Whether nothing received means the end: a datagram may be empty, until reading was shut down. */
function isEnd(handle: Handle): boolean {
  return handle.type !== SOCK_DGRAM || ((handle.channel?.seen ?? 0) & HUNG_UP) !== 0
}
