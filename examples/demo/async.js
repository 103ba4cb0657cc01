/** The same calls as promises: a server and its clients in one thread, which nobody blocks. */
import { createServer, MSG_WAITALL, socket } from 'berkeley'
import { check, narrator, title } from './narrate.js'

const { begin, note, reject, settle } = narrator('')
const TIMEOUT = 0.1

title('Async: the same calls as promises, in one thread')

const listener = createServer(['127.0.0.1', 0])
const address = listener.getsockname()

async function echo(conn) {
  for await (const data of conn) await conn.sendallAsync(data.toString().toUpperCase())
  conn.close()
}

async function serve() {
  for await (const [conn] of listener) echo(conn)
}

const serving = serve()
note('for await (const [conn] of listener) echo(conn): the server runs beside what follows')
const client = socket()
await settle(() => client.connectAsync(address))
await settle(() => client.sendallAsync('hello, promises'))
await settle(
  () => client.recvAsync(1024),
  (data) => data.toString() === 'HELLO, PROMISES',
)

note('calls may wait before there is anything; the first one gets the first bytes')
const first = begin('first', () => client.recvAsync(3, { flags: MSG_WAITALL }))
const second = begin('second', () => client.recvAsync(3, { flags: MSG_WAITALL }))
await settle(() => client.sendallAsync('onetwo'))
await settle(
  () => second,
  (data) => data.toString() === 'TWO',
)
await settle(
  () => first,
  (data) => data.toString() === 'ONE',
)

let ticks = 0
const timer = setInterval(() => ticks++, 5)
const started = performance.now()
await reject(() => client.recvAsync(1024, { timeout: 0.1 }), 'SocketTimeoutError')
const seconds = (performance.now() - started) / 1000
clearInterval(timer)
check(seconds >= TIMEOUT, `the timeout of ${TIMEOUT} seconds ran out after ${seconds}`)
check(ticks > 0, 'the event loop was blocked')
note(`that took ${seconds.toFixed(3)} seconds, in which a timer of this thread fired ${ticks} times`)

const controller = new AbortController()
setTimeout(() => controller.abort(), 20)
await reject(() => client.recvAsync(1024, { signal: controller.signal }), 'AbortError')

note('a call that ended early has taken nothing')
await settle(() => client.sendallAsync('still here'))
await settle(
  () => client.recvAsync(1024),
  (data) => data.toString() === 'STILL HERE',
)

const waiting = begin('waiting', () => client.recvAsync(1024))
client.close()
note('client.close() ends what waits')
await reject(() => waiting, 'SocketError')
listener.close()
await serving
