/** Latencies in HdrHistograms: three significant digits from 1 ns to minutes, however long the tail. */
import * as hdr from 'hdr-histogram-js'

/** @import { Raw } from './types.js' */

const HIGHEST_NS = 60e9
const DIGITS = 3

/** The percentiles of tables and JSON. */
export const PERCENTILES = /** @type {const} */ ({ p50: 50, p90: 90, p99: 99, 'p99.9': 99.9, max: 100 })

function create() {
  return hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: DIGITS,
    bitBucketSize: 64,
    autoResize: false,
    useWebAssembly: false,
  })
}

/**
 * The histogram of times in ns that a program printed: base64 of little-endian uint32s.
 * @param {string} text
 */
export function histogramOf(text) {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0 || bytes.length % 4 !== 0) throw new Error(`latencies of ${bytes.length} bytes`)
  const histogram = create()
  for (let at = 0; at < bytes.length; at += 4) histogram.recordValue(Math.max(1, bytes.readUInt32LE(at)))
  return histogram
}

/** @param {hdr.Histogram} histogram */
export function percentilesOf(histogram) {
  return Object.fromEntries(
    Object.entries(PERCENTILES).map(([name, percent]) => [name, histogram.getValueAtPercentile(percent)]),
  )
}

/**
 * What a program printed, with percentiles in place of its single latencies, and their histogram.
 * @param {Raw} raw
 * @returns {{ raw: Raw, histogram?: string }}
 */
export function recorded(raw) {
  if (raw.latencies === undefined) return { raw }
  const { latencies, ...rest } = raw
  const histogram = histogramOf(latencies)
  return {
    raw: { ...rest, percentiles: percentilesOf(histogram) },
    histogram: hdr.encodeIntoCompressedBase64(histogram),
  }
}

/**
 * The histograms of several runs as one.
 * @param {string[]} encoded
 */
export function merged(encoded) {
  const sum = create()
  for (const text of encoded) sum.add(hdr.decodeFromCompressedBase64(text, 64, false))
  return sum
}

/**
 * Points of the curve that a chart of percentiles draws: `nines` is where on a logarithmic axis a percentile lies, 1 for
 * 90 %, 2 for 99 %.
 * @param {hdr.Histogram} histogram
 * @returns {{ percent: number, nines: number, ns: number }[]}
 */
export function curveOf(histogram) {
  const most = Math.log10(histogram.totalCount)
  const points = []
  for (let nines = 0; nines <= most; nines += 0.05) {
    const percent = 100 * (1 - 10 ** -nines)
    points.push({ percent, nines, ns: histogram.getValueAtPercentile(percent) })
  }
  return points
}
