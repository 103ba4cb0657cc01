/** One side's part of a throughput test: it sends, receives, or both, over connections that are there. */
import { SHUT_WR, type Socket } from '../../index.js'
import { CpuMeter } from './machine.js'
import type { Flow, Side, TcpInterval, TcpSummary } from './messages.js'
import { Pacer, Turns, until } from './pacer.js'
import { tcpSummary } from './tcp-summary.js'

/** How long the other side may take to read what was sent, once all is sent; and after an interruption. Seconds. */
const DRAIN_SECONDS = 10
const INTERRUPTED_DRAIN_SECONDS = 2
/** Received at once. Of a block for each connection, not more. */
const LEAST_BUFFER = 64 * 1024

export interface StreamPlan {
  sends: boolean
  receives: boolean
  /** Seconds after `omit`; `null`: until `bytes` are sent. */
  seconds: number | null
  bytes: number | null
  omit: number
  block: number
  interval: number
  /** Bits per second at most, in each direction; `null`: as fast as it goes. */
  bitrate: number | null
}

/** Bytes of one direction, and when they came to count. */
class Meter {
  total = 0
  lastMs: number
  #omitted = 0
  #fromMs: number

  constructor(nowMs: number) {
    this.#fromMs = nowMs
    this.lastMs = nowMs
  }

  add(bytes: number, nowMs: number): void {
    this.total += bytes
    this.lastMs = nowMs
  }

  /** What went until now does not count. */
  omit(nowMs: number): void {
    this.#omitted = this.total
    this.#fromMs = nowMs
    this.lastMs = nowMs
  }

  flow(): Flow {
    return {
      total: this.total,
      measured: this.total - this.#omitted,
      seconds: Math.max(0, this.lastMs - this.#fromMs) / 1000,
    }
  }
}

/** A run over connections, which are closed in the end. */
export class StreamRun {
  readonly #socks: readonly Socket[]
  readonly #plan: StreamPlan
  readonly #onInterval: (interval: TcpInterval) => void
  readonly #cpu = new CpuMeter()
  readonly #beganMs = performance.now()
  readonly #sent = new Meter(this.#beganMs)
  readonly #received = new Meter(this.#beganMs)
  readonly #timers: NodeJS.Timeout[] = []
  #stopping = false
  #ended = false
  #clean = true
  #reported = { ms: this.#beganMs, sent: 0, received: 0 }
  #failure: unknown
  #tcp: TcpSummary | null = null

  constructor(socks: readonly Socket[], plan: StreamPlan, onInterval: (interval: TcpInterval) => void) {
    this.#socks = socks
    this.#plan = plan
    this.#onInterval = onInterval
  }

  /** Sends no more; what is under way is still received. @param interrupted somebody waits for the end */
  stop(interrupted: boolean): void {
    this.#stopping = true
    if (this.#ended) return
    // Where the other side reads no more, its connections are given up.
    this.#timers.push(
      setTimeout(() => this.abandon(), (interrupted ? INTERRUPTED_DRAIN_SECONDS : DRAIN_SECONDS) * 1000),
    )
  }

  /** Closes the connections: what waits for them ends. */
  abandon(): void {
    this.#stopping = true
    this.#clean = false
    for (const sock of this.#socks) sock.close()
  }

  /**
   * Runs to the end.
   * @throws {SocketError} where a connection breaks before it is asked to end
   */
  async run(): Promise<Side> {
    const { seconds, omit, interval, sends } = this.#plan
    if (omit > 0) this.#timers.push(setTimeout(() => this.#omit(), omit * 1000))
    if (seconds !== null) this.#timers.push(setTimeout(() => this.stop(false), (omit + seconds) * 1000))
    this.#timers.push(setInterval(() => this.#report(), interval * 1000))
    const loops = this.#socks.flatMap((sock, i) => [
      ...(sends ? [this.#send(sock, i)] : []),
      // The end is awaited in any case: who only receives closes when all has come.
      this.#receive(sock),
    ])
    await Promise.all(loops.map((loop) => loop.catch((error: unknown) => this.#failed(error))))
    this.#ended = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#tcp = (sends ? tcpSummary(this.#socks) : null) ?? this.#tcp
    this.#report(this.#tcp)
    for (const sock of this.#socks) sock.close()
    if (this.#failure !== undefined) throw this.#failure
    return this.side()
  }

  /** What was measured so far. */
  side(): Side {
    const { sends, receives } = this.#plan
    return {
      sent: sends ? this.#sent.flow() : null,
      received: receives ? this.#received.flow() : null,
      cpu: this.#cpu.read(),
      tcp: this.#tcp,
      clean: this.#clean,
    }
  }

  #failed(error: unknown): void {
    if (this.#stopping) {
      this.#clean = false
      return
    }
    this.#failure ??= error
    this.abandon()
  }

  #omit(): void {
    const now = performance.now()
    this.#sent.omit(now)
    this.#received.omit(now)
  }

  #report(tcp = this.#plan.sends ? tcpSummary(this.#socks) : null): void {
    const now = performance.now()
    const before = this.#reported
    const [sent, received] = [this.#sent.total, this.#received.total]
    if (sent === before.sent && received === before.received && this.#stopping) return
    this.#reported = { ms: now, sent, received }
    this.#tcp = tcp ?? this.#tcp
    this.#onInterval({
      from: (before.ms - this.#beganMs) / 1000,
      to: (now - this.#beganMs) / 1000,
      sent: sent - before.sent,
      received: received - before.received,
      tcp,
    })
  }

  /** How many bytes one of the connections has to send. */
  #share(index: number): number {
    const { bytes } = this.#plan
    if (bytes === null) return Number.POSITIVE_INFINITY
    const even = Math.floor(bytes / this.#socks.length)
    return even + (index < bytes - even * this.#socks.length ? 1 : 0)
  }

  #pacer(): Pacer | null {
    const { bitrate } = this.#plan
    return bitrate === null ? null : new Pacer(bitrate / 8 / this.#socks.length, performance.now())
  }

  async #send(sock: Socket, index: number): Promise<void> {
    const block = Buffer.alloc(this.#plan.block, 'berkeley ')
    const turns = new Turns()
    const pacer = this.#pacer()
    let left = this.#share(index)
    while (left > 0 && !this.#stopping) {
      const count = await sock.sendAsync(left < block.length ? block.subarray(0, left) : block)
      const now = performance.now()
      left -= count
      this.#sent.add(count, now)
      if (pacer !== null) {
        pacer.take(count)
        if (pacer.due(now, 1) === 0) await until(pacer.nextMs)
      }
      if (turns.isDue(now)) await turns.take()
    }
    sock.shutdown(SHUT_WR)
  }

  async #receive(sock: Socket): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.max(LEAST_BUFFER, this.#plan.block))
    const turns = new Turns()
    const pacer = this.#pacer()
    for (;;) {
      const count = await sock.recvIntoAsync(buffer)
      if (count === 0) return
      const now = performance.now()
      this.#received.add(count, now)
      if (pacer !== null) {
        pacer.take(count)
        if (pacer.due(now, 1) === 0) await until(pacer.nextMs)
      }
      if (turns.isDue(now)) await turns.take()
    }
  }
}
