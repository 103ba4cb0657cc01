/**
 * A UDP client: sends each line as a datagram, and prints the datagram that comes back.
 * Talks to udp-echo-server.js, or to `nc -u -l 127.0.0.1 50007`, where you type the answers.
 */
import { createInterface } from 'node:readline'
import { getaddrinfo, SOCK_DGRAM, SocketError, SocketTimeoutError, socket } from 'berkeley'

const TIMEOUT_SECONDS = 2
const USAGE = `Usage: node udp-echo-client.js [host] [port] [line ...]
  host  a name or an address, 127.0.0.1 where left out
  port  50007 where left out
  line  what to send; lines are read from the standard input where there is none`

const [host = '127.0.0.1', portText = '50007', ...lines] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

try {
  // A name has several addresses, IPv6 and IPv4. The first one is the one to prefer.
  const [[family, type, proto, , address]] = getaddrinfo(host, Number(portText), { type: SOCK_DGRAM })
  const sock = socket(family, type, proto)
  sock.settimeout(TIMEOUT_SECONDS) // a datagram can be lost, and nobody says so
  for await (const line of lines.length > 0 ? lines : createInterface({ input: process.stdin })) {
    sock.sendto(line, address)
    const [data] = sock.recvfrom(65535)
    console.log(data.toString())
  }
  sock.close()
} catch (error) {
  if (!(error instanceof SocketError)) throw error
  console.error(error instanceof SocketTimeoutError ? `no answer within ${TIMEOUT_SECONDS} s` : error.message)
  process.exitCode = 1
}
