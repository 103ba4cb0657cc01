/** The selector over poll(2). */
import { socketError } from '../errors.js'
import { POLLIN, POLLOUT } from '../generated/select.js'
import type { WaitOptions } from '../select/limits.js'
import { type DescriptorEvents, Poll } from '../select/poll.js'
import type { Selectable } from '../select/selectable.js'
import { timeoutNsOf } from '../validate.js'
import { BaseSelector, secondsOf } from './base.js'
import type { Ready } from './key.js'
import { eventsOf, maskOf } from './masks.js'

const MASKS = { read: POLLIN, write: POLLOUT }

/**
 * The selector over poll(2). A registered descriptor that was closed is ready for everything. Linux, macOS.
 * @see poll(2). Linux, macOS.
 */
export class PollSelector<Data = unknown, File extends Selectable = Selectable> extends BaseSelector<Data, File> {
  readonly #poll = new Poll()

  select(timeout?: number | null): Ready<Data, File>[] {
    this.checkOpen('poll')
    const seconds = secondsOf(timeout)
    timeoutNsOf('timeout', seconds)
    return this.#ready(this.#poll.poll(seconds === null ? null : seconds * 1000))
  }

  protected begin(fd: number, events: number): void {
    this.#poll.register(fd, maskOf(events, MASKS))
  }

  protected change(fd: number, events: number): void {
    this.#poll.modify(fd, maskOf(events, MASKS))
  }

  protected end(fd: number): void {
    this.#poll.unregister(fd)
  }

  protected async wait(options: WaitOptions): Promise<Ready<Data, File>[]> {
    this.checkOpen('poll')
    return this.#ready(await this.#poll.pollAsync(options))
  }

  protected release(): void {
    this.#poll.cancel(socketError('ECANCELED', 'poll'))
  }

  #ready(found: DescriptorEvents[]): Ready<Data, File>[] {
    return this.ready(found.map(([fd, mask]) => [fd, eventsOf(mask, MASKS)]))
  }
}
