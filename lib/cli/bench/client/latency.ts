/** How long a small message and its answer take, over TCP and over UDP. */
import type { Socket } from '../../../index.js'
import type { LatencyResult } from '../results.js'
import { begin, type ClientContext, dataConnection, endOf, resultOf, stopTest, whenEnded } from './context.js'
import type { Exchange, LatencyPlan } from './exchange.js'
import { LatencyMeter } from './latency-meter.js'
import { exchangeStream } from './stream-exchange.js'
import { exchangeDatagrams } from './udp-exchange.js'
import { openUdp } from './udp-link.js'

/** Measures latency; what went wrong is in the result. */
export async function measureLatency(context: ClientContext, plan: LatencyPlan): Promise<LatencyResult> {
  const { progress, interval } = context
  const { transport, size, seconds, rate } = plan
  const how = rate === null ? 'one after the other' : `${rate} a second`
  const title = `${transport.toUpperCase()} latency, ${size} bytes, ${how}`
  progress.begin(title, seconds)
  let meter: LatencyMeter | undefined
  let server: LatencyResult['cpu']['server'] = null
  let failure: unknown
  let sock: Socket | undefined
  try {
    const udp = transport === 'udp' ? await openUdp(context) : undefined
    sock = udp
    const id = await begin(context, { kind: udp === undefined ? 'echo' : 'udp-echo', seconds, size })
    sock ??= await dataConnection(context, 0, (made) => made.setOption('noDelay', true))
    meter = new LatencyMeter(progress, interval, rate !== null)
    let over = false
    const used = sock
    using _ended = whenEnded(context, () => {
      over = true
      // What is under way may still be answered, within a moment.
      setTimeout(() => used.close(), 200)
    })
    const exchange: Exchange = { ...plan, sock, meter, isOver: () => over }
    if (udp === undefined) await exchangeStream(exchange)
    else await exchangeDatagrams(exchange, context.welcome)
    await stopTest(context, id)
    server = (await resultOf(context)).cpu
  } catch (error) {
    failure = error
  }
  sock?.close()
  const { cpu = null, ...figures } = meter?.end() ?? NOTHING
  const found: LatencyResult = {
    ...{ test: 'latency', title, ...(await endOf(context, failure)) },
    settings: { ...plan, interval },
    ...figures,
    cpu: { client: cpu, server },
  }
  progress.end(found)
  return found
}

const NOTHING = {
  ...{ cpu: null, sent: 0, received: 0, lost: 0, latency: null, service: null, jitterNs: 0, curve: [], intervals: [] },
}
