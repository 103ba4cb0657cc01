/** The charts of a report, as Chart.js takes them: plain data, in units that are chosen here. */
import type { CurvePoint } from '../latencies.js'
import type { ConnectionsResult, LatencyResult, TestResult, ThroughputResult, UdpResult } from '../results.js'

export interface Series {
  label: string
  /** Which of the page's colours. */
  color: number
  data: (number | null)[]
  /** On the axis at the right. */
  right?: true
}

/** A chart of lines over the same places. */
export interface Chart {
  title: string
  labels: string[]
  x: string
  /** What the axis at the left is of, with its unit, and that at the right. */
  y: string
  right?: string
  /** Whether values double from line to line, rather than add up. */
  isLogarithmic?: true
  series: Series[]
}

interface Unit {
  name: string
  size: number
}

const BIT_RATES: readonly Unit[] = [
  { name: 'Gbit/s', size: 1e9 },
  { name: 'Mbit/s', size: 1e6 },
  { name: 'kbit/s', size: 1e3 },
  { name: 'bit/s', size: 1 },
]
const TIMES: readonly Unit[] = [
  { name: 's', size: 1e9 },
  { name: 'ms', size: 1e6 },
  { name: 'µs', size: 1e3 },
  { name: 'ns', size: 1 },
]

type Values = readonly (number | null | undefined)[]

/** The largest unit in which the middle value is at least 1. */
function unitFor(values: Values, units: readonly Unit[]): Unit {
  const there = values
    .filter((value) => typeof value === 'number' && value > 0)
    .toSorted((a, b) => Number(a) - Number(b))
  const middle = Number(there[there.length >> 1] ?? 0)
  return units.find(({ size }) => middle >= size) ?? (units.at(-1) as Unit)
}

/** Four significant digits, which is more than a line shows. */
const scaled = (values: Values, { size }: Unit): (number | null)[] =>
  values.map((value) => (typeof value === 'number' ? Number((value / size).toPrecision(4)) : null))

/** When each interval ended. */
const endsOf = (intervals: readonly { to: number }[]): string[] => intervals.map(({ to }) => to.toFixed(2))

const OVER_TIME = 'seconds'

function throughput({ intervals }: ThroughputResult): Chart[] {
  const ups = intervals.map(({ up }) => up)
  const downs = intervals.map(({ down }) => down)
  const unit = unitFor([...ups, ...downs], BIT_RATES)
  const series: Series[] = [
    { label: 'up', color: 0, data: scaled(ups, unit) },
    { label: 'down', color: 1, data: scaled(downs, unit) },
  ]
  const retransmits = intervals.map((one) => one.retransmits)
  const isTold = retransmits.some((value) => value !== null)
  if (isTold) series.push({ label: 'retransmits', color: 2, data: retransmits, right: true })
  return [
    {
      title: 'Throughput over time',
      labels: endsOf(intervals),
      x: OVER_TIME,
      y: unit.name,
      ...(isTold ? { right: 'retransmits' } : {}),
      series: series.filter(({ data }) => data.some((value) => value !== null)),
    },
  ]
}

/** `50`, `99.7`, `99.968`: as many digits as tell how much is left. */
function percentText(percent: number): string {
  const left = 100 - percent
  const digits = left >= 10 || left <= 0 ? 0 : Math.ceil(-Math.log10(left)) + 1
  return `${Number(percent.toFixed(Math.min(6, digits)))}`
}

/** Times by percentile. The scale of the places is that of the points: each halves what is left. */
function curve(title: string, points: readonly CurvePoint[]): Chart[] {
  if (points.length === 0) return []
  const unit = unitFor(
    points.map(([, ns]) => ns),
    TIMES,
  )
  return [
    {
      title,
      labels: points.map(([percent]) => percentText(percent)),
      x: 'percent took at most',
      y: unit.name,
      isLogarithmic: true,
      series: [
        {
          label: 'time',
          color: 0,
          data: scaled(
            points.map(([, ns]) => ns),
            unit,
          ),
        },
      ],
    },
  ]
}

function latency({ intervals, curve: points }: LatencyResult): Chart[] {
  const unit = unitFor(
    intervals.map(({ p50 }) => p50),
    TIMES,
  )
  const of = (name: 'p50' | 'p99' | 'max', color: number): Series => ({
    label: name,
    color,
    data: scaled(
      intervals.map((one) => one[name]),
      unit,
    ),
  })
  return [
    ...curve('Latency by percentile', points),
    {
      title: 'Latency over time',
      labels: endsOf(intervals),
      x: OVER_TIME,
      y: unit.name,
      isLogarithmic: true,
      series: [of('p50', 0), of('p99', 1), of('max', 2)],
    },
  ]
}

function connections({ intervals, curve: points }: ConnectionsResult): Chart[] {
  const data = intervals.map(({ perSecond }) => Math.round(perSecond))
  return [
    {
      title: 'Connections over time',
      labels: endsOf(intervals),
      x: OVER_TIME,
      y: 'connections a second',
      series: [{ label: 'connections', color: 0, data }],
    },
    ...curve('Time to connect, by percentile', points),
  ]
}

function udp({ intervals }: UdpResult): Chart[] {
  const rates = intervals.map(({ bitsPerSecond }) => bitsPerSecond)
  const unit = unitFor(rates, BIT_RATES)
  const lost = intervals.map(({ received, lost: count }) => {
    const all = received + count
    return all === 0 ? null : Number(((100 * count) / all).toPrecision(4))
  })
  return [
    {
      title: 'Rate received and loss over time',
      labels: endsOf(intervals),
      x: OVER_TIME,
      y: unit.name,
      right: '% lost',
      series: [
        { label: 'received', color: 0, data: scaled(rates, unit) },
        { label: 'lost', color: 2, data: lost, right: true },
      ],
    },
  ]
}

/** The charts of a test; none of one that measured nothing. */
export function chartsOf(result: TestResult): Chart[] {
  const charts =
    result.test === 'throughput'
      ? throughput(result)
      : result.test === 'latency'
        ? latency(result)
        : result.test === 'connections'
          ? connections(result)
          : udp(result)
  return charts.filter(({ labels, series }) => labels.length > 0 && series.length > 0)
}
