/**
 * CPython's classic: a TCP server of `berkeley/socketserver` with a handler class, one client at a time, in a thread that
 * blocks. Ctrl-C ends it. Talk to it with tcp-echo-client.js.
 */
import { AF_INET, AF_INET6 } from 'berkeley'
import { StreamRequestHandler, TCPServer } from 'berkeley/socketserver'

const USAGE = `Usage: node socketserver-echo.js [host] [port]
  host  the address to listen on, 127.0.0.1 where left out; ::1 for IPv6; 0.0.0.0 for every interface
  port  50007 where left out; 0 lets the kernel choose`

const [host = '127.0.0.1', portText = '50007'] = process.argv.slice(2)
if (host.startsWith('-') || !/^\d{1,5}$/.test(portText)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

/** Made anew for each connection. */
class EchoHandler extends StreamRequestHandler {
  handle() {
    console.log(`${this.clientAddress[0]} port ${this.clientAddress[1]} connected`)
    for (const line of this.rfile) this.wfile.write(line)
  }
}

class EchoServer extends TCPServer {
  static addressFamily = host.includes(':') ? AF_INET6 : AF_INET
  // What the constructor reads is static: fields of an object come into being after it.
  static allowReuseAddress = true
}

const server = new EchoServer([host, Number(portText)], EchoHandler)
const [boundHost, boundPort] = server.serverAddress
console.log(`listening on ${boundHost} port ${boundPort}`)
server.serveForever()
