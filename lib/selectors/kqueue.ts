/** The selector over kqueue(2). */
import { SocketError } from '../errors.js'
import { KQ_EV_ADD, KQ_EV_DELETE, KQ_FILTER_READ, KQ_FILTER_WRITE } from '../generated/select.js'
import { Kevent } from '../select/kevent.js'
import { Kqueue } from '../select/kqueue.js'
import type { WaitOptions } from '../select/limits.js'
import type { Selectable } from '../select/selectable.js'
import { BaseSelector, secondsOf } from './base.js'
import { EVENT_READ, EVENT_WRITE, type Ready } from './key.js'

const LEAST_EVENTS = 256

const FILTERS = [
  { event: EVENT_READ, filter: KQ_FILTER_READ ?? 0 },
  { event: EVENT_WRITE, filter: KQ_FILTER_WRITE ?? 0 },
]

/**
 * The selector over kqueue(2), which has a descriptor of its own.
 *
 * Methods throw what those of {@link BaseSelector} do.
 * @see kqueue(2). macOS.
 */
export class KqueueSelector<Data = unknown, File extends Selectable = Selectable> extends BaseSelector<Data, File> {
  readonly #kqueue = new Kqueue()
  /** How many filters there are: so many events can come at once. */
  #filters = 0

  /** The descriptor of its kqueue object. */
  fileno(): number {
    return this.#kqueue.fileno()
  }

  select(timeout?: number | null): Ready<Data, File>[] {
    return this.#ready(this.#kqueue.control(null, this.#maxEvents(), secondsOf(timeout)))
  }

  protected begin(fd: number, events: number): void {
    this.#set(fd, events, 0)
  }

  protected change(fd: number, events: number, before: number): void {
    this.#set(fd, events, before)
  }

  protected end(fd: number, events: number): void {
    this.#set(fd, 0, events)
  }

  protected async wait(options: WaitOptions): Promise<Ready<Data, File>[]> {
    return this.#ready(await this.#kqueue.controlAsync(null, this.#maxEvents(), options))
  }

  protected release(): void {
    this.#kqueue.close()
  }

  /** Adds the filters of `events` and deletes those of `before` that are no more. Where that fails, none is left. */
  #set(fd: number, events: number, before: number): void {
    const added = FILTERS.filter(({ event }) => events & event & ~before)
    const deleted = FILTERS.filter(({ event }) => before & event & ~events)
    try {
      for (const { filter } of added) this.#control(fd, filter, KQ_EV_ADD ?? 0)
    } catch (error) {
      this.#filters -= FILTERS.filter(({ event }) => before & event).length
      for (const { filter } of FILTERS) this.#forget(fd, filter)
      throw error
    }
    for (const { filter } of deleted) this.#forget(fd, filter)
    this.#filters += added.length - deleted.length
  }

  #control(fd: number, filter: number, flags: number): void {
    this.#kqueue.control([new Kevent(fd, filter, flags)], 0, 0)
  }

  #forget(fd: number, filter: number): void {
    try {
      this.#control(fd, filter, KQ_EV_DELETE ?? 0)
    } catch (error) {
      // It was closed, or was never added.
      if (!(error instanceof SocketError)) throw error
    }
  }

  /** Room for all that is registered, and for what is registered while it waits. */
  #maxEvents(): number {
    return Math.max(this.#filters, LEAST_EVENTS)
  }

  #ready(found: Kevent[]): Ready<Data, File>[] {
    const events = new Map<number, number>()
    for (const { ident, filter } of found) {
      const event = FILTERS.find((each) => each.filter === filter)?.event ?? 0
      events.set(ident, (events.get(ident) ?? 0) | event)
    }
    return this.ready(events)
  }
}
