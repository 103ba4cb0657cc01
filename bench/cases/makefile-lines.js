import { timeAndCpu } from '../lib/shapes.js'

export default timeAndCpu({
  name: 'makefile-lines',
  each: 'line',
  about:
    "lines of 80 bytes out of a unix stream, by `for (const line of file)` of makefile('r'); in C getline, with node:net readline",
  full: { checked: 2, warmup: 300, count: 500 },
  quick: { checked: 2, warmup: 0, count: 2 },
  targets: [{ driver: 'berkeley', metric: 'cpu', against: 'node-net', atMost: 1 }],
})
