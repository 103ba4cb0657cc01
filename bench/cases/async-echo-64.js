import { echo } from '../lib/async-shapes.js'

export default echo({
  name: 'async-echo-64',
  connections: 64,
  placement: 'two-cpus',
  about: 'echo server of 64 bytes with 64 connections and one request under way on each',
  warmup: 25_000,
  count: 60_000,
  cpu: 1.2,
})
