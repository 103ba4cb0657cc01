/** The timeout that new sockets of this thread start with. */
import { timeoutNsOf } from './validate.js'

let timeoutNs = -1

/** The default in nanoseconds; below 0 = blocking. */
export const getdefaulttimeoutNs = (): number => timeoutNs

/**
 * Sets the timeout that sockets made from now on in this thread start with.
 * @param seconds seconds as a float, at least 0; `null` (the default) for sockets that block
 * @throws {TypeError | RangeError} for anything else
 * @see fcntl(2), O_NONBLOCK. Linux, macOS.
 */
export function setdefaulttimeout(seconds: number | null): void {
  timeoutNs = timeoutNsOf('seconds', seconds)
}

/**
 * The timeout that new sockets start with, in seconds; `null` = they block.
 * @see fcntl(2), O_NONBLOCK. Linux, macOS.
 */
export function getdefaulttimeout(): number | null {
  return timeoutNs < 0 ? null : timeoutNs / 1e9
}
