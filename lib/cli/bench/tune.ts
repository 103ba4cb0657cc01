/** What the connections of a throughput test are set to, on both sides. */
import type { Socket } from '../../index.js'
import type { SpecOf } from './messages.js'

/**
 * The server's side sets its receive buffer when it has accepted, later than tcp(7) advises: its listener is everybody's,
 * and a size there would hold for other sessions, whose buffers the kernel could not size itself then. What is late is
 * the scale of the window only, which the kernel had chosen for the largest buffer that it gives: windows are as asked.
 * @throws {SocketError} for what this system lacks, such as an algorithm of congestion control
 */
export function tune(sock: Socket, { noDelay, congestion, window }: SpecOf<'throughput'>): void {
  if (noDelay) sock.setOption('noDelay', true)
  if (window !== null) {
    sock.setOption('sendBufferSize', window)
    sock.setOption('receiveBufferSize', window)
  }
  if (congestion !== null) sock.setOption('congestionControl', congestion)
}
