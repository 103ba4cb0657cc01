import { recorded } from './histogram.js'
import { place, runOnce } from './once.js'

/** @import { Case, CaseResult, Driver, DriverResult, Raw } from './types.js' */

/**
 * The order of a round: each starts with another driver, and every second round runs backwards, so that nobody always
 * follows the same neighbour.
 * @template T
 * @param {T[]} list
 * @param {number} round
 */
export function rotated(list, round) {
  const at = Math.floor(round / 2) % list.length
  const order = [...list.slice(at), ...list.slice(0, at)]
  return round % 2 === 0 ? order : order.reverse()
}

/**
 * Whether a driver with this effort takes part in a round: always in the first.
 * @param {number} effort
 * @param {number} round
 */
export function takesPart(effort, round) {
  return round === 0 || Math.round((round + 1) * effort) > Math.round(round * effort)
}

/**
 * A case's result before its first round: who will take part, or why nobody can.
 * @param {Case} benchmark
 * @param {Map<string, Driver>} drivers
 * @param {Map<string, string>} missing drivers that are not there
 * @param {string[]} names those asked for
 * @returns {CaseResult}
 */
export function begin(benchmark, drivers, missing, names) {
  const { missing: unplaceable } = place(benchmark.placement)
  const { program, peer } = benchmark
  const needs = peer?.driver === 'self' ? [program, peer.program] : [program]
  /** @type {Record<string, DriverResult>} */
  const results = {}
  for (const name of names) {
    const driver = drivers.get(name)
    if (missing.has(name) || !driver || needs.some((program) => !driver.programs.includes(program))) continue
    results[name] = { runs: [], ...(unplaceable === undefined ? {} : { skipped: unplaceable }) }
  }
  return { case: benchmark, drivers: results }
}

/**
 * Runs each driver of a case once. One that fails is not run again for it, and its failure stays in the result.
 * @param {CaseResult} result
 * @param {number} round
 * @param {Map<string, Driver>} drivers those to be measured and those that lend their peers
 * @param {{ quick: boolean, onRun?: (driver: string) => void }} options
 */
export async function runRound({ case: benchmark, drivers: results }, round, drivers, { quick, onRun }) {
  const taking = Object.keys(results).filter((name) => results[name]?.skipped === undefined)
  for (const name of rotated(taking, round)) {
    const result = results[name]
    const driver = drivers.get(name)
    if (!driver || !result || result.failure !== undefined || !takesPart(driver.effort ?? 1, round)) continue
    onRun?.(name)
    try {
      const printed = await runOnce(benchmark, driver, drivers, quick ? benchmark.quick : benchmark.full)
      const { raw, histogram } = recorded(/** @type {Raw} */ (printed))
      const values = Object.fromEntries(benchmark.metrics.map((metric) => [metric.name, metric.value(raw)]))
      const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value))
      // The CPU clock ticks too slowly for a smoke run: 0 / 0 is no failure there.
      if (bad && !quick) throw new Error(`no figure for ${bad[0]}`)
      result.runs.push({ round, values, raw, ...(histogram === undefined ? {} : { histogram }) })
    } catch (error) {
      result.failure = `round ${round + 1}: ${error instanceof Error ? error.message : error}`
    }
  }
}
