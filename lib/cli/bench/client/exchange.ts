/** Messages and their answers, over whatever they go. */
import type { Socket } from '../../../index.js'
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
