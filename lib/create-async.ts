/** Connecting by name as a promise: Happy Eyeballs over sockets and the resolver. */
import { listenFor, stopListening } from './abort.js'
import { type AsyncOptions, checkAsyncOptions, signalIn } from './async-options.js'
import {
  type ConnectionPlan,
  type CreateConnectionOptions,
  planConnection,
  type ServiceAddress,
} from './connection-plan.js'
import { startTimer } from './deadline.js'
import { getdefaulttimeoutNs } from './defaults.js'
import { GaiError, SocketTimeoutError } from './errors.js'
import { AF_INET, AF_INET6, SOCK_STREAM } from './generated/constants.js'
import { type Losses, race } from './happy-eyeballs.js'
import { resolveHostAsync } from './host.js'
import type { AddressInfo } from './questions.js'
import { getaddrinfoAsync } from './resolve-async.js'
import { Socket } from './socket.js'
import { checkNumber, checkOptions, rangeError, timeoutNsOf } from './validate.js'

/** Options of {@link createConnectionAsync}. */
export interface CreateConnectionAsyncOptions extends Omit<CreateConnectionOptions, 'timeout'>, AsyncOptions {
  /**
   * Seconds for the whole call, and the timeout of the socket; `null` = wait for ever; the thread's default where left
   * out.
   */
  timeout?: number | null | undefined
  /** Seconds from one attempt to the next one while none has failed: at least 0.01, 0.25 where left out. */
  attemptDelay?: number | undefined
  /** Seconds that IPv6 addresses are waited for once IPv4 ones are known: 0.05 where left out. */
  resolutionDelay?: number | undefined
}

const ATTEMPT_DELAY_NS = 250_000_000
/** RFC 8305 forbids less: it would be a burst. */
const LEAST_ATTEMPT_DELAY_SECONDS = 0.01
const RESOLUTION_DELAY_NS = 50_000_000

/** Of a delay that is given or not: nanoseconds. */
function delayNs(name: string, seconds: number | undefined, least: number, usual: number): number {
  if (seconds === undefined) return usual
  const ns = timeoutNsOf(name, seconds)
  if (ns < least * 1e9) throw rangeError(name, `>= ${least} seconds`, seconds)
  return ns
}

/** One attempt. The end of the race closes its socket at once, whatever it is waiting for. */
async function attempt(
  [family, type, proto, , target]: AddressInfo,
  { timeout, source }: ConnectionPlan,
  signal: AbortSignal,
): Promise<Socket> {
  const conn = new Socket(family, type, proto)
  const closing = { abort: () => conn.close() }
  listenFor(signal, closing)
  try {
    if (timeout !== undefined) conn.settimeout(timeout)
    if (source !== undefined) await bindTo(conn, source, signal)
    await conn.connectAsync(target, { timeout: null })
    return conn
  } catch (error) {
    conn.close()
    throw error
  } finally {
    stopListening(signal, closing)
  }
}

/** Without blocking where the source is given by name. */
async function bindTo(conn: Socket, [host, port]: readonly [string, number], signal: AbortSignal): Promise<void> {
  const limits = { timeoutNs: -1, signal }
  const [numeric, scopeId] = await resolveHostAsync(host, conn.family, 'options.sourceAddress[0]', limits)
  conn.bind(scopeId === 0 ? [numeric, port] : [numeric, port, 0, scopeId])
}

/** Codes that say of one family only that the host has no address of it. */
const ABSENCES = new Set(['EAI_NONAME', 'EAI_NODATA', 'EAI_ADDRFAMILY'])
const tellsMore = (error: unknown): boolean => !(error instanceof GaiError) || !ABSENCES.has(error.code)
const isNoName = (error: unknown): boolean => error instanceof GaiError && error.code === 'EAI_NONAME'

function failureOf(
  { attempts, lookUps, timedOut, hasBegun }: Losses,
  { host, port, failure }: ConnectionPlan,
): unknown {
  if (timedOut) {
    return failure([...attempts, new SocketTimeoutError(hasBegun ? 'connect' : 'getaddrinfo', [host, port])])
  }
  if (attempts.length > 0) return failure(attempts)
  return lookUps.find(tellsMore) ?? lookUps.find(isNoName) ?? lookUps[0] ?? failure([])
}

/**
 * Connects to a TCP service by host name and port as RFC 8305 says (Happy Eyeballs): IPv6 and IPv4 addresses are looked
 * up at the same time and tried in turns, IPv6 first, each one a quarter of a second after the one before or once that
 * has failed. The first connection is the answer; all others are closed.
 * @param address `[host, port]`; the port is a number or a service's name
 * @param options timeout of the whole call, source address, all errors, signal, the two delays
 * @returns a promise of a socket with the timeout given, or the thread's default
 * @throws {SocketError} the last attempt's, or with `allErrors` an `AggregateError` of all
 * @throws {GaiError} where the host cannot be resolved
 * @throws {SocketTimeoutError} after the timeout; the signal's reason once it is aborted
 * @see RFC 8305. Linux, macOS.
 */
export async function createConnectionAsync(
  address: ServiceAddress,
  options: CreateConnectionAsyncOptions = {},
): Promise<Socket<typeof AF_INET> | Socket<typeof AF_INET6>> {
  checkOptions('options', options)
  // Each is read once: reading may run the caller's code.
  const { allErrors, attemptDelay, resolutionDelay, signal, sourceAddress, timeout } = options
  const given = { allErrors, signal, sourceAddress, timeout }
  checkAsyncOptions(given)
  if (attemptDelay !== undefined) checkNumber('options.attemptDelay', attemptDelay)
  if (resolutionDelay !== undefined) checkNumber('options.resolutionDelay', resolutionDelay)
  const plan = planConnection(address, given)
  const { host, port } = plan
  const attemptDelayNs = delayNs('options.attemptDelay', attemptDelay, LEAST_ATTEMPT_DELAY_SECONDS, ATTEMPT_DELAY_NS)
  const resolutionDelayNs = delayNs('options.resolutionDelay', resolutionDelay, 0, RESOLUTION_DELAY_NS)
  const defaultNs = getdefaulttimeoutNs()
  const limitNs = timeout === undefined ? defaultNs : timeoutNsOf('options.timeout', timeout)
  const connection = await race<AddressInfo, Socket>({
    families: [AF_INET6, AF_INET],
    attemptDelayNs,
    resolutionDelayNs,
    // A default of 0 makes sockets that do not block, which an asynchronous call never does.
    timeoutNs: timeout === undefined && defaultNs === 0 ? -1 : limitNs,
    signal: signalIn(given),
    lookUp: (family, signal) => getaddrinfoAsync(host, port, { family, type: SOCK_STREAM, signal }),
    connect: (target, signal) => attempt(target, plan, signal),
    discard: (conn) => conn.close(),
    startTimer,
    failure: (losses) => failureOf(losses, plan),
  })
  return connection as Socket<typeof AF_INET>
}
