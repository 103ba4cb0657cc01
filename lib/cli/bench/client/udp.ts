/** What becomes of datagrams that are sent at a rate: lost, reordered, there twice, and how evenly they come. */
import { MessageBatch, type Socket, SocketError } from '../../../index.js'
import { hasToken, KINDS, kindOf, sessionOf, tokenWords } from '../datagram.js'
import { FlowReceiver, FlowSender, settled } from '../flow.js'
import type { LossInterval as Counted, Loss, ReplyOf, Sent, SpecOf } from '../messages.js'
import { Turns } from '../pacer.js'
import type { LossInterval, UdpResult } from '../results.js'
import { formatBitRate, formatCount, formatNs, formatPart, formatSpan } from '../units.js'
import { begin, type ClientContext, endOf, resultOf, stopTest, whenEnded } from './context.js'
import { isScrap, joinedRate } from './scraps.js'
import { openUdp } from './udp-link.js'

const MESSAGES = 64
const LONGEST = 65_536
/** The server tells that it has sent all, so long after it should have. */
const LATE_SECONDS = 10

interface Found {
  sent: Sent | null
  loss: Loss | null
  result: ReplyOf<'result'> | null
}

/** Counts what comes until the socket is closed. */
async function count(sock: Socket, { welcome }: ClientContext, receiver: FlowReceiver): Promise<void> {
  const words = tokenWords(welcome.token)
  const batch = new MessageBatch(MESSAGES, LONGEST)
  const turns = new Turns()
  while (!sock.closed) {
    let messages: number
    try {
      messages = await sock.recvmmsgAsync(batch)
    } catch (error) {
      if (sock.closed) return
      // Told by ICMP of something sent: nothing that came is lost by it.
      if (error instanceof SocketError && error.code === 'ECONNREFUSED') continue
      throw error
    }
    const now = performance.now()
    for (let i = 0; i < messages; i++) {
      const data = batch.data(i)
      const size = batch.segmentSize(i) || data.length
      for (let at = 0; at < data.length; at += size) {
        const end = Math.min(data.length, at + size)
        if (sessionOf(data, at, end) !== welcome.session || !hasToken(data, at, words)) continue
        if (kindOf(data, at) === KINDS.data) receiver.note(data, at, end, now)
      }
    }
    if (turns.isDue(now)) await turns.take()
  }
}

async function sendUp(
  context: ClientContext,
  spec: SpecOf<'udp'>,
  sock: Socket,
  id: number,
  found: Found,
): Promise<void> {
  const { session, token } = context.welcome
  const { size, bitrate, seconds } = spec
  const sender = new FlowSender({ sock, address: null, session, token, size, bitrate, seconds })
  using _ended = whenEnded(context, () => sender.stop())
  try {
    await sender.run()
  } finally {
    found.sent = sender.result()
  }
  await stopTest(context, id, found.sent.sent)
  found.result = await resultOf(context)
  found.loss = found.result.loss
}

async function receiveDown(
  context: ClientContext,
  spec: SpecOf<'udp'>,
  sock: Socket,
  id: number,
  found: Found,
  report: (interval: Counted) => void,
): Promise<void> {
  const { link } = context
  const receiver = new FlowReceiver()
  const counting = count(sock, context, receiver)
  // Its failure is told by the await below.
  counting.catch(() => {})
  const timer = setInterval(() => report(receiver.interval()), spec.interval * 1000)
  try {
    using _ended = whenEnded(context, () => {
      // Where that fails the link is gone, which ends the wait below.
      stopTest(context, id).catch(() => {})
    })
    found.sent = (await link.expect('sent', spec.seconds + LATE_SECONDS)).sent
    await settled(receiver, found.sent.sent)
    if (!context.signal.aborted) await stopTest(context, id)
    found.result = await resultOf(context)
  } finally {
    clearInterval(timer)
    report(receiver.interval())
    found.loss = receiver.result(found.sent?.sent ?? null, sock.getOption('receiveBufferSize'))
    sock.close()
  }
  await counting
}

function bits(bytes: number, seconds: number): number {
  return seconds > 0 ? (bytes * 8) / seconds : 0
}

function lineOf(interval: LossInterval): string {
  const { received, lost, bitsPerSecond, jitterNs } = interval
  const part = received + lost === 0 ? 0 : lost / (received + lost)
  const loss = `${formatCount(lost)} lost (${formatPart(part)})`
  const figures = `${formatBitRate(bitsPerSecond)}  ${formatCount(received)} datagrams  ${loss}  jitter ${formatNs(jitterNs)}`
  return `${formatSpan(interval)}  ${figures}`
}

/** Measures a flow of datagrams; what went wrong is in the result. */
export async function measureUdp(context: ClientContext, spec: SpecOf<'udp'>): Promise<UdpResult> {
  const { link, progress } = context
  const { kind: _, ...settings } = spec
  const { direction, size, bitrate, seconds } = spec
  const way = direction === 'up' ? 'client to server' : 'server to client'
  const title = `UDP, ${way}, ${size} bytes at ${bitrate === null ? 'full speed' : formatBitRate(bitrate)}`
  progress.begin(title, seconds)
  const intervals: LossInterval[] = []
  const report = (counted: Counted): void => {
    const { from, to, received, lost, bytes, jitterNs } = counted
    // What is under way is waited for after the end; mostly nothing is.
    if (from >= seconds && received === 0 && lost === 0) return
    const interval = { from, to, received, lost, bitsPerSecond: bits(bytes, to - from), jitterNs }
    const last = intervals.at(-1)
    if (last !== undefined && isScrap(interval, last)) {
      const bitsPerSecond = joinedRate(last, last.bitsPerSecond, interval, interval.bitsPerSecond) ?? 0
      const counts = { received: last.received + received, lost: last.lost + lost }
      Object.assign(last, { to, ...counts, bitsPerSecond, jitterNs })
      return
    }
    intervals.push(interval)
    progress.tick(lineOf(interval), to)
  }
  const found: Found = { sent: null, loss: null, result: null }
  let failure: unknown
  let sock: Socket | undefined
  try {
    sock = await openUdp(context)
    const id = await begin(context, spec)
    link.onInterval = (reply) => {
      if (reply.type === 'loss' && reply.id === id) report(reply.interval)
    }
    if (direction === 'up') await sendUp(context, spec, sock, id, found)
    else await receiveDown(context, spec, sock, id, found, report)
  } catch (error) {
    failure = error
  }
  sock?.close()
  link.onInterval = () => {}
  const [here, there] = direction === 'up' ? [found.sent, found.loss] : [found.loss, found.sent]
  const told: UdpResult = {
    ...{ test: 'udp', title, ...(await endOf(context, failure)), settings },
    ...figures(found, size),
    intervals,
    cpu: { client: here?.cpu ?? null, server: there?.cpu ?? found.result?.cpu ?? null },
  }
  progress.end(told)
  return told
}

function figures(
  { sent, loss }: Found,
  size: number,
): Omit<UdpResult, 'test' | 'title' | 'status' | 'error' | 'settings' | 'cpu' | 'intervals'> {
  const expected = sent?.sent ?? (loss === null ? null : loss.received + loss.lost)
  return {
    sent: sent?.sent ?? null,
    received: loss?.received ?? null,
    lost: loss?.lost ?? null,
    lostPart: loss === null || expected === null || expected === 0 ? null : loss.lost / expected,
    reordered: loss?.reordered ?? null,
    duplicates: loss?.duplicates ?? null,
    jitterNs: loss?.jitterNs ?? null,
    bitsPerSecond: loss === null ? null : bits(loss.bytes, loss.seconds),
    sentBitsPerSecond: sent === null ? null : bits(sent.sent * size, sent.seconds),
    skipped: sent?.skipped ?? null,
    segments: sent?.segments ?? null,
    receiveBuffer: loss?.receiveBuffer ?? null,
  }
}
