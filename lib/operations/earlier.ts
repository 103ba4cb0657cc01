/** Synchronous calls on a socket for which asynchronous ones wait already: those were first, and are served first. */
import { native, timeouts } from '../binding.js'
import type { Channel } from '../channel.js'
import { errorOf, wouldBlock } from '../errors.js'
import type { Handle } from '../handle.js'
import type { Queue } from '../queue.js'

// poll(2)'s, the same on every system.
const POLLIN = 1
const POLLOUT = 4

export function letReadersGoFirst(handle: Handle, channel: Channel, syscall: string): void {
  if (channel.reads.head !== null) serveEarlier(handle, channel.reads, POLLIN, syscall)
}

export function letWritersGoFirst(handle: Handle, channel: Channel, syscall: string): void {
  if (channel.hasWriters) serveEarlier(handle, channel.writes, POLLOUT, syscall)
}

/** Serves those in the queue, waiting as a call on this socket waits. */
function serveEarlier(handle: Handle, queue: Queue, events: number, syscall: string): void {
  const started = performance.now()
  queue.serveAll()
  // One that is held waits for something else, such as a name's address, for which this thread would have to go on.
  while (queue.head !== null && !queue.head.isHeld) {
    const restNs = handle.timeoutNs - (performance.now() - started) * 1e6
    timeouts[0] = handle.timeoutNs <= 0 ? handle.timeoutNs : Math.max(restNs, 0)
    const result = handle.timeoutNs === 0 ? wouldBlock : native.waitReady(handle.fd, events)
    if (result < 0) throw errorOf(result, syscall)
    queue.serveAll()
  }
}
