import { timeAndCpu } from '../lib/shapes.js'

export default timeAndCpu({
  name: 'pass-descriptor',
  each: 'descriptor',
  about: 'sendFds of a descriptor, recvFds and close of it, on a unix socketpair in one thread: nothing waits',
  full: { checked: 1000, warmup: 20_000, count: 80_000 },
  quick: { checked: 300, warmup: 0, count: 300 },
  targets: [{ driver: 'berkeley', metric: 'time', against: 'cpython', atMost: 1.5 }],
})
