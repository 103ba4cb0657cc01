/** What receives and sends have in common: the flags that change how a call waits. */
import { MODE_FILL, MODE_ONCE } from '../binding.js'
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_WAITALL, SOCK_STREAM } from '../generated/constants.js'
import type { Handle } from '../handle.js'

/** The flags that answer at once in the kernel even where the socket blocks. */
const AT_ONCE = MSG_DONTWAIT | MSG_OOB | (MSG_ERRQUEUE ?? 0)

/**
 * The mode bits of a receive with these flags. As in CPython, a positive timeout waits all the same,
 * and only a blocking socket fills the buffer for `MSG_WAITALL`.
 */
export function receiveMode(handle: Handle, flags: number): number {
  if (flags === 0 || handle.timeoutNs >= 0) return handle.kernelTimeout
  if (flags & AT_ONCE) return MODE_ONCE
  return handle.kernelTimeout | (flags & MSG_WAITALL && handle.type === SOCK_STREAM ? MODE_FILL : 0)
}

/** The mode bits of a send: on a blocking stream the kernel takes all of the data before it answers. */
export function sendMode(handle: Handle, flags: number): number {
  if (handle.timeoutNs >= 0) return 0
  if (flags & MSG_DONTWAIT) return MODE_ONCE
  return handle.kernelTimeout | (handle.type === SOCK_STREAM ? MODE_FILL : 0)
}

/** Up to so many bytes are copied through the shared memory: cheaper than looking up the caller's buffer. */
export const SMALL_COPY = 64
