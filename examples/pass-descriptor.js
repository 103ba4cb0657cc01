/**
 * Descriptors to another process: this one accepts connections and hands them to a child process, which answers them.
 * The two talk over a unix socket pair, one end of which the child is born with.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnectionAsync, createServer, sendFdsAsync, socketpair } from 'berkeley'

const [channel, childsEnd] = socketpair()
const script = new URL('pass-descriptor-child.js', import.meta.url).pathname
// The fourth entry is the child's descriptor 3.
const child = spawn(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit', childsEnd.fileno()] })
const ended = once(child, 'exit')
childsEnd.close() // the child has its own copy by now

const listener = createServer(['127.0.0.1', 0])
const clients = ['Ada', 'Grace', 'Radia'].map(async (name) => {
  const client = await createConnectionAsync(listener.getsockname())
  await client.sendallAsync(name)
  const answer = await client.recvAsync(1024)
  client.close()
  return `the client got '${answer}'`
})

for (const _ of clients) {
  const [conn, address] = await listener.acceptAsync()
  // The message is the child's to understand; the descriptor goes with it. A socket, a file or a pipe will do as well.
  await sendFdsAsync(channel, [JSON.stringify({ from: address[0] })], [conn])
  conn.close() // the copy under way keeps the connection open
}
for (const line of await Promise.all(clients)) console.log(line)

listener.close()
channel.close() // the end of the stream, at which the child ends
const [code] = await ended
console.log(`the child ended with ${code}`)
