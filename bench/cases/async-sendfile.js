import { sendfile } from '../lib/shapes.js'

export default sendfile({
  name: 'async-sendfile',
  program: 'async-sendfile',
  about: 'the same by sendfileAsync; in C sendfile(2), blocking',
})
