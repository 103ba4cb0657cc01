/**
 * An asynchronous server with a limit of connections and an end in good order: on SIGTERM it takes no more clients, lets
 * running handlers end for a while, and aborts those that still run then. Here the program is its own client, and sends
 * the signal to itself.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { errno, socket } from 'berkeley'
import { AsyncTCPServer } from 'berkeley/socketserver'

const WORK_MS = 50
const GRACE = 0.5 // seconds

async function work(conn, _clientAddress, _server, signal) {
  const request = (await conn.recvAsync(1024)).toString()
  const time = request === 'long' ? 60_000 : WORK_MS
  await sleep(time, undefined, { signal }) // a database is asked, say; the signal ends it with the server
  await conn.sendallAsync(`done: ${request}`)
}

const server = new AsyncTCPServer(['127.0.0.1', 0], work)
server.maxConnections = 2 // the others wait in the kernel's queue until one of these is done
const address = server.serverAddress
console.log(`listening on ${address[0]} port ${address[1]}`)

async function ask(request) {
  const conn = socket()
  await conn.connectAsync(address)
  await conn.sendallAsync(request)
  const answer = await conn.recvAsync(1024)
  conn.close()
  return answer.length > 0 ? answer.toString() : `${request}: the server has closed the connection`
}

process.once('SIGTERM', async () => {
  console.log(`SIGTERM, with ${server.activeConnections} requests under way`)
  const aborted = await server.shutdown({ timeout: GRACE })
  console.log(`${aborted} of them aborted`)
})
const served = server.serveForeverAsync()

let most = 0
const watch = setInterval(() => {
  most = Math.max(most, server.activeConnections)
}, 1)
console.log((await Promise.all(['one', 'two', 'three', 'four', 'five'].map(ask))).join('\n'))
clearInterval(watch)
console.log(`never more than ${most} at a time`)

const last = Promise.all([ask('short'), ask('long')])
while (server.activeConnections < 2) await sleep(1)
const asked = once(process, 'SIGTERM')
process.kill(process.pid, 'SIGTERM')
await asked
const late = socket()
console.log(
  `a late client: ${(await late.connect_exAsync(address)) === errno.ECONNREFUSED ? 'ECONNREFUSED' : 'connected'}`,
)
late.close()
console.log((await last).join('\n'))
await served // ends when the shutdown is done
console.log('served')
