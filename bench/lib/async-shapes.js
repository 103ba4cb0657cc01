/** The cases of the asynchronous calls that differ in a few arguments only. */
import { cpuPer, latencies, ratePer, THROUGHPUT } from './shapes.js'

/** @import { Case, Placement } from './types.js' */

/**
 * An echo server of 64 bytes with `connections`, on each of which `depth` requests are under way.
 * @param {{ name: string, connections: number, depth?: number, placement: Placement, about: string, warmup: number, count: number, cpu: number }} shape
 *   with the most times C's CPU time that is the target
 * @returns {Case}
 */
export function echo({ name, connections, depth = 1, placement, about, warmup, count, cpu }) {
  return {
    name,
    about,
    program: 'async-echo',
    load: 'load-echo',
    args: { size: 64, connections, depth },
    placement,
    full: { checked: 3 * connections * depth, warmup, count },
    quick: { checked: 3 * connections * depth, warmup: 0, count: 100 },
    metrics: [cpuPer('request'), ratePer('requests'), ...latencies()],
    targets: [
      { driver: 'berkeley', metric: 'cpu', against: 'c', atMost: cpu },
      { driver: 'berkeley', metric: 'cpu', against: 'bun', atMost: 1 },
      // node:net costs at least 1.6 times as much.
      { driver: 'berkeley', metric: 'cpu', against: 'node-net', atMost: 0.625 },
    ],
  }
}

/**
 * Chunks of 64 KiB in one direction, with promises, in C blocking, both sides on one CPU.
 * @param {{ mode: 'recv' | 'recvInto' | 'sendall', about: string }} shape
 * @returns {Case}
 */
export function asyncBulk({ mode, about }) {
  return {
    name: `async-bulk-${mode}`,
    about,
    program: 'async-bulk',
    args: { mode },
    peer: { program: mode === 'sendall' ? 'tcp-sink' : 'tcp-source', driver: 'c' },
    // On two CPUs the ratio of two equal programs already scatters by tens of percent.
    placement: 'one-cpu',
    full: { checked: 500, warmup: 6000, count: 12_000 },
    quick: { checked: 50, warmup: 0, count: 50 },
    metrics: [THROUGHPUT],
    targets: [{ driver: 'berkeley', metric: 'throughput', against: 'c', atLeast: mode === 'recv' ? 0.9 : 0.95 }],
  }
}
