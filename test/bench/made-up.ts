/** Results of runs that never were. */
import type { Case, CaseResult, DriverResult, Raw } from '../../bench/lib/types.js'

export function aCase(given: Partial<Case>): Case {
  return {
    name: 'made-up',
    about: 'a case that never ran',
    program: 'made-up',
    placement: 'free',
    full: {},
    quick: {},
    metrics: [{ name: 'time', unit: 'ns per pair', digits: 0, value: ({ ns, count }) => ns / count }],
    targets: [],
    ...given,
  }
}

/** The figures of the metric `time` by round; undefined where the driver took no part. */
export function aResult(given: Partial<Case>, times: Record<string, (number | undefined)[]>): CaseResult {
  const drivers = Object.entries(times).map(([name, values]): [string, DriverResult] => [
    name,
    {
      runs: values.flatMap((time, round) => (time === undefined ? [] : [{ round, values: { time }, raw: {} }])),
    },
  ])
  return { case: aCase(given), drivers: Object.fromEntries(drivers) }
}

/** Times in ns as programs print them. */
export function base64Of(times: number[]): string {
  return Buffer.from(new Uint32Array(times).buffer).toString('base64')
}

/** The result of a program, as it is read from its line of JSON. */
export function printed(latencies?: number[]): Raw {
  const fields = latencies === undefined ? {} : { latencies: base64Of(latencies) }
  return JSON.parse(JSON.stringify({ ns: 1000, cpuNs: 900, count: 10, ...fields }))
}
