/** Sweeps: cases that differ in a size are points of a line. */
import { valuesOf } from './stats.js'

/** @import { CaseResult, Metric } from './types.js' */
/** @typedef {{ x: number, result: CaseResult, median: number, low: number, high: number }} Point */
/** @typedef {{ driver: string, line: string, points: Point[] }} Line */
/** @typedef {{ name: string, unit: string, metric: Metric, lines: Line[] }} Sweep */

/** @param {Pick<Metric, 'unit' | 'better'>} metric */
export function betterOf({ unit, better }) {
  return better ?? (/\/s\b|^times less/.test(unit) ? 'more' : 'less')
}

/**
 * @param {number} x
 * @param {string} unit
 */
export function tickOf(x, unit) {
  if (unit !== 'bytes') return `${x} ${unit}`
  if (x >= 2 ** 20) return `${x / 2 ** 20} MiB`
  return x >= 1024 ? `${x / 1024} KiB` : `${x} B`
}

/**
 * The sweeps of a run, each with its lines; the baseline's lines are the first.
 * @param {CaseResult[]} results
 * @returns {Sweep[]}
 */
export function sweepsOf(results) {
  /** @type {Map<string, Sweep>} */
  const sweeps = new Map()
  for (const result of results.toSorted((a, b) => (a.case.name < b.case.name ? -1 : 1))) {
    const { series, metrics } = result.case
    if (!series) continue
    const { name, x, unit = 'bytes', lines } = series
    const drawn = Object.entries(lines ?? { [series.line ?? '']: series.metric ?? metrics[0]?.name ?? '' })
    // Its unit is told with nothing of how the others do it.
    const named = metrics.find((metric) => metric.name === drawn.at(-1)?.[1])
    if (!named) continue
    // One chart for what is of one unit.
    const key = lines ? name : `${name} ${named.name}`
    const sweep = sweeps.get(key) ?? { name, unit, metric: named, lines: [] }
    sweeps.set(key, sweep)
    for (const [label, metric] of drawn) {
      for (const driver of Object.keys(result.drivers)) {
        const value = valuesOf(result, driver, metric)
        if (!value) continue
        const line = lineOf(sweep, driver, label)
        line.points.push({ x, result, median: value.median, low: value.low, high: value.high })
        line.points.sort((a, b) => a.x - b.x)
      }
    }
  }
  return [...sweeps.values()]
}

/**
 * @param {Sweep} sweep
 * @param {string} driver
 * @param {string} name
 */
function lineOf(sweep, driver, name) {
  const found = sweep.lines.find((line) => line.driver === driver && line.line === name)
  if (found) return found
  /** @type {Line} */
  const line = { driver, line: name, points: [] }
  sweep.lines.push(line)
  return line
}

/**
 * Where a technique begins to win over the baseline and keeps winning, by driver.
 * @param {CaseResult[]} results
 */
export function crossovers(results) {
  return sweepsOf(results).flatMap(({ name, unit, metric, lines }) => {
    const baseline = lines[0]?.line
    return lines
      .filter(({ line }) => line !== baseline)
      .flatMap((line) => {
        const base = lines.find((other) => other.driver === line.driver && other.line === baseline)
        if (!base || baseline === undefined) return []
        const x = winsFrom(line.points, base.points, betterOf(metric))
        const from = x === undefined ? undefined : tickOf(x, unit)
        return [{ series: name, driver: line.driver, unit: metric.unit, line: line.line, baseline, from }]
      })
  })
}

/**
 * The least x from which on the one is better than the other at each x that both have.
 * @param {{ x: number, median: number }[]} points by rising x
 * @param {{ x: number, median: number }[]} others
 * @param {'less' | 'more'} better
 */
export function winsFrom(points, others, better) {
  let from
  for (const { x, median } of points) {
    const other = others.find((point) => point.x === x)
    if (!other) continue
    const wins = better === 'less' ? median < other.median : median > other.median
    from = wins ? (from ?? x) : undefined
  }
  return from
}
