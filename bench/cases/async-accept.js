import { ratePer } from '../lib/async-shapes.js'
import { cpuPer } from '../lib/shapes.js'

/** @type {import('../lib/types.js').Case} */
export default {
  name: 'async-accept',
  about: 'connections accepted and closed at once, eight at a time under way, both sides on one CPU',
  program: 'async-accept',
  load: 'load-accept',
  args: { parallel: 8 },
  placement: 'one-cpu',
  full: { warmup: 6000, count: 12_000 },
  quick: { warmup: 0, count: 100 },
  metrics: [cpuPer('connection'), ratePer('connections')],
  targets: [{ driver: 'berkeley', metric: 'cpu', against: 'c', atMost: 1.5 }],
}
