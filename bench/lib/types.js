/**
 * What a case and a driver are made of.
 *
 * @typedef {{ name: string, unit: string, digits: number, value: (raw: Raw) => number }} Metric
 *   One figure of a run.
 *
 * @typedef {{ ns: number & Record<string, number>, cpuNs: number, count: number, p50Ns?: number, p99Ns?: number, bytes?: number }} Raw
 *   The JSON line that the program printed, or for a server the load generator.
 *
 * @typedef {{ driver: string, metric: string, against?: string, atLeast?: number, atMost?: number }} Target
 *   A bound for the median of the ratios driver/against, each taken within one round; of the figures themselves where
 *   there is nobody to compare with.
 *
 * @typedef {'one-cpu' | 'two-cpus' | 'free'} Placement
 *   Where the program and the other one run: both pinned to one CPU, each to one of its own, or wherever the kernel likes.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} about what is measured, for the report
 * @property {string} program the program each driver runs for it: a file name without its extension
 * @property {Record<string, string | number>} [args] for the program, beside the counts
 * @property {{ program: string, driver: string }} [peer] the program at the other end; driver `self` is the one measured
 * @property {string} [load] instead of a peer: the C program that is the client of the measured server and prints the
 *   result; `args` and counts are then its own
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
