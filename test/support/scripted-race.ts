/** A race that is played from a script, on a clock that runs as fast as it is looked at. */
import { type Losses, race } from '../../dist/happy-eyeballs.js'

/** When something ends, in milliseconds after its begin, and how: an `Error` is a failure. `null` = never. */
export type Ending<T> = readonly [ms: number, result: T | Error] | null

export interface Script {
  /** The answers of the look-ups, the preferred family first. */
  readonly lookUps: readonly Ending<readonly string[]>[]
  /** How the attempts end, by address; those that are not named, never. */
  readonly attempts?: Readonly<Record<string, Ending<true>>>
  readonly resolutionDelay?: number
  readonly attemptDelay?: number
  readonly timeout?: number
  /** When the signal is aborted. */
  readonly abort?: number
  /** Attempts that have an end come to it, whether the race is over or not. */
  readonly deaf?: boolean
}

export interface Played {
  /** What was begun, and ended from outside, each with its time: `'250 try a4'`. */
  readonly log: readonly string[]
  /** `'300 a4'`, `'300 aborted'` or the losses; `null` where the race has no end. */
  readonly result: string | (Losses & { at: number }) | null
  /** What is left: connections that nobody has, timers, listeners. */
  readonly left: { readonly open: readonly string[]; readonly timers: number; readonly listeners: number }
}

class Clock {
  now = 0
  readonly timers = new Set<{ at: number; expire: () => void }>()

  start(ms: number, expire: () => void): () => void {
    const timer = { at: this.now + ms, expire }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  /** Until nothing more is to come. */
  async run(): Promise<void> {
    for (;;) {
      // Promises have their say between any two moments.
      await new Promise((resolve) => setImmediate(resolve))
      const [next] = [...this.timers].sort((one, other) => one.at - other.at)
      if (next === undefined) return
      this.timers.delete(next)
      this.now = next.at
      next.expire()
    }
  }
}

/** Counts who listens, which a signal does not tell. */
class Signal {
  readonly controller = new AbortController()
  listeners = 0

  constructor() {
    const { signal } = this.controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--
      remove(...args)
    }
  }
}

export async function play(script: Script): Promise<Played> {
  const { attempts = {}, resolutionDelay = 50, attemptDelay = 250, timeout = -1 } = script
  const clock = new Clock()
  const outside = new Signal()
  const log: string[] = []
  const open = new Set<string>()
  /** The race's own. */
  const timers = new Set<object>()
  const note = (text: string): void => void log.push(`${clock.now} ${text}`)
  /** Ends as the script says, or with the race. */
  const perform = <T>(ending: Ending<T>, signal: AbortSignal, deaf = false): Promise<T> =>
    new Promise((resolve, reject) => {
      const [ms, result] = ending ?? [0, new Error('never')]
      const end = (): void => (result instanceof Error ? reject(result) : resolve(result))
      const cancel = ending === null ? () => {} : clock.start(ms, end)
      if (deaf && ending !== null) return
      signal.addEventListener('abort', () => {
        cancel()
        reject(new Error('over'))
      })
    })
  const track = {
    families: script.lookUps.map((_, index) => index),
    resolutionDelayNs: resolutionDelay * 1e6,
    attemptDelayNs: attemptDelay * 1e6,
    timeoutNs: timeout * 1e6,
    signal: outside.controller.signal,
    lookUp: (family: number, signal: AbortSignal) => perform(script.lookUps[family] ?? null, signal),
    async connect(address: string, signal: AbortSignal): Promise<string> {
      note(`try ${address}`)
      open.add(address)
      try {
        await perform(attempts[address] ?? null, signal, script.deaf)
        return address
      } catch (error) {
        open.delete(address)
        throw error
      }
    },
    discard(address: string): void {
      note(`discard ${address}`)
      open.delete(address)
    },
    startTimer(ns: number, expire: () => void): () => void {
      const timer = {}
      timers.add(timer)
      const cancel = clock.start(ns / 1e6, () => {
        timers.delete(timer)
        expire()
      })
      return () => {
        timers.delete(timer)
        cancel()
      }
    },
    failure: (losses: Losses) => losses,
  }
  let result: Played['result'] = null
  let timersAtEnd = 0
  const end = (ended: Played['result']): void => {
    result = ended
    timersAtEnd = timers.size
  }
  race(track).then(
    (winner) => {
      open.delete(winner)
      end(`${clock.now} ${winner}`)
    },
    (reason: unknown) =>
      end(typeof reason === 'string' ? `${clock.now} ${reason}` : { ...(reason as Losses), at: clock.now }),
  )
  if (script.abort !== undefined) clock.start(script.abort, () => outside.controller.abort('aborted'))
  await clock.run()
  return { log, result, left: { open: [...open], timers: timersAtEnd, listeners: outside.listeners } }
}
