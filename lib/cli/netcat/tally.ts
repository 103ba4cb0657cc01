/** What went over a connection, and what is told of it. */
import { SOCK_STREAM, type Socket } from '../../index.js'
import { counted, formatBytes, formatDuration } from '../units.js'

export class Tally {
  received = 0
  sent = 0
  /** Datagrams or records. */
  messagesIn = 0
  messagesOut = 0
  readonly #since = performance.now()
  readonly #hasMessages: boolean

  constructor(hasMessages: boolean) {
    this.#hasMessages = hasMessages
  }

  tookIn(bytes: number): void {
    this.received += bytes
    this.messagesIn++
  }

  sentOut(bytes: number): void {
    this.sent += bytes
    this.messagesOut++
  }

  add(other: Tally): void {
    this.received += other.received
    this.sent += other.sent
    this.messagesIn += other.messagesIn
    this.messagesOut += other.messagesOut
  }

  /** `received 5 B, sent 3 B in 1.2 ms`, with the datagrams where there are such. */
  toString(): string {
    const amount = (bytes: number, messages: number): string =>
      this.#hasMessages ? `${formatBytes(bytes)} in ${counted(messages, 'message')}` : formatBytes(bytes)
    const seconds = (performance.now() - this.#since) / 1000
    const received = amount(this.received, this.messagesIn)
    return `received ${received}, sent ${amount(this.sent, this.messagesOut)}, ${formatDuration(seconds)}`
  }
}

/** What the kernel tells of a TCP connection before it is closed: `; rtt 30.1 µs, ...`; '' of others. */
export function tcpSummary(conn: Socket): string {
  if (conn.type !== SOCK_STREAM || conn.closed) return ''
  try {
    const { rtt, rttvar, sndMss, sndCwnd, totalRetrans } = conn.getOption('tcpInfo')
    const retransmitted = totalRetrans === undefined ? '' : `, ${counted(totalRetrans, 'segment')} sent again`
    const window = process.platform === 'linux' ? `${counted(sndCwnd, 'segment')}` : formatBytes(sndCwnd)
    const variation = formatDuration(rttvar)
    return `; round trip ${formatDuration(rtt)} ± ${variation}, segments of ${sndMss} B, window ${window}${retransmitted}`
  } catch {
    return ''
  }
}
