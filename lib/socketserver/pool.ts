/** The workers of a server with threads: as many as its requests need, up to a limit. */
import type { HasFileno } from '../select/selectable.js'
import { EVENT_READ } from '../selectors/key.js'
import { PollSelector } from '../selectors/poll.js'
import type { Socket } from '../socket.js'
import { Bell, type Dispatcher } from './dispatcher.js'
import type { FromWorker, ToWorker, WorkerStart } from './messages.js'
import { PooledWorker } from './pooled-worker.js'
import { warnOf } from './report.js'
import { thrownOf } from './thrown.js'
import { deadlineIn } from './time.js'

/** What the pool needs of its server. */
export interface PoolHooks<Request, Address> {
  readonly daemonThreads: boolean
  shutdownRequest(request: Request): void
  handleError(request: Request, clientAddress: Address, error: unknown): void
  shutdown(): unknown
}

/** How a request travels. */
export interface Freight<Request> {
  pack(request: Request, clientAddress: unknown): ToWorker
  /** What all workers are started with. */
  start(): Omit<WorkerStart, 'port' | 'wakeDescriptor'>
  /** Called when the last worker has ended after the pool was closed, or where there was none. */
  release(): void
}

interface Job<Request, Address> {
  readonly request: Request
  readonly clientAddress: Address
}

/** A worker's place in the pool. */
interface Member<Request, Address> {
  readonly worker: PooledWorker
  /** What it is at; `null` where it is free. */
  job: Job<Request, Address> | null
}

/** How long a worker that was told to stop, or was terminated, may take: seconds. */
const STOP_LIMIT = 2

export class WorkerPool<Request, Address> implements Dispatcher<Request, Address> {
  readonly #server: PoolHooks<Request, Address>
  readonly #freight: Freight<Request>
  readonly #threads: number
  /** Told what a hook throws while the event loop turns. */
  readonly #fail: (error: unknown) => void
  readonly #members = new Set<Member<Request, Address>>()
  readonly #changed = new Bell()
  /** Whether this thread is in a call that attends: then what hooks throw goes to its caller. */
  #isAttending = false
  #isClosing = false
  /** Whether one of them has ever had the handler. */
  #hasWorked = false

  constructor(
    server: PoolHooks<Request, Address>,
    freight: Freight<Request>,
    threads: number,
    fail: (error: unknown) => void,
  ) {
    this.#server = server
    this.#freight = freight
    this.#threads = threads
    this.#fail = fail
  }

  /** How many threads there are. */
  get size(): number {
    return this.#members.size
  }

  /** How many requests are being handled. */
  get busy(): number {
    let count = 0
    for (const { job } of this.#members) if (job !== null) count++
    return count
  }

  hasRoom(): boolean {
    return this.#members.size < this.#threads || this.#free() !== null
  }

  room(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal)
  }

  /** Starts a first worker, so that a handler that cannot be loaded is told before a client has to wait. */
  prepare(): void {
    if (this.#members.size === 0) this.#spawn()
  }

  watched(): HasFileno[] {
    return [...this.#members].map(({ worker }) => worker.wake)
  }

  attend(): void {
    this.#isAttending = true
    try {
      for (const { worker } of [...this.#members]) worker.attend()
    } finally {
      this.#isAttending = false
    }
  }

  dispatch(request: Request, clientAddress: Address): void {
    const member = this.#free() ?? this.#spawn()
    member.worker.post(this.#freight.pack(request, clientAddress))
    member.job = { request, clientAddress }
    member.worker.setReferenced(!this.#server.daemonThreads)
  }

  /**
   * Waits for running handlers, at most so many seconds, ends those that are left with their workers, and the others
   * too. Blocks.
   */
  close(seconds: number | null): void {
    this.stopFree()
    this.#waitWhile(() => this.busy > 0, seconds)
    for (const { worker, job } of this.#members) if (job !== null) worker.terminate()
    this.#waitWhile(() => this.#members.size > 0, STOP_LIMIT)
    for (const { worker } of this.#members) worker.kill()
    this.#waitWhile(() => this.#members.size > 0, STOP_LIMIT)
  }

  /** {@link close} that does not block. How many handlers were ended. */
  async closeAsync(seconds: number | null): Promise<number> {
    this.stopFree()
    await this.#until(() => this.busy === 0, seconds)
    const { busy } = this
    for (const { worker, job } of this.#members) if (job !== null) worker.terminate()
    await this.#until(() => this.#members.size === 0, STOP_LIMIT)
    for (const { worker } of this.#members) worker.kill()
    await this.#until(() => this.#members.size === 0, STOP_LIMIT)
    return busy
  }

  /** Lets the workers end: free ones now, the others after what they are at. */
  stopFree(): void {
    this.#isClosing = true
    for (const { worker, job } of this.#members) if (job === null) worker.post({ kind: 'stop' })
    if (this.#members.size === 0) this.#freight.release()
  }

  #waitWhile(condition: () => boolean, seconds: number | null): void {
    const secondsLeft = deadlineIn(seconds)
    while (condition() && secondsLeft() !== 0) {
      using selector = new PollSelector()
      for (const one of this.watched()) selector.register(one, EVENT_READ)
      selector.select(secondsLeft())
      this.attend()
    }
  }

  async #until(condition: () => boolean, seconds: number | null): Promise<void> {
    const limit = new AbortController()
    const timer = seconds === null ? undefined : setTimeout(() => limit.abort(), Math.min(seconds * 1000, 0x7fffffff))
    for (const { worker } of this.#members) worker.setReferenced(true)
    try {
      while (!condition() && !limit.signal.aborted) await this.#changed.wait(limit.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  #free(): Member<Request, Address> | null {
    for (const member of this.#members) if (member.job === null && member.worker.error === undefined) return member
    return null
  }

  #spawn(): Member<Request, Address> {
    const worker = new PooledWorker(this.#freight.start(), {
      hear: (message) => this.#guard(() => this.#hear(member, message)),
      ended: () => this.#guard(() => this.#ended(member)),
    })
    const member: Member<Request, Address> = { worker, job: null }
    this.#members.add(member)
    return member
  }

  /** What hooks throw goes to the blocked caller, or ends the asynchronous loop. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      if (this.#isAttending) throw error
      this.#fail(error)
    } finally {
      this.#changed.ring()
    }
  }

  #hear(member: Member<Request, Address>, message: FromWorker): void {
    if (message.kind === 'ready') this.#hasWorked = true
    else if (message.kind === 'shutdown') this.#server.shutdown()
    else if (message.kind === 'done') {
      const { job } = member
      member.job = null
      member.worker.setReferenced(false)
      if (this.#isClosing) member.worker.post({ kind: 'stop' })
      if (job !== null) this.#finish(job, message.error === null ? null : { value: thrownOf(message.error) })
    } else if (message.kind === 'failed' && message.isStart && !this.#hasWorked) {
      // No request will ever be handled.
      throw thrownOf(message.error)
    }
  }

  #ended(member: Member<Request, Address>): void {
    this.#members.delete(member)
    if (this.#isClosing && this.#members.size === 0) this.#freight.release()
    const { job, worker } = member
    member.job = null
    if (job === null) {
      if (worker.error !== undefined && this.#hasWorked) warnOf(worker.error, 'BERKELEY_WORKER_ERROR')
    } else if (worker.wasTerminated) this.#finish(job, null)
    else this.#finish(job, { value: worker.error ?? new Error('the worker thread ended before the handler was done') })
  }

  /** As CPython's `process_request_thread` ends. */
  #finish({ request, clientAddress }: Job<Request, Address>, thrown: { value: unknown } | null): void {
    try {
      if (thrown !== null) this.#server.handleError(request, clientAddress, thrown.value)
    } finally {
      this.#server.shutdownRequest(request)
    }
  }
}

/** Connections: their descriptors are handed over. */
export const packConnection = (request: Socket, clientAddress: unknown): ToWorker => ({
  kind: 'request',
  descriptor: request.fileno(),
  timeout: request.gettimeout(),
  data: null,
  clientAddress,
})

/** Datagrams: their bytes. */
export const packDatagram = (
  [data]: readonly [data: Buffer, ...rest: unknown[]],
  clientAddress: unknown,
): ToWorker => ({
  kind: 'request',
  descriptor: -1,
  timeout: null,
  // The bytes alone: a clone of the view would have all of the memory that it is a part of.
  data: new Uint8Array(data),
  clientAddress,
})
