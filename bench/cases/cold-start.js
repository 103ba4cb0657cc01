/** @type {import('../lib/types.js').Case} */
export default {
  name: 'cold-start',
  about:
    'a process from its start until it has connected over TCP, received a byte and sent it back; CPU until its end',
  group: 'Start',
  program: 'cold-start',
  // With the threads that a runtime starts beside its own.
  placement: 'one-cpu',
  full: { warmup: 1, count: 8 },
  quick: { warmup: 0, count: 1 },
  metrics: [
    { name: 'time', unit: 'ms to the first byte', digits: 1, value: ({ ns, count }) => ns / count / 1e6 },
    { name: 'cpu', unit: 'ms of CPU', digits: 1, value: ({ cpuNs, count }) => cpuNs / count / 1e6 },
  ],
  targets: [{ driver: 'berkeley', metric: 'cpu', against: 'node-net', atMost: 1.1 }],
}
