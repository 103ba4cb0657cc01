/** Connections on which sends with MSG_ZEROCOPY stay unfinished. */
import { IPPROTO_TCP, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, type Socket, socket, TCP_MAXSEG } from 'berkeley'
import { settles } from './async.js'
import { Closing, listenTcp } from './sockets.js'

/** A connection whose sender takes a MiB that its peer has no room for. */
export function slowPair(): { client: Socket; server: Socket } & Disposable {
  const closing = new Closing()
  const listener = closing.add(listenTcp())
  listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 32_768)
  const client = closing.add(socket())
  client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4 << 20)
  // Segments that are small beside the window, or it would open slowly.
  client.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1400)
  client.connect(listener.getsockname())
  const server = closing.add(listener.accept()[0])
  return { client, server, [Symbol.dispose]: () => closing[Symbol.dispose]() }
}

/** What arrives until so many bytes are there. */
export async function receive(sock: Socket, count: number): Promise<Buffer> {
  using reader = sock.makefile('rb')
  return await settles(reader.readAsync(count))
}

/** More bytes than the peer has room for. */
export const PENDING = 300_000
