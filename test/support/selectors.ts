/** The selectors of this platform, to test each alike. */
import { epoll, kqueue } from 'berkeley/select'
import {
  type BaseSelector,
  DefaultSelector,
  EpollSelector,
  KqueueSelector,
  PollSelector,
  SelectSelector,
} from 'berkeley/selectors'

export type AnySelector = BaseSelector<unknown>

const isThere = (open: () => Disposable): boolean => {
  try {
    open()[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}

export const has = { epoll: isThere(epoll), kqueue: isThere(kqueue) }

/** Each by its name. */
export const selectors: [name: string, make: () => AnySelector][] = [
  ['DefaultSelector', () => new DefaultSelector()],
  ['SelectSelector', () => new SelectSelector()],
  ['PollSelector', () => new PollSelector()],
  ...(has.epoll ? [['EpollSelector', () => new EpollSelector()] as [string, () => AnySelector]] : []),
  ...(has.kqueue ? [['KqueueSelector', () => new KqueueSelector()] as [string, () => AnySelector]] : []),
]
