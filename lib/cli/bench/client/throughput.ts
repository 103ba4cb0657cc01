/** How many bytes go through TCP: up, down, or both ways at once. */
import type { Socket } from '../../../index.js'
import type { Flow, Side, SpecOf, TcpInterval } from '../messages.js'
import type { ThroughputInterval, ThroughputResult, Way } from '../results.js'
import { StreamRun } from '../streams.js'
import { tune } from '../tune.js'
import { formatBitRate, formatCount, formatNs, formatSpan } from '../units.js'
import { begin, type ClientContext, dataConnection, endOf, resultOf, stopTest, whenEnded } from './context.js'
import { isScrap, joinedRate } from './scraps.js'

const START_SECONDS = 15
const TITLES = { up: 'client to server', down: 'server to client', duplex: 'both ways at once' } as const

/** Opens the connections of a test. */
async function openAll(context: ClientContext, spec: SpecOf<'throughput'>, socks: Socket[]): Promise<void> {
  for (let stream = 0; stream < spec.parallel; stream++) {
    socks.push(await dataConnection(context, stream, (sock) => tune(sock, spec)))
  }
}

function rate(flow: Flow): number {
  return flow.seconds > 0 ? (flow.measured * 8) / flow.seconds : 0
}

/** One way, of what its two ends say; `null`: nothing is known of it. */
function wayOf(sender: Side | null, receiver: Side | null): Way | null {
  const got = receiver?.received ?? null
  const gave = sender?.sent ?? null
  // Without the receiver's word there is only what the sender's kernel took.
  const flow = got ?? gave
  if (flow === null) return null
  const tcp = sender?.tcp
  return {
    bytesSent: gave?.total ?? null,
    bytesReceived: got?.total ?? null,
    measuredBytes: flow.measured,
    seconds: flow.seconds,
    bitsPerSecond: rate(flow),
    retransmits: tcp?.retransmits ?? null,
    rttNs: tcp?.rttNs ?? null,
    minRttNs: tcp?.minRttNs ?? null,
    cwnd: tcp?.cwnd ?? null,
    mss: tcp?.mss ?? null,
    congestion: tcp?.congestion ?? null,
  }
}

function sum(first: number | null, second: number | null): number | null {
  return first === null || second === null ? first : first + second
}

/** Joins what both sides tell of intervals: each direction as its receiver sees it. */
class Intervals {
  readonly list: ThroughputInterval[] = []
  readonly #direction: SpecOf<'throughput'>['direction']
  readonly #onLine: (found: ThroughputInterval) => void
  #retransmits = 0
  #other: TcpInterval | null = null

  constructor(direction: SpecOf<'throughput'>['direction'], onLine: (found: ThroughputInterval) => void) {
    this.#direction = direction
    this.#onLine = onLine
  }

  /** Of this side. What it receives leads where it receives, what the server says otherwise. */
  here(interval: TcpInterval): void {
    if (this.#direction === 'up') this.#other = interval
    else this.#add(interval, this.#other)
  }

  there(interval: TcpInterval): void {
    if (this.#direction === 'up') this.#add(interval, this.#other)
    else this.#other = interval
  }

  /** @param lead of the side that receives, or of the client in both directions at once */
  #add(lead: TcpInterval, other: TcpInterval | null): void {
    const bits = (bytes: number, over: TcpInterval): number => (bytes * 8) / Math.max(1e-9, over.to - over.from)
    const tcp = (this.#direction === 'duplex' ? lead.tcp : other?.tcp) ?? null
    const total = tcp?.retransmits ?? null
    const found: ThroughputInterval = {
      from: lead.from,
      to: lead.to,
      up: this.#direction === 'up' ? bits(lead.received, lead) : this.#upOf(lead, other, bits),
      down: this.#direction === 'up' ? null : bits(lead.received, lead),
      retransmits: total === null ? null : Math.max(0, total - this.#retransmits),
      rttNs: tcp?.rttNs ?? null,
      cwnd: tcp?.cwnd ?? null,
    }
    this.#retransmits = total ?? this.#retransmits
    const last = this.list.at(-1)
    if (last !== undefined && isScrap(found, last)) {
      const up = joinedRate(last, last.up, found, found.up)
      const down = joinedRate(last, last.down, found, found.down)
      Object.assign(last, { to: found.to, up, down, retransmits: sum(last.retransmits, found.retransmits) })
      return
    }
    this.list.push(found)
    this.#onLine(found)
  }

  /** With both directions: what the server says it received, or before it said so what was sent. */
  #upOf(
    lead: TcpInterval,
    other: TcpInterval | null,
    bits: (bytes: number, over: TcpInterval) => number,
  ): number | null {
    if (this.#direction === 'down') return null
    return other === null ? bits(lead.sent, lead) : bits(other.received, other)
  }
}

function lineOf(interval: ThroughputInterval): string {
  const { up, down, retransmits, rttNs } = interval
  return [
    formatSpan(interval),
    ...(up === null ? [] : [`up ${formatBitRate(up)}`]),
    ...(down === null ? [] : [`down ${formatBitRate(down)}`]),
    ...(retransmits === null ? [] : [`${formatCount(retransmits)} retransmits`]),
    ...(rttNs === null ? [] : [`rtt ${formatNs(rttNs)}`]),
  ].join('  ')
}

/** Measures throughput; what went wrong is in the result. */
export async function measureThroughput(context: ClientContext, spec: SpecOf<'throughput'>): Promise<ThroughputResult> {
  const { link, progress, welcome, signal } = context
  const { kind: _, ...settings } = spec
  const title = `TCP throughput, ${TITLES[spec.direction]}, ${spec.parallel} ${spec.parallel === 1 ? 'connection' : 'connections'}`
  progress.begin(title, spec.seconds === null ? null : spec.seconds + spec.omit)
  const intervals = new Intervals(spec.direction, (found) => progress.tick(lineOf(found), found.to))
  const socks: Socket[] = []
  let run: StreamRun | undefined
  let here: Side | null = null
  let there: Side | null = null
  let failure: unknown
  let serverCpu: ThroughputResult['cpu']['server'] = null
  try {
    const id = await begin(context, spec)
    link.onInterval = (reply) => {
      if (reply.type === 'tcp' && reply.id === id) intervals.there(reply.interval)
    }
    await openAll(context, spec, socks)
    await link.expect('start', START_SECONDS)
    run = new StreamRun(
      socks,
      {
        sends: spec.direction !== 'down',
        receives: spec.direction !== 'up',
        ...{ seconds: spec.seconds, bytes: spec.bytes, omit: spec.omit, block: spec.block, interval: spec.interval },
        bitrate: welcome.limits.bitrate,
      },
      (found) => intervals.here(found),
    )
    const running = run
    using _ended = whenEnded(context, (gone) => {
      if (gone) {
        running.abandon()
        return
      }
      running.stop(true)
      // Where that fails the link is gone, which ends the run.
      stopTest(context, id).catch(() => {})
    })
    here = await run.run()
    const result = await resultOf(context)
    there = result.side
    serverCpu = there?.cpu ?? result.cpu
  } catch (error) {
    failure = error
    here ??= run?.side() ?? null
  }
  for (const sock of socks) sock.close()
  link.onInterval = () => {}
  const found: ThroughputResult = {
    ...{ test: 'throughput', title, ...(await endOf(context, failure)), settings },
    up: spec.direction === 'down' ? null : wayOf(here, there),
    down: spec.direction === 'up' ? null : wayOf(there, here),
    intervals: intervals.list,
    cpu: { client: here?.cpu ?? null, server: serverCpu },
  }
  if (found.status === 'done' && here?.clean === false && !signal.aborted) {
    found.status = 'failed'
    found.error = { code: 'stalled', message: 'the other side did not read all that was sent' }
  }
  progress.end(found)
  return found
}
