/** The lookups of resolve.ts as promises: other threads of the process wait, this one goes on. */
import { type AsyncOptions, checkAsyncOptions, signalIn, timeoutIn } from './async-options.js'
import { native } from './binding.js'
import type { AddressFamily, Flavor } from './constant.js'
import { SocketError, SocketTimeoutError } from './errors.js'
import { AF_INET } from './generated/constants.js'
import { type Limits, promiseOf } from './jobs.js'
import {
  type AddressInfo,
  addressAnswer,
  addressQuestion,
  type GetaddrinfoOptions,
  type HostInfo,
  hostAnswer,
  hostQuestion,
  type NamedAddress,
  nameAnswer,
  nameQuestion,
  numericAnswer,
  qualifiedAnswer,
  qualifiedQuestion,
} from './questions.js'

/** What narrows a lookup of `getaddrinfoAsync`, and how long it may take. */
export interface GetaddrinfoAsyncOptions<F extends AddressFamily = AddressFamily>
  extends GetaddrinfoOptions<F>,
    AsyncOptions {}

type Answer<Name extends 'getaddrinfo' | 'getnameinfo' | 'gethostbynameEx' | 'gethostbyaddr'> = ReturnType<
  (typeof native)[Name]
>

function limitsIn(options: AsyncOptions | undefined): Limits {
  checkAsyncOptions(options)
  return { timeoutNs: timeoutIn(options, -1), signal: signalIn(options) }
}

/**
 * `getaddrinfo` without blocking this thread. Numeric hosts are answered at once; of names, the process looks up 16 at a
 * time, the others wait for their turn.
 * @param host a name or a numeric address; `null` = loopback, or any address with `AI_PASSIVE`
 * @param port a service's name, or a number; `null` = port 0
 * @param options what the answers are narrowed to; `timeout` in seconds (0: numeric hosts alone are answered), `signal`
 * @returns at least one answer, in the order of preference
 * @throws {GaiError} `EAI_NONAME`, `EAI_AGAIN`, `EAI_SERVICE` and the like
 * @throws {SocketTimeoutError} after `options.timeout`; the signal's reason once it is aborted. The C library cannot be
 *   interrupted: it goes on, and nobody gets its answer
 * @throws {SocketError} `EAGAIN` where no thread can be made
 * @see getaddrinfo(3). Linux, macOS.
 */
export async function getaddrinfoAsync<F extends AddressFamily = AddressFamily>(
  host: string | Uint8Array | null,
  port: string | number | bigint | Uint8Array | null,
  options: GetaddrinfoAsyncOptions<F> = {},
): Promise<AddressInfo<F>[]> {
  const question = addressQuestion(host, port, options)
  const lookUp = {
    syscall: 'getaddrinfo',
    address: host ?? undefined,
    begin: () => native.getaddrinfoAsync(...question),
    finish: (found: Answer<'getaddrinfo'>) => addressAnswer<F>(found, host),
  }
  return await promiseOf(lookUp, limitsIn(options))
}

/**
 * `getnameinfo` without blocking this thread.
 * @param sockaddr `[host, port]` or `[host, port, flowinfo, scopeId]`; the host must be numeric
 * @param flags `NI_*`, combined with `|`; with `NI_NUMERICHOST` nobody is asked
 * @param options `timeout` in seconds, `signal`
 * @throws {GaiError} as `getnameinfo`; `SocketTimeoutError`, the signal's reason and `EAGAIN` as `getaddrinfoAsync`
 * @see getnameinfo(3). Linux, macOS.
 */
export async function getnameinfoAsync(
  sockaddr: NamedAddress,
  flags: Flavor<'NI'>,
  options?: AsyncOptions,
): Promise<[host: string, service: string]> {
  const question = nameQuestion(sockaddr, flags)
  const [host] = question
  const lookUp = {
    syscall: 'getnameinfo',
    address: host,
    begin: () => native.getnameinfoAsync(...question),
    finish: (names: Answer<'getnameinfo'>) => nameAnswer(names, host),
  }
  return await promiseOf(lookUp, limitsIn(options))
}

/**
 * `gethostbyname` without blocking this thread.
 * @param hostname a name or a numeric address
 * @param options `timeout` in seconds, `signal`
 * @throws {GaiError} as `gethostbyname`; `SocketTimeoutError`, the signal's reason and `EAGAIN` as `getaddrinfoAsync`
 * @see gethostbyname(3). Linux, macOS.
 */
export async function gethostbynameAsync(hostname: string | Uint8Array, options?: AsyncOptions): Promise<string> {
  const question = hostQuestion('hostname', hostname)
  const lookUp = {
    syscall: 'gethostbyname',
    address: hostname,
    begin: () => native.resolveHostAsync(question, AF_INET),
    finish: (result: number) => numericAnswer(result, hostname),
  }
  return await promiseOf(lookUp, limitsIn(options))
}

/**
 * `gethostbynameEx` without blocking this thread.
 * @param hostname a name or a numeric address
 * @param options `timeout` in seconds, `signal`
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {GaiError | HostError} as `gethostbynameEx`; `SocketTimeoutError`, the signal's reason and `EAGAIN` as
 *   `getaddrinfoAsync`
 * @see gethostbyname(3). Linux, macOS.
 */
export async function gethostbynameExAsync(hostname: string | Uint8Array, options?: AsyncOptions): Promise<HostInfo> {
  const question = hostQuestion('hostname', hostname)
  const lookUp = {
    syscall: 'gethostbyname',
    address: hostname,
    begin: () => native.gethostbynameExAsync(question),
    finish: (found: Answer<'gethostbynameEx'>) => hostAnswer(found, 'gethostbyname', hostname),
  }
  return await promiseOf(lookUp, limitsIn(options))
}

function hostByAddress(question: string | Uint8Array, host: string | Uint8Array, limits: Limits): Promise<HostInfo> {
  const lookUp = {
    syscall: 'gethostbyaddr',
    address: host,
    begin: () => native.gethostbyaddrAsync(question),
    finish: (found: Answer<'gethostbyaddr'>) => hostAnswer(found, 'gethostbyaddr', host),
  }
  return promiseOf(lookUp, limits)
}

/**
 * `gethostbyaddr` without blocking this thread.
 * @param host a numeric address, IPv4 or IPv6; a name is resolved first
 * @param options `timeout` in seconds, `signal`
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {GaiError | HostError} as `gethostbyaddr`; `SocketTimeoutError`, the signal's reason and `EAGAIN` as
 *   `getaddrinfoAsync`
 * @see gethostbyaddr(3). Linux, macOS.
 */
export async function gethostbyaddrAsync(host: string | Uint8Array, options?: AsyncOptions): Promise<HostInfo> {
  return await hostByAddress(hostQuestion('host', host), host, limitsIn(options))
}

/**
 * `getfqdn` without blocking this thread.
 * @param name a name or a numeric address; `''`, `'0.0.0.0'`, `'::'` and leaving it out mean this machine
 * @param options `timeout` in seconds, `signal`
 * @throws {SocketTimeoutError} after `options.timeout`; the signal's reason once it is aborted
 * @see gethostbyaddr(3). Linux, macOS.
 */
export async function getfqdnAsync(name: string = '', options?: AsyncOptions): Promise<string> {
  const host = qualifiedQuestion(name)
  const limits = limitsIn(options)
  try {
    return qualifiedAnswer(await hostByAddress(hostQuestion('host', host), host, limits))
  } catch (error) {
    const isAnswer = error instanceof SocketError && !(error instanceof SocketTimeoutError)
    if (!isAnswer || error === limits.signal?.reason) throw error
    return host
  }
}
