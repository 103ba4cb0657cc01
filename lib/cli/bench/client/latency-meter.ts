/** What both latency tests count: times by percentile, of the whole and of each interval. */
import { Latencies } from '../latencies.js'
import { CpuMeter } from '../machine.js'
import type { LatencyInterval, LatencyResult } from '../results.js'
import { formatCount, formatNs, formatSpan } from '../units.js'
import type { Progress } from './context.js'
import { IntervalTimes } from './interval-times.js'

export class LatencyMeter {
  readonly #all = new Latencies()
  readonly #service: Latencies | null
  readonly #intervals: LatencyInterval[] = []
  readonly #progress: Progress
  readonly #timer: NodeJS.Timeout
  readonly #cpu = new CpuMeter()
  readonly #current = new IntervalTimes()
  sent = 0

  /** @param rated whether requests have times at which they are due */
  constructor(progress: Progress, intervalSeconds: number, rated: boolean) {
    this.#progress = progress
    this.#service = rated ? new Latencies() : null
    this.#timer = setInterval(() => this.#report(), intervalSeconds * 1000)
  }

  get received(): number {
    return this.#all.count
  }

  /** An answer came. @param dueMs when its request was due, which is when it was sent where there is no rate */
  note(dueMs: number, sentMs: number, nowMs: number): void {
    const ns = (nowMs - dueMs) * 1e6
    this.#all.note(ns)
    this.#current.note(ns)
    this.#service?.note((nowMs - sentMs) * 1e6)
  }

  #report(): void {
    const interval = this.#current.take()
    const { count, p50, p99, to } = interval
    this.#intervals.push(interval)
    const figures = `${formatCount(count)} answers  p50 ${formatNs(p50)}  p99 ${formatNs(p99)}`
    this.#progress.tick(`${formatSpan(interval)}  ${count === 0 ? 'no answers' : figures}`, to)
  }

  /** Ends the counting. */
  end(): Pick<
    LatencyResult,
    'sent' | 'received' | 'lost' | 'latency' | 'service' | 'jitterNs' | 'curve' | 'intervals'
  > & {
    cpu: { user: number; system: number }
  } {
    clearInterval(this.#timer)
    if (!this.#current.isEmpty) this.#report()
    return {
      sent: this.sent,
      received: this.received,
      lost: Math.max(0, this.sent - this.received),
      latency: this.#all.percentiles(),
      service: this.#service?.percentiles() ?? null,
      jitterNs: this.#all.jitterNs,
      curve: this.#all.curve(),
      intervals: this.#intervals,
      cpu: this.#cpu.read(),
    }
  }
}
