/** The sizes of datagrams: one that is too long is refused, and one that is longer than `bufsize` is cut. */
import { AF_INET, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SocketError, socket } from 'berkeley'

const receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind(['127.0.0.1', 0])
receiver.settimeout(5)
const address = receiver.getsockname()
const sender = socket(AF_INET, SOCK_DGRAM)

// A datagram's length, headers included, has 16 bits. macOS allows less at first: sysctl net.inet.udp.maxdgram.
for (const length of [1, 1400, 9000, 65508]) {
  try {
    const sent = sender.sendto(Buffer.alloc(length), address)
    const [data] = receiver.recvfrom(65535)
    console.log(`${length} bytes: sendto answers ${sent}, recvfrom gives ${data.length}`)
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    console.log(`${length} bytes: ${error.code} (${error.errno})`)
  }
}

// What does not fit into bufsize is lost: the next recvfrom gives the next datagram.
sender.sendto('a long datagram', address)
sender.sendto('the next one', address)
console.log(`recvfrom(6) gives '${receiver.recvfrom(6)[0]}'`)
console.log(`recvfrom(65535) gives '${receiver.recvfrom(65535)[0]}'`)

// On Linux MSG_TRUNC answers the datagram's own length, and MSG_PEEK leaves it there.
if (process.platform === 'linux') {
  sender.sendto('of unknown length', address)
  const length = receiver.recvInto(Buffer.alloc(1), 1, MSG_PEEK | MSG_TRUNC)
  console.log(`${length} bytes wait: '${receiver.recvfrom(length)[0]}'`)
}

// A datagram may be empty. That is not the end of anything.
sender.sendto('', address)
console.log(`an empty one has ${receiver.recvfrom(65535)[0].length} bytes`)

sender.close()
receiver.close()
