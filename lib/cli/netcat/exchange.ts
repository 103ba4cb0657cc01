/** Both directions of one connection: streams, and sockets that keep the bounds of messages. */
import { MSG_TRUNC, SHUT_WR, SOCK_DGRAM, SOCK_STREAM, type Socket } from '../../index.js'
import { failure } from '../failure.js'
import { tell } from '../output.js'
import { InputFailure } from './input.js'
import type { Session } from './session.js'
import type { Tally } from './tally.js'
import type { View } from './view.js'

/** Bytes that a stream is asked for at once. */
const PIECE = 65_536
/** The longest message that is received whole: no datagram of IP is longer, and no other by default. */
const LONGEST_MESSAGE = 262_144

export interface Exchange {
  readonly conn: Socket
  /** The peer, in messages. */
  readonly name: string
  readonly view: View
  readonly tally: Tally
  readonly session: Session
}

/** The next bytes of a connection, undefined at its end. Datagram sockets have none. */
async function receive({ conn, name }: Exchange, room: Buffer | undefined, signal: AbortSignal) {
  if (room === undefined) {
    const data = await conn.recvAsync(PIECE, { signal })
    return data.length === 0 ? undefined : data
  }
  const [length, , flags] = await conn.recvmsgIntoAsync([room], { signal })
  if ((flags & MSG_TRUNC) !== 0) tell(`${name}: a message longer than ${LONGEST_MESSAGE} bytes was cut to that`)
  return length === 0 && conn.type !== SOCK_DGRAM ? undefined : Buffer.from(room.subarray(0, length))
}

/**
 * Receives until the peer ends, or `signal` is aborted.
 * @throws {Failure}
 */
export async function receiveAll(exchange: Exchange, signal: AbortSignal): Promise<void> {
  const { conn, name, view, tally, session } = exchange
  const room = conn.type === SOCK_STREAM ? undefined : Buffer.allocUnsafe(LONGEST_MESSAGE)
  while (!signal.aborted) {
    let data: Buffer | undefined
    try {
      data = await receive(exchange, room, signal)
    } catch (error) {
      if (signal.aborted) return
      throw failure(name, error)
    }
    if (data === undefined) return
    tally.tookIn(data.length)
    session.touch()
    // Waits for the output: the peer is to be held up, not this process's memory to fill.
    await view.received(data)
  }
}

/**
 * Sends one piece.
 * @returns whether the connection takes more
 * @throws {Failure} where it could not
 */
export async function sendPiece(exchange: Exchange, data: Buffer, signal: AbortSignal): Promise<boolean> {
  const { conn, name, view, tally, session } = exchange
  try {
    if (conn.type === SOCK_STREAM) await conn.sendallAsync(data, { signal })
    else await conn.sendAsync(data, { signal })
  } catch (error) {
    tally.sent += (error as { bytesSent?: number }).bytesSent ?? 0
    if (signal.aborted) return false
    throw failure(name, error)
  }
  tally.sentOut(data.length)
  session.touch()
  await view.sent(data)
  return true
}

/** Tells the peer that nothing more comes. */
export function endSending({ conn, session }: Exchange): void {
  if (!session.flags.shutdown || conn.type === SOCK_DGRAM || conn.closed) return
  try {
    conn.shutdown(SHUT_WR)
  } catch {
    // It has gone: whoever receives learns why.
  }
}

/**
 * Passes the input to the connection and what it brings to the output, until both have ended. A person who types is not
 * waited for once the peer has ended.
 * @param input pieces to send
 * @param inputEnded what is done when there are no more
 * @throws {Failure} the first; what can be received after a failed send still is
 */
export async function exchangeAll(
  exchange: Exchange,
  input: (signal: AbortSignal) => AsyncIterable<Buffer>,
  inputEnded: () => void = () => {},
): Promise<void> {
  const { session } = exchange
  const typing = new AbortController()
  const sends = AbortSignal.any([session.signal, typing.signal])
  const sending = async (): Promise<void> => {
    try {
      for await (const data of input(sends)) {
        if (!(await sendPiece(exchange, data, sends))) return
      }
    } catch (error) {
      // The peer is not to take this for the end, and has nothing more to wait for.
      if (error instanceof InputFailure) session.fail(error)
      throw error
    }
    if (sends.aborted) return
    endSending(exchange)
    inputEnded()
  }
  const receiving = async (): Promise<void> => {
    try {
      await receiveAll(exchange, session.signal)
      if (process.stdin.isTTY) typing.abort()
    } catch (error) {
      typing.abort()
      throw error
    }
  }
  const ends = await Promise.allSettled([receiving(), sending()])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
