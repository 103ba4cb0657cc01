// The installed package's types: that they are found, that they are no `any`, and that wrong programs do not compile.
import {
  AF_INET,
  type AF_UNIX,
  createServer,
  type InetAddress,
  type Socket,
  SocketTimeoutError,
  socket,
  socketpair,
} from 'berkeley'
import { select } from 'berkeley/select'
import { DefaultSelector, EVENT_READ } from 'berkeley/selectors'
import { StreamRequestHandler, TCPServer } from 'berkeley/socketserver'

const [near, far]: [Socket<typeof AF_UNIX>, Socket<typeof AF_UNIX>] = socketpair()
near.sendall('typed')
const data: Uint8Array = far.recv(100)
// @ts-expect-error bytes are no number
const wrong: number = data
const [[readable]] = select([far], [], [], 0)
readable?.close()

const udp = socket(AF_INET)
export function neverCalled(): void {
  // @ts-expect-error an address is a host and a port
  udp.bind('127.0.0.1')
  // @ts-expect-error undefined is no value of an option
  udp.setOption('reuseAddress', undefined)
}
const reuse: boolean = udp.getOption('reuseAddress')

const listener = createServer(['127.0.0.1', 0])
const [host, port]: InetAddress = listener.getsockname()
listener.settimeout(0.01)
try {
  listener.accept()
} catch (error) {
  if (!(error instanceof SocketTimeoutError)) throw error
  const code: string = error.code
  // @ts-expect-error a code is a string, never any
  const no: symbol = error.code
  void [code, no]
}

const selector = new DefaultSelector<string>()
selector.register(near, EVENT_READ, 'data')
selector.close()

class Handler extends StreamRequestHandler {
  override handle(): void {
    this.wfile.write(this.rfile.readline())
  }
}
const server = new TCPServer(['127.0.0.1', 0], Handler)
server.serverClose()

const later: Promise<Uint8Array> = near.recvAsync(1, { timeout: 1 })
later.catch(() => {})
for (const sock of [near, far, udp, listener]) sock.close()
void [wrong, reuse, host, port]
console.log('ok')
