/** select(2). */
import { native } from '../binding.js'
import { errorOf } from '../errors.js'
import { argumentTypeError, timeoutNsOf } from '../validate.js'
import { type LimitArguments, limitsFrom, prepareWait, type SignalOption, type WaitOptions } from './limits.js'
import { descriptorOf, type Selectable } from './selectable.js'
import { attemptThenWait, type Readiness, watchEntries } from './waiting.js'

/** What is asked of a descriptor, as bits: the native layer's. */
const READABLE = 1
const WRITABLE = 2
const EXCEPTIONAL = 4
const LISTS = [
  { name: 'rlist', kind: READABLE },
  { name: 'wlist', kind: WRITABLE },
  { name: 'xlist', kind: EXCEPTIONAL },
] as const

/** The objects of each list that are ready. */
export type Selected<R, W, X> = [readable: R[], writable: W[], exceptional: X[]]

/** A given object, and which entry its descriptor has. */
interface Given {
  readonly object: Selectable
  readonly entry: number
}

const WORDS = 3
const ANSWER = 2

/** The lists of one call, and each descriptor once in an entry: descriptor, kinds asked, kinds answered. */
export class Selection {
  readonly #entries: Int32Array
  readonly #count: number
  readonly #lists: Given[][] = []

  constructor(...lists: unknown[]) {
    const byDescriptor = new Map<number, number>()
    const entries: number[] = []
    for (const [index, { name, kind }] of LISTS.entries()) {
      const given: Given[] = []
      for (const object of listed(name, lists[index])) {
        const fd = descriptorOf(name, object, 'select', given.length)
        let entry = byDescriptor.get(fd)
        if (entry === undefined) {
          entry = byDescriptor.size
          byDescriptor.set(fd, entry)
          entries.push(fd, 0, 0)
        }
        entries[entry * WORDS + 1] = (entries[entry * WORDS + 1] as number) | kind
        given.push({ object: object as Selectable, entry })
      }
      this.#lists.push(given)
    }
    this.#entries = Int32Array.from(entries)
    this.#count = byDescriptor.size
  }

  /** Waits at most so long: whether anything is ready. */
  poll(timeoutNs: number): boolean {
    const ready = native.select(this.#entries, this.#count, timeoutNs)
    if (ready < 0) throw errorOf(ready, 'select')
    return ready > 0
  }

  /** What is ready now; `null` where nothing is. */
  attempt(): Selected<Selectable, Selectable, Selectable> | null {
    return this.poll(0) ? this.ready() : null
  }

  /** What tells that another attempt is worth it. */
  watch(): Readiness {
    return watchEntries(this.#entries, this.#count, true, 'select')
  }

  /** What the last poll found. */
  ready(): Selected<Selectable, Selectable, Selectable> {
    const [readable, writable, exceptional] = LISTS.map(({ kind }, index) =>
      (this.#lists[index] as Given[])
        .filter(({ entry }) => ((this.#entries[entry * WORDS + ANSWER] as number) & kind) !== 0)
        .map(({ object }) => object),
    )
    return [readable as Selectable[], writable as Selectable[], exceptional as Selectable[]]
  }
}

function listed(name: string, list: unknown): Iterable<unknown> {
  if (typeof list === 'object' && list !== null && Symbol.iterator in list) return list as Iterable<unknown>
  throw argumentTypeError(name, 'an array or another iterable object', list)
}

/**
 * Waits until something in one of the lists is ready, or the time is over. It is built on poll(2), so descriptors may
 * have any number; CPython stops at FD_SETSIZE.
 * @param rlist descriptors, or objects with a `fileno()`: those that can be read from (or accepted on) without waiting
 * @param wlist likewise: those that can be written to without waiting
 * @param xlist likewise: those with an exceptional condition, such as urgent data
 * @param timeout seconds, as a float; 0 = do not wait; `null` or left out = wait for ever
 * @returns three new arrays with the very objects given that are ready, in the order given; all empty after the time
 * @throws {SocketError} `EBADF` where a descriptor is not open or an object is closed; `EINTR` where a SIGINT came that
 *   JavaScript handles
 * @throws {TypeError | RangeError} for anything that is no descriptor, and for a negative time
 * @see select(2), poll(2). Linux, macOS.
 */
export function select<R extends Selectable, W extends Selectable, X extends Selectable>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout: number | null = null,
): Selected<R, W, X> {
  const timeoutNs = timeoutNsOf('timeout', timeout)
  const selection = new Selection(rlist, wlist, xlist)
  prepareWait(timeoutNs)
  const isReady = selection.poll(timeoutNs)
  return (isReady ? selection.ready() : [[], [], []]) as Selected<R, W, X>
}

/**
 * {@link select} that does not block the event loop. What is closed while it waits, it does not notice.
 * @param rlist those that can be read from
 * @param wlist those that can be written to
 * @param xlist those with an exceptional condition
 * @param options `timeout` in seconds, as that of `select`; `signal`
 * @returns rejected with the signal's reason where that is aborted, and with the errors of `select`
 * @throws {SocketError} as {@link select}; the signal's reason once it is aborted
 * @see select(2), poll(2). Linux, macOS.
 */
export function selectAsync<R extends Selectable, W extends Selectable, X extends Selectable>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  options?: WaitOptions,
): Promise<Selected<R, W, X>>
/**
 * The same promise, with the time in the place that it has in {@link select}.
 * @param rlist those that can be read from
 * @param wlist those that can be written to
 * @param xlist those with an exceptional condition
 * @param timeout seconds, as that of `select`
 * @param options `signal`, an AbortSignal
 */
export function selectAsync<R extends Selectable, W extends Selectable, X extends Selectable>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout: number | null,
  options?: SignalOption,
): Promise<Selected<R, W, X>>
export async function selectAsync<R extends Selectable, W extends Selectable, X extends Selectable>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  ...given: LimitArguments
): Promise<Selected<R, W, X>> {
  const limits = limitsFrom(given, 'timeout', timeoutNsOf)
  const selection = new Selection(rlist, wlist, xlist)
  const ready = await attemptThenWait(
    'select',
    limits,
    () => selection.attempt(),
    () => selection.watch(),
  )
  return (ready ?? [[], [], []]) as Selected<R, W, X>
}
