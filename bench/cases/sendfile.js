import { sendfile } from '../lib/shapes.js'

export default sendfile({
  name: 'sendfile',
  program: 'sendfile',
  about: 'a file of 64 MiB by sendfile, with node:net as streams, to a sink in C over loopback TCP, on one CPU',
})
