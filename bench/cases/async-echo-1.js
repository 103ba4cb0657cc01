import { echo } from '../lib/async-shapes.js'

export default echo({
  name: 'async-echo-1',
  connections: 1,
  // Waking a sleeping CPU costs several times as much as the request, and varies.
  placement: 'one-cpu',
  about:
    'echo server of 64 bytes with one connection and one request under way: a wake-up for each, both sides on one CPU',
  warmup: 10_000,
  count: 25_000,
  cpu: 1.3,
})
