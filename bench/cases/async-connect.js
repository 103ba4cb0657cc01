import { connect } from '../lib/shapes.js'

export default connect({
  name: 'async-connect',
  about: 'connections made and closed, eight at a time under way, to a server in C, both sides on one CPU',
  parallel: 8,
})
