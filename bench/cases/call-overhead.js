/** @type {import('../lib/types.js').Case} */
export default {
  name: 'call-overhead',
  about: 'send of one byte and recvInto of it, on a unix socketpair in one thread: nothing waits',
  program: 'call-overhead',
  placement: 'free',
  effort: 2,
  full: { checked: 1000, warmup: 30_000, count: 200_000 },
  quick: { checked: 300, warmup: 0, count: 300 },
  metrics: [
    { name: 'time', unit: 'ns per pair', digits: 0, value: ({ ns, count }) => ns / count },
    { name: 'cpu', unit: 'ns of CPU per pair', digits: 0, value: ({ cpuNs, count }) => cpuNs / count },
  ],
  targets: [
    { driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.15 },
    { driver: 'berkeley', metric: 'time', against: 'cpython', atMost: 1 },
  ],
}
