/** What a ping sees, as it happens: lines for a person, or of JSON; and what all of it comes to. */
import { counted, formatDuration } from '../units.js'

/** Where no answer came: an ICMP error or an error of the system, and who told it. */
export interface Trouble {
  readonly seq: number
  readonly code: string
  /** In words: `Time to live exceeded`. */
  readonly reason: string
  /** The router or host that told it; null where this system did. */
  readonly from: string | null
}

export interface Answer {
  readonly seq: number
  readonly from: string
  /** Seconds. */
  readonly time: number
  /** Of the message, with its header; undefined for a connection. */
  readonly bytes?: number
  /** What was left of it when it came. */
  readonly ttl?: number
  /** `'refused'`: a connection that nobody accepts, which is an answer, too. */
  readonly kind?: 'refused' | 'open'
}

export interface Start {
  readonly host: string
  readonly address: string
  /** How it asks: `'ping socket'`, `'raw socket'`, `'tcp port 80'`. */
  readonly by: string
  /** Bytes of data in each request. */
  readonly size: number
}

/** Seconds, of all answers. */
export interface Times {
  readonly min: number
  readonly mean: number
  readonly median: number
  readonly p99: number
  readonly max: number
  readonly deviation: number
}

export interface Totals {
  readonly sent: number
  readonly received: number
  readonly duplicates: number
  readonly errors: number
  /** A part of 1; 0 where nothing was sent. */
  readonly loss: number
  /** Null where nothing was received. */
  readonly times: Times | null
}

/** The value below which a part of sorted values lies: the nearest of them (nearest rank). */
const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] as number

/** @param values seconds, in any order */
export function timesOf(values: readonly number[]): Times | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length
  return {
    min: sorted[0] as number,
    mean,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) as number,
    deviation: Math.sqrt(variance),
  }
}

/** Counts what it is told, and hands it on as lines. */
export class Tally {
  #sent = 0
  #duplicates = 0
  #errors = 0
  readonly #times: number[] = []
  readonly #print: (line: string) => void
  readonly #isJson: boolean
  readonly #isQuiet: boolean

  constructor(print: (line: string) => void, isJson: boolean, isQuiet: boolean) {
    this.#print = print
    this.#isJson = isJson
    this.#isQuiet = isQuiet
  }

  #tell(type: string, data: object, line: string): void {
    if (this.#isQuiet && type !== 'start' && type !== 'summary') return
    this.#print(this.#isJson ? JSON.stringify({ type, ...data }) : line)
  }

  start(start: Start): void {
    const { host, address, by, size } = start
    const data = by.startsWith('tcp') ? 'connections' : `${size} bytes of data`
    this.#tell('start', start, `ping ${host} (${address}): ${data}, by ${by}`)
  }

  sent(): void {
    this.#sent++
  }

  answer(answer: Answer, isDuplicate = false): void {
    if (isDuplicate) this.#duplicates++
    else this.#times.push(answer.time)
    const { seq, from, time, bytes, ttl, kind } = answer
    const what = bytes === undefined ? `${kind === 'refused' ? 'refused' : 'connected'} by` : `${bytes} bytes from`
    const left = ttl === undefined ? '' : ` ttl=${ttl}`
    const twice = isDuplicate ? ' (duplicate)' : ''
    const line = `${what} ${from}: seq=${seq}${left} time=${formatDuration(time)}${twice}`
    this.#tell(isDuplicate ? 'duplicate' : 'answer', answer, line)
  }

  missing(seq: number): void {
    this.#tell('timeout', { seq }, `no answer: seq=${seq}`)
  }

  trouble(trouble: Trouble): void {
    this.#errors++
    const { seq, code, reason, from } = trouble
    this.#tell('error', trouble, `${reason} (${code})${from === null ? '' : ` from ${from}`}: seq=${seq}`)
  }

  get totals(): Totals {
    const received = this.#times.length
    return {
      sent: this.#sent,
      received,
      duplicates: this.#duplicates,
      errors: this.#errors,
      loss: this.#sent === 0 ? 0 : (this.#sent - received) / this.#sent,
      times: timesOf(this.#times),
    }
  }

  summary(host: string): void {
    const { totals } = this
    const { sent, received, duplicates, errors, loss, times } = totals
    const more = [
      ...(duplicates > 0 ? [counted(duplicates, 'duplicate')] : []),
      ...(errors > 0 ? [counted(errors, 'error')] : []),
    ]
    const lines = [
      `${[`${host}: ${sent} sent`, `${received} received`, ...more].join(', ')}, ${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0)} % lost`,
    ]
    if (times !== null) {
      const shown = [times.min, times.mean, times.median, times.p99, times.max, times.deviation].map(formatDuration)
      lines.push(`min/mean/median/p99/max/stddev: ${shown.join(' / ')}`)
    }
    this.#tell('summary', { host, ...totals }, lines.join('\n'))
  }
}
