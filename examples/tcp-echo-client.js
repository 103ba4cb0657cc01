/**
 * A TCP client that talks in lines: sends each, and prints the line that comes back.
 * Talks to tcp-echo-server.js, or to `nc -l 127.0.0.1 50007`, where you type the answers.
 */
import { createInterface } from 'node:readline'
import { createConnection, SocketError } from 'berkeley'

const USAGE = `Usage: node tcp-echo-client.js [host] [port] [line ...]
  host  a name or an address, 127.0.0.1 where left out
  port  50007 where left out
  line  what to send; lines are read from the standard input where there is none`

const [host = '127.0.0.1', portText = '50007', ...lines] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

let received = Buffer.alloc(0)

/** The next line; what is left at the end of the stream. A stream has no messages: a line can come in pieces. */
function receiveLine(conn) {
  while (!received.includes('\n')) {
    const data = conn.recv(4096)
    if (data.length === 0) break
    received = Buffer.concat([received, data])
  }
  const end = received.indexOf('\n') + 1 || received.length
  const line = received.subarray(0, end)
  received = received.subarray(end)
  return line
}

try {
  // Looks the name up and tries each of its addresses, IPv6 or IPv4.
  const conn = createConnection([host, Number(portText)])
  for await (const text of lines.length > 0 ? lines : createInterface({ input: process.stdin })) {
    conn.sendall(`${text}\n`)
    const line = receiveLine(conn)
    if (line.length === 0) {
      console.error('the server closed the connection')
      process.exitCode = 1
      break
    }
    process.stdout.write(line)
  }
  conn.close()
} catch (error) {
  if (!(error instanceof SocketError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
