/** The ends of a connection and its options as `node:net` shows them. */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPALIVE,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from './generated/constants.js'
import type { StreamSource } from './stream-source.js'

/** One end of a TCP connection. */
export interface Endpoint {
  /** The IP address. */
  address: string
  /** The version of IP. */
  family: 'IPv4' | 'IPv6'
  /** The port, in host order. */
  port: number
}

const isInternet = ({ family }: StreamSource): boolean => family === AF_INET || family === AF_INET6

/** An end, by `getsockname` or `getpeername`; `undefined` where it is unknown, or no internet address. */
export function endpointOf(source: StreamSource, call: 'getsockname' | 'getpeername'): Endpoint | undefined {
  if (!isInternet(source)) return undefined
  try {
    const [address, port] = source[call]() as [host: string, port: number]
    return { address, family: source.family === AF_INET ? 'IPv4' : 'IPv6', port }
  } catch {
    // Closed, not connected, or not connected any more.
    return undefined
  }
}

/** Sets options where there are any; as in `node:net` a connection that is over is no error. */
function set(source: StreamSource, options: readonly (readonly [level: number, name: number, value: number])[]): void {
  try {
    for (const [level, name, value] of options) source.setsockopt(level, name, value)
  } catch {
    // See above.
  }
}

export function setNoDelay(source: StreamSource, enable: boolean): void {
  if (isInternet(source)) set(source, [[IPPROTO_TCP, TCP_NODELAY, Number(enable)]])
}

// As node:net documents it.
const PROBES = 10
const SECONDS_BETWEEN_PROBES = 1

/** The idle time's option: macOS has it under another name. */
const KEEP_IDLE = TCP_KEEPIDLE ?? TCP_KEEPALIVE

/** @param delaySeconds before the first probe; 0 = as it is set */
export function setKeepAlive(source: StreamSource, enable: boolean, delaySeconds: number): void {
  if (!isInternet(source)) return
  set(source, [[SOL_SOCKET, SO_KEEPALIVE, Number(enable)]])
  if (!enable || !(delaySeconds > 0) || KEEP_IDLE === undefined) return
  set(source, [
    [IPPROTO_TCP, KEEP_IDLE, delaySeconds],
    [IPPROTO_TCP, TCP_KEEPINTVL, SECONDS_BETWEEN_PROBES],
    [IPPROTO_TCP, TCP_KEEPCNT, PROBES],
  ])
}
