import { canPin, cpus, start } from './process.js'

/** @import { Case, CaseResult, Driver, DriverResult, Placement } from './types.js' */

const LIMIT_MS = 30_000
// A peer ends by itself when its client has left.
const FAREWELL_MS = 5_000

/**
 * The CPU that the processes of a case are pinned to, if any; a reason where that is not possible.
 * @param {Placement} wanted
 * @returns {{ cpu?: number | undefined, missing?: string }}
 */
function place(wanted) {
  if (wanted === 'free') return {}
  return canPin ? { cpu: cpus.at(-1) } : { missing: 'needs taskset, to pin both sides to one CPU' }
}

/**
 * Runs a driver's program once, with its peer where the case has one, and gives the result it printed.
 * @param {Case} benchmark
 * @param {Driver} driver
 * @param {Map<string, Driver>} drivers
 * @param {Record<string, string | number>} counts
 */
async function runOnce(benchmark, driver, drivers, counts) {
  const { cpu } = place(benchmark.placement)
  const words = Object.entries({ ...benchmark.args, ...counts }).map(([key, value]) => `${key}=${value}`)
  const command = [...driver.command(benchmark.program), ...words]
  if (!benchmark.peer) return parse(await start(command, { cpu, limitMs: LIMIT_MS }).ended)

  const host = benchmark.peer.driver === 'self' ? driver : drivers.get(benchmark.peer.driver)
  if (!host) throw new Error(`no driver ${benchmark.peer.driver} for the peer`)
  const peer = start(host.command(benchmark.peer.program), { cpu, limitMs: LIMIT_MS + FAREWELL_MS })
  try {
    const port = Number(await peer.firstLine)
    const result = parse(await start([...command, `port=${port}`], { cpu, limitMs: LIMIT_MS }).ended)
    const timer = setTimeout(peer.kill, FAREWELL_MS)
    await peer.ended.finally(() => clearTimeout(timer))
    return result
  } catch (error) {
    // A program whose peer failed fails too; the peer's reason is the cause.
    const trouble = peer.failure()
    throw trouble ? new Error(`the peer ${benchmark.peer.program}: ${trouble.message}`) : error
  } finally {
    peer.kill()
  }
}

/** @param {string[]} lines */
function parse(lines) {
  try {
    return JSON.parse(lines.at(-1) ?? '')
  } catch {
    throw new Error(`no result in its output: ${lines.join(' ').slice(0, 200)}`)
  }
}

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
  const all = quick ? 1 : rounds * (benchmark.effort ?? 1)
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
