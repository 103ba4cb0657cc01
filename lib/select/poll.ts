/** poll(2). */
import { native } from '../binding.js'
import type { Flavor } from '../constant.js'
import { errorOf } from '../errors.js'
import { POLLIN, POLLOUT, POLLPRI } from '../generated/select.js'
import {
  type LimitArguments,
  limitsFrom,
  millisecondsNsOf,
  prepareWait,
  type SignalOption,
  secondsNsOf,
  type WaitOptions,
} from './limits.js'
import { checkEvents, descriptorOf, notRegistered, type Selectable } from './selectable.js'
import { Waits, watchEntries } from './waiting.js'

/** `POLL*` bits, combined with `|`. */
export type PollMask = Flavor<'POLL'>

const WORDS = 3
const ANSWER = 2

/** A descriptor and what it is ready for, as `POLL*` or `EPOLL*` bits. */
export type DescriptorEvents = [fd: number, events: number]

/**
 * A list of descriptors to wait for. It opens nothing, so it needs no closing. Any number of calls may poll it at a
 * time; CPython allows one.
 * @see poll(2). Linux, macOS.
 */
export class Poll {
  readonly #masks = new Map<number, number>()
  readonly #waits = new Waits()
  /** For poll(2), an entry a descriptor: number, mask, answer; `null` after a change. */
  #entries: Int32Array | null = null

  /**
   * Adds a descriptor, to wait for `POLLIN | POLLPRI | POLLOUT`. One that is there gets the new mask.
   * @param f a descriptor or an object with a `fileno()`; poll(2) is not asked, so it need not be open
   * @throws {SocketError} `EBADF` for an object that is closed
   * @throws {TypeError | RangeError} for anything else
   */
  register(f: Selectable): void
  /**
   * The same with a mask.
   * @param f a descriptor or an object with a `fileno()`
   * @param mask `POLL*` bits to wait for; `POLLERR`, `POLLHUP` and `POLLNVAL` come unasked
   */
  register(f: Selectable, mask: PollMask): void
  register(...given: [f: Selectable, mask?: number]): void {
    const fd = descriptorOf('f', given[0], 'poll')
    const mask = given.length > 1 ? given[1] : POLLIN | POLLPRI | POLLOUT
    checkEvents('mask', mask)
    this.#set(fd, mask)
  }

  /**
   * Gives a descriptor that is there another mask.
   * @param f a descriptor or an object with a `fileno()`
   * @param mask `POLL*` bits to wait for
   * @throws {SocketError} `ENOENT` where it is not there
   */
  modify(f: Selectable, mask: PollMask): void {
    const fd = descriptorOf('f', f, 'poll')
    checkEvents('mask', mask)
    if (!this.#masks.has(fd)) throw notRegistered('modify', fd)
    this.#set(fd, mask)
  }

  /**
   * Takes a descriptor out.
   * @param f a descriptor or an object with a `fileno()`
   * @throws {SocketError} `ENOENT` where it is not there
   */
  unregister(f: Selectable): void {
    const fd = descriptorOf('f', f, 'poll')
    if (!this.#masks.delete(fd)) throw notRegistered('unregister', fd)
    this.#change()
  }

  /**
   * Waits until a descriptor is ready, or the time is over.
   * @param timeoutMs milliseconds, which may have a fraction; 0 = do not wait; `null`, left out or negative = wait for
   *   ever
   * @returns the descriptors that are ready, each with its `POLL*` bits, in the order in which they were registered;
   *   `POLLNVAL` for one that is not open
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles
   * @see poll(2). Linux, macOS.
   */
  poll(timeoutMs?: number | null): DescriptorEvents[] {
    const timeoutNs = millisecondsNsOf('timeoutMs', timeoutMs)
    prepareWait(timeoutNs)
    return this.#poll(timeoutNs) ?? []
  }

  /**
   * {@link poll} that does not block the event loop. What is registered, modified or unregistered while it waits
   * counts at once.
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @returns the same as `poll`; rejected with the signal's reason where that is aborted
   * @throws {TypeError | RangeError} for what is no time: the promise rejects with it
   * @see poll(2). Linux, macOS.
   */
  pollAsync(options?: WaitOptions): Promise<DescriptorEvents[]>
  /**
   * The same, as a promise, with milliseconds in place of seconds.
   * @param timeoutMs milliseconds, as `poll` takes them
   * @param options `signal`, an AbortSignal
   */
  pollAsync(timeoutMs: number | null, options?: SignalOption): Promise<DescriptorEvents[]>
  async pollAsync(...given: LimitArguments): Promise<DescriptorEvents[]> {
    const limits = limitsFrom(given, 'timeoutMs', millisecondsNsOf, secondsNsOf)
    const attempt = () => this.#poll(0)
    const begin = () => watchEntries(this.#upToDate(), this.#masks.size, false, 'poll')
    return (await this.#waits.run('poll', limits, attempt, begin)) ?? []
  }

  /** @internal Rejects what waits in `pollAsync`. */
  cancel(error: Error): void {
    this.#waits.end(error)
  }

  #set(fd: number, mask: number): void {
    this.#masks.set(fd, mask)
    this.#change()
  }

  #change(): void {
    this.#entries = null
    this.#waits.changed()
  }

  #upToDate(): Int32Array {
    this.#entries ??= Int32Array.from([...this.#masks].flatMap(([fd, mask]) => [fd, mask, 0]))
    return this.#entries
  }

  #poll(timeoutNs: number): DescriptorEvents[] | null {
    const entries = this.#upToDate()
    const ready = native.poll(entries, entries.length / WORDS, timeoutNs)
    if (ready < 0) throw errorOf(ready, 'poll')
    if (ready === 0) return null
    const found: DescriptorEvents[] = []
    for (let at = 0; at < entries.length; at += WORDS) {
      const events = entries[at + ANSWER] as number
      if (events !== 0) found.push([entries[at] as number, events])
    }
    return found
  }
}

/**
 * A new, empty list of descriptors to wait for.
 * @see poll(2). Linux, macOS.
 */
export function poll(): Poll {
  return new Poll()
}
