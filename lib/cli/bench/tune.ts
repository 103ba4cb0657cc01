/** What the connections of a throughput test are set to, on both sides. */
import type { Socket } from '../../index.js'
import type { SpecOf } from './messages.js'

/** @throws {SocketError} for what this system lacks, such as an algorithm of congestion control */
export function tune(sock: Socket, { noDelay, congestion, window }: SpecOf<'throughput'>): void {
  if (noDelay) sock.setOption('noDelay', true)
  if (window !== null) {
    sock.setOption('sendBufferSize', window)
    sock.setOption('receiveBufferSize', window)
  }
  if (congestion !== null) sock.setOption('congestionControl', congestion)
}
