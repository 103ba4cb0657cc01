import { echo } from '../lib/async-shapes.js'

const shape = echo({
  name: 'tcp-echo-64',
  connections: 64,
  placement: 'two-cpus',
  about: 'like async-echo-64, by synchronous calls over epoll: what promises cost shows beside it',
  warmup: 25_000,
  count: 60_000,
  cpu: 1.2,
})

/** @type {import('../lib/types.js').Case} */
export default {
  ...shape,
  program: 'epoll-echo',
  targets: shape.targets.filter(({ against }) => against === 'c'),
}
