/** Pings by TCP: how long a connection takes, which needs no privilege. A refused one is an answer as good. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SOCK_STREAM, SocketError, SocketTimeoutError, socket } from '../../index.js'
import { messageOf, textOf } from '../failure.js'
import type { Tally } from './events.js'
import type { Plan } from './plan.js'

export async function pingByTcp(plan: Plan, tally: Tally, signal: AbortSignal): Promise<void> {
  const { host, address, count, interval } = plan
  tally.start({ host, address: address[0], by: `tcp port ${address[1]}`, size: 0 })
  const began = performance.now()
  for (let seq = 1; seq <= count && !signal.aborted; seq++) {
    await connectOnce(plan, seq, tally, signal)
    const rest = interval * seq - (performance.now() - began) / 1000
    if (seq < count) await sleep(Math.max(0, rest * 1000), undefined, { signal }).catch(() => {})
  }
}

async function connectOnce({ family, address, timeout, ttl }: Plan, seq: number, tally: Tally, signal: AbortSignal) {
  using sock = socket(family, SOCK_STREAM)
  if (ttl !== undefined) sock.setOption(address[0].includes(':') ? 'unicastHops' : 'ttl', ttl)
  // What was received is nobody's, and a connection that is reset leaves no TIME_WAIT behind.
  sock.setOption('linger', 0)
  const at = performance.now()
  tally.sent()
  const answer = (kind: 'open' | 'refused') =>
    tally.answer({ seq, from: `${address[0]} port ${address[1]}`, time: (performance.now() - at) / 1000, kind })
  try {
    await sock.connectAsync(address as never, { timeout, signal })
    answer('open')
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof SocketTimeoutError) tally.missing(seq)
    else if (!(error instanceof SocketError)) throw error
    else if (error.code === 'ECONNREFUSED') answer('refused')
    else tally.trouble({ seq, code: error.code, reason: textOf(error.code) ?? messageOf(error), from: null })
  }
}
