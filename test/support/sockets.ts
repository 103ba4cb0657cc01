/** Sockets for tests, closed when the test's block ends. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
} from 'berkeley'
import { afterAll } from 'vitest'

type Inet = Socket<typeof AF_INET>

/** Closes everything that it was given, last first. */
export class Closing implements Disposable {
  readonly #things: Disposable[] = []
  add<T extends Disposable>(thing: T): T {
    this.#things.push(thing)
    return thing
  }
  [Symbol.dispose](): void {
    for (const thing of this.#things.splice(0).reverse()) thing[Symbol.dispose]()
  }
}

/** A listening TCP socket on 127.0.0.1. */
export function listenTcp(): Inet {
  const server = socket()
  server.bind(['127.0.0.1', 0])
  server.listen()
  return server
}

/** Both ends of a TCP connection on loopback. */
export function tcpPair(): { client: Inet; server: Inet } & Disposable {
  using listener = listenTcp()
  const client = socket()
  client.connect(listener.getsockname())
  const [server] = listener.accept()
  return {
    client,
    server,
    [Symbol.dispose]() {
      client.close()
      server.close()
    },
  }
}

/** Both ends of a unix stream pair. */
export function pair(): ReturnType<typeof socketpair> & Disposable {
  const ends = socketpair()
  return Object.assign(ends, {
    [Symbol.dispose]() {
      for (const end of ends) end.close()
    },
  })
}

/** A UDP socket bound to 127.0.0.1. */
export function udp(): Inet {
  const bound = socket(AF_INET, SOCK_DGRAM)
  bound.bind(['127.0.0.1', 0])
  return bound
}

/** A fresh folder with a short path, for unix sockets. */
export function temporaryFolder(): { path: (name: string) => string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'bk-'))
  return {
    path: (name) => join(folder, name),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const held = new Closing()
afterAll(() => held[Symbol.dispose]())

/** A port on loopback that refuses, and that is kept until the file's tests end, so that nobody else gets it. */
export function closedPort(type: typeof SOCK_STREAM | typeof SOCK_DGRAM = SOCK_STREAM): number {
  const holder = held.add(socket(AF_INET, type))
  holder.bind(['127.0.0.1', 0])
  // Connected to itself, it takes datagrams of nobody else.
  if (type === SOCK_DGRAM) holder.connect(holder.getsockname())
  return holder.getsockname()[1]
}

/** A TCP port on loopback that can be had: most probably still when it is bound. */
export function freePort(): number {
  using probe = socket()
  probe.bind(['127.0.0.1', 0])
  return probe.getsockname()[1]
}

function canBind(family: typeof AF_INET6, host: string): boolean {
  try {
    using probe = socket(family)
    probe.bind([host, 0])
    return true
  } catch {
    return false
  }
}

/** Unix sockets that keep the bounds of records and have a connection: macOS has none. */
function canSeqpacket(): boolean {
  try {
    using _probe = socket(AF_UNIX, SOCK_SEQPACKET)
    return true
  } catch {
    return false
  }
}

/** What this machine can do. */
export const can = {
  bindIPv6: canBind(AF_INET6, '::1'),
  linux: process.platform === 'linux',
  seqpacket: canSeqpacket(),
}

const O_NONBLOCK = 0o4000

/** Whether the kernel has O_NONBLOCK set on a descriptor (Linux). */
export function isNonblocking(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0'
  return (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0
}

/** What a call throws; the test fails where it throws nothing. */
export function thrown(call: () => unknown): Error & { code?: string; errno?: number; syscall?: string } {
  try {
    call()
  } catch (error) {
    return error as Error
  }
  throw new Error(`nothing was thrown by ${call}`)
}
