/**
 * Handlers that block, several at a time: each connection is handled in a worker thread, by the class that
 * socketserver-threads/handler.js exports. Here the program is its own client, and the event loop stays free.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { ThreadingTCPServer } from 'berkeley/socketserver'

const handler = { module: new URL('./socketserver-threads/handler.js', import.meta.url), name: 'DigestHandler' }
const server = new ThreadingTCPServer(['127.0.0.1', 0], handler, { threads: 3, data: { algorithm: 'sha256' } })
const [host, port] = server.serverAddress
console.log(`listening on ${host} port ${port}`)

// What a handler throws arrives here, in the server's thread, and ends nothing.
server.handleError = (_request, _clientAddress, error) => console.log(`reported: ${error.message}`)

async function ask(text) {
  const conn = connect(port, host).setEncoding('utf8')
  let answer = ''
  conn.on('data', (data) => {
    answer += data
  })
  conn.end(text)
  await once(conn, 'close')
  return answer
}

const served = server.serveForeverAsync() // serveForever() would block this thread, and serve as well

const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => ask(`text ${index}`)))
console.log(`${answers.length} answers, such as ${answers[0].split(' ')[0].slice(0, 16)}...`)
const threads = new Set(answers.map((answer) => answer.split(' ')[1]))
console.log(`from ${threads.size > 1 ? 'several threads' : 'one thread'}, at most 3: ${threads.size <= 3}`)

console.log(`an empty request is answered '${await ask('')}'`)

await server.serverCloseAsync({ timeout: 5 }) // lets running handlers end, for 5 seconds at most
await served
console.log('closed')
