/** A flow of numbered datagrams: sent at a rate on one side, counted on the other. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AddressIn, MessageBatch, type Socket, SocketError, UDP_SEGMENT } from '../../index.js'
import { DATAGRAM_BYTES, fillHeader, KINDS, sentNsOf, sequenceOf, stamp } from './datagram.js'
import { CpuMeter } from './machine.js'
import type { Loss, LossInterval, Sent } from './messages.js'
import { Pacer, Turns, until } from './pacer.js'
import { Jitter, SequenceTracker } from './sequence.js'

/** What the kernel cuts into datagrams at once: bytes, and how many of them. */
const LONGEST_TRAIN = 65_000
const MOST_SEGMENTS = 64
/** Longer datagrams are fragmented in most networks, which segments cannot be. */
const LONGEST_SEGMENT = 1472
/** Datagrams, or trains of them, of a system call. */
const MESSAGES = 32
const NO_ROOM = new Set(['ENOBUFS', 'ENOMEM'])
const NO_SEGMENTS = new Set(['EIO', 'EINVAL', 'EMSGSIZE', 'ENOPROTOOPT', 'EOPNOTSUPP'])

export interface FlowPlan {
  sock: Socket
  /** Where to; `null` on a connected socket. */
  address: AddressIn | null
  session: number
  token: string
  /** Bytes of each datagram. */
  size: number
  /** Bits of data per second; `null`: as fast as it goes. */
  bitrate: number | null
  seconds: number
}

/** Sends a flow. */
export class FlowSender {
  readonly #plan: FlowPlan
  readonly #cpu = new CpuMeter()
  readonly #beganMs = performance.now()
  readonly #pacer: Pacer
  #endMs: number
  #sent = 0
  #perMessage: number
  /** Whether any message was of more than one datagram. */
  #usesSegments = false
  #batch: MessageBatch
  #views: Buffer[]

  constructor(plan: FlowPlan) {
    this.#plan = plan
    this.#endMs = this.#beganMs + plan.seconds * 1000
    const perSecond = plan.bitrate === null ? Number.POSITIVE_INFINITY : plan.bitrate / 8 / plan.size
    this.#pacer = new Pacer(perSecond, this.#beganMs)
    const fits = Math.min(MOST_SEGMENTS, Math.floor(LONGEST_TRAIN / plan.size))
    this.#perMessage = UDP_SEGMENT !== undefined && plan.size <= LONGEST_SEGMENT ? Math.max(1, fits) : 1
    ;[this.#batch, this.#views] = this.#prepare()
  }

  /** What went so far. */
  result(): Sent {
    const seconds = (performance.now() - this.#beganMs) / 1000
    const skipped = this.#pacer.skipped
    return { sent: this.#sent, seconds, skipped, segments: this.#usesSegments, cpu: this.#cpu.read() }
  }

  stop(): void {
    this.#endMs = 0
  }

  /** @throws {SocketError} what the kernel says, such as `ECONNREFUSED` where nobody receives, or `EMSGSIZE` */
  async run(): Promise<Sent> {
    const pacer = this.#pacer
    const turns = new Turns()
    for (;;) {
      const now = performance.now()
      if (now >= this.#endMs) break
      const due = pacer.due(now, MESSAGES * this.#perMessage)
      if (due === 0) {
        await until(Math.min(pacer.nextMs, this.#endMs, now + 100))
        continue
      }
      pacer.take(await this.#send(due, now))
      if (turns.isDue(performance.now())) await turns.take()
    }
    return this.result()
  }

  /** Messages with headers in their places: later only numbers and times change, and nothing is copied. */
  #prepare(): [MessageBatch, Buffer[]] {
    const { size, session, token } = this.#plan
    const length = size * this.#perMessage
    const batch = new MessageBatch(MESSAGES, length)
    const first = Buffer.alloc(length)
    for (let at = 0; at < length; at += size) fillHeader(first, at, KINDS.data, session, token)
    const views = Array.from({ length: MESSAGES }, (_, i) => {
      batch.set(i, first)
      return batch.data(i)
    })
    batch.clear()
    return [batch, views]
  }

  /** Sends so many datagrams; how many went. */
  async #send(due: number, nowMs: number): Promise<number> {
    const { size, address, sock } = this.#plan
    const before = this.#sent
    const counts: number[] = []
    let next = before
    for (let i = 0; next < before + due; i++) {
      const view = this.#views[i] as Buffer
      const count = Math.min(this.#perMessage, before + due - next)
      for (let k = 0; k < count; k++) stamp(view, k * size, next++, nowMs)
      const whole = count === this.#perMessage ? view : view.subarray(0, count * size)
      this.#batch.set(i, whole, address, count > 1 ? { segmentSize: size } : undefined)
      counts.push(count)
    }
    let went = 0
    while (this.#batch.unsent > 0) {
      try {
        const messages = await sock.sendmmsgAsync(this.#batch, { timeout: 5 })
        for (let i = 0; i < messages; i++) {
          const count = counts[went++] as number
          this.#sent += count
          if (count > 1) this.#usesSegments = true
        }
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        if (NO_ROOM.has(error.code)) {
          await sleep(1)
        } else if (this.#perMessage > 1 && NO_SEGMENTS.has(error.code)) {
          // The card, or what stands for it, cannot cut: the rest goes one by one.
          this.#perMessage = 1
          ;[this.#batch, this.#views] = this.#prepare()
          return this.#sent - before
        } else {
          this.#batch.clear()
          throw error
        }
      }
    }
    return this.#sent - before
  }
}

type Counts = Pick<Loss, 'received' | 'bytes' | 'lost' | 'reordered' | 'duplicates' | 'jitterNs'>

/** Counts a flow. */
export class FlowReceiver {
  readonly #tracker = new SequenceTracker()
  readonly #jitter = new Jitter()
  readonly #cpu = new CpuMeter()
  readonly #beganMs = performance.now()
  #bytes = 0
  #firstMs = 0
  #lastMs = 0
  #before = { ms: this.#beganMs, ...this.#counts(null) }

  /** How many different datagrams came. */
  get received(): number {
    return this.#tracker.received
  }

  /** When the last one came; 0 = none did. */
  get lastMs(): number {
    return this.#lastMs
  }

  /** A datagram came, which lies in `bytes` from `at` to `end`. */
  note(bytes: Buffer, at: number, end: number, nowMs: number): void {
    if (end - at < DATAGRAM_BYTES) return
    if (this.#firstMs === 0) this.#firstMs = nowMs
    this.#lastMs = nowMs
    if (!this.#tracker.note(sequenceOf(bytes, at))) return
    this.#bytes += end - at
    this.#jitter.note(sentNsOf(bytes, at), nowMs * 1e6)
  }

  #counts(sent: number | null): Counts {
    const tracker = this.#tracker
    return {
      received: tracker.received,
      bytes: this.#bytes,
      lost: tracker.lost(sent),
      reordered: tracker.reordered,
      duplicates: tracker.duplicates,
      jitterNs: this.#jitter.ns,
    }
  }

  /** What came since the last time. What is under way still, or out of order, makes up for it in the next. */
  interval(): LossInterval {
    const now = performance.now()
    const after = this.#counts(null)
    const before = this.#before
    this.#before = { ms: now, ...after }
    return {
      from: (before.ms - this.#beganMs) / 1000,
      to: (now - this.#beganMs) / 1000,
      received: after.received - before.received,
      bytes: after.bytes - before.bytes,
      lost: Math.max(0, after.lost - before.lost),
      reordered: after.reordered - before.reordered,
      duplicates: after.duplicates - before.duplicates,
      jitterNs: after.jitterNs,
    }
  }

  /** @param sent how many the other side says it sent; `null`: it does not say */
  result(sent: number | null, receiveBuffer: number | null): Loss {
    const seconds = Math.max(0, this.#lastMs - this.#firstMs) / 1000
    return { ...this.#counts(sent), seconds, cpu: this.#cpu.read(), receiveBuffer }
  }
}

/** Waits for what is still under way: until all came, or nothing more does. */
export async function settled(receiver: FlowReceiver, sent: number | null): Promise<void> {
  const QUIET_MS = 500
  const began = performance.now()
  while (performance.now() - Math.max(began, receiver.lastMs) < QUIET_MS) {
    if (sent !== null && receiver.received >= sent) return
    await sleep(10)
  }
}
