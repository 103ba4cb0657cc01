/** @type {import('../lib/types.js').Case} */
export default {
  name: 'open-close',
  about: 'socket() of AF_INET and SOCK_STREAM, and close() of it',
  program: 'open-close',
  placement: 'free',
  full: { warmup: 10_000, count: 60_000 },
  quick: { warmup: 0, count: 300 },
  metrics: [{ name: 'rate', unit: 'pairs/s', digits: 0, value: ({ ns, count }) => (count * 1e9) / ns }],
  targets: [],
}
