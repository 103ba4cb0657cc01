/** The selector over select(2). */
import { socketError } from '../errors.js'
import { limitsOf, prepareWait, type WaitOptions } from '../select/limits.js'
import { type Selected, Selection } from '../select/select.js'
import type { Selectable } from '../select/selectable.js'
import { Waits } from '../select/waiting.js'
import { timeoutNsOf } from '../validate.js'
import { BaseSelector, secondsOf } from './base.js'
import { EVENT_READ, EVENT_WRITE, type Ready } from './key.js'

/**
 * The selector over select(2).
 * @see select(2). Linux, macOS.
 */
export class SelectSelector<Data = unknown, File extends Selectable = Selectable> extends BaseSelector<Data, File> {
  readonly #readers = new Set<number>()
  readonly #writers = new Set<number>()
  readonly #waits = new Waits()

  /**
   * Waits until an object is ready, or the time is over.
   * @param timeout seconds, as a float; 0 or less = do not wait; `null` or left out = wait for ever
   * @returns the key of each object that is ready, with its events
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles; `EBADF` also where something registered
   *   was closed
   */
  select(timeout?: number | null): Ready<Data, File>[] {
    this.checkOpen('select')
    const timeoutNs = timeoutNsOf('timeout', secondsOf(timeout))
    const selection = this.#selection()
    prepareWait(timeoutNs)
    return selection.poll(timeoutNs) ? this.#ready(selection) : []
  }

  protected begin(fd: number, events: number): void {
    this.#set(fd, events)
  }

  protected change(fd: number, events: number): void {
    this.#set(fd, events)
  }

  protected end(fd: number): void {
    this.#set(fd, 0)
  }

  protected async wait(options: WaitOptions): Promise<Ready<Data, File>[]> {
    this.checkOpen('select')
    const limits = limitsOf(options, timeoutNsOf)
    let selection = this.#selection()
    const attempt = () => {
      selection = this.#selection()
      return selection.poll(0) ? this.#ready(selection) : null
    }
    return (await this.#waits.run('select', limits, attempt, () => selection.watch())) ?? []
  }

  protected release(): void {
    this.#waits.end(socketError('ECANCELED', 'select'))
  }

  #set(fd: number, events: number): void {
    for (const [list, event] of [[this.#readers, EVENT_READ] as const, [this.#writers, EVENT_WRITE] as const]) {
      if (events & event) list.add(fd)
      else list.delete(fd)
    }
    this.#waits.changed()
  }

  #selection(): Selection {
    return new Selection(this.#readers, this.#writers, [])
  }

  #ready(selection: Selection): Ready<Data, File>[] {
    const [readable, writable] = selection.ready() as Selected<number, number, number>
    const events = new Map(readable.map((fd) => [fd, EVENT_READ]))
    for (const fd of writable) events.set(fd, (events.get(fd) ?? 0) | EVENT_WRITE)
    return this.ready(events)
  }
}
