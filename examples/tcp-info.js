/** What the kernel knows of a TCP connection: getOption('tcpInfo'). See tcp(7). */
import { createConnection, createServer } from 'berkeley'

const listener = createServer(['127.0.0.1', 0])
const client = createConnection(listener.getsockname())
const [conn] = listener.accept()

/** @param {string} when */
function show(when) {
  const info = client.getOption('tcpInfo')
  const ms = (/** @type {number} */ seconds) => `${(seconds * 1000).toFixed(3)} ms`
  console.log(`${when}: ${info.state}, agreed on ${info.options.join(', ')}`)
  console.log(`  round trip ${ms(info.rtt)}, varies by ${ms(info.rttvar)}, sent again after ${ms(info.rto)}`)
  console.log(`  largest segment ${info.sndMss} bytes, congestion window ${info.sndCwnd}`)
  // What this kernel does not tell is undefined.
  console.log(`  sent ${info.bytesSent ?? '?'} bytes in ${info.segsOut ?? '?'} segments, ${info.totalRetrans} again`)
  console.log(
    `  not acknowledged yet: ${info.unacked ?? '?'} segments; not sent yet: ${info.notsentBytes ?? '?'} bytes`,
  )
}

show('connected')

// The peer reads along, so that nothing has to wait.
const chunk = Buffer.alloc(65536)
for (let sent = 0; sent < 2 ** 20; sent += chunk.length) {
  client.sendall(chunk)
  for (let left = chunk.length; left > 0; ) left -= conn.recv(left).length
}
show('after 1048576 bytes')

// Nobody reads now: the windows fill, and the rest has to wait.
client.setblocking(false)
let waiting = 0
try {
  for (;;) waiting += client.send(chunk)
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error
}
show(`after ${waiting} more that nobody reads`)

for (const sock of [client, conn, listener]) sock.close()
