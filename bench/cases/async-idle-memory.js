/** @type {import('../lib/types.js').Case} */
export default {
  name: 'async-idle-memory',
  about: 'memory of a server for each connection that has had an echo and waits for the next message',
  program: 'async-idle',
  load: 'load-idle',
  placement: 'two-cpus',
  // Memory hardly varies, and ten thousand connections take a while.
  effort: 1 / 3,
  full: { warmup: 200, count: 10_000, settle: 15 },
  quick: { warmup: 10, count: 100, settle: 1 },
  metrics: [
    { name: 'memory', unit: 'bytes per connection', digits: 0, value: ({ bytes, count }) => Number(bytes) / count },
    {
      name: 'connections',
      unit: 'connections',
      digits: 0,
      value: ({ count }) => count,
    },
  ],
  targets: [{ driver: 'berkeley', metric: 'memory', atMost: 1024 }],
}
