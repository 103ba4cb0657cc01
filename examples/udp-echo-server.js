/**
 * A UDP echo server: sends each datagram back to its sender. Ctrl-C ends it.
 * Talk to it with udp-echo-client.js, or with `nc -u 127.0.0.1 50007`.
 */
import { AF_INET, AF_INET6, SOCK_DGRAM, socket } from 'berkeley'

const USAGE = `Usage: node udp-echo-server.js [host] [port]
  host  the address to receive on, 127.0.0.1 where left out; ::1 for IPv6; 0.0.0.0 for every interface
  port  50007 where left out; 0 lets the kernel choose`

const [host = '127.0.0.1', portText = '50007'] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

// The family decides the form of the addresses; IPv6 addresses are those with colons.
const sock = socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_DGRAM)
sock.bind([host, Number(portText)])
const [boundHost, boundPort] = sock.getsockname()
console.log(`receiving on ${boundHost} port ${boundPort}`)

while (true) {
  // There are no connections: each datagram comes with the address of its sender, and is received whole.
  const [data, address] = sock.recvfrom(65535)
  console.log(`${data.length} bytes from ${address[0]} port ${address[1]}`)
  sock.sendto(data, address)
}
