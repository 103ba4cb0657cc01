/** What the UDP sockets of both sides are set to. */
import { IPPROTO_UDP, type Socket, UDP_GRO } from '../../index.js'

/** Asked for; the system may give less. */
const BUFFER_BYTES = 4 << 20

/** As much room as the system gives; how much that is. */
export function growReceiveBuffer(sock: Socket): number {
  try {
    sock.setOption('receiveBufferSize', BUFFER_BYTES)
  } catch {
    // macOS refuses more than its limit, where Linux gives what it has.
  }
  return sock.getOption('receiveBufferSize')
}

/** Has the kernel join datagrams of a flow, where it can. */
export function joinSegments(sock: Socket): void {
  if (UDP_GRO === undefined) return
  try {
    sock.setsockopt(IPPROTO_UDP, UDP_GRO, 1)
  } catch {
    // An older kernel: each comes alone.
  }
}
