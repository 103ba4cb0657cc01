/** A UDP socket whose address the server believes: what it sends there was asked for from there. */
import { type AF_INET6, SOCK_DGRAM, type Socket, SocketError, socket } from '../../../index.js'
import {
  COOKIE_BYTES,
  DATAGRAM_BYTES,
  fillHeader,
  HANDSHAKE_BYTES,
  hasToken,
  KINDS,
  kindOf,
  sessionOf,
  tokenWords,
} from '../datagram.js'
import { growReceiveBuffer, joinSegments } from '../udp-socket.js'
import type { ClientContext } from './context.js'
import { BenchError } from './link.js'

const ATTEMPTS = 10
/** For an answer to each attempt; a lost datagram costs so much. Seconds. */
const ATTEMPT_SECONDS = 0.3

/**
 * Opens the way: asks for a cookie and sends it back, again and again where nothing comes.
 * @throws {BenchError} `no-udp` where the server does not answer
 */
export async function openUdp(context: ClientContext): Promise<Socket> {
  const { family, address, welcome, signal, link } = context
  if (!welcome.udp) throw new BenchError('no-udp', 'the server has no UDP')
  const sock = socket(family as typeof AF_INET6, SOCK_DGRAM) as Socket
  try {
    growReceiveBuffer(sock)
    joinSegments(sock)
    sock.connect(address)
    const request = Buffer.alloc(HANDSHAKE_BYTES)
    fillHeader(request, 0, KINDS.open, welcome.session, welcome.token)
    const cookie = await ask(context, sock, request, KINDS.cookie)
    if (cookie !== undefined) {
      fillHeader(request, 0, KINDS.prove, welcome.session, welcome.token)
      cookie.copy(request, DATAGRAM_BYTES, DATAGRAM_BYTES, DATAGRAM_BYTES + COOKIE_BYTES)
      if ((await ask(context, sock, request, KINDS.proven)) !== undefined) return sock
    }
    if (link.gone.aborted) throw link.gone.reason
    if (signal.aborted) throw new BenchError('interrupted', 'interrupted')
    throw new BenchError(
      'no-udp',
      'no UDP replies from the server: a firewall on the way drops them, or UDP as a whole',
    )
  } catch (error) {
    sock.close()
    if (error instanceof SocketError && error.code === 'ECONNREFUSED') {
      throw new BenchError(
        'no-udp',
        'the host answers that nobody receives UDP on this port (a firewall, or a relay of TCP only)',
      )
    }
    throw error
  }
}

/** Sends a request until it is answered by a datagram of a kind; `undefined`: it is not. */
async function ask(
  { welcome, signal, link }: ClientContext,
  sock: Socket,
  request: Buffer,
  kind: number,
): Promise<Buffer | undefined> {
  const token = tokenWords(welcome.token)
  for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted && !link.gone.aborted; attempt++) {
    await sock.sendAsync(request)
    const end = performance.now() + ATTEMPT_SECONDS * 1000
    for (let left = ATTEMPT_SECONDS; left > 0; left = (end - performance.now()) / 1000) {
      const answer = await receiveWithin(sock, left)
      if (answer === undefined) break
      if (answer.length !== HANDSHAKE_BYTES || sessionOf(answer, 0, answer.length) !== welcome.session) continue
      if (hasToken(answer, 0, token) && kindOf(answer, 0) === kind) return answer
    }
  }
  return undefined
}

/** A datagram; `undefined`: none came in so many seconds. */
export async function receiveWithin(sock: Socket, seconds: number): Promise<Buffer | undefined> {
  try {
    return await sock.recvAsync(65_536, { timeout: Math.max(0, seconds) })
  } catch (error) {
    if (error instanceof SocketError && error.code === 'ETIMEDOUT') return undefined
    throw error
  }
}
