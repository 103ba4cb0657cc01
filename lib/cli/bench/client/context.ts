/** What the tests of a client have in common. */
import { once } from 'node:events'
import { type AddressIn, type AF_INET6, SOCK_STREAM, type Socket, SocketError, socket } from '../../../index.js'
import { encodeHeader } from '../frames.js'
import type { ReplyOf, Spec } from '../messages.js'
import type { TestResult } from '../results.js'
import { BenchError, type Link } from './link.js'

const ANSWER_SECONDS = 10
/** The server may wait for its connections to be read to their ends, and for datagrams under way. */
const RESULT_SECONDS = 20

/** Where lines about the running test go. */
export interface Progress {
  begin(title: string, seconds: number | null): void
  /** A line of figures, and how much of the test is over. */
  tick(line: string, elapsedSeconds: number): void
  end(result: TestResult): void
}

export interface ClientContext {
  link: Link
  welcome: ReplyOf<'welcome'>
  family: number
  /** The server's, as the control connection has it. */
  address: AddressIn
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  progress: Progress
  /** Seconds from one line to the next. */
  interval: number
}

let tests = 0

/** Asks the server for a test; its number. @throws {BenchError} where it refuses */
export async function begin({ link }: ClientContext, spec: Spec): Promise<number> {
  const id = ++tests
  await link.send({ type: 'test', id, spec })
  await link.expect('ready', ANSWER_SECONDS)
  return id
}

/** Says that this side's part is over. */
export async function stopTest({ link, signal }: ClientContext, id: number, sent: number | null = null): Promise<void> {
  await link.send({ type: 'stop', id, sent, interrupted: signal.aborted })
}

export function resultOf({ link }: ClientContext): Promise<ReplyOf<'result'>> {
  return link.expect('result', RESULT_SECONDS)
}

/** A connection for a test, whose header is sent. @param prepare sets options before it connects */
export async function dataConnection(
  { family, address, welcome }: ClientContext,
  stream: number,
  prepare: (sock: Socket) => void = () => {},
): Promise<Socket> {
  const sock = socket(family as typeof AF_INET6, SOCK_STREAM) as Socket
  try {
    prepare(sock)
    await sock.connectAsync(address, { timeout: ANSWER_SECONDS })
    await sock.sendallAsync(encodeHeader({ stream, token: welcome.token }), { timeout: ANSWER_SECONDS })
    return sock
  } catch (error) {
    sock.close()
    throw error
  }
}

/** How long the control connection may take to say that the server is gone, after others have said it. Milliseconds. */
const NEWS_MS = 300

/** How a test ended, and why. */
export async function endOf(
  { signal, link }: ClientContext,
  failure: unknown,
): Promise<Pick<TestResult, 'status' | 'error'>> {
  if (signal.aborted) return { status: 'interrupted', error: null }
  if (failure === undefined) return { status: 'done', error: null }
  if (failure instanceof SocketError && !link.gone.aborted) {
    await once(link.gone, 'abort', { signal: AbortSignal.timeout(NEWS_MS) }).catch(() => {})
  }
  // That the server is gone explains whatever broke with it.
  const cause = link.gone.aborted ? (link.gone.reason as unknown) : failure
  if (cause instanceof BenchError || cause instanceof SocketError) {
    return { status: 'failed', error: { code: cause.code, message: cause.message } }
  }
  throw cause
}

/** Calls `stop` once, when the user or the server ends the test; `dispose` when it has ended by itself. */
export function whenEnded({ signal, link }: ClientContext, stop: (gone: boolean) => void): Disposable {
  const user = (): void => stop(false)
  const server = (): void => stop(true)
  signal.addEventListener('abort', user, { once: true })
  link.gone.addEventListener('abort', server, { once: true })
  if (link.gone.aborted) server()
  else if (signal.aborted) user()
  return {
    [Symbol.dispose]() {
      signal.removeEventListener('abort', user)
      link.gone.removeEventListener('abort', server)
    },
  }
}
