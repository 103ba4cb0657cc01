/**
 * A TCP client that talks in lines, with async calls: sends each, and prints the line that comes back. It gives up where
 * nothing comes for two seconds, and Ctrl-C ends whatever it waits for.
 * Talks to async-echo-server.js, or to `nc -l 127.0.0.1 50007`, where you type the answers.
 */
import { createInterface } from 'node:readline'
import { createConnectionAsync, SocketError, SocketTimeoutError } from 'berkeley'

const USAGE = `Usage: node async-echo-client.js [host] [port] [line ...]
  host  a name or an address, 127.0.0.1 where left out
  port  50007 where left out
  line  what to send; lines are read from the standard input where there is none`
const TIMEOUT_SECONDS = 2

const [host = '127.0.0.1', portText = '50007', ...lines] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

/** The lines of a stream, and what is left at its end. A stream has no messages: a line can come in pieces. */
async function* linesOf(conn) {
  let rest = Buffer.alloc(0)
  for await (const data of conn) {
    rest = Buffer.concat([rest, data])
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.subarray(0, end + 1)
      rest = rest.subarray(end + 1)
    }
  }
  if (rest.length > 0) yield rest
}

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))

let conn
try {
  // Looks the name up and tries its addresses, IPv6 and IPv4, the next one while the last has not answered. The timeout
  // is also the socket's from now on, so it bounds each of the calls below.
  conn = await createConnectionAsync([host, Number(portText)], {
    timeout: TIMEOUT_SECONDS,
    signal: interrupted.signal,
  })
  interrupted.signal.addEventListener('abort', () => conn.close())
  const answers = linesOf(conn)
  for await (const text of lines.length > 0 ? lines : createInterface({ input: process.stdin })) {
    await conn.sendallAsync(`${text}\n`)
    const { value: line, done } = await answers.next()
    if (done) {
      console.error(interrupted.signal.aborted ? 'interrupted' : 'the server closed the connection')
      process.exitCode = 1
      break
    }
    process.stdout.write(line)
  }
} catch (error) {
  if (!(error instanceof SocketError) && error !== interrupted.signal.reason) throw error
  console.error(error instanceof SocketTimeoutError ? `nothing within ${TIMEOUT_SECONDS} s` : error.message)
  process.exitCode = 1
} finally {
  conn?.close()
}
