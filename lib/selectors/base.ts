/** What all selectors have in common. */
import { checkAsyncOptions } from '../async-options.js'
import { socketError } from '../errors.js'
import type { LimitArguments, SignalOption, WaitOptions } from '../select/limits.js'
import type { Selectable } from '../select/selectable.js'
import { argumentValueError, checkNumber, timeoutNsOf } from '../validate.js'
import { EVENT_READ, EVENT_WRITE, Keys, type Ready, type SelectorKey, SelectorMap } from './key.js'

/** The data of a call: may be left out where it may be `null`. */
export type DataArgument<Data> = null extends Data ? [data?: Data] : [data: Data]

/**
 * Waits until registered objects are ready, each with data of the user's: the form of every selector.
 *
 * Methods throw `SocketError`: `EBADF` once the selector is closed, and for an object that is closed unless it was
 * registered before; `ENOENT` for an object that is not registered.
 * @typeParam Data what is registered with an object
 * @typeParam File what is registered
 * @see Python’s selectors.BaseSelector, select(2). Linux, macOS.
 */
export abstract class BaseSelector<Data = unknown, File extends Selectable = Selectable> {
  readonly #keys = new Keys<Data, File>()
  #map: SelectorMap<Data, File> | null = new SelectorMap(this.#keys)

  /** How many objects are registered. */
  protected get size(): number {
    return this.#keys.size
  }

  /** Begins to wait for a descriptor. */
  protected abstract begin(fd: number, events: number): void
  /** Waits for other events of a descriptor. */
  protected abstract change(fd: number, events: number, before: number): void
  /** Waits for a descriptor no more, which may be closed. */
  protected abstract end(fd: number, events: number): void
  /** Waits as `selectAsync` does; `timeout` is not below 0. */
  protected abstract wait(options: WaitOptions): Promise<Ready<Data, File>[]>
  /** Gives up what the selector itself has open. */
  protected abstract release(): void

  /**
   * Begins to wait for an object.
   * @param fileobj a descriptor or an object with a `fileno()`
   * @param events `EVENT_READ`, `EVENT_WRITE` or `EVENT_READ | EVENT_WRITE`
   * @param [data] anything to go with it; `null` where left out
   * @returns the key of the object
   * @throws {SocketError} `EEXIST` where its descriptor is registered already; what the kernel says, such as `EPERM` of
   *   an epoll for a regular file
   * @throws {TypeError} `ERR_INVALID_ARG_VALUE` for other events
   */
  register(fileobj: File, events: number, ...[data]: DataArgument<Data>): SelectorKey<Data, File> {
    this.checkOpen('register')
    checkSelectorEvents(events)
    const fd = this.#keys.descriptorOf(fileobj, 'register')
    if (this.#keys.get(fd) !== undefined) {
      const error = socketError('EEXIST', 'register')
      error.message += `: descriptor ${fd} is registered already`
      throw error
    }
    this.begin(fd, events)
    return this.#keys.set(keyOf(fileobj, fd, events, (data ?? null) as Data))
  }

  /**
   * Waits for an object no more. It may have been closed since it was registered.
   * @param fileobj a descriptor or an object with a `fileno()`
   * @returns its key
   */
  unregister(fileobj: Selectable): SelectorKey<Data, File> {
    this.checkOpen('unregister')
    const key = this.#keys.find(fileobj, 'unregister')
    this.#keys.delete(key)
    this.end(key.fd, key.events)
    return key
  }

  /**
   * Waits for other events of an object, and gives it other data.
   * @param fileobj a descriptor or an object with a `fileno()`
   * @param events `EVENT_READ`, `EVENT_WRITE` or both
   * @param [data] anything to go with it; `null` where left out
   * @returns its new key
   * @throws {SocketError} what the kernel says; the object is registered no more then
   * @throws {TypeError} `ERR_INVALID_ARG_VALUE` for other events
   */
  modify(fileobj: Selectable, events: number, ...[data]: DataArgument<Data>): SelectorKey<Data, File> {
    this.checkOpen('modify')
    checkSelectorEvents(events)
    const key = this.#keys.find(fileobj, 'modify')
    if (events !== key.events) {
      try {
        this.change(key.fd, events, key.events)
      } catch (error) {
        this.#keys.delete(key)
        throw error
      }
    }
    return this.#keys.set(keyOf(key.fileobj, key.fd, events, (data ?? null) as Data))
  }

  /**
   * Waits until an object is ready, or the time is over.
   * @param timeout seconds, as a float; 0 or less = do not wait; `null` or left out = wait for ever
   * @returns the key of each object that is ready, with the events that it is ready for; empty after the time
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles
   */
  abstract select(timeout?: number | null): Ready<Data, File>[]

  /**
   * {@link select} that does not block the event loop. What is registered, modified or unregistered while it waits
   * counts at once.
   * @param options `timeout` in seconds, as that of `select`; `signal`
   * @returns rejected with the signal's reason where that is aborted, with `ECANCELED` where the selector is closed
   */
  selectAsync(options?: WaitOptions): Promise<Ready<Data, File>[]>
  /**
   * The same promise, with the time in the place that it has in {@link select}.
   * @param timeout seconds, as that of `select`
   * @param options `signal`, an AbortSignal
   */
  selectAsync(timeout: number | null, options?: SignalOption): Promise<Ready<Data, File>[]>
  async selectAsync(...given: LimitArguments): Promise<Ready<Data, File>[]> {
    return await this.wait(optionsOf(given))
  }

  /** Closes the selector, not what is registered; nothing where it is closed already. */
  close(): void {
    if (this.#map === null) return
    this.#map = null
    this.#keys.clear()
    this.release()
  }

  /** Closes the selector at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  /**
   * The key of an object.
   * @param fileobj a descriptor or an object with a `fileno()`
   */
  getKey(fileobj: Selectable): SelectorKey<Data, File> {
    this.checkOpen('getKey')
    return this.#keys.find(fileobj, 'getKey')
  }

  /** What is registered, now and later; `null` where the selector is closed. */
  getMap(): SelectorMap<Data, File> | null {
    return this.#map
  }

  /** Descriptors with the events that they are ready for, as `select` answers. */
  protected ready(found: Iterable<readonly [fd: number, events: number]>): Ready<Data, File>[] {
    const ready: Ready<Data, File>[] = []
    for (const [fd, events] of found) {
      const key = this.#keys.get(fd)
      if (key !== undefined) ready.push([key, events & key.events])
    }
    return ready
  }

  /**
   * Throws where the selector is closed.
   * @param syscall the call that failed
   * @throws {SocketError} `EBADF` where the selector is closed
   */
  protected checkOpen(syscall: string): void {
    if (this.#map === null) throw socketError('EBADF', syscall)
  }
}

function keyOf<Data, File extends Selectable>(
  fileobj: File,
  fd: number,
  events: number,
  data: Data,
): SelectorKey<Data, File> {
  return Object.freeze({ fileobj, fd, events, data })
}

function checkSelectorEvents(events: unknown): void {
  checkNumber('events', events)
  if (events === EVENT_READ || events === EVENT_WRITE || events === (EVENT_READ | EVENT_WRITE)) return
  throw argumentValueError('events', 'must be EVENT_READ, EVENT_WRITE or both', events)
}

/** Seconds for which a selector waits: none for what is below 0. */
export function secondsOf(timeout: number | null | undefined): number | null {
  if (timeout === null || timeout === undefined) return null
  return timeout < 0 ? 0 : timeout
}

/** The arguments of `selectAsync` as options, with the seconds of a selector. */
function optionsOf([time, options]: LimitArguments): WaitOptions {
  if (typeof time === 'object' && time !== null) return { ...time, timeout: secondsOf(time.timeout) }
  const timeout = secondsOf(time)
  timeoutNsOf('timeout', timeout)
  checkAsyncOptions(options)
  return { ...options, timeout }
}
