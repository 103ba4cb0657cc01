/** Web streams over sockets for tests; the sockets are closed when the test's block ends. */
import { type Socket, socketpair, type WebStreams } from 'berkeley'
import { Closing, tcpPair } from './sockets.js'

/** Streams over one end of a connection; the other end is a socket. */
export function openWeb(kind: 'tcp' | 'unix'): WebStreams & { sock: Socket; peer: Socket } & Disposable {
  const closing = new Closing()
  let [sock, peer]: Socket[] = []
  if (kind === 'unix') [sock, peer] = socketpair()
  else ({ client: sock, server: peer } = tcpPair())
  closing.add(sock as Socket)
  closing.add(peer as Socket)
  const { readable, writable } = (sock as Socket).toWeb()
  return {
    readable,
    writable,
    sock: sock as Socket,
    peer: peer as Socket,
    [Symbol.dispose]: () => closing[Symbol.dispose](),
  }
}

/** Bytes as text. */
export const textOf = (data: ArrayBufferView | undefined): string =>
  Buffer.from(data?.buffer ?? new ArrayBuffer(0), data?.byteOffset, data?.byteLength).toString()
