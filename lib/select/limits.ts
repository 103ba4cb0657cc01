/** How long a poll may wait, and what else ends it. */
import { type AsyncOptions, checkAsyncOptions, signalIn } from '../async-options.js'
import { HAS_INTERRUPT_HANDLER, isMainThread, words } from '../binding.js'
import { argumentTypeError, rangeError } from '../validate.js'

/** What every asynchronous poll takes. */
export interface WaitOptions extends AsyncOptions {
  /** Seconds; `null` or left out = wait for ever. */
  timeout?: number | null | undefined
}

/** The same, checked. */
export interface Limits {
  /** Nanoseconds; below 0 = for ever, 0 = do not wait. */
  readonly timeoutNs: number
  readonly signal: AbortSignal | undefined
}

/** Reads a time: nanoseconds, as in {@link Limits}. */
type TimeReader = (name: string, time: unknown) => number

/** How long an asynchronous poll may wait, in either form: a time and then the signal, or options that have both. */
export type LimitArguments = [timeout?: WaitOptions | number | null, options?: SignalOption]

/** What an asynchronous poll takes beside a time that has an argument of its own. */
export type SignalOption = Pick<WaitOptions, 'signal'>

const INT_MAX = 0x7fffffff
const MILLISECOND_NS = 1e6
const SECOND_NS = 1e9

function timeReader(unitNs: number): TimeReader {
  // As in CPython: poll(2) and epoll_wait(2) count milliseconds in an int.
  const most = (INT_MAX * MILLISECOND_NS) / unitNs
  return (name, time) => {
    if (time === null || time === undefined) return -1
    if (typeof time !== 'number') throw argumentTypeError(name, 'of type number or null', time)
    if (!(time <= most)) throw rangeError(name, `<= ${most}`, time)
    return time < 0 ? -1 : Math.ceil(time * unitNs)
  }
}

/** Milliseconds, rounded up to nanoseconds; nothing, `null` and whatever is below 0 is for ever. */
export const millisecondsNsOf = timeReader(MILLISECOND_NS)
/** Likewise seconds. */
export const secondsNsOf = timeReader(SECOND_NS)

/**
 * The limits in an options object, whose `timeout` is read by `read`.
 * @throws the signal's reason where it is aborted already
 */
export function limitsOf(options: WaitOptions | undefined, read: TimeReader): Limits {
  checkAsyncOptions(options)
  const timeoutNs = read('options.timeout', options?.timeout ?? null)
  return { timeoutNs, signal: signalIn(options) }
}

/**
 * The same where the time may be an argument of its own, called `name` and read by `read`, before the options.
 * @throws the signal's reason where it is aborted already
 */
export function limitsFrom(
  [time, options]: readonly unknown[],
  name: string,
  read: TimeReader,
  readOption = read,
): Limits {
  if (typeof time === 'object' && time !== null) return limitsOf(time, readOption)
  const timeoutNs = read(name, time ?? null)
  return limitsOf(options as WaitOptions | undefined, () => timeoutNs)
}

/** Before a synchronous wait: asking JavaScript for its handler of SIGINT is cheaper than asking the system. */
export function prepareWait(timeoutNs: number): void {
  if (timeoutNs !== 0 && isMainThread) words[HAS_INTERRUPT_HANDLER] = process.listenerCount('SIGINT') > 0 ? 1 : 0
}
