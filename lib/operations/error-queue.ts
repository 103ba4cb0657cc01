/** Receives with `MSG_ERRQUEUE` on a socket whose error queue is read for `sendZeroCopyAsync` too. */
import { CONTROL_ROOM, MODE_ONCE, native, timeouts, words } from '../binding.js'
import { nowMs } from '../clock.js'
import { type Completions, receiveKept } from '../completions.js'
import { timedOut, wouldBlock } from '../errors.js'
import type { Handle } from '../handle.js'

// poll(2)'s, the same on every system.
const POLLIN = 1
const PAUSE_NS = 1e6

/** What is not a completion of theirs: bytes, or a negative result. As in CPython a positive timeout waits for it. */
export function receiveError(
  handle: Handle,
  completions: Completions,
  views: readonly Uint8Array[],
  flags: number,
  mode: number,
): number {
  const room = words[CONTROL_ROOM] as number
  const { timeoutNs } = handle
  const started = nowMs()
  for (;;) {
    if (handle.fd < 0) return native.recvmsgSmall()
    const result = receiveKept(completions, views, flags)
    if (result !== wouldBlock || mode & MODE_ONCE || timeoutNs <= 0) return result
    const leftNs = timeoutNs - (nowMs() - started) * 1e6
    if (leftNs <= 0) return timedOut
    timeouts[0] = leftNs
    const waited = native.waitReady(handle.fd, POLLIN)
    if (waited < 0) return waited
    words[CONTROL_ROOM] = room
    // What is ready may be something else.
    timeouts[0] = PAUSE_NS
    const paused = native.waitReady(-1, 0)
    if (paused !== timedOut) return paused
  }
}
