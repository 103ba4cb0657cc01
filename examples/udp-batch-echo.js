/** An echo server for many datagrams at a time, and a client that asks it: `recvmmsgAsync`, `sendmmsgAsync`. */
import { AF_INET, MessageBatch, SOCK_DGRAM, SocketError, socket } from 'berkeley'

async function serve(sock) {
  const batch = new MessageBatch(64, 2048)
  let [messages, calls] = [0, 0]
  try {
    for (;;) {
      const count = await sock.recvmmsgAsync(batch)
      // Back to whoever sent it, from where it lies.
      for (let i = 0; i < count; i++) batch.set(i, batch.data(i), batch.address(i))
      while (batch.unsent > 0) await sock.sendmmsgAsync(batch)
      messages += count
      calls++
    }
  } catch (error) {
    // The socket was closed.
    if (!(error instanceof SocketError) || error.code !== 'ECANCELED') throw error
  }
  console.log(`${messages} datagrams answered in ${calls} calls`)
}

const server = socket(AF_INET, SOCK_DGRAM)
server.bind(['127.0.0.1', 0])
const served = serve(server)

const client = socket(AF_INET, SOCK_DGRAM)
client.connect(server.getsockname())
const batch = new MessageBatch(32, 2048)
let right = 0
for (let round = 0; round < 10; round++) {
  for (let i = 0; i < batch.length; i++) batch.set(i, `message ${round}.${i}`)
  while (batch.unsent > 0) await client.sendmmsgAsync(batch)
  for (let seen = 0; seen < batch.length; ) {
    const count = await client.recvmmsgAsync(batch, { timeout: 5 })
    for (let i = 0; i < count; i++, seen++) {
      if (batch.data(i).toString() === `message ${round}.${seen}`) right++
    }
  }
}
console.log(`${right} right answers`)
client.close()
server.close()
await served
