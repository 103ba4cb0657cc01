/** What the kernel knows of connections: tcp_info of Linux, tcp_connection_info of macOS. */
import type { Socket, TcpInfo } from '../../index.js'
import type { TcpSummary } from './messages.js'

function infoOf(sock: Socket): TcpInfo | undefined {
  try {
    return sock.getOption('tcpInfo')
  } catch {
    // Closed meanwhile, or a system that does not tell.
    return undefined
  }
}

function congestionOf(sock: Socket | undefined): string | null {
  try {
    return sock?.getOption('congestionControl') ?? null
  } catch {
    return null
  }
}

function mean(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

/** Of all connections: retransmits summed, the least of the shortest round trips, and means. `null`: nothing is told. */
export function tcpSummary(socks: readonly Socket[]): TcpSummary | null {
  const infos = socks.map(infoOf).filter((info) => info !== undefined)
  if (infos.length === 0) return null
  const rtt = mean(infos.map((info) => info.rtt))
  const shortest = infos.map((info) => info.minRtt).filter((value) => value !== undefined)
  // Linux counts segments, macOS bytes.
  const cwnd = mean(infos.map((info) => info.sndCwnd * (process.platform === 'linux' ? info.sndMss : 1)))
  return {
    retransmits: infos.reduce((sum, info) => sum + (info.totalRetrans ?? 0), 0),
    rttNs: rtt === null ? null : rtt * 1e9,
    minRttNs: shortest.length === 0 ? null : Math.min(...shortest) * 1e9,
    cwnd,
    mss: mean(infos.map((info) => info.sndMss)),
    congestion: congestionOf(socks[0]),
  }
}
