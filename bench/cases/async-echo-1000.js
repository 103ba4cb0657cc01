import { echo } from '../lib/async-shapes.js'

const shape = echo({
  name: 'async-echo-1000',
  connections: 1000,
  placement: 'two-cpus',
  about: 'echo server of 64 bytes with 1000 connections and one request under way on each',
  warmup: 25_000,
  count: 60_000,
  cpu: 1.2,
})

export default {
  ...shape,
  // Set for io_uring, which was hoped to cost less than epoll.
  targets: [...shape.targets, { driver: 'berkeley-uring', metric: 'cpu', against: 'c', atMost: 1 }],
}
