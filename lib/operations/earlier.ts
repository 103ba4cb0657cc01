/** Synchronous calls on a socket for which asynchronous ones wait already: those were first, and are served first. */
import { encodedAddress, restoreAddress } from '../address.js'
import { native, timeouts } from '../binding.js'
import type { Channel } from '../channel.js'
import { nowMs } from '../clock.js'
import { HUNG_UP } from '../engine.js'
import { timedOut, wouldBlock } from '../errors.js'
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import type { Line } from '../queue.js'

// poll(2)'s, the same on every system.
const POLLIN = 1
const POLLOUT = 4

/** What `native.waitReady` answers where nothing more will arrive. */
const AT_END = 2

/** What these receive does not stand in line with the rest. */
const BESIDE = MSG_OOB | (MSG_ERRQUEUE ?? 0)

const FIRST_PAUSE_NS = 500_000
const LONGEST_PAUSE_NS = 10_000_000

/** Whose synchronous call has waited for asynchronous ones, and how long, nanoseconds. */
let waiter: Handle | null = null
let waitedNs = 0

/** How long a synchronous call may wait: what is left of the timeout after its wait for others. */
export function remainingNs(handle: Handle): number {
  const { timeoutNs } = handle
  if (waiter !== handle || timeoutNs <= 0) return timeoutNs
  waiter = null
  return Math.max(timeoutNs - waitedNs, 1)
}

/** @returns 0, or a negative result: why it is not this call's turn */
export function letReadersGoFirst(handle: Handle, channel: Channel, flags: number): number {
  waiter = null
  if (channel.reads.head === null || flags & BESIDE) return 0
  return serveEarlier(handle, channel, channel.reads, POLLIN, flags)
}

/**
 * @param isAddressed whether the address in the shared memory has to stand there afterwards
 * @returns 0, or a negative result: why it is not this call's turn
 */
export function letWritersGoFirst(handle: Handle, channel: Channel, flags: number, isAddressed = false): number {
  waiter = null
  if (!channel.hasWriters) return 0
  const address = isAddressed ? encodedAddress() : null
  const result = serveEarlier(handle, channel, channel.writes, POLLOUT, flags)
  if (address !== null) restoreAddress(address)
  return result
}

/** Serves those in the queue, waiting as a call with these flags on this socket waits. */
function serveEarlier(handle: Handle, channel: Channel, queue: Line, events: number, flags: number): number {
  const { fd, timeoutNs } = handle
  const mayWait = timeoutNs > 0 || (timeoutNs < 0 && !(flags & MSG_DONTWAIT))
  const started = nowMs()
  let pauseNs = FIRST_PAUSE_NS
  for (;;) {
    const { head } = queue
    const moved = head?.moved
    queue.serveAll()
    waitedNs = (nowMs() - started) * 1e6
    // One that is held waits for something else, such as a name's address, for which this thread would have to go on.
    if (queue.head === null || (queue.head.isHeld && !queue.head.look())) break
    if (!mayWait) return wouldBlock
    if (timeoutNs > 0 && waitedNs >= timeoutNs) return timedOut
    const hasProgressed = queue.head !== head || head.moved !== moved
    pauseNs = hasProgressed ? FIRST_PAUSE_NS : Math.min(2 * pauseNs, LONGEST_PAUSE_NS)
    // What poll(2) calls ready may be told to try again all the same, so not at full speed.
    if (!hasProgressed && pauseNs > 2 * FIRST_PAUSE_NS) {
      timeouts[0] = pauseNs
      const result = native.waitReady(-1, 0)
      if (result !== timedOut) return result
    }
    timeouts[0] = timeoutNs < 0 ? timeoutNs : Math.max(timeoutNs - waitedNs, 1)
    const result = native.waitReady(fd, events)
    if (result < 0) return result
    if (result === AT_END) channel.seen |= HUNG_UP
  }
  if (timeoutNs > 0) waiter = handle
  return 0
}
