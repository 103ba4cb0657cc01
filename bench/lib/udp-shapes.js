/** The cases of datagrams. @import { Case, Metric, Raw, Target } from './types.js' */
import { cpuPer } from './shapes.js'

/** What the programs of these print besides. @type {(raw: Raw) => Record<string, number>} */
const more = (raw) => /** @type {Record<string, number>} */ (/** @type {unknown} */ (raw))

/** @type {Metric} */
const CPU = {
  ...cpuPer('datagram'),
  unit: 'ns of CPU per datagram',
  digits: 0,
  value: ({ cpuNs, count }) => cpuNs / count,
}

/** Of the median round: short ones, most of which nobody interrupts. @type {Metric} */
const TIME = { name: 'time', unit: 'ns per datagram', digits: 0, value: ({ ns, count }) => ns / count }

/** @type {Metric} */
const GAIN = {
  name: 'gain',
  unit: 'times faster than without',
  digits: 1,
  value: (raw) => (more(raw).plainNs ?? Number.NaN) / raw.ns,
}

/**
 * One side of datagrams of 64 bytes, or 50 times 1,200, that go round in one thread.
 * @param {{ name: string, mode: string, about: string, targets: Target[] }} shape
 * @returns {Case}
 */
export function datagrams({ name, mode, about, targets }) {
  const isOffload = mode === 'gso' || mode === 'gro'
  return {
    name,
    about,
    program: isOffload ? 'udp-batch-offload' : 'udp-batch',
    args: { mode },
    placement: 'free',
    full: { checked: 4, warmup: 500, count: isOffload ? 500 : 700 },
    quick: { checked: 2, warmup: 0, count: 2 },
    metrics: isOffload ? [TIME, GAIN] : [TIME],
    targets,
  }
}

/**
 * As many datagrams as another process can send.
 * @param {{ name: string, mode: string, about: string, targets: Target[] }} shape
 * @returns {Case}
 */
export function flood({ name, mode, about, targets }) {
  return {
    name,
    about,
    program: 'udp-flood',
    args: { mode },
    peer: { program: 'udp-flooder', driver: 'c' },
    placement: 'two-cpus',
    full: { warmup: 100_000, count: 600_000 },
    quick: { warmup: 100, count: 200 },
    metrics: [
      { name: 'rate', unit: 'datagrams/s', digits: 0, value: ({ ns, count }) => (count * 1e9) / ns },
      {
        name: 'lost',
        unit: '% of those sent',
        digits: 1,
        value: (raw) => 100 * (1 - raw.count / (more(raw).sent ?? Number.NaN)),
      },
      CPU,
    ],
    targets,
  }
}
