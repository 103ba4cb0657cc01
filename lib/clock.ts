/** The clock of deadlines, which no change of the time of day moves. */
import { require } from './binding.js'

let clock: { now(): number } | undefined

/** Milliseconds on the clock of `performance.now()`; the module's, because a program may replace the global one. */
export function nowMs(): number {
  // A millisecond of loading, which a program without time-outs need not wait for.
  clock ??= (require('node:perf_hooks') as typeof import('node:perf_hooks')).performance
  return clock.now()
}
