/** How many connections a second are made, accepted, answered and closed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AF_INET6, SOCK_STREAM, type Socket, SocketError, socket } from '../../../index.js'
import { encodeHeader } from '../frames.js'
import { Latencies } from '../latencies.js'
import { CpuMeter } from '../machine.js'
import { Turns } from '../pacer.js'
import type { ConnectionsInterval, ConnectionsResult } from '../results.js'
import { formatCount, formatNs, formatSpan } from '../units.js'
import { begin, type ClientContext, endOf, resultOf, stopTest, whenEnded } from './context.js'
import { IntervalTimes } from './interval-times.js'

/** Seconds for each step of a connection. */
const STEP_SECONDS = 5
/** After a failure, such as that no ports are left: milliseconds. */
const PAUSE_MS = 5

export interface ConnectionsPlan {
  /** How many are under way at once. */
  parallel: number
  seconds: number
}

class Counter {
  readonly connect = new Latencies()
  readonly complete = new Latencies()
  readonly errors: Record<string, number> = {}
  readonly intervals: ConnectionsInterval[] = []
  readonly #current = new IntervalTimes()
  readonly beganMs = this.#current.beganMs
  /** Those that are open now. */
  readonly open = new Set<Socket>()
  failed = 0
  over = false
  lastMs = this.beganMs

  note(beganMs: number, connectedMs: number, endedMs: number): void {
    this.connect.note((connectedMs - beganMs) * 1e6)
    this.complete.note((endedMs - beganMs) * 1e6)
    this.#current.note((connectedMs - beganMs) * 1e6)
    this.lastMs = endedMs
  }

  fail(code: string): void {
    this.failed++
    this.errors[code] = (this.errors[code] ?? 0) + 1
  }

  /** The interval that ends now. */
  report(): ConnectionsInterval {
    const { from, to, count, p50, p99 } = this.#current.take()
    const found = { from, to, count, perSecond: count / Math.max(1e-9, to - from), p50, p99 }
    this.intervals.push(found)
    return found
  }
}

/** One after the other, until the test is over. */
async function connectRepeatedly(
  { family, address }: ClientContext,
  header: Buffer,
  counter: Counter,
  endMs: number,
): Promise<void> {
  const answer = Buffer.alloc(1)
  const limit = { timeout: STEP_SECONDS }
  const turns = new Turns()
  while (!counter.over) {
    const began = performance.now()
    if (began >= endMs) return
    const sock = socket(family as typeof AF_INET6, SOCK_STREAM) as Socket
    counter.open.add(sock)
    try {
      await sock.connectAsync(address, limit)
      const connected = performance.now()
      await sock.sendallAsync(header, limit)
      if ((await sock.recvIntoAsync(answer, limit)) === 1) counter.note(began, connected, performance.now())
      else counter.fail('closed')
      // Reset rather than closed: neither side keeps the port for a minute (TIME_WAIT).
      sock.setOption('linger', 0)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      if (!counter.over) {
        counter.fail(error.code)
        await sleep(PAUSE_MS)
      }
    } finally {
      counter.open.delete(sock)
      sock.close()
    }
    if (turns.isDue(performance.now())) await turns.take()
  }
}

/** Measures the rate of connections; what went wrong is in the result. */
export async function measureConnections(context: ClientContext, plan: ConnectionsPlan): Promise<ConnectionsResult> {
  const { progress, interval, welcome } = context
  const { parallel, seconds } = plan
  const title = `TCP connections, ${parallel} at once`
  progress.begin(title, seconds)
  const cpu = new CpuMeter()
  let counter = new Counter()
  let accepted: number | null = null
  let server: ConnectionsResult['cpu']['server'] = null
  let failure: unknown
  let timer: NodeJS.Timeout | undefined
  const report = (): void => {
    const interval = counter.report()
    const { to, count, perSecond, p50, p99 } = interval
    const figures = `${formatCount(perSecond)} connections/s  p50 ${formatNs(p50)}  p99 ${formatNs(p99)}`
    progress.tick(`${formatSpan(interval)}  ${count === 0 ? 'no connections' : figures}`, to)
  }
  try {
    const id = await begin(context, { kind: 'connections', seconds, parallel })
    counter = new Counter()
    const current = counter
    timer = setInterval(report, interval * 1000)
    using _ended = whenEnded(context, () => {
      current.over = true
      for (const sock of current.open) sock.close()
    })
    const header = encodeHeader({ stream: 0, token: welcome.token })
    const end = counter.beganMs + seconds * 1000
    await Promise.all(Array.from({ length: parallel }, () => connectRepeatedly(context, header, current, end)))
    await stopTest(context, id)
    const result = await resultOf(context)
    accepted = result.served
    server = result.cpu
  } catch (error) {
    failure = error
  }
  clearInterval(timer)
  if (counter.connect.count > 0) report()
  const measured = (counter.lastMs - counter.beganMs) / 1000
  const found: ConnectionsResult = {
    ...{ test: 'connections', title, ...(await endOf(context, failure)) },
    settings: { ...plan, interval },
    completed: counter.complete.count,
    failed: counter.failed,
    accepted,
    seconds: measured,
    perSecond: measured > 0 ? counter.complete.count / measured : 0,
    connect: counter.connect.percentiles(),
    complete: counter.complete.percentiles(),
    curve: counter.connect.curve(),
    errors: counter.errors,
    intervals: counter.intervals,
    cpu: { client: cpu.read(), server },
  }
  progress.end(found)
  return found
}
