/** A whole run, as JSON and as bench/RESULTS.md. */
import { grouped } from './groups.js'
import { METHOD } from './method.js'
import { microTable } from './micro.js'
import { judge, ratioOf, valuesOf } from './stats.js'
import { measuredIn, noiseTable, sweepTable, tablesOf, targetTable, toMarkdown, troublesOf } from './tables.js'

/** @import { CaseResult } from './types.js' */
/** @import { MicroResult } from './micro.js' */
/**
 * @typedef {object} Report
 * @property {1} format of the JSON
 * @property {string} when a date
 * @property {string} machine
 * @property {string} kernel
 * @property {Record<string, string>} versions of the drivers that ran
 * @property {Record<string, string>} missing drivers that did not, with the reason
 * @property {string[]} controls drivers that only show the noise
 * @property {Record<string, string>} abouts who the drivers are
 * @property {boolean} quick
 * @property {{ done: number, left: number }} rounds of all cases together, and those for which there was no time
 * @property {number} seconds
 * @property {{ others: number[], steal: number }} load CPUs busy with other work at each look; the part of the CPUs' time
 *   that the host took away
 * @property {CaseResult[]} results
 * @property {{ results: MicroResult[], failures: string[] }} micro
 */

const MICRO =
  'Calls of berkeley alone, by Benchmark.js: where a microsecond goes, and what became dearer since the last time.'

/**
 * Everything, single runs included, with a summary for other programs.
 * @param {Report} report
 */
export function toJson(report) {
  const summary = report.results.map((result) => {
    const names = measuredIn(result)
    return {
      case: result.case.name,
      metrics: result.case.metrics.map((metric) => ({
        metric: metric.name,
        unit: metric.unit,
        drivers: names.map((driver) => ({
          driver,
          value: valuesOf(result, driver, metric.name),
          ratios: Object.fromEntries(names.map((other) => [other, ratioOf(result, driver, other, metric.name)])),
        })),
      })),
      targets: judge(result),
    }
  })
  return `${JSON.stringify({ ...report, summary })}\n`
}

/**
 * What `toJson` wrote. The functions of cases are not in it: nothing can be measured with them.
 * @param {string} text
 * @returns {Report}
 */
export function fromJson(text) {
  const report = JSON.parse(text)
  if (report.format !== 1) throw new Error(`a report of format ${report.format}, not 1`)
  return report
}

/** @param {Report} report */
export function machineLines({ when, machine, kernel, versions, missing, rounds, seconds, load }) {
  const { others, steal } = load
  const cpus = others.map((value) => value.toFixed(1)).join(', ')
  const left = rounds.left > 0 ? `; ${rounds.left} more did not fit into the time` : ''
  return [
    ['date', when],
    ['machine', machine],
    ['kernel', kernel],
    ...Object.entries(versions),
    ...Object.entries(missing).map(([name, reason]) => [name, `skipped: ${reason}`]),
    ['CPUs busy with other work', `${cpus} (before the run and between its passes)`],
    ['CPU time taken away by the host', `${(steal * 100).toFixed(1)} %`],
    ['rounds', `${rounds.done} in ${Math.round(seconds)} s${left}`],
  ]
}

/**
 * The page bench/RESULTS.md.
 * @param {Report} report
 */
export function toMarkdownPage(report) {
  const { results, controls, micro } = report
  const groups = grouped(results).map(([heading, members]) => `## ${heading}\n\n${members.map(section).join('\n\n')}\n`)
  const noise = noiseTable(results, controls)
  const sweeps = sweepTable(results)
  return [
    METHOD,
    `## Machine\n\n${machineLines(report)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n')}\n`,
    `## Targets\n\n${toMarkdown(targetTable(results))}\n`,
    ...(sweeps.length > 1 ? [`## Sweeps\n\n${toMarkdown(sweeps)}\n`] : []),
    ...(noise.length > 1 ? [`## Noise\n\nThe same C program against itself.\n\n${toMarkdown(noise)}\n`] : []),
    `In what follows "/ c" is the median of the ratios to C, with its quartiles, and "berkeley / it" that of berkeley's ratios
to the driver of the row.\n`,
    ...groups,
    ...(micro.results.length > 0
      ? [`## Micro-benchmarks\n\n${MICRO}\n\n${toMarkdown(microTable(micro.results))}\n`]
      : []),
  ].join('\n')
}

/** @param {CaseResult} result */
function section(result) {
  const troubles = troublesOf(result).map((trouble) => `- ${trouble}`)
  const tables = tablesOf(result).map((table) => `${toMarkdown(table)}\n`)
  return [`### ${result.case.name}\n`, `${sentence(result.case.about)}\n`, ...tables, ...troubles].join('\n').trimEnd()
}

/** @param {string} text */
export function sentence(text) {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}
