/** Sockets for tests of batches. */
import { AF_UNIX, SOCK_DGRAM, type SOCK_STREAM, type Socket, socketpair } from 'berkeley'
import { type Closing, udp } from './sockets.js'

/** Two connected unix sockets, closed with the test. */
export function unixEnds(closing: Closing, type: number = SOCK_DGRAM): [Socket, Socket] {
  const [first, second] = socketpair(AF_UNIX, type as typeof SOCK_STREAM)
  return [closing.add(first), closing.add(second)]
}

/** Two UDP sockets, the second connected to the first; closed with the test. */
export function connectedUdp(closing: Closing) {
  const near = closing.add(udp())
  const far = closing.add(udp())
  far.connect(near.getsockname())
  return { near, far }
}
