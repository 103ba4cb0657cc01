/** What the page of charts knows of a run: figures made ready, in the order they are shown. */
import { grouped, groupOf } from './groups.js'
import { curveOf, merged } from './histogram.js'
import { betterOf, crossovers, sweepsOf, tickOf } from './series.js'
import { judge, noiseOf, ratioOf, valuesOf } from './stats.js'
import { BASE, measuredIn, SUBJECT } from './tables.js'

/** @import { CaseResult, Metric, Spread } from './types.js' */
/** @import { Report } from './report.js' */

/**
 * @typedef {Spread & { driver: string, runs: number[], toBase?: Spread | undefined, ofSubject?: Spread | undefined }} Bar
 * @typedef {{ name: string, unit: string, digits: number, better: 'less' | 'more', bars: Bar[] }} MetricData
 * @typedef {{ driver: string, points: { x: number, y: number }[] }} Curve x counts nines, y is microseconds
 * @typedef {{ name: string, about: string, group: string, metrics: MetricData[], curves: Curve[] }} CaseData
 * @typedef {{ label: string, group: string, dots: { driver: string, cost: number, low: number, high: number }[] }} GlanceRow
 */

/** @param {number} value */
function short(value) {
  return Number(value.toPrecision(5))
}

/**
 * @param {Spread} spread
 * @returns {Spread}
 */
function shortened({ median, low, high, lowest, highest }) {
  return {
    median: short(median),
    low: short(low),
    high: short(high),
    lowest: short(lowest),
    highest: short(highest),
  }
}

/**
 * @param {CaseResult} result
 * @param {Metric} metric
 * @returns {MetricData}
 */
function metricData(result, metric) {
  const bars = measuredIn(result).flatMap((driver) => {
    const value = valuesOf(result, driver, metric.name)
    if (!value || !Number.isFinite(value.median)) return []
    const ratio = (/** @type {string} */ one, /** @type {string} */ other) => {
      const found = one === other ? undefined : ratioOf(result, one, other, metric.name)
      return found && shortened(found)
    }
    const runs = (result.drivers[driver]?.runs ?? []).map(({ values }) => short(values[metric.name] ?? Number.NaN))
    return [{ driver, ...shortened(value), runs, toBase: ratio(driver, BASE), ofSubject: ratio(SUBJECT, driver) }]
  })
  const { name, unit, digits } = metric
  return { name, unit, digits, better: betterOf(metric), bars }
}

/**
 * The percentiles of all runs of a driver together.
 * @param {CaseResult} result
 * @returns {Curve[]}
 */
function curvesOf(result) {
  return measuredIn(result).flatMap((driver) => {
    const encoded = (result.drivers[driver]?.runs ?? []).flatMap(({ histogram }) => histogram ?? [])
    if (encoded.length === 0) return []
    const points = curveOf(merged(encoded)).map(({ nines, ns }) => ({ x: short(nines), y: short(ns / 1000) }))
    return [{ driver, points }]
  })
}

/**
 * A case's first metric as a cost: 2 is twice the time of C, or half its rate.
 * @param {CaseResult} result
 * @returns {GlanceRow[]}
 */
function glanceRow(result) {
  const metric = result.case.metrics[0]
  if (!metric || result.case.series) return []
  const less = betterOf(metric) === 'less'
  const dots = measuredIn(result).flatMap((driver) => {
    const ratio =
      driver === BASE
        ? undefined
        : less
          ? ratioOf(result, driver, BASE, metric.name)
          : ratioOf(result, BASE, driver, metric.name)
    return ratio ? [{ driver, cost: short(ratio.median), low: short(ratio.low), high: short(ratio.high) }] : []
  })
  return dots.length === 0 ? [] : [{ label: result.case.name, group: groupOf(result.case), dots }]
}

/**
 * How many percent two runs of the same program lie apart: the median over cases of how far half of the ratios reach.
 * @param {CaseResult[]} results
 * @param {string[]} controls
 */
export function noiseFloor(results, controls) {
  const reach = results
    .flatMap((result) => noiseOf(result, controls).slice(0, 1))
    .map(({ ratio }) => Math.max(Math.abs(1 - ratio.low), Math.abs(ratio.high - 1)))
    .sort((a, b) => a - b)
  return reach[Math.floor(reach.length / 2)]
}

/** @param {Report} report */
export function pageData({ results, controls }) {
  const ordered = grouped(results).flatMap(([, members]) => members)
  return {
    base: BASE,
    subject: SUBJECT,
    controls,
    glance: ordered.flatMap(glanceRow),
    /** @type {CaseData[]} */
    cases: ordered
      .filter((result) => measuredIn(result).length > 0)
      .map((result) => ({
        name: result.case.name,
        about: result.case.about,
        group: groupOf(result.case),
        metrics: result.case.metrics.map((metric) => metricData(result, metric)),
        curves: curvesOf(result),
      })),
    sweeps: sweepsOf(results).map(({ name, unit, metric, lines }) => ({
      name,
      metric: metric.unit,
      ticks: [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))]
        .sort((a, b) => a - b)
        .map((x) => ({ x, label: tickOf(x, unit) })),
      lines: lines.map(({ driver, line, points }) => ({
        driver,
        line,
        points: points.map(({ x, median, low, high }) => ({ x, y: short(median), low: short(low), high: short(high) })),
      })),
      winners: crossovers(results)
        .filter(({ series, unit: of }) => series === name && of === metric.unit)
        .map(({ driver, line, baseline, from }) =>
          from === undefined
            ? `${driver}: ${line} never beats ${baseline} here.`
            : `${driver}: ${line} beats ${baseline} from ${from} on.`,
        ),
    })),
    targets: results.flatMap((result) =>
      judge(result).map(({ target, found, met, close }) => ({
        case: result.case.name,
        bound: target.atLeast ?? target.atMost ?? Number.NaN,
        least: target.atLeast !== undefined,
        found: found && shortened(found),
        met,
        close,
      })),
    ),
  }
}

/** @typedef {ReturnType<typeof pageData>} PageData */
