/** Names to addresses and back: getaddrinfo(3), getnameinfo(3), gethostbyname(3), gethostbyaddr(3). */
import { native } from './binding.js'
import type { AddressFamily, Flavor } from './constant.js'
import { SocketError } from './errors.js'
import { AF_INET } from './generated/constants.js'
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

/**
 * The addresses of a host and a service, each with what opens a socket for it. A name is looked up, which can take
 * seconds: the call blocks this thread, though not for ever against `worker.terminate()` or Ctrl-C.
 * @param host a name or a numeric address, `''` as the C library takes it; `null` = loopback, or any address with
 *   `AI_PASSIVE`
 * @param port a service's name, or a number; what no port can be is the C library's to judge; `null` = port 0
 * @param options what the answers are narrowed to; all answers where left out
 * @returns at least one answer, in the order of preference
 * @throws {GaiError} `EAI_NONAME`, `EAI_AGAIN`, `EAI_SERVICE` and the like
 * @throws {SocketError} `EINTR` where a SIGINT came that JavaScript handles, `EAGAIN` where no thread can be made
 * @see getaddrinfo(3). Linux, macOS.
 */
export function getaddrinfo<F extends AddressFamily = AddressFamily>(
  host: string | Uint8Array | null,
  port: string | number | bigint | Uint8Array | null,
  options: GetaddrinfoOptions<F> = {},
): AddressInfo<F>[] {
  return addressAnswer<F>(native.getaddrinfo(...addressQuestion(host, port, options)), host)
}

/**
 * The host and the service of an address, as texts.
 * @param sockaddr `[host, port]` or `[host, port, flowinfo, scopeId]`; the host must be numeric
 * @param flags `NI_*`, combined with `|`; 0 = names where they are known
 * @throws {GaiError} `EAI_NONAME` where the host is not numeric, or has no name and `NI_NAMEREQD` is set; and the like
 * @throws {SocketError} `EINVAL` for an IPv4 host with more than a port, or a host that stands for several addresses
 * @throws {RangeError} for a port that is no C int, flowinfo outside of 0 to 1048575
 * @see getnameinfo(3). Linux, macOS.
 */
export function getnameinfo(sockaddr: NamedAddress, flags: Flavor<'NI'>): [host: string, service: string] {
  const question = nameQuestion(sockaddr, flags)
  return nameAnswer(native.getnameinfo(...question), question[0])
}

/**
 * An IPv4 address of a host, as numeric text.
 * @param hostname a name or a numeric address; `''` gives `'0.0.0.0'`, `'<broadcast>'` gives `'255.255.255.255'`
 * @throws {HostError} `HOST_NOT_FOUND` where it is not known, `NO_DATA` where it has none, and the like, a
 *   `GaiError` too; `SocketError` as `getaddrinfo`
 * @see gethostbyname(3). Linux, macOS.
 */
export function gethostbyname(hostname: string | Uint8Array): string {
  return numericAnswer(native.resolveHost(hostQuestion('hostname', hostname), AF_INET), hostname)
}

/**
 * The name, the other names and the IPv4 addresses of a host.
 * @param hostname a name or a numeric address
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {HostError} `HOST_NOT_FOUND`, `NO_DATA` where it has no IPv4 address, and the like; `SocketError` as
 *   `getaddrinfo`
 * @see gethostbyname(3). Linux, macOS.
 */
export function gethostbynameEx(hostname: string | Uint8Array): HostInfo {
  return hostAnswer(native.gethostbynameEx(hostQuestion('hostname', hostname)), 'gethostbyname', hostname)
}

/**
 * The name, the other names and the addresses of the host that has an address.
 * @param host a numeric address, IPv4 or IPv6; a name is resolved first
 * @returns `[hostname, aliases, addresses]`, the addresses as numeric texts
 * @throws {HostError} `HOST_NOT_FOUND` where the address has no name or a name no address, and the like; `SocketError`
 *   as `getaddrinfo`
 * @see gethostbyaddr(3). Linux, macOS.
 */
export function gethostbyaddr(host: string | Uint8Array): HostInfo {
  return hostAnswer(native.gethostbyaddr(hostQuestion('host', host)), 'gethostbyaddr', host)
}

/**
 * The fully qualified name of a host: the first of its names that has a dot, else its first name; the host as it was
 * given where it is not known.
 * @param name a name or a numeric address; `''`, `'0.0.0.0'`, `'::'` and leaving it out mean this machine
 * @throws {SocketError} only `EINTR`, where a SIGINT came that JavaScript handles
 * @see gethostbyaddr(3). Linux, macOS.
 */
export function getfqdn(name: string = ''): string {
  const host = qualifiedQuestion(name)
  try {
    return qualifiedAnswer(gethostbyaddr(host))
  } catch (error) {
    if (!(error instanceof SocketError) || error.code === 'EINTR') throw error
    return host
  }
}
