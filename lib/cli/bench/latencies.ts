/** Times in an HdrHistogram: three significant digits from 1 ns to minutes, however long the tail. */

// This module alone: the package's index brings WebAssembly and codecs, which nobody needs here.
import module from 'hdr-histogram-js/dist/Float64Histogram.js'

type Histogram = InstanceType<typeof module.default>

/** It is CommonJS with a default export, which a bundler or a test runner may have unwrapped. */
const Histogram = module.default ?? (module as unknown as typeof module.default)

const HIGHEST_NS = 600e9
const DIGITS = 3

/** Nanoseconds by percentile. */
export interface Percentiles {
  count: number
  min: number
  mean: number
  p50: number
  p90: number
  p99: number
  'p99.9': number
  max: number
}

/** A point of the curve: so many percent took at most so many nanoseconds. */
export type CurvePoint = readonly [percent: number, ns: number]

export class Latencies {
  readonly #histogram: Histogram = new Histogram(1, HIGHEST_NS, DIGITS)
  #max = 0
  #min = Number.POSITIVE_INFINITY
  #last: number | undefined
  #differences = 0

  get count(): number {
    return this.#histogram.totalCount
  }

  /** The mean difference between a time and the one before it, nanoseconds. */
  get jitterNs(): number {
    return this.count > 1 ? this.#differences / (this.count - 1) : 0
  }

  note(ns: number): void {
    const whole = Math.min(HIGHEST_NS, Math.max(1, Math.round(ns)))
    this.#histogram.recordValue(whole)
    if (whole > this.#max) this.#max = whole
    if (whole < this.#min) this.#min = whole
    if (this.#last !== undefined) this.#differences += Math.abs(whole - this.#last)
    this.#last = whole
  }

  /** `null` where nothing was noted. */
  percentiles(): Percentiles | null {
    const histogram = this.#histogram
    if (histogram.totalCount === 0) return null
    // The buckets' upper bounds may lie above the largest value.
    const at = (percent: number): number => Math.min(this.#max, histogram.getValueAtPercentile(percent))
    return {
      count: histogram.totalCount,
      min: this.#min,
      mean: Math.min(this.#max, Math.max(this.#min, histogram.mean)),
      p50: at(50),
      p90: at(90),
      p99: at(99),
      'p99.9': at(99.9),
      max: this.#max,
    }
  }

  /** The curve as far as the count goes: the last point is the maximum. */
  curve(): CurvePoint[] {
    const points: CurvePoint[] = []
    if (this.count === 0) return points
    for (let nines = 0; nines <= Math.log10(this.count); nines += 0.1) {
      const percent = 100 * (1 - 10 ** -nines)
      points.push([percent, Math.min(this.#max, this.#histogram.getValueAtPercentile(percent))])
    }
    points.push([100, this.#max])
    return points
  }
}
