/** The loop of a server that waits without blocking its thread. */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkAsyncOptions, signalIn } from '../async-options.js'
import { SocketError, SocketTimeoutError } from '../errors.js'
import { timeoutNsOf } from '../validate.js'
import type { Served } from './blocking-loop.js'
import type { Dispatcher } from './dispatcher.js'
import { warnOf } from './report.js'
import { isExhausted, isPassing, takeRequest } from './take.js'

/** Options of {@link BaseServer.serveForeverAsync}. */
export interface ServeOptions {
  /** Ends the loop, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Seconds between two calls of `serviceActions` where no request comes; 0.5 where left out, `null` = none. */
  pollInterval?: number | null | undefined
}

/** Why a loop was ended that failed. */
export class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** How long the loop leaves the system alone that has no descriptors or memory left: milliseconds, doubling each time. */
const SHORTEST_REST_MS = 50
const LONGEST_REST_MS = 1000
/** What `setInterval` takes. */
const LONGEST_TIMER_MS = 0x7fffffff

/** Rests that grow while the system lacks something. */
class Exhaustion {
  #restMs = 0

  async rest(error: unknown, signal: AbortSignal): Promise<void> {
    if (this.#restMs === 0) warnOf(error, 'BERKELEY_ACCEPT_FAILED')
    this.#restMs = Math.min(Math.max(this.#restMs * 2, SHORTEST_REST_MS), LONGEST_REST_MS)
    await sleep(this.#restMs, undefined, { signal }).catch(() => {})
  }

  over(): void {
    this.#restMs = 0
  }
}

/** The next request; `null` where the loop or the server was ended. */
async function nextRequest<Request, Address>(
  server: Served<Request, Address>,
  exhaustion: Exhaustion,
  signal: AbortSignal,
): Promise<[Request, Address] | null> {
  while (!signal.aborted && server.fileno() >= 0) {
    try {
      const taken = await server.getRequestAsync({ signal, timeout: null })
      exhaustion.over()
      return taken
    } catch (error) {
      if (signal.aborted || server.fileno() < 0) return null
      if (isExhausted(error)) await exhaustion.rest(error, signal)
      else if (!isPassing(error)) throw error
    }
  }
  return null
}

/** Handles requests until the loop is aborted, `isOver` says so, or the server is closed. */
export async function serveAsync<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  options: ServeOptions,
  loop: AbortController,
  isOver: () => boolean,
): Promise<void> {
  checkAsyncOptions(options)
  const given = signalIn(options)
  const intervalNs = timeoutNsOf(
    'options.pollInterval',
    options.pollInterval === undefined ? 0.5 : options.pollInterval,
  )
  const onAbort = (): void => loop.abort(new Failure(given?.reason))
  const onTick = (): void => {
    try {
      if (isOver()) loop.abort()
      else server.serviceActions()
    } catch (error) {
      loop.abort(new Failure(error))
    }
  }
  given?.addEventListener('abort', onAbort)
  const timer = setInterval(
    onTick,
    intervalNs < 0 ? LONGEST_TIMER_MS : Math.min(intervalNs / 1e6, LONGEST_TIMER_MS),
  ).unref()
  try {
    dispatcher?.prepare()
    await takeAll(server, dispatcher, loop.signal, isOver)
  } finally {
    clearInterval(timer)
    given?.removeEventListener('abort', onAbort)
  }
  const reason: unknown = loop.signal.reason
  if (reason instanceof Failure) throw reason.error
}

async function takeAll<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  signal: AbortSignal,
  isOver: () => boolean,
): Promise<void> {
  const exhaustion = new Exhaustion()
  while (!signal.aborted && !isOver()) {
    if (dispatcher?.hasRoom() === false) {
      await dispatcher.room(signal)
      continue
    }
    const taken = await nextRequest(server, exhaustion, signal)
    if (taken === null) return
    takeRequest(server, ...taken)
    server.serviceActions()
  }
}

/** Waits for one request, at most so many seconds, and handles it. */
export async function handleOneAsync<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  timeout: number | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  dispatcher?.prepare()
  while (dispatcher?.hasRoom() === false) {
    await dispatcher.room(signal ?? new AbortController().signal)
    signal?.throwIfAborted()
  }
  let taken: [Request, Address]
  try {
    taken = await server.getRequestAsync(signal === undefined ? { timeout } : { timeout, signal })
  } catch (error) {
    if (signal?.aborted || !(error instanceof SocketError)) throw error
    if (error instanceof SocketTimeoutError) server.handleTimeout()
    return
  }
  takeRequest(server, ...taken)
}
