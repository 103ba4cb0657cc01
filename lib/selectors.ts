/** CPython's module `selectors`: objects that are waited for, with data of the user's. This file only says what there is. */

/// <reference types="node" preserve="true" />

export type { SignalOption, WaitOptions } from './select/limits.js'
export type { HasFileno, Selectable } from './select/selectable.js'
export { BaseSelector, type DataArgument } from './selectors/base.js'
export { DefaultSelector } from './selectors/default.js'
export { EpollSelector } from './selectors/epoll.js'
export { EVENT_READ, EVENT_WRITE, type Ready, type SelectorKey, SelectorMap } from './selectors/key.js'
export { KqueueSelector } from './selectors/kqueue.js'
export { PollSelector } from './selectors/poll.js'
export { SelectSelector } from './selectors/select.js'
