import { connect } from '../lib/shapes.js'

export default connect({
  name: 'tcp-connect',
  about: 'connections made and closed one after the other, blocking, to a server in C, both sides on one CPU',
})
