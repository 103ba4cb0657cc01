/** settimeout: how long a call may take in all, in seconds. Then it throws SocketTimeoutError. */
import { AF_INET, createServer, SOCK_DGRAM, SocketTimeoutError, socket } from 'berkeley'

function measure(text, call) {
  const started = performance.now()
  try {
    call()
    console.log(`${text}: done`)
  } catch (error) {
    if (!(error instanceof SocketTimeoutError)) throw error
    const seconds = (performance.now() - started) / 1000
    const rest = error.bytesSent === undefined ? '' : ` with ${error.bytesSent} bytes sent`
    console.log(`${text}: ${error.code} after ${seconds.toFixed(3)} seconds${rest}`)
  }
}

const listener = createServer(['127.0.0.1', 0])
console.log(`a new socket waits for ever: gettimeout() is ${listener.gettimeout()}`)
listener.settimeout(0.1)
measure('accept', () => listener.accept())

const client = socket()
client.settimeout(0.2)
// The kernel makes the connection; accept only fetches it. So this takes no time.
measure('connect', () => client.connect(listener.getsockname()))
const [conn] = listener.accept()

measure('recv', () => client.recv(1024)) // nobody sends
measure('sendall', () => client.sendall(Buffer.alloc(64 * 1024 * 1024))) // nobody receives

const receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind(['127.0.0.1', 0])
receiver.settimeout(0.05)
measure('recvfrom', () => receiver.recvfrom(1024))

receiver.settimeout(null)
console.log(`settimeout(null) is setblocking(true): getblocking() is ${receiver.getblocking()}`)
receiver.settimeout(0)
console.log(`settimeout(0) is setblocking(false): getblocking() is ${receiver.getblocking()}`)

for (const each of [listener, client, conn, receiver]) each.close()
