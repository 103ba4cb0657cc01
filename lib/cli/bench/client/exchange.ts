/** Messages and their answers, over whatever they go. */
import type { Socket } from '../../../index.js'
import { Turns, until } from '../pacer.js'
import type { LatencyMeter } from './latency-meter.js'

export interface LatencyPlan {
  transport: 'tcp' | 'udp'
  /** Bytes of a message. */
  size: number
  seconds: number
  /** Requests per second, whether or not the earlier ones are answered; `null`: each after the answer before it. */
  rate: number | null
}

/** What an exchange of messages knows of its surroundings. */
export interface Exchange extends LatencyPlan {
  sock: Socket
  meter: LatencyMeter
  isOver: () => boolean
}

/** For answers under way when the user or the server ends the test, milliseconds. */
const ENDED_PATIENCE_MS = 200

/** Requests that are sent at fixed times, whether or not those before are answered. */
export interface Rated {
  /** When the first is due, of `performance.now()`. */
  beganMs: number
  /** A second. */
  rate: number
  send(index: number, nowMs: number): Promise<unknown>
  /** Hears the answers until the socket is closed. */
  hear(): Promise<void>
  /** What is not answered so long after the last request stays unanswered, milliseconds. */
  patienceMs: number
}

/** How many requests there may be. */
export const mostRequests = ({ seconds }: Exchange, rate: number): number => Math.ceil(seconds * rate)

/** When a request is due, of `performance.now()`. */
export const dueAt = ({ beganMs, rate }: Pick<Rated, 'beganMs' | 'rate'>, index: number): number =>
  beganMs + (index / rate) * 1000

/** To the end of the test, and of its last answers; closes the socket. */
export async function exchangeRated(exchange: Exchange, rated: Rated): Promise<void> {
  const { sock, meter, seconds, isOver } = exchange
  const end = rated.beganMs + seconds * 1000
  const answers = rated.hear()
  // Its failure is told by the await below; until then nobody listens.
  answers.catch(() => {})
  const most = mostRequests(exchange, rated.rate)
  for (let index = 0; index < most && !isOver(); index++) {
    await until(dueAt(rated, index))
    const now = performance.now()
    if (now >= end) break
    meter.sent++
    await rated.send(index, now)
  }
  const patience = performance.now() + (isOver() ? ENDED_PATIENCE_MS : rated.patienceMs)
  while (meter.received < meter.sent && performance.now() < patience) await until(performance.now() + 1)
  sock.close()
  await answers
}

/** Receives until this side closes the socket. @param take gets how many bytes lie in the buffer, and when they came */
export async function hearUntilClosed(
  sock: Socket,
  buffer: Buffer,
  take: (count: number, nowMs: number) => void,
): Promise<void> {
  const turns = new Turns()
  while (!sock.closed) {
    let count: number
    try {
      count = await sock.recvIntoAsync(buffer)
    } catch (error) {
      // With nothing to come, or with enough.
      if (sock.closed) return
      throw error
    }
    const now = performance.now()
    take(count, now)
    if (turns.isDue(now)) await turns.take()
  }
}
