/** A selector's events in the bits of poll(2) and epoll(7). */
import { EVENT_READ, EVENT_WRITE } from './key.js'

/** The bits that stand for reading and for writing. */
export interface Masks {
  readonly read: number
  readonly write: number
}

/** The bits to wait for. */
export function maskOf(events: number, { read, write }: Masks): number {
  return (events & EVENT_READ ? read : 0) | (events & EVENT_WRITE ? write : 0)
}

/** The events that bits tell: an error or a hang-up ends both ways of waiting. */
export function eventsOf(mask: number, { read, write }: Masks): number {
  return (mask & ~write ? EVENT_READ : 0) | (mask & ~read ? EVENT_WRITE : 0)
}
