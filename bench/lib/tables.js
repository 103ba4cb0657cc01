import { judge, ratioOf, valuesOf } from './stats.js'

/** @import { Case, CaseResult, Metric, Target } from './types.js' */

/**
 * A metric of a case: a row per driver with its figures and its ratios to each of the others.
 * @param {CaseResult} result
 * @param {Metric} metric
 * @returns {string[][]}
 */
export function metricTable(result, metric) {
  const measured = Object.keys(result.drivers).filter((name) => result.drivers[name]?.runs.length)
  const show = (/** @type {number} */ value) => grouped(value, metric.digits)
  const head = [metric.unit, 'median', 'quartiles', 'lowest..highest', ...measured.map((name) => `/ ${name}`)]
  const rows = measured.map((name) => {
    const own = valuesOf(result, name, metric.name)
    if (!own) return [name]
    const ratios = measured.map((other) => {
      const ratio = other === name ? undefined : ratioOf(result, name, other, metric.name)
      if (!ratio) return ''
      const { median, low, high } = ratio
      return other === 'c' ? `${median.toFixed(2)} (${low.toFixed(2)}..${high.toFixed(2)})` : median.toFixed(2)
    })
    const { median, low, high, lowest, highest } = own
    return [name, show(median), `${show(low)}..${show(high)}`, `${show(lowest)}..${show(highest)}`, ...ratios]
  })
  return [head, ...rows]
}

/**
 * Several metrics with no spread: a row per metric, a column per driver, ratios to C in brackets.
 * @param {CaseResult} result
 * @param {Metric[]} metrics
 * @returns {string[][]}
 */
export function overviewTable(result, metrics) {
  const measured = Object.keys(result.drivers).filter((name) => result.drivers[name]?.runs.length)
  const rows = metrics.map((metric) => {
    const cells = measured.map((name) => {
      const value = valuesOf(result, name, metric.name)
      const ratio = name === 'c' ? undefined : ratioOf(result, name, 'c', metric.name)
      return `${grouped(value?.median ?? Number.NaN, metric.digits)}${ratio ? ` (${ratio.median.toFixed(2)})` : ''}`
    })
    return [metric.unit, ...cells]
  })
  return [['', ...measured.map((name) => (name === 'c' ? name : `${name} (/ c)`))], ...rows]
}

/**
 * The tables of a case: one per metric where there are few; of many only for those that are judged.
 * @param {CaseResult} result
 */
export function tablesOf(result) {
  if (!Object.values(result.drivers).some(({ runs }) => runs.length > 0)) return []
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
    judge(result).map(({ target, found, margin, met }) => {
      const digits = target.against === undefined ? 0 : 3
      const show = (/** @type {number} */ value) => grouped(value, digits)
      const figure = found ? `${show(found.median)} (${show(found.low)}..${show(found.high)})` : 'no figure'
      const by =
        margin === undefined ? '' : `${(Math.abs(margin) * 100).toFixed(1)} % ${margin < 0 ? 'short' : 'to spare'}`
      const verdict = met === undefined ? 'not judged' : met ? 'met' : 'MISSED'
      return [result.case.name, wordsOf(target, result.case), figure, verdict, by]
    }),
  )
  return [['case', 'target', 'found: median (quartiles)', '', 'by'], ...rows]
}

/**
 * @param {Target} target
 * @param {Case} benchmark
 */
function wordsOf({ driver, metric, against, atLeast, atMost }, { metrics }) {
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

/** @param {string[][]} table the first row is the head */
export function toText(table) {
  const widths = widthsOf(table)
  return table.map((row) => `  ${row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join('  ')}`.trimEnd()).join('\n')
}

/** @param {string[][]} table */
export function toMarkdown(table) {
  const widths = widthsOf(table)
  const [head = [], ...rows] = table
  const rule = head.map((_, i) => (i === 0 ? '-'.repeat(widths[i] ?? 3) : `${'-'.repeat((widths[i] ?? 3) - 1)}:`))
  const lines = [head, rule, ...rows].map(
    (row) => `| ${head.map((_, i) => pad(row[i] ?? '', widths[i] ?? 3, i)).join(' | ')} |`,
  )
  return lines.join('\n')
}

/** @param {string[][]} table */
function widthsOf(table) {
  return (table[0] ?? []).map((_, i) => Math.max(3, ...table.map((row) => row[i]?.length ?? 0)))
}

/**
 * @param {string} cell
 * @param {number} width
 * @param {number} column the first holds names, the others figures
 */
function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/**
 * @param {number} value
 * @param {number} digits
 */
function grouped(value, digits) {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
