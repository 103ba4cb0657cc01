/** The micro-benchmarks: suites in bench/micro, each in a process of its own, timed by Benchmark.js. */
import { readdir } from 'node:fs/promises'
import { home } from './command.js'
import { start } from './process.js'

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {Record<string, () => void>} [benchmarks] by what they do; each throws where that was done wrong
 * @property {Record<string, () => Promise<void>>} [asynchronous] one after the other is under way
 *
 * @typedef {{ suite: string, name: string, hz: number, rme: number, samples: number }} MicroResult
 *   `hz`: per second; `rme`: the 95 % confidence interval, ± so many percent of it.
 */

const LIMIT_MS = 60_000
const PROCESS = 'lib/micro-process.js'

/**
 * @param {{ quick: boolean, onSuite?: (name: string) => void }} options
 * @returns {Promise<{ results: MicroResult[], failures: string[] }>}
 */
export async function runMicro({ quick, onSuite }) {
  const suites = (await readdir(`${home}micro`)).filter((name) => name.endsWith('.js')).map((name) => name.slice(0, -3))
  /** @type {MicroResult[]} */
  const results = []
  const failures = []
  for (const suite of suites.sort()) {
    onSuite?.(suite)
    const command = [process.execPath, `${home}${PROCESS}`, `suite=${suite}`, `quick=${quick ? 1 : 0}`]
    try {
      const lines = await start(command, { limitMs: LIMIT_MS }).ended
      results.push(...lines.map((line) => JSON.parse(line)))
    } catch (error) {
      failures.push(`${suite}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { results, failures }
}

/**
 * @param {MicroResult[]} results
 * @returns {string[][]}
 */
export function microTable(results) {
  const rows = results.map(({ suite, name, hz, rme, samples }) => [
    `${suite}: ${name}`,
    Math.round(hz).toLocaleString('en-US'),
    `± ${rme.toFixed(1)} %`,
    (1e9 / hz).toLocaleString('en-US', { maximumFractionDigits: hz > 1e8 ? 1 : 0 }),
    String(samples),
  ])
  return [['what', 'ops/s', '95 % sure', 'ns', 'samples'], ...rows]
}
