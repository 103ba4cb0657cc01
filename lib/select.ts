/** CPython's module `select`: waiting for many descriptors at once. This file only says what there is. */

/// <reference types="node" preserve="true" />

export * from './generated/select.js'
export { Epoll, type EpollMask, type EpollWaitOptions, epoll } from './select/epoll.js'
export { Kevent, type KqueueFilter, type KqueueFlags, type KqueueNotes, kevent } from './select/kevent.js'
export { Kqueue, kqueue } from './select/kqueue.js'
export type { SignalOption, WaitOptions } from './select/limits.js'
export { type DescriptorEvents, Poll, type PollMask, poll } from './select/poll.js'
export { type Selected, select, selectAsync } from './select/select.js'
export type { HasFileno, Selectable } from './select/selectable.js'
