/** epoll(7). */
import { native } from '../binding.js'
import type { Flavor } from '../constant.js'
import { errorOf, type SocketError, socketError } from '../errors.js'
import { EPOLL_CLOEXEC, EPOLLIN, EPOLLOUT, EPOLLPRI } from '../generated/select.js'
import { checkInt, checkInteger, checkWhole, rangeError } from '../validate.js'
import { KernelQueue, QueueObject } from './kernel-queue.js'
import { limitsFrom, prepareWait, type SignalOption, secondsNsOf, type WaitOptions } from './limits.js'
import type { DescriptorEvents } from './poll.js'
import { descriptorOf, type Selectable } from './selectable.js'

/** Options of {@link Epoll.pollAsync}. */
export interface EpollWaitOptions extends WaitOptions {
  /** How many events at most; 1,023 where left out or -1. */
  maxevents?: number | undefined
}

/** `EPOLL*` bits, combined with `|`. */
export type EpollMask = Flavor<'EPOLL'>

// The native layer's.
const ADD = 0
const MODIFY = 1
const REMOVE = 2

const INT_MAX = 0x7fffffff
const DEFAULT_MASK = (EPOLLIN ?? 0) | (EPOLLPRI ?? 0) | (EPOLLOUT ?? 0)
/** CPython's FD_SETSIZE - 1. */
const DEFAULT_MAXEVENTS = 1023
/** More do not come at once, whatever is asked for: their room would be taken for nothing. */
const MOST_EVENTS = 1 << 16

/** Where events arrive, two words each; larger where a call asks for more. */
let room = new Int32Array(2 * DEFAULT_MAXEVENTS)

function checkMaxevents(name: string, maxevents: number): number {
  if (maxevents === -1) return DEFAULT_MAXEVENTS
  checkInteger(name, maxevents, 1, INT_MAX)
  return Math.min(maxevents, MOST_EVENTS)
}

function checkSizehint(sizehint: number): void {
  checkWhole('sizehint', sizehint)
  if (sizehint !== -1 && (sizehint < 1 || sizehint > INT_MAX)) throw rangeError('sizehint', 'positive or -1', sizehint)
}

/** The mask as the kernel's 32 bits: with `EPOLLET` JavaScript's `|` gives a negative number. */
function maskOf(mask: unknown): number {
  checkInteger('mask', mask, -0x80000000, 0xffffffff)
  return mask >>> 0
}

/** No system but Linux has it. */
function unavailable(): SocketError {
  const error = socketError('ENOSYS', 'epoll_create1')
  error.message += `: epoll(7) is Linux's, this platform is ${process.platform}`
  return error
}

function open(given: [sizehint?: number, flags?: number]): KernelQueue {
  const [sizehint = -1] = given
  const flags = given.length > 1 ? given[1] : 0
  checkSizehint(sizehint)
  checkInt('flags', flags)
  if (flags !== 0 && flags !== EPOLL_CLOEXEC) throw socketError('EINVAL', 'epoll_create1')
  const fd = native.epollCreate()
  if (fd < 0) {
    const error = errorOf(fd, 'epoll_create1')
    throw error.code === 'ENOSYS' ? unavailable() : error
  }
  return new KernelQueue(fd, 'epoll')
}

/**
 * An epoll object: descriptors to wait for, kept by the kernel. It has a descriptor of its own, so close it.
 *
 * Every method throws `SocketError` with the kernel's errno, `EBADF` once the object is closed.
 * @see epoll(7). Linux.
 */
export class Epoll extends QueueObject {
  /**
   * Opens one, close-on-exec.
   * @param sizehint -1 or positive; the kernel does without
   * @throws {SocketError} `ENOSYS` on another platform, `EMFILE` and the like
   * @see epoll_create(2). Linux.
   */
  constructor(sizehint?: number)
  /**
   * The same with `flags`.
   * @param sizehint -1 or positive; the kernel does without
   * @param flags 0 or `EPOLL_CLOEXEC`, which it has anyway
   */
  constructor(sizehint: number, flags: Flavor<'EPOLL_CREATE'>)
  constructor(...given: [sizehint?: number | KernelQueue, flags?: number]) {
    super(given[0] instanceof KernelQueue ? given[0] : open(given as [sizehint?: number, flags?: number]))
  }

  /**
   * Takes ownership of the descriptor of an epoll object.
   * @param fd of an epoll object
   * @returns an object that owns the descriptor
   * @throws {SocketError} `EBADF` for what is not open; what is no epoll object shows at the first call
   */
  static fromfd(fd: number): Epoll {
    if (EPOLLIN === undefined) throw unavailable()
    return new Epoll(KernelQueue.adopt(fd, 'epoll') as never)
  }

  /**
   * Adds a descriptor, to wait for `EPOLLIN | EPOLLPRI | EPOLLOUT`.
   * @param f a descriptor or an object with a `fileno()`
   * @throws {SocketError} `EEXIST` where it is there already, `EPERM` for a regular file, `EBADF` for what is not open
   * @see epoll_ctl(2). Linux.
   */
  register(f: Selectable): void
  /**
   * The same with a mask.
   * @param f a descriptor or an object with a `fileno()`
   * @param mask `EPOLL*` bits to wait for; `EPOLLERR` and `EPOLLHUP` come unasked
   */
  register(f: Selectable, mask: EpollMask): void
  register(...given: [f: Selectable, mask?: number]): void {
    this.#control(ADD, given[0], given.length > 1 ? given[1] : DEFAULT_MASK)
  }

  /**
   * Gives a descriptor that is there another mask.
   * @param f a descriptor or an object with a `fileno()`
   * @param mask `EPOLL*` bits to wait for
   * @throws {SocketError} `ENOENT` where it is not there
   * @see epoll_ctl(2). Linux.
   */
  modify(f: Selectable, mask: EpollMask): void {
    this.#control(MODIFY, f, mask)
  }

  /**
   * Takes a descriptor out. The kernel does so by itself when the last duplicate is closed.
   * @param f a descriptor or an object with a `fileno()`
   * @throws {SocketError} `ENOENT` where it is not there, `EBADF` where it is closed
   * @see epoll_ctl(2). Linux.
   */
  unregister(f: Selectable): void {
    this.#control(REMOVE, f, 0)
  }

  /**
   * Waits until a descriptor is ready, or the time is over.
   * @param timeout seconds, as a float, rounded up to milliseconds; 0 = do not wait; `null`, left out or negative =
   *   wait for ever
   * @param maxevents how many events at most; 1,023 where left out or -1
   * @returns descriptors that are ready, each with its `EPOLL*` bits
   * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles
   * @see epoll_wait(2). Linux.
   */
  poll(timeout: number | null = null, maxevents = -1): DescriptorEvents[] {
    this.queue.open('epoll_wait')
    const timeoutNs = secondsNsOf('timeout', timeout)
    const most = checkMaxevents('maxevents', maxevents)
    prepareWait(timeoutNs)
    return this.#poll(timeoutNs, most) ?? []
  }

  /**
   * {@link poll} that does not block the event loop.
   * @param options `maxevents`; `timeout` in seconds, in all; `signal`, an AbortSignal
   * @returns rejected with the signal's reason where that is aborted, with `ECANCELED` where the object is closed
   */
  pollAsync(options?: EpollWaitOptions): Promise<DescriptorEvents[]>
  /**
   * The same promise, with the arguments of {@link poll} in their places.
   * @param timeout seconds, as those of `poll`
   * @param maxevents how many events at most; 1,023 where left out or -1
   * @param options `signal`, an AbortSignal
   */
  pollAsync(timeout: number | null, maxevents?: number, options?: SignalOption): Promise<DescriptorEvents[]>
  async pollAsync(
    time?: EpollWaitOptions | number | null,
    maxevents = -1,
    options?: SignalOption,
  ): Promise<DescriptorEvents[]> {
    this.queue.open('epoll_wait')
    const limits = limitsFrom([time, options], 'timeout', secondsNsOf)
    const most =
      typeof time === 'object' && time !== null
        ? checkMaxevents('options.maxevents', time.maxevents ?? -1)
        : checkMaxevents('maxevents', maxevents)
    return (await this.queue.wait('epoll_wait', limits, () => this.#poll(0, most))) ?? []
  }

  #control(change: number, f: Selectable, mask: number | undefined): void {
    const fd = descriptorOf('f', f, 'epoll_ctl')
    const events = maskOf(mask)
    const result = native.epollControl(this.queue.open('epoll_ctl'), change, fd, events)
    if (result < 0) throw errorOf(result, 'epoll_ctl')
  }

  #poll(timeoutNs: number, most: number): DescriptorEvents[] | null {
    if (room.length < 2 * most) room = new Int32Array(2 * most)
    const events = room
    const ready = native.epollWait(this.queue.open('epoll_wait'), events, most, timeoutNs)
    if (ready < 0) throw errorOf(ready, 'epoll_wait')
    if (ready === 0) return null
    const found: DescriptorEvents[] = []
    for (let at = 0; at < 2 * ready; at += 2) found.push([events[at] as number, (events[at + 1] as number) >>> 0])
    return found
  }
}

/**
 * Opens an epoll object, close-on-exec.
 * @param sizehint -1 or positive; the kernel does without
 * @returns the object
 * @throws {SocketError} `ENOSYS` on another platform, `EMFILE` and the like
 * @see epoll_create(2). Linux.
 */
export function epoll(sizehint?: number): Epoll
/**
 * The same with `flags`.
 * @param sizehint -1 or positive; the kernel does without
 * @param flags 0 or `EPOLL_CLOEXEC`, which it has anyway
 */
export function epoll(sizehint: number, flags: Flavor<'EPOLL_CREATE'>): Epoll
export function epoll(...given: [sizehint?: number, flags?: number]): Epoll {
  return new Epoll(...(given as [number, number]))
}
