/** The cases that differ in one argument only. @import { Case, Metric, Placement, Target } from './types.js' */

const LATENCIES = {
  p50: 'us, median latency',
  p90: 'us, 90 % of them',
  p99: 'us, 99 %',
  'p99.9': 'us, 99.9 %',
  max: 'us, the longest',
}

/** @type {Metric} */
export const THROUGHPUT = {
  name: 'throughput',
  unit: 'MiB/s',
  digits: 0,
  // 64 KiB in 1 ns are 62,500,000 MiB/s.
  value: ({ ns, count }) => (count * 62_500_000) / ns,
}

/**
 * @param {string} each
 * @returns {Metric}
 */
export function ratePer(each) {
  return { name: 'rate', unit: `${each}/s`, digits: 0, value: ({ ns, count }) => (count * 1e9) / ns }
}

/**
 * User and system time of the measured process, which other work on the machine disturbs less than the clock.
 * @param {string} each
 * @returns {Metric}
 */
export function cpuPer(each) {
  return { name: 'cpu', unit: `us of CPU per ${each}`, digits: 2, value: ({ cpuNs, count }) => cpuNs / count / 1000 }
}

/**
 * Of programs that print `latencies`.
 * @returns {Metric[]}
 */
export function latencies() {
  return Object.entries(LATENCIES).map(([name, unit]) => ({
    name,
    unit,
    digits: 1,
    value: ({ percentiles }) => Number(percentiles?.[name]) / 1000,
  }))
}

/**
 * A message to and fro, the next one after the echo.
 * @param {{ name: string, size: number, peer: string, about: string, targets: Target[] }} shape
 * @returns {Case}
 */
export function pingpong({ name, size, peer, about, targets }) {
  return {
    name,
    about,
    program: 'tcp-pingpong',
    args: { size },
    peer: { program: 'tcp-echo', driver: peer },
    // Waking a sleeping CPU costs several times as much as the message and varies: both sides share one that is awake.
    placement: 'one-cpu',
    full: { checked: 1000, warmup: 5000, timed: 10_000, count: 25_000 },
    quick: { checked: 50, warmup: 0, timed: 20, count: 50 },
    metrics: [ratePer('round trips'), cpuPer('round trip'), ...latencies()],
    targets,
  }
}

/**
 * Chunks of 64 KiB in one direction, against a source or sink in C.
 * @param {{ mode: 'recv' | 'recvInto' | 'sendall', placement: Placement, about: string, throughput: number }} shape
 *   with the least part of C's throughput that is the target
 * @returns {Case}
 */
export function bulk({ mode, placement, about, throughput }) {
  const shared = placement === 'one-cpu'
  return {
    name: `tcp-bulk-${mode}${shared ? '-one-cpu' : ''}`,
    about,
    program: 'tcp-bulk',
    args: { mode },
    peer: { program: mode === 'sendall' ? 'tcp-sink' : 'tcp-source', driver: 'c' },
    placement,
    // Two CPUs move data at half or twice the speed from one moment to the next: short runs, but more of them.
    effort: shared ? 1 : 2,
    full: { checked: 500, warmup: 2000, count: 12_000 },
    quick: { checked: 50, warmup: 0, count: 50 },
    // On one CPU the kernel works for the peer in the time of whoever happens to run: CPU time means nothing there.
    metrics: shared ? [THROUGHPUT] : [THROUGHPUT, cpuPer('chunk')],
    targets: [
      { driver: 'berkeley', metric: 'throughput', against: 'c', atLeast: throughput },
      ...(shared ? [] : [{ driver: 'berkeley', metric: 'cpu', against: 'node-net', atMost: 1 }]),
    ],
  }
}

/**
 * A file over TCP until the sink says that it has all.
 * @param {{ name: string, program: string, about: string }} shape
 * @returns {Case}
 */
export function sendfile({ name, program, about }) {
  return {
    name,
    about,
    program,
    peer: { program: 'tcp-sink', driver: 'c' },
    placement: 'one-cpu',
    effort: 0.7,
    full: { chunks: 1024, checked: 1, warmup: 1, count: 3 },
    quick: { chunks: 40, checked: 1, warmup: 0, count: 1 },
    metrics: [THROUGHPUT],
    targets: [{ driver: 'berkeley', metric: 'throughput', against: 'c', atLeast: 0.9 }],
  }
}

/**
 * What one thread does alone, each time on its own.
 * @param {Pick<Case, 'name' | 'about' | 'full' | 'quick' | 'targets'> & { each: string }} shape
 * @returns {Case}
 */
export function timeAndCpu({ each, ...rest }) {
  return {
    ...rest,
    program: rest.name,
    placement: 'free',
    effort: 0.7,
    metrics: [
      { name: 'time', unit: `ns per ${each}`, digits: 0, value: ({ ns, count }) => ns / count },
      { name: 'cpu', unit: `ns of CPU per ${each}`, digits: 0, value: ({ cpuNs, count }) => cpuNs / count },
    ],
  }
}

/**
 * Connections made by the measured program and closed by both sides.
 * @param {{ name: string, about: string, parallel?: number }} shape
 * @returns {Case}
 */
export function connect({ name, about, parallel }) {
  return {
    name,
    about,
    program: name,
    ...(parallel === undefined ? {} : { args: { parallel } }),
    peer: { program: 'connect-sink', driver: 'c' },
    placement: 'one-cpu',
    full: { checked: 100, warmup: 4000, count: 8000 },
    quick: { checked: 20, warmup: 0, count: 50 },
    metrics: [ratePer('connections'), cpuPer('connection')],
    targets: [{ driver: 'berkeley', metric: 'rate', against: 'c', atLeast: 0.8 }],
  }
}

/**
 * Connections accepted and closed by the measured program; its client is the load generator.
 * @param {Pick<Case, 'name' | 'about' | 'targets'>} shape
 * @returns {Case}
 */
export function accept(shape) {
  return {
    ...shape,
    program: shape.name,
    load: 'load-accept',
    args: { parallel: 8 },
    placement: 'one-cpu',
    full: { warmup: 6000, count: 12_000 },
    quick: { warmup: 0, count: 100 },
    metrics: [cpuPer('connection'), ratePer('connections')],
  }
}
