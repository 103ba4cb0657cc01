/** The UDP socket of a server, and who may be sent datagrams by it: those who proved that an address is theirs. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type AddressIn, MessageBatch, type Socket, SocketError } from '../../../index.js'
import {
  COOKIE_BYTES,
  DATAGRAM_BYTES,
  HANDSHAKE_BYTES,
  hasToken,
  KINDS,
  kindOf,
  sessionOf,
  setKind,
  type TokenWords,
  tokenWords,
} from '../datagram.js'
import type { FlowReceiver } from '../flow.js'
import { growReceiveBuffer, joinSegments } from '../udp-socket.js'

const MESSAGES = 64
const LONGEST = 65_536
const REPLIES = 64

/** A session's side of UDP. */
export class UdpPeer {
  readonly token: TokenWords
  readonly cookie = randomBytes(COOKIE_BYTES)
  /** The host that its control connection comes from: no other one is ever sent anything. */
  readonly host: string
  /** Proven by sending a cookie back that was sent there. */
  address: AddressIn | null = null
  /** What counts its datagrams while a test does. */
  receiver: FlowReceiver | null = null
  /** Whether its requests are sent back, and how many were. */
  echoes = false
  echoed = 0

  constructor(token: string, host: string) {
    this.token = tokenWords(token)
    this.host = host
  }
}

export class Datagrams {
  readonly sock: Socket
  readonly receiveBuffer: number
  readonly #peers = new Map<number, UdpPeer>()
  readonly #replies = new MessageBatch(REPLIES, LONGEST)
  #waiting = 0

  constructor(sock: Socket) {
    this.sock = sock
    this.receiveBuffer = growReceiveBuffer(sock)
    joinSegments(sock)
  }

  add(session: number, peer: UdpPeer): void {
    this.#peers.set(session, peer)
  }

  remove(session: number): void {
    this.#peers.delete(session)
  }

  /** Serves until the socket is closed. */
  async run(): Promise<void> {
    const batch = new MessageBatch(MESSAGES, LONGEST)
    while (!this.sock.closed) {
      try {
        const count = await this.sock.recvmmsgAsync(batch)
        const now = performance.now()
        for (let i = 0; i < count; i++) {
          const data = batch.data(i)
          const size = batch.segmentSize(i) || data.length
          for (let at = 0; at < data.length; at += size) {
            this.#take(data, at, Math.min(data.length, at + size), now, () => batch.address(i))
            if (this.#waiting === REPLIES) await this.#flush()
          }
        }
        if (this.#waiting > 0) await this.#flush()
      } catch (error) {
        // Errors of single datagrams (ICMP) are told here, and concern nobody else.
        if (!(error instanceof SocketError)) throw error
      }
    }
  }

  #take(data: Buffer, at: number, end: number, nowMs: number, source: () => AddressIn | null): void {
    const session = sessionOf(data, at, end)
    const peer = session === undefined ? undefined : this.#peers.get(session)
    if (peer === undefined || !hasToken(data, at, peer.token)) return
    const kind = kindOf(data, at)
    if (kind === KINDS.data) {
      peer.receiver?.note(data, at, end, nowMs)
    } else if (kind === KINDS.request) {
      if (!peer.echoes || peer.address === null) return
      peer.echoed++
      this.#reply(data, at, end, KINDS.reply, peer.address)
    } else if ((kind === KINDS.open || kind === KINDS.prove) && end - at === HANDSHAKE_BYTES) {
      const address = source()
      if (!Array.isArray(address) || address[0] !== peer.host) return
      const cookieAt = at + DATAGRAM_BYTES
      if (kind === KINDS.open) {
        peer.cookie.copy(data, cookieAt)
        this.#reply(data, at, end, KINDS.cookie, address)
      } else if (timingSafeEqual(data.subarray(cookieAt, end), peer.cookie)) {
        peer.address = address
        this.#reply(data, at, end, KINDS.proven, address)
      }
    }
  }

  /** Answers with the datagram itself: never with more bytes than came. */
  #reply(data: Buffer, at: number, end: number, kind: number, address: AddressIn): void {
    setKind(data, at, kind)
    this.#replies.set(this.#waiting++, data.subarray(at, end), address)
  }

  async #flush(): Promise<void> {
    this.#waiting = 0
    while (this.#replies.unsent > 0) {
      try {
        await this.sock.sendmmsgAsync(this.#replies, { timeout: 1 })
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        // A firewall, or no room: that one is lost, as datagrams may be.
        if (this.#replies.firstUnsent >= 0) this.#replies.clear(this.#replies.firstUnsent)
      }
    }
  }
}
