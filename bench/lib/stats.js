/** @import { CaseResult, Spread } from './types.js' */

/**
 * The value below which the part `p` of the sorted values lies, interpolated.
 * @param {number[]} sorted
 * @param {number} p
 */
function quantile(sorted, p) {
  const at = (sorted.length - 1) * p
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/**
 * Median, quartiles and extremes; nothing of an empty list.
 * @param {number[]} values
 * @returns {Spread | undefined}
 */
export function spread(values) {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    lowest: quantile(sorted, 0),
    highest: quantile(sorted, 1),
  }
}

/**
 * What one driver's runs gave for a metric.
 * @param {CaseResult} result
 * @param {string} driver
 * @param {string} metric
 */
export function valuesOf(result, driver, metric) {
  const runs = result.drivers[driver]?.runs ?? []
  return spread(runs.map((run) => run.values[metric] ?? Number.NaN))
}

/**
 * driver/against, round by round: what disturbs the machine for longer than a run then disturbs both.
 * @param {CaseResult} result
 * @param {string} driver
 * @param {string} against
 * @param {string} metric
 */
export function ratioOf(result, driver, against, metric) {
  const others = new Map(result.drivers[against]?.runs.map((run) => [run.round, run.values[metric]]))
  const ratios = (result.drivers[driver]?.runs ?? []).flatMap((run) => {
    const other = others.get(run.round)
    const own = run.values[metric]
    return own === undefined || other === undefined ? [] : [own / other]
  })
  return spread(ratios)
}

/**
 * Each target of the case with what was found: `met` is undefined where one of its drivers did not run, and `close` where
 * the bound lies between the quartiles: another run may say otherwise.
 * @param {CaseResult} result
 */
export function judge(result) {
  return result.case.targets.map((target) => {
    const { driver, metric, against } = target
    const found = against === undefined ? valuesOf(result, driver, metric) : ratioOf(result, driver, against, metric)
    const margin = found && marginOf(found.median, target)
    const bound = target.atLeast ?? target.atMost ?? Number.NaN
    const close = found !== undefined && found.low <= bound && bound <= found.high
    return { target, found, margin, close, met: margin === undefined ? undefined : margin >= 0 }
  })
}

/**
 * The ratios of the drivers that run the same program as C: 1 on a machine without noise.
 * @param {CaseResult} result
 * @param {string[]} controls
 */
export function noiseOf(result, controls) {
  return controls.flatMap((driver) =>
    // The first ones tell; the longest of ten thousand latencies is noise itself.
    result.case.metrics.slice(0, 2).flatMap((metric) => {
      const ratio = ratioOf(result, driver, 'c', metric.name)
      return ratio ? [{ driver, metric, ratio }] : []
    }),
  )
}

/**
 * How far on the good side of its bound a figure is, as a part of the bound; negative on the bad side.
 * @param {number} found
 * @param {{ atLeast?: number, atMost?: number }} bound
 */
function marginOf(found, { atLeast, atMost }) {
  if (atLeast !== undefined) return found / atLeast - 1
  return atMost === undefined ? Number.NaN : 1 - found / atMost
}
