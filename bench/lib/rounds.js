import { place, runOnce } from './once.js'

/** @import { Case, CaseResult, Driver, DriverResult } from './types.js' */

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
 * All rounds of a case. A driver that fails is not run again for it, and its failure stays in the result.
 * @param {Case} benchmark
 * @param {Map<string, Driver>} drivers those to be measured and those that lend their peers
 * @param {Map<string, string>} missing drivers that are not there, with the reason
 * @param {{ names: string[], rounds: number, quick: boolean, onRun: (text: string) => void }} options
 * @returns {Promise<CaseResult>}
 */
export async function runCase(benchmark, drivers, missing, { names, rounds, quick, onRun }) {
  const { missing: unplaceable } = place(benchmark.placement)
  /** @type {Record<string, DriverResult>} */
  const results = {}
  for (const name of names) {
    const driver = drivers.get(name)
    if (driver && !driver.programs.includes(benchmark.program)) continue
    const skipped = missing.get(name) ?? unplaceable
    results[name] = { runs: [], ...(skipped === undefined ? {} : { skipped }) }
  }
  const taking = Object.keys(results).filter((name) => results[name]?.skipped === undefined)
  const all = quick ? 1 : Math.max(1, Math.round(rounds * (benchmark.effort ?? 1)))
  for (let round = 0; round < all; round++) {
    for (const name of rotated(taking, round)) {
      const result = results[name]
      const driver = drivers.get(name)
      if (!driver || !result || result.failure !== undefined) continue
      onRun(`round ${round + 1}/${all}, ${name}`)
      try {
        const raw = await runOnce(benchmark, driver, drivers, quick ? benchmark.quick : benchmark.full)
        const values = Object.fromEntries(benchmark.metrics.map((metric) => [metric.name, metric.value(raw)]))
        const bad = Object.entries(values).find(([, value]) => !Number.isFinite(value))
        // The CPU clock ticks too slowly for a smoke run: 0 / 0 is no failure there.
        if (bad && !quick) throw new Error(`no figure for ${bad[0]}`)
        result.runs.push({ round, values, raw })
      } catch (error) {
        result.failure = `round ${round + 1}: ${error instanceof Error ? error.message : error}`
      }
    }
  }
  return { case: benchmark, drivers: results }
}
