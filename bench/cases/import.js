/** @type {import('../lib/types.js').Case} */
export default {
  name: 'import',
  about: 'a program that only imports the sockets, less an empty one of the same runtime started in turns with it',
  group: 'Start',
  program: 'import',
  args: { against: 'bare' },
  placement: 'one-cpu',
  full: { warmup: 1, count: 6 },
  quick: { warmup: 0, count: 1 },
  metrics: [
    { name: 'cpu', unit: 'ms of CPU above bare', digits: 1, value: ({ cpuNs, count }) => cpuNs / count / 1e6 },
    { name: 'time', unit: 'ms above bare', digits: 1, value: ({ ns, count }) => ns / count / 1e6 },
  ],
  targets: [{ driver: 'berkeley', metric: 'cpu', atMost: 10 }],
}
