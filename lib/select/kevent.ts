/** struct kevent: what a kqueue is asked for and what it tells. */
import type { Flavor } from '../constant.js'
import { type SocketError, socketError } from '../errors.js'
import { KQ_EV_ADD, KQ_FILTER_READ } from '../generated/select.js'
import { checkInteger } from '../validate.js'
import { descriptorOf, type Selectable } from './selectable.js'

/** No system but macOS has it. */
export function unavailable(syscall: string): SocketError {
  const error = socketError('ENOSYS', syscall)
  error.message += `: kqueue(2) is that of macOS, this platform is ${process.platform}`
  return error
}

/** A `KQ_FILTER_*`. */
export type KqueueFilter = Flavor<'KQ_FILTER'>
/** `KQ_EV_*` bits, combined with `|`. */
export type KqueueFlags = Flavor<'KQ_EV'>
/** `KQ_NOTE_*` bits, combined with `|`. */
export type KqueueNotes = Flavor<'KQ_NOTE'>

const FIELDS = ['ident', 'filter', 'flags', 'fflags', 'data', 'udata'] as const

/** Numbers of an event in the memory that the native layer sees. */
export const KEVENT_DOUBLES = FIELDS.length

/**
 * A change to make in a kqueue, or an event of one. Its fields may be written.
 * @see kqueue(2). macOS.
 */
export class Kevent {
  /** What the event is about, for most filters a descriptor. */
  ident: number
  /** A `KQ_FILTER_*`. */
  filter: number
  /** `KQ_EV_*` bits. */
  flags: number
  /** Flags of the filter, `KQ_NOTE_*` bits. */
  fflags: number
  /** A number of the filter's, such as how many bytes can be read. */
  data: number
  /** A number of the user's, 0 to 2⁵³ - 1, which comes back with the event. */
  udata: number

  /**
   * As {@link kevent}.
   * @param ident what it is about: for most filters a descriptor or an object with a `fileno()`
   * @throws {SocketError} `ENOSYS` on another platform
   */
  constructor(ident: Selectable)
  /**
   * The same with `filter`.
   * @param ident what it is about: for most filters a descriptor or an object with a `fileno()`
   * @param filter a `KQ_FILTER_*`
   */
  constructor(ident: Selectable, filter: KqueueFilter)
  /**
   * The same with `flags`.
   * @param ident what it is about: for most filters a descriptor or an object with a `fileno()`
   * @param filter a `KQ_FILTER_*`
   * @param flags `KQ_EV_*` bits
   */
  constructor(ident: Selectable, filter: KqueueFilter, flags: KqueueFlags)
  /**
   * The same with `fflags`, `data` and `udata`.
   * @param ident what it is about: for most filters a descriptor or an object with a `fileno()`
   * @param filter a `KQ_FILTER_*`
   * @param flags `KQ_EV_*` bits
   * @param fflags flags of the filter, `KQ_NOTE_*` bits
   * @param data a number of the filter's
   * @param udata a number that comes back with the event
   */
  constructor(
    ident: Selectable,
    filter: KqueueFilter,
    flags: KqueueFlags,
    fflags: KqueueNotes,
    data?: number,
    udata?: number,
  )
  constructor(...given: [Selectable, number?, number?, number?, number?, number?]) {
    if (KQ_FILTER_READ === undefined || KQ_EV_ADD === undefined) throw unavailable('kevent')
    const defaults = [KQ_FILTER_READ, KQ_EV_ADD, 0, 0, 0]
    const [ident, ...rest] = given
    const [filter, flags, fflags, data, udata] = defaults.map((value, at) => (at < rest.length ? rest[at] : value))
    // What is no descriptor (a timer's number, a process) may be larger than one.
    this.ident = typeof ident === 'number' ? ident : descriptorOf('ident', ident, 'kevent')
    this.filter = filter as number
    this.flags = flags as number
    this.fflags = fflags as number
    this.data = data as number
    this.udata = udata as number
    this.check('')
  }

  /**
   * Whether the two have the same fields.
   * @param other another one
   */
  equals(other: Kevent): boolean {
    return other instanceof Kevent && FIELDS.every((field) => this[field] === other[field])
  }

  /** @internal That each field is a number that its type in C holds. `owner` precedes the names in messages. */
  check(owner: string): void {
    checkInteger(`${owner}ident`, this.ident, 0, Number.MAX_SAFE_INTEGER)
    checkInteger(`${owner}filter`, this.filter, -0x8000, 0x7fff)
    checkInteger(`${owner}flags`, this.flags, 0, 0xffff)
    checkInteger(`${owner}fflags`, this.fflags, -0x80000000, 0xffffffff)
    checkInteger(`${owner}data`, this.data, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    checkInteger(`${owner}udata`, this.udata, 0, Number.MAX_SAFE_INTEGER)
  }

  /** @internal */
  write(doubles: Float64Array, at: number): void {
    FIELDS.forEach((field, offset) => {
      // JavaScript's `|` makes negative numbers of the highest bit.
      doubles[at + offset] = field === 'fflags' ? this.fflags >>> 0 : this[field]
    })
  }

  /** @internal An event of the kernel's, as it is. */
  static read(doubles: Float64Array, at: number): Kevent {
    const event = new Kevent(0)
    FIELDS.forEach((field, offset) => {
      event[field] = doubles[at + offset] as number
    })
    return event
  }
}

/**
 * A change to make in a kqueue, by default `KQ_EV_ADD` with `KQ_FILTER_READ`.
 * @param ident what it is about: for most filters a descriptor or an object with a `fileno()`
 * @throws {SocketError} `ENOSYS` on another platform
 * @see kqueue(2). macOS.
 */
export function kevent(ident: Selectable): Kevent
/**
 * The same with `filter`.
 * @param ident what it is about
 * @param filter a `KQ_FILTER_*`
 */
export function kevent(ident: Selectable, filter: KqueueFilter): Kevent
/**
 * The same with `flags`.
 * @param ident what it is about
 * @param filter a `KQ_FILTER_*`
 * @param flags `KQ_EV_*` bits
 */
export function kevent(ident: Selectable, filter: KqueueFilter, flags: KqueueFlags): Kevent
/**
 * The same with `fflags`, `data` and `udata`.
 * @param ident what it is about
 * @param filter a `KQ_FILTER_*`
 * @param flags `KQ_EV_*` bits
 * @param fflags flags of the filter, `KQ_NOTE_*` bits
 * @param data a number of the filter's
 * @param udata a number that comes back with the event
 */
export function kevent(
  ident: Selectable,
  filter: KqueueFilter,
  flags: KqueueFlags,
  fflags: KqueueNotes,
  data?: number,
  udata?: number,
): Kevent
export function kevent(...given: [Selectable, number?, number?, number?, number?, number?]): Kevent {
  return new Kevent(...(given as [Selectable, number, number, number]))
}
