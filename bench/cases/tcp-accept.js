import { accept } from '../lib/shapes.js'

export default accept({
  name: 'tcp-accept',
  about: 'connections accepted and closed at once by blocking calls, eight at a time under way, both sides on one CPU',
  targets: [{ driver: 'berkeley', metric: 'cpu', against: 'c', atMost: 1.5 }],
})
