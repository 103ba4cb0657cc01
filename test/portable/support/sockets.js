/** Sockets and what tests ask of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, socket, socketpair } from 'berkeley'

/** @import { Context } from '../suite.js' */
/** @typedef {import('berkeley').Socket<typeof AF_INET>} Inet */

/**
 * A listening TCP socket on 127.0.0.1.
 * @param {Context} t
 * @param {number} [backlog]
 * @returns {Inet}
 */
export function listenTcp(t, backlog = 128) {
  const listener = t.add(socket(AF_INET))
  listener.bind(['127.0.0.1', 0])
  listener.listen(backlog)
  return listener
}

/**
 * Both ends of a TCP connection on loopback.
 * @param {Context} t
 * @returns {{ client: Inet, server: Inet }}
 */
export function tcpPair(t) {
  const listener = listenTcp(t)
  const client = t.add(socket(AF_INET))
  client.connect(listener.getsockname())
  const [server] = listener.accept()
  listener.close()
  return { client, server: t.add(server) }
}

/**
 * A connected pair.
 * @param {Context} t
 * @param {import('berkeley').SocketType} [type]
 */
export function pair(t, type = SOCK_STREAM) {
  const ends = socketpair(AF_UNIX, type)
  for (const end of ends) t.add(end)
  return ends
}

/**
 * A UDP socket bound to 127.0.0.1.
 * @param {Context} t
 * @returns {Inet}
 */
export function udp(t) {
  const sock = t.add(socket(AF_INET, SOCK_DGRAM))
  sock.bind(['127.0.0.1', 0])
  return sock
}

/**
 * A fresh folder with a short path, removed when the test ends.
 * @param {Context} t
 * @returns {(name: string) => string} the path of a file in it
 */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'bkp-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return (name) => join(path, name)
}

/**
 * A port on loopback that refuses, and that is kept until the test ends, so that nobody else gets it.
 * @param {Context} t
 * @param {typeof SOCK_STREAM | typeof SOCK_DGRAM} [type]
 * @returns {number}
 */
export function closedPort(t, type = SOCK_STREAM) {
  const holder = t.add(socket(AF_INET, type))
  holder.bind(['127.0.0.1', 0])
  // Connected to itself, it takes datagrams of nobody else.
  if (type === SOCK_DGRAM) holder.connect(holder.getsockname())
  return holder.getsockname()[1]
}

/**
 * Fills a socket's way to its peer, so that the next send has to wait.
 * @param {import('berkeley').Socket} sock
 * @param {number} [size] bytes at a time
 * @returns {number} bytes sent
 */
export function fill(sock, size = 65_536) {
  const timeout = sock.gettimeout()
  sock.setblocking(false)
  const block = Buffer.alloc(size)
  let sent = 0
  try {
    for (;;) sent += sock.send(block)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error
  } finally {
    sock.settimeout(timeout)
  }
  return sent
}

/**
 * Reads exactly so many bytes.
 * @param {import('berkeley').Socket} sock
 * @param {number} count
 */
export function recvExactly(sock, count) {
  /** @type {Buffer[]} */
  const parts = []
  for (let missing = count; missing > 0; ) {
    const part = sock.recv(Math.min(missing, 65_536))
    if (part.length === 0) throw new Error(`the stream ended ${missing} bytes early`)
    parts.push(part)
    missing -= part.length
  }
  return Buffer.concat(parts)
}

/**
 * The same as a promise.
 * @param {import('berkeley').Socket} sock
 * @param {number} count
 */
export async function recvExactlyAsync(sock, count) {
  /** @type {Buffer[]} */
  const parts = []
  for (let missing = count; missing > 0; ) {
    const part = await sock.recvAsync(Math.min(missing, 65_536))
    if (part.length === 0) throw new Error(`the stream ended ${missing} bytes early`)
    parts.push(part)
    missing -= part.length
  }
  return Buffer.concat(parts)
}

/**
 * Bytes of which each place has its own value, so that what is lost, doubled or swapped shows.
 * @param {number} length
 */
export function pattern(length) {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE((i * 2654435761) >>> 0, i)
  return bytes
}
