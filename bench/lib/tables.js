/** The figures of cases as tables of text: rows of cells, the first row being the head. */
import { crossovers } from './series.js'
import { judge, noiseOf, ratioOf, valuesOf } from './stats.js'

/** @import { Case, CaseResult, Metric, Target } from './types.js' */

/** Whom this bench is about: every other driver is compared with it, and it with C. */
export const SUBJECT = 'berkeley'
export const BASE = 'c'

/** @param {CaseResult} result */
export function measuredIn(result) {
  return Object.keys(result.drivers).filter((name) => result.drivers[name]?.runs.length)
}

/**
 * A metric of a case: a row per driver with its figures, its ratio to C, and the subject's ratio to it.
 * @param {CaseResult} result
 * @param {Metric} metric
 * @returns {string[][]}
 */
export function metricTable(result, metric) {
  const measured = measuredIn(result)
  const show = (/** @type {number} */ value) => grouped(value, metric.digits)
  const withSubject = measured.includes(SUBJECT)
  const head = [metric.unit, 'median', 'quartiles', 'lowest..highest', `/ ${BASE}`]
  const rows = measured.map((name) => {
    const own = valuesOf(result, name, metric.name)
    if (!own) return [name]
    const { median, low, high, lowest, highest } = own
    const toBase = name === BASE ? undefined : ratioOf(result, name, BASE, metric.name)
    const ofSubject = name === SUBJECT ? undefined : ratioOf(result, SUBJECT, name, metric.name)
    return [
      name,
      show(median),
      `${show(low)}..${show(high)}`,
      `${show(lowest)}..${show(highest)}`,
      toBase ? `${toBase.median.toFixed(2)} (${toBase.low.toFixed(2)}..${toBase.high.toFixed(2)})` : '',
      ...(withSubject ? [ofSubject ? ofSubject.median.toFixed(2) : ''] : []),
    ]
  })
  return [withSubject ? [...head, `${SUBJECT} / it`] : head, ...rows]
}

/**
 * Several metrics with no spread: a row per metric, a column per driver, ratios to C in brackets.
 * @param {CaseResult} result
 * @param {Metric[]} metrics
 * @returns {string[][]}
 */
export function overviewTable(result, metrics) {
  const measured = measuredIn(result)
  const rows = metrics.map((metric) => {
    const cells = measured.map((name) => {
      const value = valuesOf(result, name, metric.name)
      const ratio = name === BASE ? undefined : ratioOf(result, name, BASE, metric.name)
      return `${grouped(value?.median ?? Number.NaN, metric.digits)}${ratio ? ` (${ratio.median.toFixed(2)})` : ''}`
    })
    return [metric.unit, ...cells]
  })
  return [['', ...measured.map((name) => (name === BASE ? name : `${name} (/ ${BASE})`))], ...rows]
}

/**
 * The tables of a case: one per metric where there are few; of many only for those that are judged.
 * @param {CaseResult} result
 */
export function tablesOf(result) {
  if (measuredIn(result).length === 0) return []
  const { metrics, targets } = result.case
  const detailed = metrics.filter(({ name }) => metrics.length <= 2 || targets.some(({ metric }) => metric === name))
  const others = metrics.filter((metric) => !detailed.includes(metric))
  const tables = detailed.map((metric) => metricTable(result, metric))
  return others.length === 0 ? tables : [...tables, overviewTable(result, others)]
}

/**
 * A row for each target of the cases.
 * @param {CaseResult[]} results
 * @returns {string[][]}
 */
export function targetTable(results) {
  const rows = results.flatMap((result) =>
    judge(result).map((verdict) => [
      result.case.name,
      wordsOf(verdict.target, result.case),
      foundOf(verdict, result.case),
      verdict.met === undefined ? 'not judged' : verdict.met ? 'met' : 'MISSED',
      marginText(verdict),
    ]),
  )
  return [['case', 'target', 'found: median (quartiles)', '', 'by'], ...rows]
}

/**
 * How far two runs of the same program are apart: the ratios of a driver that is only there for that.
 * @param {CaseResult[]} results
 * @param {string[]} controls names of such drivers
 * @returns {string[][]}
 */
export function noiseTable(results, controls) {
  const rows = results.flatMap((result) =>
    noiseOf(result, controls).map(({ driver, metric, ratio }) => [
      result.case.name,
      metric.unit,
      `${driver} / ${BASE}`,
      ratio.median.toFixed(3),
      `${ratio.low.toFixed(3)}..${ratio.high.toFixed(3)}`,
      `${ratio.lowest.toFixed(3)}..${ratio.highest.toFixed(3)}`,
    ]),
  )
  return [['case', 'metric', 'ratio', 'median', 'quartiles', 'lowest..highest'], ...rows]
}

/**
 * From which point on of each sweep a technique wins.
 * @param {CaseResult[]} results
 * @returns {string[][]}
 */
export function sweepTable(results) {
  const rows = crossovers(results).map(({ series, driver, unit, line, baseline, from }) => [
    series,
    driver,
    unit,
    from === undefined ? `${line} never beats ${baseline} here` : `${line} beats ${baseline} from ${from} on`,
  ])
  return [['sweep', 'driver', 'metric', 'who wins'], ...rows]
}

/**
 * @param {ReturnType<typeof judge>[number]} verdict
 * @param {Case} benchmark
 */
export function foundOf({ target, found }, { metrics }) {
  const digits = metrics.find(({ name }) => name === target.metric)?.digits ?? 0
  const show = (/** @type {number} */ value) => grouped(value, target.against === undefined ? digits : 3)
  return found ? `${show(found.median)} (${show(found.low)}..${show(found.high)})` : 'no figure'
}

/** @param {Pick<ReturnType<typeof judge>[number], 'margin' | 'close'>} verdict */
export function marginText({ margin, close }) {
  if (margin === undefined) return ''
  const within = close ? ', within the spread' : ''
  return `${(Math.abs(margin) * 100).toFixed(1)} % ${margin < 0 ? 'short' : 'to spare'}${within}`
}

/**
 * @param {Target} target
 * @param {Case} benchmark
 */
export function wordsOf({ driver, metric, against, atLeast, atMost }, { metrics }) {
  const side = atLeast === undefined ? 'at most' : 'at least'
  const bound = atLeast ?? atMost ?? Number.NaN
  const unit = metrics.find(({ name }) => name === metric)?.unit
  const than = against === undefined ? `${grouped(bound, 0)} ${unit}` : `${bound.toFixed(2)} of ${against}'s`
  return `${metric} of ${driver} ${side} ${than}`
}

/**
 * Who did not run, or failed, with the reason.
 * @param {CaseResult} result
 */
export function troublesOf(result) {
  return Object.entries(result.drivers).flatMap(([name, { skipped, failure }]) => {
    if (failure !== undefined) return [`${name} FAILED: ${failure}`]
    return skipped === undefined ? [] : [`${name} skipped: ${skipped}`]
  })
}

/** @param {string[][]} table */
export function toMarkdown(table) {
  const [head = [], ...rows] = table
  const widths = head.map((_, i) => Math.max(3, ...table.map((row) => row[i]?.length ?? 0)))
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) =>
    // The first column holds names, the others figures.
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  const rule = head.map((_, i) => (i === 0 ? '-'.repeat(widths[i] ?? 3) : `${'-'.repeat((widths[i] ?? 3) - 1)}:`))
  return [head, rule, ...rows].map((row) => `| ${head.map((_, i) => pad(row[i] ?? '', i)).join(' | ')} |`).join('\n')
}

/**
 * @param {number} value
 * @param {number} digits
 */
export function grouped(value, digits) {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
