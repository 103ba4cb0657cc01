/**
 * What a case and a driver are made of.
 *
 * @typedef {{ name: string, unit: string, digits: number, value: (raw: { ns: number & Record<string, number>, cpuNs: number, count: number }) => number }} Metric
 *   One figure of a run, computed from the JSON line that the program printed.
 *
 * @typedef {{ driver: string, metric: string, against: string, atLeast?: number, atMost?: number }} Target
 *   A bound for the median of the ratios driver/against, each taken within one round.
 *
 * @typedef {'one-cpu' | 'free'} Placement
 *   Where the program and its peer run: both pinned to one CPU, or wherever the kernel likes.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} about what is measured, for the report
 * @property {string} program the program each driver runs for it: a file name without its extension
 * @property {Record<string, string | number>} [args] for the program, beside the counts
 * @property {{ program: string, driver: string }} [peer] the program at the other end; driver `self` is the one measured
 * @property {Placement} placement
 * @property {number} [effort] rounds for each one asked for, where a case is noisier than others
 * @property {Record<string, number>} full counts of a measuring run: `count`, `warmup`, `checked`
 * @property {Record<string, number>} quick counts of a smoke run
 * @property {Metric[]} metrics
 * @property {Target[]} targets
 *
 * @typedef {object} Driver
 * @property {string} name
 * @property {string[]} programs those it has
 * @property {() => Promise<string>} probe its version; rejects with the reason where it cannot run
 * @property {(program: string) => string[]} command a program's file and first arguments
 *
 * @typedef {{ round: number, values: Record<string, number>, raw: unknown }} Run
 * @typedef {{ runs: Run[], skipped?: string, failure?: string }} DriverResult
 * @typedef {{ case: Case, drivers: Record<string, DriverResult> }} CaseResult
 * @typedef {{ median: number, low: number, high: number, lowest: number, highest: number }} Spread
 */
export {}
