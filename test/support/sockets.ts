/** Sockets for tests, closed when the test's block ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  fromfd,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
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

/** What Linux has room for on a unix socket's way to its peer; macOS for 8 KiB, unless it is asked for more. */
const ROOM = 212_992

/** Both ends of a unix stream pair, with room for some 200 KiB before a send has to wait, as tests in one thread need. */
export function pair(): ReturnType<typeof socketpair> & Disposable {
  const ends = socketpair()
  if (!can.linux) for (const end of ends) end.setsockopt(SOL_SOCKET, SO_SNDBUF, ROOM)
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

/** What a call that would have to wait answers, where this system has it wait. */
function answersEagain(call: () => unknown): boolean {
  try {
    for (;;) call()
  } catch (error) {
    return (error as { code?: string }).code === 'EAGAIN'
  }
}

/** Whether a datagram waits for room in the queue of a unix socket: macOS says ENOBUFS, however the socket waits. */
function datagramsWait(): boolean {
  using closing = new Closing()
  const [sender, receiver] = socketpair(AF_UNIX, SOCK_DGRAM)
  closing.add(receiver)
  closing.add(sender).setblocking(false)
  return answersEagain(() => sender.send('x'))
}

/** Whether a client waits for room in the queue of a unix listener: macOS refuses it. */
function unixClientsWait(): boolean {
  using closing = new Closing()
  const path = closing.add(temporaryFolder()).path('full')
  const listener = closing.add(socket(AF_UNIX))
  listener.bind(path)
  listener.listen(FULL_BACKLOG)
  return answersEagain(() => {
    const client = closing.add(socket(AF_UNIX))
    client.setblocking(false)
    client.connect(path)
  })
}

/** Whether files can have names that are no UTF-8: those of macOS cannot. */
function canNameBytes(): boolean {
  using folder = temporaryFolder()
  try {
    writeFileSync(Buffer.concat([Buffer.from(folder.path('')), Buffer.of(0xff)]), '')
    return true
  } catch {
    return false
  }
}

/** Whether there is a second loopback address: macOS has 127.0.0.1 alone, unless it is told of more. */
function canBindInet(host: string): boolean {
  try {
    using probe = socket()
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

const isLinux = process.platform === 'linux'

/** The backlog of a listener that one client fills: Linux takes one more than it says, macOS has 0 mean the most. */
export const FULL_BACKLOG = isLinux ? 0 : 1

/** What this machine can do. */
export const can = {
  bindIPv6: canBind(AF_INET6, '::1'),
  linux: isLinux,
  seqpacket: canSeqpacket(),
  bindSecondLoopback: canBindInet('127.0.0.2'),
  datagramsWait: datagramsWait(),
  unixClientsWait: unixClientsWait(),
  nameBytes: canNameBytes(),
}

const O_NONBLOCK = 0o4000

/** Whether the kernel has O_NONBLOCK set on a descriptor: as /proc shows, elsewhere as fcntl(2) tells a socket made of it. */
export function isNonblocking(fd: number): boolean {
  if (!isLinux) {
    using copy = fromfd(fd)
    return copy.gettimeout() === 0
  }
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
