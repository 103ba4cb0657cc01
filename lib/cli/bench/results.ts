/** What a client found: the shape of its JSON, version 1. docs/measuring.md describes it. */
import type { CurvePoint, Percentiles } from './latencies.js'
import type { Machine } from './machine.js'
import type { SpecOf } from './messages.js'

/** `interrupted`: by the user; `failed`: `error` says why. The figures are those of the time before. */
export type Status = 'done' | 'interrupted' | 'failed'

export interface CpuUse {
  user: number
  system: number
}

/** CPUs in use by each side's process; `null`: it did not say. */
export interface CpuOfBoth {
  client: CpuUse | null
  server: CpuUse | null
}

interface Common {
  /** What was measured, for people. */
  title: string
  status: Status
  error: { code: string; message: string } | null
  cpu: CpuOfBoth
}

/** Bytes one way over TCP, and what the sender's kernel knows of it. */
export interface Way {
  /** All bytes, those of the time that was left out among them. `null`: that side did not say. */
  bytesSent: number | null
  bytesReceived: number | null
  /** What the receiver got while it counted, and how long that was. */
  measuredBytes: number
  seconds: number
  bitsPerSecond: number
  retransmits: number | null
  rttNs: number | null
  minRttNs: number | null
  /** Bytes. */
  cwnd: number | null
  mss: number | null
  congestion: string | null
}

export interface ThroughputInterval {
  from: number
  to: number
  /** Bits per second; `null`: not this way. */
  up: number | null
  down: number | null
  retransmits: number | null
  rttNs: number | null
  cwnd: number | null
}

export interface ThroughputResult extends Common {
  test: 'throughput'
  settings: Omit<SpecOf<'throughput'>, 'kind'>
  up: Way | null
  down: Way | null
  intervals: ThroughputInterval[]
}

export interface LatencyInterval {
  from: number
  to: number
  count: number
  p50: number
  p99: number
  max: number
}

export interface LatencyResult extends Common {
  test: 'latency'
  settings: { transport: 'tcp' | 'udp'; size: number; seconds: number; rate: number | null; interval: number }
  sent: number
  received: number
  lost: number
  /** Nanoseconds; with a rate from when each request was due. */
  latency: Percentiles | null
  /** With a rate: from when each request was really sent. */
  service: Percentiles | null
  jitterNs: number
  curve: CurvePoint[]
  intervals: LatencyInterval[]
}

export interface ConnectionsInterval {
  from: number
  to: number
  count: number
  perSecond: number
  p50: number
  p99: number
}

export interface ConnectionsResult extends Common {
  test: 'connections'
  settings: { parallel: number; seconds: number; interval: number }
  completed: number
  failed: number
  /** How many the server accepted; `null`: it did not say. */
  accepted: number | null
  seconds: number
  perSecond: number
  /** Nanoseconds until a connection is there, and until the server has accepted it, answered and closed it. */
  connect: Percentiles | null
  complete: Percentiles | null
  curve: CurvePoint[]
  errors: Record<string, number>
  intervals: ConnectionsInterval[]
}

export interface LossInterval {
  from: number
  to: number
  received: number
  lost: number
  bitsPerSecond: number
  jitterNs: number
}

export interface UdpResult extends Common {
  test: 'udp'
  settings: Omit<SpecOf<'udp'>, 'kind'>
  sent: number | null
  received: number | null
  lost: number | null
  /** `lost / sent`. */
  lostPart: number | null
  reordered: number | null
  duplicates: number | null
  jitterNs: number | null
  /** Of data, as the receiver got it and as the sender sent it. */
  bitsPerSecond: number | null
  sentBitsPerSecond: number | null
  /** Datagrams that were due and were left out, since the sender could not keep up. */
  skipped: number | null
  /** Whether the kernel cut the datagrams from larger pieces. */
  segments: boolean | null
  /** Bytes of the receiver's buffer, as its system tells. */
  receiveBuffer: number | null
  intervals: LossInterval[]
}

export type TestResult = ThroughputResult | LatencyResult | ConnectionsResult | UdpResult

export interface BenchResults {
  format: 'berkeley-bench'
  version: 1
  /** ISO 8601. */
  started: string
  seconds: number
  interrupted: boolean
  target: { host: string; address: string; port: number }
  client: Machine
  server: Machine
  tests: TestResult[]
}
