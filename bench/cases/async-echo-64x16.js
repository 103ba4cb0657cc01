import { echo } from '../lib/async-shapes.js'

export default echo({
  name: 'async-echo-64x16',
  connections: 64,
  depth: 16,
  placement: 'two-cpus',
  about: 'echo server of 64 bytes with 64 connections and 16 requests under way on each',
  warmup: 150_000,
  count: 400_000,
  cpu: 1.2,
})
