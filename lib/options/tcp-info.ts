/** The structures behind `tcpInfo`, of whatever length the kernel gives. See tcp(7). */
import { argumentValueError } from '../validate.js'
import { type BytesCodec, littleEndian, viewOfRaw } from './codec.js'
import type { TcpInfo, TcpInfoOption, TcpState } from './tcp-info-type.js'

/** How a number of the structure becomes one of the object; `undefined` where it says that there is none. */
type Unit = (value: number) => number | undefined
type Field = readonly [name: keyof TcpInfo, offset: number, size: 1 | 2 | 4 | 8, unit?: Unit]

const us: Unit = (value) => value / 1e6
const ms: Unit = (value) => value / 1e3
const bytesPerSecond: Unit = (value) => (value === 2 ** 64 ? Number.POSITIVE_INFINITY : value)
const usOnceMeasured: Unit = (value) => (value === 0xffffffff ? undefined : value / 1e6)

/** `struct tcp_info` of Linux 6.18, but its bit fields. What follows, from byte 276 on, differs from kernel to kernel. */
const LINUX: readonly Field[] = [
  ['retransmits', 2, 1],
  ['probes', 3, 1],
  ['backoff', 4, 1],
  ['rto', 8, 4, us],
  ['ato', 12, 4, us],
  ['sndMss', 16, 4],
  ['rcvMss', 20, 4],
  ['unacked', 24, 4],
  ['sacked', 28, 4],
  ['lost', 32, 4],
  ['retrans', 36, 4],
  ['fackets', 40, 4],
  ['lastDataSent', 44, 4, ms],
  ['lastAckSent', 48, 4, ms],
  ['lastDataRecv', 52, 4, ms],
  ['lastAckRecv', 56, 4, ms],
  ['pmtu', 60, 4],
  ['rcvSsthresh', 64, 4],
  ['rtt', 68, 4, us],
  ['rttvar', 72, 4, us],
  ['sndSsthresh', 76, 4],
  ['sndCwnd', 80, 4],
  ['advmss', 84, 4],
  ['reordering', 88, 4],
  ['rcvRtt', 92, 4, us],
  ['rcvSpace', 96, 4],
  ['totalRetrans', 100, 4],
  ['pacingRate', 104, 8, bytesPerSecond],
  ['maxPacingRate', 112, 8, bytesPerSecond],
  ['bytesAcked', 120, 8],
  ['bytesReceived', 128, 8],
  ['segsOut', 136, 4],
  ['segsIn', 140, 4],
  ['notsentBytes', 144, 4],
  ['minRtt', 148, 4, usOnceMeasured],
  ['dataSegsIn', 152, 4],
  ['dataSegsOut', 156, 4],
  ['deliveryRate', 160, 8, bytesPerSecond],
  ['busyTime', 168, 8, us],
  ['rwndLimited', 176, 8, us],
  ['sndbufLimited', 184, 8, us],
  ['delivered', 192, 4],
  ['deliveredCe', 196, 4],
  ['bytesSent', 200, 8],
  ['bytesRetrans', 208, 8],
  ['dsackDups', 216, 4],
  ['reordSeen', 220, 4],
  ['rcvOoopack', 224, 4],
  ['sndWnd', 228, 4],
  ['rcvWnd', 232, 4],
  ['rehash', 236, 4],
  ['totalRto', 240, 2],
  ['totalRtoRecoveries', 242, 2],
  ['totalRtoTime', 244, 4, ms],
  ['receivedCe', 248, 4],
  ['deliveredE1Bytes', 252, 4],
  ['deliveredE0Bytes', 256, 4],
  ['deliveredCeBytes', 260, 4],
  ['receivedE1Bytes', 264, 4],
  ['receivedE0Bytes', 268, 4],
  ['receivedCeBytes', 272, 4],
]

/** `struct tcp_connection_info` of macOS, but its bit fields. */
const MACOS: readonly Field[] = [
  ['sndWscale', 1, 1],
  ['rcvWscale', 2, 1],
  ['rto', 12, 4, ms],
  ['sndMss', 16, 4],
  ['sndSsthresh', 20, 4],
  ['sndCwnd', 24, 4],
  ['sndWnd', 28, 4],
  ['sndSbbytes', 32, 4],
  ['rcvWnd', 36, 4],
  ['rttcur', 40, 4, ms],
  ['rtt', 44, 4, ms],
  ['rttvar', 48, 4, ms],
  ['segsOut', 56, 8],
  ['bytesSent', 64, 8],
  ['bytesRetrans', 72, 8],
  ['segsIn', 80, 8],
  ['bytesReceived', 88, 8],
  ['rxoutoforderbytes', 96, 8],
  ['totalRetrans', 104, 8],
]

/** By number; Linux's 12 and 13 are states of its own that no caller sees. */
const LINUX_STATES: readonly (TcpState | undefined)[] = [
  undefined,
  ...(['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT'] as const),
  ...(['CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'] as const),
]
const MACOS_STATES: readonly (TcpState | undefined)[] = [
  ...(['CLOSE', 'LISTEN', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'CLOSE_WAIT'] as const),
  ...(['FIN_WAIT1', 'CLOSING', 'LAST_ACK', 'FIN_WAIT2', 'TIME_WAIT'] as const),
]
const CA_STATES = ['OPEN', 'DISORDER', 'CWR', 'RECOVERY', 'LOSS'] as const

/** By bit: TCPI_OPT_*, of which TCPCI_OPT_* are the first four. */
const OPTIONS: readonly TcpInfoOption[] = [
  ...(['timestamps', 'sack', 'wscale', 'ecn', 'ecnSeen', 'synData', 'usecTs', 'tfoChild'] as const),
]
const TFO = [
  ...['cookieReq', 'cookieRcv', 'synLoss', 'synDataSent', 'synDataAcked', 'synDataRcv', 'cookieReqRcv', 'cookieSent'],
  ...['cookieInvalid', 'cookieWrong', 'noCookieRcv', 'heuristicsDisable', 'sendBlackhole', 'recvBlackhole'],
  'onebyteProxy',
]

const named = <T>(names: readonly T[], bits: number): T[] => names.filter((_, bit) => (bits >>> bit) & 1)

/** A bit field of a byte: the compiler begins at the end that the machine's order begins at. */
function bits(byte: number, from: number, count: number): number {
  return (byte >> (littleEndian ? from : 8 - from - count)) & ((1 << count) - 1)
}

function numberAt(view: DataView, offset: number, size: 1 | 2 | 4 | 8): number {
  if (size === 1) return view.getUint8(offset)
  if (size === 2) return view.getUint16(offset, littleEndian)
  if (size === 4) return view.getUint32(offset, littleEndian)
  return Number(view.getBigUint64(offset, littleEndian))
}

/** The fields that lie wholly within what the kernel gave. */
function fieldsOf(fields: readonly Field[], view: DataView): Partial<TcpInfo> {
  const found: Record<string, number> = {}
  for (const [name, offset, size, unit] of fields) {
    if (offset + size > view.byteLength) continue
    const raw = numberAt(view, offset, size)
    const value = unit === undefined ? raw : unit(raw)
    if (value !== undefined) found[name] = value
  }
  return found
}

function codecOf(size: number, decode: (view: DataView) => Partial<TcpInfo>): BytesCodec<TcpInfo, never> {
  return {
    takes: 'TcpInfo',
    size,
    encode(value, name) {
      throw argumentValueError(name, 'cannot be set', value)
    },
    // No kernel gives less than the fields that are always there.
    decode: (raw) => decode(viewOfRaw(raw)) as TcpInfo,
  }
}

/** Longer than any kernel's, which fills what it has. */
const LONGEST = 1024

export const tcpInfo = codecOf(LONGEST, (view) => {
  const windows = view.getUint8(6)
  const flags = view.getUint8(7)
  return {
    state: LINUX_STATES[view.getUint8(0)] ?? 'UNKNOWN',
    options: named(OPTIONS, view.getUint8(5)),
    caState: CA_STATES[view.getUint8(1)] ?? 'UNKNOWN',
    sndWscale: bits(windows, 0, 4),
    rcvWscale: bits(windows, 4, 4),
    deliveryRateAppLimited: bits(flags, 0, 1) === 1,
    fastopenClientFail: bits(flags, 1, 2),
    ...fieldsOf(LINUX, view),
  }
})

export const connectionInfo = codecOf(LONGEST, (view) => {
  const flags = view.getUint32(8, littleEndian)
  return {
    state: MACOS_STATES[view.getUint8(0)] ?? 'UNKNOWN',
    options: named(OPTIONS.slice(0, 4), view.getUint32(4, littleEndian)),
    lossRecovery: (flags & 1) !== 0,
    reorderingDetected: (flags & 2) !== 0,
    tfo: named(TFO, view.getUint32(52, littleEndian)),
    ...fieldsOf(MACOS, view),
  }
})
