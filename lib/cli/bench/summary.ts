/** Results in words: a headline for each test, and what stands below it. */
import { formatBytes } from '../units.js'
import type { Percentiles } from './latencies.js'
import type {
  BenchResults,
  ConnectionsResult,
  CpuUse,
  LatencyResult,
  TestResult,
  ThroughputResult,
  UdpResult,
  Way,
} from './results.js'
import { formatBitRate, formatCount, formatNs, formatPart } from './units.js'

function cpuText(cpu: CpuUse | null): string {
  return cpu === null ? 'unknown' : `${((cpu.user + cpu.system) * 100).toFixed(0)} %`
}

/** `CPU: client 45 %, server 61 %`, of one CPU each. */
export function cpuLine({ cpu }: TestResult): string {
  return `CPU: client ${cpuText(cpu.client)}, server ${cpuText(cpu.server)}`
}

function percentilesLine(name: string, found: Percentiles | null): string[] {
  if (found === null) return []
  const { p50, p90, p99, max, min, mean } = found
  const parts = [`min ${formatNs(min)}`, `mean ${formatNs(mean)}`, `p50 ${formatNs(p50)}`, `p90 ${formatNs(p90)}`]
  const tail = [`p99 ${formatNs(p99)}`, `p99.9 ${formatNs(found['p99.9'])}`, `max ${formatNs(max)}`]
  return [`${name}: ${[...parts, ...tail].join(', ')}`]
}

function wayLines(name: string, way: Way | null): string[] {
  if (way === null) return []
  const { measuredBytes, seconds, bytesReceived, retransmits, rttNs, cwnd, congestion } = way
  const of = bytesReceived === null ? ' (as sent: the receiver did not say)' : ''
  const tcp = [
    ...(retransmits === null
      ? []
      : [`${formatCount(retransmits)} ${retransmits === 1 ? 'retransmit' : 'retransmits'}`]),
    ...(rttNs === null ? [] : [`rtt ${formatNs(rttNs)}`]),
    ...(cwnd === null ? [] : [`cwnd ${formatBytes(cwnd)}`]),
    ...(congestion === null ? [] : [congestion]),
  ]
  const figures = [`${formatBytes(measuredBytes)} in ${seconds.toFixed(2)} s${of}`, ...tcp]
  return [`${name}: ${figures.join(', ')}`]
}

function throughputHeadline({ up, down }: ThroughputResult): string {
  const parts = [
    ...(up === null ? [] : [`up ${formatBitRate(up.bitsPerSecond)}`]),
    ...(down === null ? [] : [`down ${formatBitRate(down.bitsPerSecond)}`]),
  ]
  return parts.length === 0 ? 'nothing measured' : parts.join(', ')
}

function latencyHeadline({ latency, lost, sent }: LatencyResult): string {
  if (latency === null) return 'no answers'
  const loss = lost === 0 || sent === 0 ? '' : `, ${formatPart(lost / sent)} lost`
  return `p50 ${formatNs(latency.p50)}, p99 ${formatNs(latency.p99)}, max ${formatNs(latency.max)}${loss}`
}

function connectionsHeadline({ perSecond, connect }: ConnectionsResult): string {
  if (connect === null) return 'no connections'
  return `${formatCount(perSecond)} connections/s, p50 ${formatNs(connect.p50)}, p99 ${formatNs(connect.p99)}`
}

function udpHeadline({ bitsPerSecond, lostPart, jitterNs }: UdpResult): string {
  if (bitsPerSecond === null || lostPart === null) return 'nothing measured'
  return `${formatBitRate(bitsPerSecond)}, ${formatPart(lostPart)} lost, jitter ${formatNs(jitterNs ?? 0)}`
}

/** What a test found, on one line. */
export function headline(result: TestResult): string {
  if (result.test === 'throughput') return throughputHeadline(result)
  if (result.test === 'latency') return latencyHeadline(result)
  if (result.test === 'connections') return connectionsHeadline(result)
  return udpHeadline(result)
}

function udpLines(result: UdpResult): string[] {
  const { sent, received, lost, reordered, duplicates, sentBitsPerSecond, skipped, segments, receiveBuffer } = result
  const counts = [
    `${formatCount(sent ?? 0)} sent`,
    ...(received === null ? ['the receiver did not say what came'] : [`${formatCount(received)} received`]),
    ...(lost === null ? [] : [`${formatCount(lost)} lost`]),
    ...(reordered === null ? [] : [`${formatCount(reordered)} reordered`]),
    ...(duplicates === null ? [] : [`${formatCount(duplicates)} duplicates`]),
  ]
  const wanted = result.settings.bitrate === null ? 'as fast as it goes' : formatBitRate(result.settings.bitrate)
  const sender = [
    ...(sentBitsPerSecond === null ? [] : [`sent at ${formatBitRate(sentBitsPerSecond)} of ${wanted}`]),
    ...(skipped === null || skipped < 1 ? [] : [`${formatCount(skipped)} left out: the sender could not keep up`]),
    ...(segments === true ? ['cut by the kernel (UDP_SEGMENT)'] : []),
    ...(receiveBuffer === null ? [] : [`receive buffer ${formatBytes(receiveBuffer)}`]),
  ]
  return [counts.join(', '), ...(sender.length === 0 ? [] : [sender.join(', ')])]
}

/** What stands below the headline. */
export function details(result: TestResult): string[] {
  const own = ((): string[] => {
    if (result.test === 'throughput') {
      return [...wayLines('up', result.up), ...wayLines('down', result.down)]
    }
    if (result.test === 'latency') {
      const { sent, received, lost, jitterNs, latency, service } = result
      const counts = `${formatCount(sent)} sent, ${formatCount(received)} answered, ${formatCount(lost)} lost`
      const named = service === null ? 'round trip' : 'from when it was due'
      return [
        `${counts}, jitter ${formatNs(jitterNs)}`,
        ...percentilesLine(named, latency),
        ...percentilesLine('from when it was sent', service),
      ]
    }
    if (result.test === 'connections') {
      const { completed, failed, accepted, connect, complete, errors, seconds } = result
      const codes = Object.entries(errors).map(([code, count]) => `${code} ${formatCount(count)}`)
      return [
        `${formatCount(completed)} in ${seconds.toFixed(2)} s, ${formatCount(failed)} failed${codes.length === 0 ? '' : ` (${codes.join(', ')})`}` +
          (accepted === null ? '' : `, the server accepted ${formatCount(accepted)}`),
        ...percentilesLine('connect', connect),
        ...percentilesLine('connect, accept, answer, close', complete),
      ]
    }
    return udpLines(result)
  })()
  return [...own, cpuLine(result)]
}

/** `interrupted`, or why it failed; empty where it is done. */
export function endText({ status, error }: TestResult): string {
  if (status === 'done') return ''
  return status === 'interrupted' ? 'interrupted' : `failed: ${error?.message ?? 'unknown'}`
}

/** All tests as two columns. */
export function overview({ tests, interrupted }: BenchResults): string[] {
  const width = Math.max(0, ...tests.map(({ title }) => title.length))
  const rows = tests.map((result) => {
    const end = endText(result)
    return `${result.title.padEnd(width)}  ${headline(result)}${end === '' ? '' : `  [${end}]`}`
  })
  return [...rows, ...(interrupted ? ['Interrupted: what was measured until then is above.'] : [])]
}
