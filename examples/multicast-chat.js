/**
 * A chat without a server: every program that joins the group gets what any of them sends.
 *
 *     node examples/multicast-chat.js [name] [port]      in two terminals or more; lines of the standard input are sent
 *
 * The group is joined on the loopback interface only, and what is sent has a TTL of 0: it stays on this machine.
 */
import { createInterface } from 'node:readline'
import { AF_INET, SOCK_DGRAM, socket } from 'berkeley'

const GROUP = '239.255.50.7'
const LOOPBACK = '127.0.0.1'
const [name = `guest ${process.pid}`, port = '50007'] = process.argv.slice(2)

const receiver = socket(AF_INET, SOCK_DGRAM)
receiver.setOption('reuseAddress', true) // everybody on this machine has the same port
receiver.bind([GROUP, Number(port)]) // what is sent to the group, and nothing else
receiver.addMembership({ group: GROUP, interface: LOOPBACK })

const sender = socket(AF_INET, SOCK_DGRAM)
sender.bind([LOOPBACK, 0])
sender.setOption('multicastInterface', LOOPBACK)
sender.setOption('multicastTtl', 0)

const address = receiver.getsockname()
const own = sender.getsockname()[1]
const say = (/** @type {string} */ text) => sender.sendtoAsync(text, address)

async function listen() {
  // The group's own sockets do not keep the program alive: the standard input does.
  receiver.unref()
  for (;;) {
    const [data, from] = await receiver.recvfromAsync(65536)
    if (from?.[1] !== own) console.log(data.toString())
  }
}
void listen().catch((error) => {
  if (error.code !== 'ECANCELED') throw error
})

console.log(`joined ${GROUP} port ${address[1]} as ${name}`)
await say(`${name} is here`)
for await (const line of createInterface({ input: process.stdin })) await say(`${name}: ${line}`)
await say(`${name} has left`)
receiver.dropMembership({ group: GROUP, interface: LOOPBACK })
for (const sock of [receiver, sender]) sock.close()
