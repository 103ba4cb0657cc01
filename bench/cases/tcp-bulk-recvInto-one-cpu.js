import { bulk } from '../lib/shapes.js'

export default bulk({
  mode: 'recvInto',
  placement: 'one-cpu',
  about: 'like tcp-bulk-recvInto, with both sides on one CPU: what they cost together, almost free of noise',
  throughput: 0.95,
})
