/** Non-blocking sockets: a call that would have to wait throws EAGAIN instead, and connect_ex answers EINPROGRESS. */
import { createServer, errno, MSG_PEEK, SocketError, socket } from 'berkeley'

/** What `call` answers, `undefined` where it would have to wait. */
function attempt(call) {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== 'EAGAIN') throw error
    console.log(`${error.message} (${error.errno})`)
  }
}

const listener = createServer(['127.0.0.1', 0])
const client = socket()

listener.setblocking(false)
attempt(() => listener.accept()) // nobody there yet

// The connection is being made while the program goes on.
client.setblocking(false)
const answer = client.connect_ex(listener.getsockname())
console.log(`connect_ex answers ${answer === errno.EINPROGRESS ? `${answer} EINPROGRESS` : answer}`)

// A timeout is the easy way to wait, and works like blocking for at most so long.
listener.settimeout(5)
const [conn] = listener.accept()
console.log('accepted')

conn.setblocking(false)
attempt(() => conn.recv(1024)) // nothing there yet
client.settimeout(5)
client.sendall('hello')

conn.settimeout(5)
conn.recv(1, MSG_PEEK) // waits for data, and leaves it there
conn.setblocking(false)
console.log(`recv answers '${attempt(() => conn.recv(1024))}'`)

// Nobody receives any more: what the kernel has room for is sent, then there is no room.
const chunk = Buffer.alloc(65536)
let total = 0
let sent
client.setblocking(false)
do {
  sent = attempt(() => client.send(chunk)) ?? 0
  total += sent
} while (sent > 0)
console.log(`the kernel took ${total} bytes`)

for (const each of [conn, client, listener]) each.close()
