/**
 * Ending a server without breaking off what it is doing: on SIGTERM it takes no more clients, finishes the requests that
 * it has begun, and leaves. Here the signal comes from the program itself, in the middle of three requests.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, errno, SHUT_RD, socket } from 'berkeley'

const WORK_MS = 100
const GRACE_MS = 5000

const listener = createServer(['127.0.0.1', 0])
const address = listener.getsockname()
/** Each connection with the promise of its end. */
const served = new Map()
let begun = 0

async function serve(conn) {
  try {
    for await (const request of conn) {
      begun++
      await sleep(WORK_MS) // a database is asked, say
      await conn.sendallAsync(`done: ${request}`)
    }
  } catch (error) {
    console.log(error.message) // that client's trouble, not the server's
  } finally {
    conn.close()
    served.delete(conn)
  }
}

async function acceptAll() {
  for await (const [conn] of listener) served.set(conn, serve(conn))
  console.log('no new clients')
}

async function shutDown() {
  listener.close() // ends acceptAll
  for (const conn of served.keys()) conn.shutdown(SHUT_RD) // serve hears the end, and can still answer
  const limit = setTimeout(() => {
    for (const conn of served.keys()) conn.close() // its calls reject with ECANCELED
  }, GRACE_MS)
  await Promise.all(served.values())
  clearTimeout(limit)
}

async function ask(request) {
  const conn = socket()
  await conn.connectAsync(address)
  await conn.sendallAsync(request)
  const answer = await conn.recvAsync(1024, { timeout: 10 })
  const end = await conn.recvAsync(1024, { timeout: 10 })
  conn.close()
  return `${answer}, then ${end.length} bytes: the end`
}

const accepting = acceptAll()
const answers = Promise.all(['first', 'second', 'third'].map(ask))
while (begun < 3) await sleep(1)

const asked = once(process, 'SIGTERM')
process.kill(process.pid, 'SIGTERM')
await asked
console.log(`SIGTERM, with ${served.size} requests under way`)
await shutDown()
await accepting

const late = socket()
const number = await late.connect_exAsync(address)
console.log(`a late client: ${number === errno.ECONNREFUSED ? 'ECONNREFUSED' : number}`)
late.close()
for (const answer of await answers) console.log(answer)
