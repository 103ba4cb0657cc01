/** Spreads sends over time: how many are due at a moment, and waiting for the next one. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Node's timers are this coarse; what is due sooner is waited for in turns of the event loop. Milliseconds. */
const TIMER_MS = 1.5
/** The longest stretch that is made up for at once, milliseconds. A burst of more would measure queues, not the rate. */
const MOST_BEHIND_MS = 20

/** Tells how many of something are due, at a rate. All times are milliseconds of one clock. */
export class Pacer {
  readonly #perMs: number
  #begin: number
  #taken = 0
  #skipped = 0

  /** @param perSecond how many a second; `Infinity`: no limit */
  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000
    this.#begin = nowMs
  }

  /** How many were due and were left out, since they were too late. */
  get skipped(): number {
    return this.#skipped
  }

  /** How many of at most `most` may go now: the first is due at once. */
  due(nowMs: number, most: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return most
    const behind = nowMs - this.nextMs - MOST_BEHIND_MS
    if (behind > 0) {
      this.#begin += behind
      this.#skipped += behind * this.#perMs
    }
    const owed = Math.floor((nowMs - this.#begin) * this.#perMs) + 1 - this.#taken
    return Math.max(0, Math.min(most, owed))
  }

  /** So many went. */
  take(count: number): void {
    this.#taken += count
  }

  /** When the next one is due. */
  get nextMs(): number {
    return this.#perMs === Number.POSITIVE_INFINITY ? 0 : this.#begin + this.#taken / this.#perMs
  }
}

/**
 * Waits until a moment of `performance.now()`, closer than timers can: it keeps a CPU busy in the last millisecond or
 * two, while the event loop goes on turning.
 */
export async function until(moment: number): Promise<void> {
  for (;;) {
    const left = moment - performance.now()
    if (left <= 0) return
    if (left > TIMER_MS) await sleep(left - TIMER_MS)
    else await nextTurn()
  }
}

/** Lets the event loop turn in loops whose promises are settled at once, which would otherwise keep it from timers. */
export class Turns {
  #last = performance.now()

  /** Whether it is time to `await nextTurn()`. @param nowMs of `performance.now()` */
  isDue(nowMs: number): boolean {
    return nowMs - this.#last > 2
  }

  async take(): Promise<void> {
    await nextTurn()
    this.#last = performance.now()
  }
}
