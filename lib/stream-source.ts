/** What streams need of a socket. The class is not imported: it imports them. */
import type { ReceiveIntoOptions } from './async-options.js'
import type { BytesLike, SendData } from './bytes.js'
import type { MessageFlags, OptionLevel, OptionName, ShutdownHow } from './constant.js'
import { SocketError, socketError } from './errors.js'
import { SHUT_RD, SHUT_WR, SOCK_STREAM } from './generated/constants.js'

/** What streams pass to asynchronous calls. */
interface Waiting {
  timeout: null
  flags?: MessageFlags
  signal?: AbortSignal
}

export interface StreamSource {
  readonly family: number
  readonly type: number
  readonly closed: boolean
  recvAsync(bufsize: number, options: Waiting): Promise<Buffer>
  recvIntoAsync(buffer: BytesLike, options: ReceiveIntoOptions): Promise<number>
  sendallAsync(data: SendData, options: Waiting): Promise<void>
  shutdown(how: ShutdownHow): void
  close(): void
  ref(): unknown
  unref(): unknown
  getsockname(): unknown
  getpeername(): unknown
  setsockopt(level: OptionLevel, name: OptionName, value: number): void
}

/** Streams wait as long as it takes: the socket's timeout bounds calls, and nobody calls a stream's receive. */
export const WAIT: Waiting = Object.freeze({ timeout: null })

/** How many bytes a stream receives at once where nobody says how many. */
export const CHUNK_SIZE = 65536

const taken = new WeakSet<StreamSource>()

/**
 * Takes a socket for its one stream: two would steal from each other.
 * @param syscall the method, which errors name
 * @throws {SocketError} `EBADF` where it is closed, `EOPNOTSUPP` where it is no byte stream, `EBUSY` where it has a stream
 */
export function take(source: StreamSource, syscall: string): void {
  if (source.closed) throw socketError('EBADF', syscall)
  if (source.type !== SOCK_STREAM) throw socketError('EOPNOTSUPP', syscall)
  if (taken.has(source)) throw socketError('EBUSY', syscall)
  taken.add(source)
}

/** Ends one direction; nothing where the connection is over already. */
function shutDown(source: StreamSource, how: ShutdownHow): void {
  try {
    source.shutdown(how)
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== 'ENOTCONN') throw error
  }
}

/** Tells the peer that nothing more comes. */
export const endSending = (source: StreamSource): void => shutDown(source, SHUT_WR)

/** Ends a receive that waits. */
export const endReceiving = (source: StreamSource): void => shutDown(source, SHUT_RD)
