/** Waiting for a descriptor that is no socket of this package: a kernel queue's, a pipe's. */
import { type Abortable, listenFor, stopListening } from './abort.js'
import { type Deadlined, expireAfter, forgetDeadline } from './deadline.js'
import { addWaiting, freshToken, READABLE, type Source, watch } from './engine.js'
import { errorOf, socketError } from './errors.js'

/** One that waits. */
class Waiter implements Abortable, Deadlined {
  deadlineMs = 0
  heapIndex = -1
  readonly #watch: Watch
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (isReadable: boolean) => void
  readonly #reject: (reason: unknown) => void

  constructor(
    watch: Watch,
    signal: AbortSignal | undefined,
    resolve: (isReadable: boolean) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#watch = watch
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    if (signal !== undefined) listenFor(signal, this)
  }

  end(isReadable: boolean): void {
    this.#leave()
    this.#resolve(isReadable)
  }

  fail(reason: unknown): void {
    this.#leave()
    this.#reject(reason)
  }

  expire(): void {
    this.end(false)
  }

  abort(reason: unknown): void {
    this.fail(reason)
  }

  #leave(): void {
    forgetDeadline(this)
    if (this.#signal !== undefined) stopListening(this.#signal, this)
    this.#watch.remove(this)
  }
}

/** A descriptor that is watched while somebody waits for it. */
class Watch implements Source {
  readonly fd: number
  readonly token = freshToken()
  readonly #syscall: string
  readonly #waiters = new Set<Waiter>()

  constructor(fd: number, syscall: string) {
    this.fd = fd
    this.#syscall = syscall
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter)
    addWaiting(1)
  }

  remove(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return
    addWaiting(-1)
    if (this.#waiters.size > 0) return
    if (watches.get(this.fd) === this) watches.delete(this.fd)
    watch(this, READABLE, 0)
  }

  deliver(): void {
    for (const waiter of [...this.#waiters]) waiter.end(true)
  }

  cancel(): void {
    for (const waiter of [...this.#waiters]) waiter.fail(socketError('ECANCELED', this.#syscall))
  }
}

const watches = new Map<number, Watch>()

/**
 * Waits until a descriptor that can be polled is readable.
 * @param timeoutNs nanoseconds at most; below 0 = for ever
 * @param syscall what errors name
 * @returns `false` after the timeout
 * @throws the signal's reason; {@link SocketError} `EPERM` for what cannot be polled, `EBADF`; `ECANCELED` after
 *   {@link cancelReadable}
 */
export function waitReadable(
  fd: number,
  timeoutNs: number,
  signal: AbortSignal | undefined,
  syscall: string,
): Promise<boolean> {
  if (signal?.aborted) return Promise.reject(signal.reason)
  let target = watches.get(fd)
  if (target === undefined) {
    target = new Watch(fd, syscall)
    const result = watch(target, 0, READABLE)
    if (result < 0) return Promise.reject(errorOf(result, syscall))
    watches.set(fd, target)
  }
  const source = target
  return new Promise((resolve, reject) => {
    const waiter = new Waiter(source, signal, resolve, reject)
    source.add(waiter)
    if (timeoutNs >= 0) expireAfter(waiter, timeoutNs)
  })
}

/** Ends those that wait for a descriptor, which is about to be closed, with `ECANCELED`. */
export function cancelReadable(fd: number): void {
  watches.get(fd)?.cancel()
}
