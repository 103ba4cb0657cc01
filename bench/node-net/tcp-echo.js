import { createServer } from 'node:net'
import { tellPort } from '../lib/program.js'

const server = createServer({ noDelay: true }, (conn) => {
  server.close()
  conn.on('data', (data) => conn.write(data))
})
server.listen(0, '127.0.0.1', 1, () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') tellPort(address.port)
})
