/**
 * Large blocks sent from two buffers by turns, without a copy where the kernel can: while it sends one, the next is made
 * in the other. A buffer is written to again only when its promise says that the kernel has done with it.
 */
import { createServer, socket } from 'berkeley'

const BLOCKS = 8
const SIZE = 1 << 20

const listener = createServer(['127.0.0.1', 0])
const client = socket()
const [, [server]] = await Promise.all([client.connectAsync(listener.getsockname()), listener.acceptAsync()])
listener.close()

async function send() {
  const buffers = [Buffer.alloc(SIZE), Buffer.alloc(SIZE)]
  const sending = [null, null]
  let copied = 0
  for (let i = 0; i < BLOCKS; i++) {
    const which = i % 2
    // Until then the kernel may still read it.
    if ((await sending[which])?.copied) copied++
    buffers[which].fill(i)
    sending[which] = client.sendZeroCopyAsync(buffers[which])
  }
  for (const last of await Promise.all(sending)) if (last.copied) copied++
  client.close()
  return copied
}

async function receive() {
  let length = 0
  let wrong = 0
  for await (const chunk of server) {
    for (const byte of chunk) if (byte !== Math.floor(length++ / SIZE)) wrong++
  }
  server.close()
  return { length, wrong }
}

const [copied, { length, wrong }] = await Promise.all([send(), receive()])
console.log(`${length} bytes received, ${wrong} of them wrong`)
console.log(`blocks that the kernel has copied after all: ${copied} of ${BLOCKS} (over loopback: every one)`)
