/** For tests that pass descriptors: sockets closed with each test, after which none may be left open. */
import { AF_UNIX, close, SOCK_STREAM, type Socket, socketpair } from 'berkeley'
import { afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { countDescriptors, startEngine } from './descriptors.js'
import { Closing } from './sockets.js'

/** What is closed with the test that runs. */
export let closing: Closing
/** How many descriptors were open when it began. */
export let open: number

/** Counts the descriptors before and after each test of the file. */
export function countInEachTest(): void {
  // The engine has descriptors of its own from the first asynchronous call on.
  beforeAll(startEngine)
  beforeEach(() => {
    open = countDescriptors()
    closing = new Closing()
  })
  afterEach(() => {
    closing[Symbol.dispose]()
    expect(countDescriptors(), 'descriptors are left open').toBe(open)
  })
}

/** Two connected unix sockets, closed with the test. */
export function ends(type: number = SOCK_STREAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) close(fd)
}
