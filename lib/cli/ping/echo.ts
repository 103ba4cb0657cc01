/** Sends echo requests at their times, and hears what comes back meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CMSG_SPACE, decodeAncillary, MSG_ERRQUEUE, SocketError } from '../../index.js'
import { messageOf, textOf } from '../failure.js'
import type { Tally } from './events.js'
import { echoRequest, hear, meaningOf, openPinger, type Pinger, ttlIn, versionOf } from './icmp.js'
import type { Plan } from './plan.js'

/** A request that was sent. */
interface Request {
  /** performance.now(). */
  readonly at: number
  readonly seq: number
  /** Whether all has been said of it: it was answered, failed, or its time is over. */
  done: boolean
  timer?: NodeJS.Timeout
}

/** The latest part of an abortable wait. */
const pause = (seconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(Math.max(0, seconds * 1000), undefined, { signal }).catch(() => {})

/** Pings as planned; resolves when all is answered, late or interrupted. */
export async function pingByEcho(plan: Plan, tally: Tally, signal: AbortSignal): Promise<void> {
  const pinger = openPinger(plan.family, plan.ttl)
  using sock = pinger.sock
  tally.start({ host: plan.host, address: plan.address[0], by: pinger.kind, size: plan.size })
  const stop = new AbortController()
  const run = new Run(plan, tally, pinger, AbortSignal.any([signal, stop.signal]))
  const listening = [run.listen()]
  if (pinger.kind === 'ping socket' && MSG_ERRQUEUE !== undefined) listening.push(run.watchErrors(MSG_ERRQUEUE))
  try {
    await run.send()
  } finally {
    stop.abort()
    await Promise.all(listening)
    sock.close()
  }
}

class Run {
  readonly #plan: Plan
  readonly #tally: Tally
  readonly #pinger: Pinger
  readonly #signal: AbortSignal
  /** By sequence number, as the wire has it: 16 bits. */
  readonly #requests = new Map<number, Request>()
  #waiting = 0
  #onDone: (() => void) | undefined

  constructor(plan: Plan, tally: Tally, pinger: Pinger, signal: AbortSignal) {
    this.#plan = plan
    this.#tally = tally
    this.#pinger = pinger
    this.#signal = signal
  }

  async send(): Promise<void> {
    const { count, interval, timeout } = this.#plan
    const began = performance.now()
    for (let seq = 1; seq <= count && !this.#signal.aborted; seq++) {
      await this.#request(seq)
      if (seq < count) await pause(interval * seq - (performance.now() - began) / 1000, this.#signal)
    }
    if (this.#waiting === 0 || this.#signal.aborted) return
    const late = new AbortController()
    const all = new Promise<void>((resolve) => {
      this.#onDone = resolve
    })
    // Each has a timer of its own; this one is for the case that all of them were answered.
    await Promise.race([all, pause(timeout + 1, AbortSignal.any([this.#signal, late.signal]))])
    late.abort()
  }

  async #request(seq: number): Promise<void> {
    const { family, size, address, timeout } = this.#plan
    const { sock, id } = this.#pinger
    const message = echoRequest(versionOf(family).request, id, seq, size)
    const request: Request = { at: performance.now(), done: false, seq }
    this.#requests.set(seq & 0xffff, request)
    this.#waiting++
    this.#tally.sent()
    request.timer = setTimeout(() => {
      if (!this.#signal.aborted) this.#tally.missing(seq)
      this.#finish(request)
    }, timeout * 1000)
    // A send may be told of an earlier request's error, which the error queue tells better; it has sent nothing then.
    for (let attempt = 1; ; attempt++) {
      try {
        await sock.sendtoAsync(message, address as never, { signal: this.#signal })
        return
      } catch (error) {
        if (this.#signal.aborted) return
        if (!(error instanceof SocketError)) throw error
        if (attempt < 3 && error.code !== 'EMSGSIZE' && error.code !== 'EACCES') continue
        this.#fail(request, error)
        return
      }
    }
  }

  #fail(request: Request, error: SocketError): void {
    if (request.done) return
    const reason = textOf(error.code) ?? messageOf(error)
    this.#tally.trouble({ seq: request.seq, code: error.code, reason, from: null })
    this.#finish(request)
  }

  #finish(request: Request): void {
    if (request.done) return
    request.done = true
    clearTimeout(request.timer)
    if (--this.#waiting === 0) this.#onDone?.()
  }

  /** Takes what comes, until the signal. */
  async listen(): Promise<void> {
    const { family } = this.#plan
    const { sock, id } = this.#pinger
    const version = versionOf(family)
    while (!this.#signal.aborted) {
      try {
        const options = { ancbufsize: CMSG_SPACE(4), signal: this.#signal }
        const [data, ancdata, , from] = await sock.recvmsgAsync(65_535, options)
        const now = performance.now()
        const heard = hear(data, version, id)
        const request = heard && this.#requests.get(heard.sequence)
        if (!heard || !request) continue
        const who = (from as [string])[0]
        if (heard.error !== undefined) this.#trouble(request, who, heard.error.type, heard.error.code)
        else this.#answered(request, { from: who, now, bytes: heard.bytes, ttl: ttlIn(ancdata) })
      } catch (error) {
        // An error of a request: the error queue has it.
        if (!this.#signal.aborted && !(error instanceof SocketError)) throw error
      }
    }
  }

  #answered(request: Request, found: { from: string; now: number; bytes: number; ttl?: number | undefined }) {
    const { from, now, bytes, ttl } = found
    const answer = {
      seq: request.seq,
      from,
      time: (now - request.at) / 1000,
      bytes,
      ...(ttl === undefined ? {} : { ttl }),
    }
    // What comes after its time was told as missing already.
    if (request.done && !this.#answers.has(request)) return
    this.#tally.answer(answer, this.#answers.has(request))
    this.#answers.add(request)
    this.#finish(request)
  }

  readonly #answers = new WeakSet<Request>()

  #trouble(request: Request, from: string, type: number, code: number): void {
    if (request.done) return
    this.#tally.trouble({ seq: request.seq, ...meaningOf(versionOf(this.#plan.family), type, code), from })
    this.#finish(request)
  }

  /** What became of requests, by the error queue: IP_RECVERR of ip(7). */
  async watchErrors(flags: number): Promise<void> {
    const { sock } = this.#pinger
    while (!this.#signal.aborted) {
      try {
        const options = { ancbufsize: 512, flags: flags as never, signal: this.#signal }
        const [data, ancdata] = await sock.recvmsgAsync(65_535, options)
        // The data are those of the request.
        const request = data.length >= 8 ? this.#requests.get(data.readUInt16BE(6)) : undefined
        if (request === undefined) continue
        for (const { code, type, icmpCode, offender } of decodeAncillary(ancdata).errors ?? []) {
          const from = (offender as [string] | null | undefined)?.[0] ?? null
          if (request.done) continue
          const told = meaningOf(versionOf(this.#plan.family), type, icmpCode)
          // This system's own errors, such as one of size, come this way, too, and are no ICMP.
          const reason = from === null ? (textOf(code) ?? told.reason) : told.reason
          this.#tally.trouble({ seq: request.seq, code, reason, from })
          this.#finish(request)
        }
      } catch (error) {
        if (!this.#signal.aborted && !(error instanceof SocketError)) throw error
      }
    }
  }
}
