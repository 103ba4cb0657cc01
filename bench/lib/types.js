/**
 * What a case and a driver are made of, and what a run of the bench gives.
 *
 * @typedef {object} Metric one figure of a run
 * @property {string} name a word, for targets and JSON
 * @property {string} unit as it heads a column: `round trips/s`, `ns per pair`
 * @property {number} digits after the decimal point
 * @property {'less' | 'more'} [better] which way is good; without it `more` where the unit ends in `/s` or begins with
 *   `times less`, else `less`
 * @property {(raw: Raw) => number} value
 *
 * @typedef {{ ns: number & Record<string, number>, cpuNs: number, count: number, latencies?: string, percentiles?: Record<string, number>, bytes?: number }} Raw
 *   The JSON line that the program printed, or for a server the load generator. `latencies` are single times in ns, a
 *   base64 text of little-endian uint32s. The bench records them in an HdrHistogram and puts `percentiles` in their
 *   place: p50, p90, p99, p99.9 and max, in ns.
 *
 * @typedef {{ driver: string, metric: string, against?: string, atLeast?: number, atMost?: number }} Target
 *   A bound for the median of the ratios driver/against, each taken within one round; of the figures themselves where
 *   there is nobody to compare with.
 *
 * @typedef {'one-cpu' | 'two-cpus' | 'free'} Placement
 *   Where the program and the other one run: both pinned to one CPU, each to one of its own, or wherever the kernel likes.
 *
 * @typedef {object} Series
 *   Cases of the same `name` are points of one chart, with a line per driver and `line`. Of two lines the chart tells
 *   from which `x` on the second is the better one.
 * @property {string} name `zerocopy`: the same in all its cases
 * @property {number} x where on the axis this case lies, mostly a size
 * @property {string} [unit] of x: `bytes` (the default), whose ticks are KiB and MiB, or any other word
 * @property {string} [line] the technique, where there are several: `copy`, `MSG_ZEROCOPY`. The one of the case whose
 *   name comes first is what the others are compared with
 * @property {string} [metric] what is drawn; without it the case's first metric
 * @property {Record<string, string>} [lines] instead of both, where one case has several techniques in it: the metric of
 *   each, all of one unit; the first is the one that the others are compared with
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} about what is measured, for the report
 * @property {string} [group] the report's heading over it; without it a heading is found by the name (groups.js)
 * @property {Series} [series] the sweep that it is a point of
 * @property {string} program the program each driver runs for it: a file name without its extension
 * @property {Record<string, string | number>} [args] for the program, beside the counts
 * @property {{ program: string, driver: string }} [peer] the program at the other end; driver `self` is the one measured
 * @property {string} [load] instead of a peer: the C program that is the client of the measured server and prints the
 *   result; `args` and counts are then its own
 * @property {Placement} placement
 * @property {number} [effort] rounds for each one asked for, where a case is noisier than others, or dear
 * @property {Record<string, number>} full counts of a measuring run: `count`, `warmup`, `checked`
 * @property {Record<string, number>} quick counts of a smoke run
 * @property {Metric[]} metrics the first is the one that overviews show
 * @property {Target[]} targets
 *
 * @typedef {object} Driver
 * @property {string} name
 * @property {string} [about] who that is, for the report
 * @property {string[]} programs those it has
 * @property {number} [effort] the part of the rounds that it takes part in (1): peers that no target names need fewer
 * @property {true} [control] the same program as another driver's: its ratio to that one is the noise; no smoke run
 * @property {() => Promise<string>} probe its version; rejects with the reason where it cannot run
 * @property {(program: string) => string[]} command a program's file and first arguments
 *
 * @typedef {{ round: number, values: Record<string, number>, raw: unknown, histogram?: string }} Run
 *   `histogram`: that of the run's latencies, as HdrHistogram encodes it (V2, compressed, base64).
 * @typedef {{ runs: Run[], skipped?: string, failure?: string }} DriverResult
 * @typedef {{ case: Case, drivers: Record<string, DriverResult> }} CaseResult
 * @typedef {{ median: number, low: number, high: number, lowest: number, highest: number }} Spread
 */
export {}
