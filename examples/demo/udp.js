/** Datagrams: each is sent and received whole, or refused, or cut. */
import { AF_INET, SOCK_DGRAM, socket } from 'berkeley'
import { inTwoThreads, narrator } from './narrate.js'

function server(ready) {
  const { ask } = narrator('server')
  const sock = socket(AF_INET, SOCK_DGRAM)
  ask(() => sock.bind(['127.0.0.1', 0]))
  ready(sock.getsockname())
  const [data, sender] = ask(() => sock.recvfrom(2048))
  ask(
    () => sock.sendto(data, sender),
    (sent) => sent === data.length,
  )
  sock.close()
}

function client(address) {
  const { ask, note, refuse } = narrator('client')
  const sock = socket(AF_INET, SOCK_DGRAM)
  ask(
    () => sock.sendto('ping', address),
    (sent) => sent === 4,
  )
  ask(
    () => sock.recvfrom(2048),
    ([data, [, port]]) => data.toString() === 'ping' && port === address[1],
  )

  note('64 KiB and more do not fit into a datagram')
  refuse(() => sock.sendto(Buffer.alloc(65537), address), 'EMSGSIZE')

  const receiver = socket(AF_INET, SOCK_DGRAM)
  receiver.bind(['127.0.0.1', 0])
  const receiverAddress = receiver.getsockname()
  note('what a datagram has beyond bufsize is lost; the next call gives the next datagram')
  sock.sendto('a datagram of 27 characters', receiverAddress)
  sock.sendto('the next', receiverAddress)
  ask(
    () => receiver.recvfrom(10),
    ([data]) => data.toString() === 'a datagram',
  )
  ask(
    () => receiver.recvfrom(10),
    ([data]) => data.toString() === 'the next',
  )
  receiver.close()
  sock.close()
}

const text = 'UDP: sendto and recvfrom'
await inTwoThreads({ url: import.meta.url, text, server, client })
