/** Streams over sockets for tests, destroyed when the test's block ends. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { type DuplexOptions, MSG_DONTWAIT, type Socket, type SocketDuplex, SocketError, socketpair } from 'berkeley'
import { Closing, tcpPair } from './sockets.js'

/** A stream, the socket under it, and the socket at the other end. */
export type Ends = { duplex: SocketDuplex; sock: Socket; peer: Socket } & Disposable

/** A stream over one end of a connection; the other end is a socket. */
export function openStream(kind: 'tcp' | 'unix', options?: DuplexOptions): Ends {
  const closing = new Closing()
  const [sock, peer] = kind === 'unix' ? socketpair() : sidesOf(tcpPair())
  closing.add(sock)
  closing.add(peer)
  const duplex = closing.add(sock.toDuplex(options))
  return { duplex, sock, peer, [Symbol.dispose]: () => closing[Symbol.dispose]() }
}

/** Streams over both ends of a connection. */
export function openStreams(
  kind: 'tcp' | 'unix',
  options?: DuplexOptions,
): { near: SocketDuplex; far: SocketDuplex } & Disposable {
  const ends = openStream(kind, options)
  const far = ends.peer.toDuplex(options)
  return {
    near: ends.duplex,
    far,
    [Symbol.dispose]() {
      far.destroy()
      ends[Symbol.dispose]()
    },
  }
}

const sidesOf = ({ client, server }: { client: Socket; server: Socket }): [Socket, Socket] => [client, server]

/** Lets everything that is ready have its turn, some times over. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn()
}

/** The names of a stream's events as they come. */
export function eventsOf(duplex: SocketDuplex): string[] {
  const seen: string[] = []
  for (const name of ['end', 'finish', 'close', 'timeout']) duplex.on(name, () => seen.push(name))
  duplex.on('error', (error: NodeJS.ErrnoException) => seen.push(`error ${error.code ?? error.message}`))
  return seen
}

/** Sends until the kernel takes no more; how many bytes it took. */
export function fill(sock: Socket): number {
  const chunk = Buffer.alloc(65536, 'fill')
  for (let sent = 0; ; ) {
    try {
      sent += sock.send(chunk, MSG_DONTWAIT)
    } catch (error) {
      if (!(error instanceof SocketError) || error.code !== 'EAGAIN') throw error
      return sent
    }
  }
}

/** Receives so many bytes. */
export async function receive(sock: Socket, length: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let rest = length; rest > 0; ) {
    const part = await sock.recvAsync(Math.min(rest, 65536))
    if (part.length === 0) break
    parts.push(part)
    rest -= part.length
  }
  return Buffer.concat(parts)
}

/** Receives to the end. */
export const receiveAll = (sock: Socket): Promise<Buffer> => receive(sock, Number.MAX_SAFE_INTEGER)

/** Reads to the end, and leaves the other direction as it is: loops and `node:stream/consumers` may destroy it then. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}
