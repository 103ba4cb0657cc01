/** Asynchronous polls: attempt, then wait until a queue of the kernel's polls readable, then attempt again. */
import { native, TOKEN, words } from '../binding.js'
import { postpone, turn } from '../engine.js'
import { errorOf } from '../errors.js'
import { waitReadable } from '../wait-readable.js'
import type { Limits } from './limits.js'

/** What a wait waits with. */
export interface Readiness {
  /** A descriptor that polls readable when another attempt is worth it. */
  readonly fd: number
  /** Takes the news out, so that it polls readable again only for more. */
  drain(): void
  close(): void
}

/** So many polls of this thread may be answered at once, then others have their turn. */
const SHARE = 32
let spent = 0
let spentIn = 0

/** Whether this thread's polls still have a share of the turn. */
export const hasShare = (): boolean => spent < SHARE || spentIn !== turn

/** A poll was answered at once. */
export function spend(): void {
  if (spentIn !== turn) spent = 0
  spentIn = turn
  spent++
}

export const nextTurn = (): Promise<void> => new Promise((resume) => postpone({ isReferenced: true, resume }))

const nowNs = (): number => performance.now() * 1e6

/** What is left of a time that began at `startNs`. */
const leftOf = (timeoutNs: number, startNs: number): number =>
  timeoutNs < 0 ? -1 : Math.max(0, startNs + timeoutNs - nowNs())

/**
 * Attempts until there is a result.
 * @param attempt answers `null` where there is nothing yet
 * @param begin opens what tells that another attempt is worth it
 * @returns the result; `null` after the time is over
 */
export async function attemptThenWait<T>(
  syscall: string,
  { timeoutNs, signal }: Limits,
  attempt: () => T | null,
  begin: () => Readiness,
): Promise<T | null> {
  const startNs = nowNs()
  if (!hasShare()) {
    await nextTurn()
    signal?.throwIfAborted()
  }
  const first = attempt()
  if (first !== null || timeoutNs === 0) {
    spend()
    return first
  }
  const readiness = begin()
  try {
    for (;;) {
      const isReady = await waitReadable(readiness.fd, leftOf(timeoutNs, startNs), signal, syscall)
      signal?.throwIfAborted()
      if (isReady) readiness.drain()
      const result = attempt()
      if (result !== null || !isReady) return result
    }
  } finally {
    readiness.close()
  }
}

/** A queue of the kernel's that has news of the entries: `kinds` where they ask what select(2) does, else events. */
export function watchEntries(entries: Int32Array, count: number, kinds: boolean, syscall: string): Readiness {
  const fd = native.watchEntries(entries, count, kinds ? 1 : 0)
  if (fd < 0) throw errorOf(fd, syscall)
  const token = words[TOKEN] as number
  return {
    fd,
    drain() {
      const result = native.drainWatched(fd)
      if (result < 0) throw errorOf(result, syscall)
    },
    close() {
      native.closeOwned(fd, token)
    },
  }
}

/** Why a wait ended that shall begin anew. */
const CHANGED = Symbol('changed')

/** The asynchronous waits of one object: they end with it, and begin anew where what they wait for was changed. */
export class Waits {
  readonly #running = new Set<AbortController>()

  /** What the waits wait for is another: each attempts again, and waits for that. */
  changed(): void {
    for (const controller of this.#running) controller.abort(CHANGED)
  }

  /** Rejects what waits. */
  end(error: Error): void {
    for (const controller of this.#running) controller.abort(error)
  }

  /** As {@link attemptThenWait}. */
  async run<T>(
    syscall: string,
    { timeoutNs, signal }: Limits,
    attempt: () => T | null,
    begin: () => Readiness,
  ): Promise<T | null> {
    const startNs = nowNs()
    let controller = new AbortController()
    const abort = () => controller.abort(signal?.reason)
    signal?.addEventListener('abort', abort)
    try {
      for (;;) {
        this.#running.add(controller)
        const limits = { timeoutNs: leftOf(timeoutNs, startNs), signal: controller.signal }
        try {
          return await attemptThenWait(syscall, limits, attempt, begin)
        } catch (error) {
          if (error !== CHANGED) throw error
        } finally {
          this.#running.delete(controller)
        }
        controller = new AbortController()
      }
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
}
