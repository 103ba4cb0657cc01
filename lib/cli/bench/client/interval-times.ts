/** Times by percentile, interval by interval. */
import { Latencies } from '../latencies.js'
import type { LatencyInterval } from '../results.js'

export class IntervalTimes {
  /** When the first interval began, of `performance.now()`. */
  readonly beganMs = performance.now()
  #fromMs = this.beganMs
  #current = new Latencies()

  /** Whether the interval that runs has none yet. */
  get isEmpty(): boolean {
    return this.#current.count === 0
  }

  note(ns: number): void {
    this.#current.note(ns)
  }

  /** Ends the interval that runs, and begins the next one. Percentiles of nothing are 0. */
  take(): LatencyInterval {
    const now = performance.now()
    const { count, p50, p99, max } = this.#current.percentiles() ?? { count: 0, p50: 0, p99: 0, max: 0 }
    const found = { from: (this.#fromMs - this.beganMs) / 1000, to: (now - this.beganMs) / 1000, count, p50, p99, max }
    this.#fromMs = now
    if (count > 0) this.#current = new Latencies()
    return found
  }
}
