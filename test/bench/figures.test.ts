/** The bench's arithmetic: medians, ratios, verdicts, who takes part when, sweeps, histograms. */
import { describe, expect, test } from 'vitest'
import { grouped, groupOf } from '../../bench/lib/groups.js'
import { curveOf, histogramOf, merged, percentilesOf, recorded } from '../../bench/lib/histogram.js'
import { parseStat } from '../../bench/lib/machine.js'
import { noiseFloor } from '../../bench/lib/page-data.js'
import { begin, rotated, takesPart } from '../../bench/lib/rounds.js'
import { betterOf, crossovers, sweepsOf, tickOf, winsFrom } from '../../bench/lib/series.js'
import { judge, noiseOf, ratioOf, spread } from '../../bench/lib/stats.js'
import { targetTable, toMarkdown } from '../../bench/lib/tables.js'
import type { Driver } from '../../bench/lib/types.js'
import { aCase, aResult, base64Of, printed } from './made-up.js'

describe('medians and ratios', () => {
  test('quartiles are interpolated; of nothing there are none', () => {
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, lowest: 1, highest: 4 })
    expect(spread([])).toBeUndefined()
  })

  test('a ratio is taken within a round: what slows a whole round down does not change it', () => {
    const result = aResult({}, { c: [10, 100, 10], berkeley: [12, 120, 12] })
    expect(ratioOf(result, 'berkeley', 'c', 'time')?.low).toBeCloseTo(1.2)
    expect(ratioOf(result, 'berkeley', 'c', 'time')?.high).toBeCloseTo(1.2)
  })

  test('a round that only one of the two took part in counts for nothing', () => {
    const result = aResult({}, { c: [10, 10, 10], bun: [20, undefined, 40] })
    expect(ratioOf(result, 'bun', 'c', 'time')).toMatchObject({ lowest: 2, highest: 4 })
    expect(ratioOf(result, 'deno', 'c', 'time')).toBeUndefined()
  })
})

describe('verdicts', () => {
  const target = { driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.15 }

  test.each([
    [[11, 11, 11], true, false],
    [[12, 12, 12], false, false],
    [[11, 11.4, 13], true, true],
  ])('of %j ns beside 10: met %s, close %s', (times, met, close) => {
    const [verdict] = judge(aResult({ targets: [target] }, { c: [10, 10, 10], berkeley: times }))
    expect(verdict).toMatchObject({ met, close })
  })

  test('a rate must be at least so much, a figure alone has no other', () => {
    const targets = [
      { driver: 'berkeley', metric: 'time', against: 'c', atLeast: 0.95 },
      { driver: 'berkeley', metric: 'time', atMost: 1024 },
    ]
    const [rate, memory] = judge(aResult({ targets }, { c: [100], berkeley: [94] }))
    expect(rate?.met).toBe(false)
    expect(rate?.margin).toBeCloseTo(-0.0105, 3)
    expect(memory).toMatchObject({ met: true, found: { median: 94 } })
  })

  test('who did not run is not judged, and the table says so', () => {
    const result = aResult({ targets: [{ ...target, against: 'bun' }] }, { c: [10], berkeley: [10] })
    expect(judge(result)[0]?.met).toBeUndefined()
    expect(targetTable([result])[1]).toContain('not judged')
  })

  test('the noise is what the control is apart from C, of the first metrics', () => {
    const result = aResult({}, { c: [10, 10, 10], 'c-again': [9.5, 10, 10.2] })
    expect(noiseOf(result, ['c-again'])).toHaveLength(1)
    expect(noiseOf(result, ['c-again'])[0]?.ratio.median).toBe(1)
    expect(noiseFloor([result], ['c-again'])).toBeCloseTo(0.025)
    expect(noiseFloor([result], [])).toBeUndefined()
  })
})

describe('rounds', () => {
  test('begin with another driver in turn, and every second one is the one before it backwards', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'cba', 'bca', 'acb'])
  })

  test('a driver of half the effort takes part in every second one, and always in the first', () => {
    expect([0, 1, 2, 3, 4, 5].filter((round) => takesPart(0.5, round))).toEqual([0, 2, 4])
    expect([0, 1, 2, 3, 4, 5, 6].filter((round) => takesPart(0.34, round))).toEqual([0, 1, 4])
    expect([0, 1, 2].filter((round) => takesPart(1, round))).toEqual([0, 1, 2])
  })

  test('a driver takes part that has the program, and the server too where that is its own', () => {
    const driver = (name: string, ...programs: string[]): [string, Driver] => [
      name,
      { name, programs, probe: async () => '', command: () => [] },
    ]
    const drivers = new Map([driver('c', 'ping', 'echo'), driver('go', 'ping'), driver('bun'), driver('gone', 'ping')])
    const missing = new Map([['gone', 'not installed']])
    const taking = (peer: string) =>
      Object.keys(
        begin(aCase({ program: 'ping', peer: { program: 'echo', driver: peer } }), drivers, missing, [
          ...drivers.keys(),
        ]).drivers,
      )
    expect(taking('c')).toEqual(['c', 'go'])
    expect(taking('self')).toEqual(['c'])
  })
})

describe('sweeps', () => {
  const point = (name: string, x: number, line: string, berkeley: number) =>
    aResult({ name, series: { name: 'zerocopy', x, line } }, { c: [berkeley], berkeley: [berkeley] })
  const results = [
    point('copy-4KiB', 4096, 'copy', 10),
    point('copy-64KiB', 65536, 'copy', 100),
    point('copy-1MiB', 2 ** 20, 'copy', 1000),
    point('zerocopy-4KiB', 4096, 'zero copy', 20),
    point('zerocopy-64KiB', 65536, 'zero copy', 90),
    point('zerocopy-1MiB', 2 ** 20, 'zero copy', 500),
  ]

  test('cases of a name are lines by driver and technique, their points by size', () => {
    const [sweep, ...others] = sweepsOf(results)
    expect(others).toEqual([])
    expect(sweep?.lines.map(({ driver, line }) => `${driver} ${line}`)).toEqual([
      'c copy',
      'berkeley copy',
      'c zero copy',
      'berkeley zero copy',
    ])
    expect(sweep?.lines[0]?.points.map(({ x }) => x)).toEqual([4096, 65536, 2 ** 20])
  })

  test('from which size a technique wins', () => {
    expect(crossovers(results).map(({ driver, from }) => [driver, from])).toEqual([
      ['c', '64 KiB'],
      ['berkeley', '64 KiB'],
    ])
  })

  test('lines of several techniques in one case, each by a metric of its own', () => {
    const metric = (name: string) => ({ name, unit: 'us', digits: 1, value: () => 0 })
    const both = ([x, usual, cpu]: [number, number, number]) => {
      const lines = { copy: 'usual', splice: 'cpu' }
      const result = aResult(
        { name: `splice-${x}`, metrics: [metric('cpu'), metric('usual')], series: { name: 'splice', x, lines } },
        { berkeley: [0] },
      )
      for (const run of result.drivers.berkeley?.runs ?? []) run.values = { cpu, usual }
      return result
    }
    const found = crossovers([both([4096, 1, 2]), both([65536, 20, 5])])
    expect(found).toMatchObject([{ driver: 'berkeley', line: 'splice', baseline: 'copy', from: '64 KiB' }])
  })

  test('it has not won where it loses again, and where more is better more wins', () => {
    const line = (...medians: number[]) => medians.map((median, x) => ({ x, median }))
    expect(winsFrom(line(1, 3, 1), line(2, 2, 2), 'less')).toBe(2)
    expect(winsFrom(line(1, 1, 3), line(2, 2, 2), 'less')).toBeUndefined()
    expect(winsFrom(line(1, 3, 4), line(2, 2, 2), 'more')).toBe(1)
    expect(winsFrom(line(1), [], 'less')).toBeUndefined()
  })

  test('which way is good shows in the unit', () => {
    expect(betterOf({ unit: 'MiB/s' })).toBe('more')
    expect(betterOf({ unit: 'ns per pair' })).toBe('less')
    expect(betterOf({ unit: 'times less CPU than a copy' })).toBe('more')
    expect(betterOf({ unit: 'times', better: 'more' })).toBe('more')
  })

  test.each([
    [512, 'bytes', '512 B'],
    [65536, 'bytes', '64 KiB'],
    [2 ** 20, 'bytes', '1 MiB'],
    [8, 'datagrams', '8 datagrams'],
  ])('%d %s is %s', (x, unit, text) => {
    expect(tickOf(x, unit)).toBe(text)
  })
})

describe('histograms', () => {
  const times = Array.from({ length: 1000 }, (_, i) => 10_000 + i)

  test('of what a program printed, percentiles to three digits', () => {
    const found = percentilesOf(histogramOf(base64Of(times)))
    expect(Object.keys(found)).toEqual(['p50', 'p90', 'p99', 'p99.9', 'max'])
    expect(found.p50).toBeCloseTo(10_500, -2)
    expect(found.max).toBeCloseTo(10_999, -2)
  })

  test('stand in place of the latencies, and are one with those of other runs', () => {
    const { raw, histogram = '' } = recorded(printed([100, 100, 100]))
    expect(raw).toEqual({ ...printed(), percentiles: expect.objectContaining({ p50: 100, max: 100 }) })
    const other = recorded(printed([900])).histogram ?? ''
    const both = merged([histogram, other])
    expect(both.totalCount).toBe(4)
    expect(both.getValueAtPercentile(50)).toBe(100)
    expect(both.maxValue).toBe(900)
  })

  test('what has none stays as it is; what is cut off is an error', () => {
    expect(recorded(printed())).toEqual({ raw: printed() })
    expect(() => histogramOf('AAA=')).toThrow('latencies of 2 bytes')
    expect(() => histogramOf('')).toThrow('latencies of 0 bytes')
  })

  test('a curve rises to the percentile that so many samples can tell', () => {
    const points = curveOf(histogramOf(base64Of(times)))
    expect(points[0]).toMatchObject({ nines: 0, percent: 0 })
    expect(points.at(-1)?.nines).toBeCloseTo(3)
    const heights = points.map(({ ns }) => ns)
    expect(heights).toEqual(heights.toSorted((a, b) => a - b))
  })
})

test('headings: that of the case, one known by its name, or none', () => {
  expect(groupOf({ name: 'async-echo-64' })).toBe('Servers')
  expect(groupOf({ name: 'async-echo-64', group: 'Mine' })).toBe('Mine')
  expect(groupOf({ name: 'what-is-this' })).toBe('Other')
  const results = ['what', 'tcp-bulk-recv', 'call-overhead'].map((name) => aResult({ name }, {}))
  expect(grouped(results).map(([name]) => name)).toEqual(['Single calls', 'Bulk transfer', 'Other'])
})

test('/proc/stat: idle CPUs and time that the host took', () => {
  expect(parseStat('cpu  10 1 20 60 5 2 1 3 0 0\ncpu0 1 2 3\n')).toEqual({ busy: 34, steal: 3, all: 102 })
})

test('a table of Markdown is aligned, figures to the right', () => {
  expect(
    toMarkdown([
      ['a', 'figure'],
      ['long name', '1'],
    ]),
  ).toBe(['| a         | figure |', '| --------- | -----: |', '| long name |      1 |'].join('\n'))
})
