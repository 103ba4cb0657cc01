/** kqueue(2). */
import { native } from '../binding.js'
import { errorOf } from '../errors.js'
import { KQ_FILTER_READ } from '../generated/select.js'
import { argumentTypeError, checkInteger, timeoutNsOf } from '../validate.js'
import { KernelQueue, QueueObject } from './kernel-queue.js'
import { KEVENT_DOUBLES, Kevent, unavailable } from './kevent.js'
import { type LimitArguments, limitsFrom, prepareWait, type SignalOption, type WaitOptions } from './limits.js'
import { hasShare, nextTurn, spend } from './waiting.js'

/** More do not come at once, whatever is asked for: their room would be taken for nothing. */
const MOST_EVENTS = 1 << 16

const NO_CHANGES = new Float64Array(0)

/** Where events arrive, six doubles each; larger where a call asks for more. */
let room = new Float64Array(64 * KEVENT_DOUBLES)

function checkMaxEvents(maxEvents: unknown): number {
  checkInteger('maxEvents', maxEvents, 0, 0x7fffffff)
  return Math.min(maxEvents, MOST_EVENTS)
}

function changesOf(changelist: Iterable<Kevent> | null | undefined): Float64Array {
  if (changelist === null || changelist === undefined) return NO_CHANGES
  if (typeof changelist !== 'object' || !(Symbol.iterator in changelist)) {
    throw argumentTypeError('changelist', 'null or an iterable object of kevents', changelist)
  }
  const changes = [...changelist]
  const doubles = new Float64Array(changes.length * KEVENT_DOUBLES)
  changes.forEach((change, index) => {
    const name = `changelist[${index}]`
    if (!(change instanceof Kevent)) throw argumentTypeError(name, 'a kevent', change)
    change.check(`${name}.`)
    change.write(doubles, index * KEVENT_DOUBLES)
  })
  return doubles
}

function open(): KernelQueue {
  const fd = native.kqueueCreate()
  if (fd < 0) {
    const error = errorOf(fd, 'kqueue')
    throw error.code === 'ENOSYS' ? unavailable('kqueue') : error
  }
  return new KernelQueue(fd, 'kqueue')
}

/**
 * A kqueue object: events to wait for, kept by the kernel. It has a descriptor of its own, so close it.
 *
 * Every method throws `SocketError` with the kernel's errno, `EBADF` once the object is closed.
 * @see kqueue(2). macOS.
 */
export class Kqueue extends QueueObject {
  /**
   * Opens one, close-on-exec.
   * @throws {SocketError} `ENOSYS` on another platform, `EMFILE` and the like
   */
  constructor()
  constructor(queue?: KernelQueue) {
    super(queue instanceof KernelQueue ? queue : open())
  }

  /**
   * Takes ownership of the descriptor of a kqueue object.
   * @param fd of a kqueue object
   * @returns an object that owns the descriptor
   * @throws {SocketError} `EBADF` for what is not open; what is no kqueue object shows at the first call
   */
  static fromfd(fd: number): Kqueue {
    if (KQ_FILTER_READ === undefined) throw unavailable('kqueue')
    return new (Kqueue as unknown as new (queue: KernelQueue) => Kqueue)(KernelQueue.adopt(fd, 'kqueue'))
  }

  /**
   * Makes changes, then waits until there are events, or the time is over.
   * @param changelist kevents; `null` = none
   * @param maxEvents how many events at most; with 0 it does not wait
   * @param timeout seconds, as a float; 0 = do not wait; `null` or left out = wait for ever
   * @returns the events
   * @throws {SocketError} what a change met where there is no room to tell it as an event with `KQ_EV_ERROR`; `EINTR`
   *   where a SIGINT came that JavaScript handles
   * @see kevent(2). macOS.
   */
  control(changelist: Iterable<Kevent> | null, maxEvents: number, timeout: number | null = null): Kevent[] {
    this.queue.open('kevent')
    const most = checkMaxEvents(maxEvents)
    const timeoutNs = timeoutNsOf('timeout', timeout)
    const changes = changesOf(changelist)
    if (most > 0) prepareWait(timeoutNs)
    return this.#control(changes, most, timeoutNs) ?? []
  }

  /**
   * {@link control} that does not block the event loop. The changes are made at once.
   * @param changelist kevents; `null` = none
   * @param maxEvents how many events at most; with 0 it does not wait
   * @param options `timeout` in seconds, in all; `signal`, an AbortSignal
   * @returns rejected with the signal's reason where that is aborted, with `ECANCELED` where the object is closed
   */
  controlAsync(changelist: Iterable<Kevent> | null, maxEvents: number, options?: WaitOptions): Promise<Kevent[]>
  /**
   * The same promise, with the time in the place that it has in {@link control}.
   * @param changelist kevents; `null` = none
   * @param maxEvents how many events at most; with 0 it does not wait
   * @param timeout seconds, as that of `control`
   * @param options `signal`, an AbortSignal
   */
  controlAsync(
    changelist: Iterable<Kevent> | null,
    maxEvents: number,
    timeout: number | null,
    options?: SignalOption,
  ): Promise<Kevent[]>
  async controlAsync(
    changelist: Iterable<Kevent> | null,
    maxEvents: number,
    ...given: LimitArguments
  ): Promise<Kevent[]> {
    this.queue.open('kevent')
    const most = checkMaxEvents(maxEvents)
    const limits = limitsFrom(given, 'timeout', timeoutNsOf)
    const changes = changesOf(changelist)
    if (changes.length > 0 || most === 0) {
      const first = this.#control(changes, most, 0)
      if (first !== null || most === 0) {
        // What was told is told: the turn of others comes before the answer.
        if (!hasShare()) await nextTurn()
        spend()
        return first ?? []
      }
    }
    return (await this.queue.wait('kevent', limits, () => this.#control(NO_CHANGES, most, 0))) ?? []
  }

  #control(changes: Float64Array, most: number, timeoutNs: number): Kevent[] | null {
    if (room.length < most * KEVENT_DOUBLES) room = new Float64Array(most * KEVENT_DOUBLES)
    const events = room
    const ready = native.kqueueControl(this.queue.open('kevent'), changes, events, most, timeoutNs)
    if (ready < 0) throw errorOf(ready, 'kevent')
    if (ready === 0) return null
    return Array.from({ length: ready }, (_, index) => Kevent.read(events, index * KEVENT_DOUBLES))
  }
}

/**
 * Opens a kqueue object, close-on-exec.
 * @returns the object
 * @throws {SocketError} `ENOSYS` on another platform, `EMFILE` and the like
 * @see kqueue(2). macOS.
 */
export function kqueue(): Kqueue {
  return new Kqueue()
}
