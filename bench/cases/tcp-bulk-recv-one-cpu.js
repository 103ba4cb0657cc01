import { bulk } from '../lib/shapes.js'

export default bulk({
  mode: 'recv',
  placement: 'one-cpu',
  about: 'like tcp-bulk-recv, with both sides on one CPU: what they cost together, almost free of noise',
  throughput: 0.85,
})
