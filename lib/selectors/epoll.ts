/** The selector over epoll(7). */
import { SocketError } from '../errors.js'
import { EPOLLIN, EPOLLOUT } from '../generated/select.js'
import { Epoll } from '../select/epoll.js'
import type { WaitOptions } from '../select/limits.js'
import type { DescriptorEvents } from '../select/poll.js'
import type { Selectable } from '../select/selectable.js'
import { BaseSelector, secondsOf } from './base.js'
import type { Ready } from './key.js'
import { eventsOf, maskOf } from './masks.js'

/** As many as an epoll object gives where it is not told. */
const LEAST_EVENTS = 1023

const MASKS = { read: EPOLLIN ?? 0, write: EPOLLOUT ?? 0 }

/**
 * The selector over epoll(7), which has a descriptor of its own.
 *
 * Methods throw what those of {@link BaseSelector} do.
 * @see epoll(7). Linux.
 */
export class EpollSelector<Data = unknown, File extends Selectable = Selectable> extends BaseSelector<Data, File> {
  readonly #epoll = new Epoll()

  /** The descriptor of its epoll object. */
  fileno(): number {
    return this.#epoll.fileno()
  }

  select(timeout?: number | null): Ready<Data, File>[] {
    return this.#ready(this.#epoll.poll(secondsOf(timeout), this.#maxevents()))
  }

  protected begin(fd: number, events: number): void {
    this.#epoll.register(fd, maskOf(events, MASKS))
  }

  protected change(fd: number, events: number): void {
    this.#epoll.modify(fd, maskOf(events, MASKS))
  }

  protected end(fd: number): void {
    try {
      this.#epoll.unregister(fd)
    } catch (error) {
      // It was closed, and the kernel has forgotten it.
      if (!(error instanceof SocketError)) throw error
    }
  }

  protected async wait(options: WaitOptions): Promise<Ready<Data, File>[]> {
    const maxevents = this.#maxevents()
    return this.#ready(await this.#epoll.pollAsync({ ...options, maxevents }))
  }

  protected release(): void {
    this.#epoll.close()
  }

  /** Room for all that is registered, and for what is registered while it waits. */
  #maxevents(): number {
    return Math.max(this.size, LEAST_EVENTS)
  }

  #ready(found: DescriptorEvents[]): Ready<Data, File>[] {
    return this.ready(found.map(([fd, mask]) => [fd, eventsOf(mask, MASKS)]))
  }
}
