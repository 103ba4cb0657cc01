/** The cases that compare a way without a copy with the usual one, in the same run by turns. @import { Case, Metric, Raw } from './types.js' */

/** The same counts made the usual way. @param {Raw} raw */
const usually = (raw) => /** @type {Raw & { plainNs: number, plainCpuNs: number }} */ (raw)

/**
 * @param {string} each
 * @param {string} usual
 * @returns {Metric[]}
 */
function metrics(each, usual) {
  return [
    {
      name: 'gain',
      unit: `times less CPU than ${usual}`,
      digits: 2,
      value: (raw) => usually(raw).plainCpuNs / raw.cpuNs,
    },
    { name: 'cpu', unit: `us of CPU per ${each}`, digits: 2, value: ({ cpuNs, count }) => cpuNs / count / 1000 },
    {
      name: 'usual',
      unit: `us of CPU per ${each} by ${usual}`,
      digits: 2,
      value: (raw) => usually(raw).plainCpuNs / raw.count / 1000,
    },
    { name: 'time', unit: `of the time by ${usual}`, digits: 2, value: (raw) => raw.ns / usually(raw).plainNs },
  ]
}

/**
 * A proxy that passes on chunks, one at a time.
 * @param {{ name: string, size: number, count: number }} shape
 * @returns {Case}
 */
export function splice({ name, size, count }) {
  return {
    name,
    about: `a proxy of chunks of ${size / 1024} KiB, one at a time: splice beside receiving into a buffer of 64 KiB and sending`,
    program: 'splice-proxy',
    load: 'load-proxy',
    series: { name: 'splice', x: size, lines: { copy: 'usual', splice: 'cpu' } },
    args: { size },
    placement: 'two-cpus',
    full: { checked: 3, warmup: 50, count },
    quick: { checked: 3, warmup: 0, count: 3 },
    metrics: metrics('chunk', 'a copy'),
    targets: [],
  }
}

/**
 * Datagrams with MSG_ZEROCOPY and without.
 * @param {{ name: string, size: number, device: 'bridge' | 'lo', count: number, about: string }} shape
 * @returns {Case}
 */
export function zeroCopy({ name, size, device, count, about }) {
  return {
    name,
    about,
    program: 'async-zero-copy',
    // Over loopback the kernel copies all the same: no point of the line.
    ...(device === 'lo'
      ? {}
      : { series: { name: 'zerocopy', x: size, lines: { copy: 'usual', MSG_ZEROCOPY: 'cpu' } } }),
    args: { size, device },
    placement: 'one-cpu',
    full: { checked: 3, warmup: 320, count },
    quick: { checked: 3, warmup: 16, count: 16 },
    metrics: metrics('send', 'a plain send'),
    targets: [],
  }
}
