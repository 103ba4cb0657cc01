/** What the tests of a server have in common. */
import type { Socket } from '../../../index.js'
import type { Limits, ReplyOf, RequestOf } from '../messages.js'
import type { Datagrams, UdpPeer } from './datagrams.js'

/** What a test's result says besides its number. */
export type Outcome = Partial<Omit<ReplyOf<'result'>, 'type' | 'id' | 'cpu'>>

/** What a session gives a test. */
export interface Context {
  id: number
  limits: Limits
  datagrams: Datagrams | null
  peer: UdpPeer | null
  session: number
  token: string
  /** Sends a message to the client, whose loss ends the session in its own way. */
  tell: (message: object) => void
}

export interface ServerTest {
  /** Takes a connection for data, which is the test's from here on; `false`: it wants none. */
  adopt(sock: Socket, stream: number): boolean
  /** To the end, which `stop` asks for. */
  run(): Promise<Outcome>
  stop(message: RequestOf<'stop'>): void
  /** Closes all at once: the client is gone. */
  abandon(): void
}
