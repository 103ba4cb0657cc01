/** The selector that this platform does best with. */
import { EPOLLIN, KQ_FILTER_READ } from '../generated/select.js'
import type { Selectable } from '../select/selectable.js'
import type { BaseSelector } from './base.js'
import { EpollSelector } from './epoll.js'
import { KqueueSelector } from './kqueue.js'
import { PollSelector } from './poll.js'

/**
 * The best selector of this platform: epoll(7) on Linux, kqueue(2) on macOS.
 * @see epoll(7), kqueue(2). Linux, macOS.
 */
export type DefaultSelector<Data = unknown, File extends Selectable = Selectable> = BaseSelector<Data, File>

/** A selector's class, whichever it is. */
type SelectorClass = new <Data = unknown, File extends Selectable = Selectable>() => BaseSelector<Data, File>

function choose(): SelectorClass {
  if (KQ_FILTER_READ !== undefined) return KqueueSelector
  return EPOLLIN === undefined ? PollSelector : EpollSelector
}

/**
 * The best selector of this platform: epoll(7) on Linux, kqueue(2) on macOS.
 * @see epoll(7), kqueue(2). Linux, macOS.
 */
export const DefaultSelector: SelectorClass = choose()
