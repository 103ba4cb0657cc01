/** How the loop of a server is told to end: by a flag in shared memory, which every thread of the process can set. */
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { type AsyncOptions, checkAsyncOptions, signalIn } from '../async-options.js'
import { argumentTypeError, timeoutNsOf } from '../validate.js'

/** Where things are in the flag. */
const REQUESTED = 0
const STATE = 1
const THREAD = 2
const LENGTH = 3

/** Values of STATE. Until a loop has begun, a request waits for it. */
const SERVING = 1
const ENDED = 2

/** How often a thread that must not block looks whether the loop has ended: milliseconds. */
const LOOK_MS = 5

/** The flag of a server: post it to another thread, and give it to {@link shutdownServer} there. */
export type ShutdownFlag = Int32Array<SharedArrayBuffer>

export const newFlag = (): ShutdownFlag => new Int32Array(new SharedArrayBuffer(LENGTH * 4))

/** Asks the loop to end; it looks within its poll interval. */
export function requestEnd(flag: ShutdownFlag): void {
  Atomics.store(flag, REQUESTED, 1)
}

export const isEndRequested = (flag: ShutdownFlag): boolean => Atomics.load(flag, REQUESTED) !== 0

/** A loop begins in this thread. */
export function beginServing(flag: ShutdownFlag): void {
  Atomics.store(flag, THREAD, threadId)
  Atomics.store(flag, STATE, SERVING)
}

/** The loop has ended, and heeds no request of before. */
export function endServing(flag: ShutdownFlag): void {
  Atomics.store(flag, REQUESTED, 0)
  Atomics.store(flag, STATE, ENDED)
  Atomics.notify(flag, STATE)
}

function checkFlag(flag: unknown): asserts flag is ShutdownFlag {
  if (flag instanceof Int32Array && flag.length === LENGTH && flag.buffer instanceof SharedArrayBuffer) return
  throw argumentTypeError('flag', "a server's shutdownFlag", flag)
}

/** Whether this very thread is in the loop, so that waiting for its end would be for ever. */
const servesHere = (flag: ShutdownFlag): boolean =>
  Atomics.load(flag, STATE) === SERVING && Atomics.load(flag, THREAD) === threadId

/** Options of {@link shutdownServer}. */
export interface ShutdownServerOptions {
  /** Seconds to wait for the end of the loop at most; `null` or left out = for ever. */
  timeout?: number | null | undefined
}

/**
 * Ends the loop of a server that another thread is in, and waits for it, blocking: Python's `shutdown()`. A loop that has
 * not begun yet is waited for, and ends as soon as it begins. In the thread of the loop itself it does not wait.
 * @param flag the server's `shutdownFlag`, which was posted here
 * @param options `timeout` in seconds
 * @returns whether the loop has ended; `false` after the timeout, and in the thread of the loop
 * @throws {TypeError} for what is no flag of a server
 * @see Python’s socketserver.BaseServer.shutdown. Linux, macOS.
 */
export function shutdownServer(flag: ShutdownFlag, options: ShutdownServerOptions = {}): boolean {
  checkFlag(flag)
  checkAsyncOptions(options)
  const timeoutNs = timeoutNsOf('options.timeout', options.timeout ?? null)
  requestEnd(flag)
  if (servesHere(flag)) return false
  const end = timeoutNs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutNs / 1e6
  for (;;) {
    const state = Atomics.load(flag, STATE)
    if (state === ENDED) return true
    const rest = end - performance.now()
    if (rest <= 0) return false
    Atomics.wait(flag, STATE, state, rest)
  }
}

/**
 * {@link shutdownServer} that does not block this thread, such as the main thread that has heard a signal.
 * @param flag the server's `shutdownFlag`
 * @param options `timeout` as there; `signal` ends the waiting, not the request
 * @returns whether the loop has ended; `false` after the timeout
 * @throws {TypeError} for what is no flag of a server; the signal's reason
 * @see Python’s socketserver.BaseServer.shutdown. Linux, macOS.
 */
export async function shutdownServerAsync(flag: ShutdownFlag, options?: AsyncOptions): Promise<boolean> {
  checkFlag(flag)
  checkAsyncOptions(options)
  const timeoutNs = timeoutNsOf('options.timeout', options?.timeout ?? null)
  const signal = signalIn(options)
  requestEnd(flag)
  const end = timeoutNs < 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutNs / 1e6
  while (Atomics.load(flag, STATE) !== ENDED) {
    const rest = end - performance.now()
    if (rest <= 0) return false
    await sleep(Math.min(LOOK_MS, rest), undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw signal?.reason
    })
  }
  return true
}
