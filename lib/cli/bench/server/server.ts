/** `berkeley bench server`: listens, tells connections apart, and keeps the sessions. */
import {
  type AddressIn,
  AF_INET,
  AF_INET6,
  createServer,
  getaddrinfoAsync,
  hasDualstackIPv6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  SocketError,
  socket,
} from '../../../index.js'
import { beginsHeader, decodeHeader, encodeFrame, HEADER_BYTES, type Header } from '../frames.js'
import type { Machine } from '../machine.js'
import type { Limits } from '../messages.js'
import { ProtocolError } from '../schema.js'
import { Datagrams } from './datagrams.js'
import { Session, shownHost } from './session.js'

/** Who does not say what a connection is for. */
const HEADER_SECONDS = 5
/** Connections that have not said it yet. */
const MOST_STRANGERS = 512
/** Sessions whose connections may still be on their way. */
const ENDED_KEPT = 32
const BACKLOG = 1024
const ATTEMPTS = 20
const UNREAD_BYTES = 64 * 1024

export interface ServerOptions {
  /** An address or a name; `null`: all addresses, IPv6 and IPv4. */
  bind: string | null
  /** 0: the system chooses. */
  port: number
  /** Ends after the first session. */
  oneOff: boolean
  /** At once. */
  maxSessions: number
  limits: Limits
  machine: Machine
  say: (line: string) => void
}

/** What a server did. */
export interface ServerSummary {
  sessions: number
  tests: number
  /** Connections and sessions that were turned away. */
  refused: number
}

interface Listening {
  listener: Socket
  udp: Socket
  host: string
  port: number
}

/** Both sockets, on the same port. */
async function listen(bind: string | null, port: number): Promise<Listening> {
  const dual = bind === null && hasDualstackIPv6()
  const wanted = bind ?? (dual ? '::' : '0.0.0.0')
  const [found] = await getaddrinfoAsync(wanted, port, { type: SOCK_STREAM })
  const family = found?.[0] === AF_INET6 ? AF_INET6 : AF_INET
  // Of IPv6 with the scope that belongs to it.
  const target = found?.[4] as AddressIn<typeof AF_INET6>
  const [host, , ...scope] = target
  for (let attempt = 1; ; attempt++) {
    const listener = createServer(target, {
      family,
      backlog: BACKLOG,
      ...(dual ? { dualstackIPv6: true } : {}),
    }) as Socket
    const udp = socket(family, SOCK_DGRAM) as Socket
    const bound = (listener.getsockname() as [string, number])[1]
    try {
      if (family === AF_INET6) udp.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1)
      udp.bind([host, bound, ...scope])
      return { listener, udp, host, port: bound }
    } catch (error) {
      listener.close()
      udp.close()
      // The port that the system chose for TCP may be taken for UDP.
      if (port !== 0 || attempt === ATTEMPTS) throw error
    }
  }
}

export class BenchServer {
  readonly #options: ServerOptions
  readonly #listening: Listening
  readonly #datagrams: Datagrams
  readonly #sessions = new Map<string, Session>()
  readonly #strangers = new Set<Socket>()
  readonly #ends = new Set<Promise<void>>()
  /** Tokens of sessions that have ended. */
  readonly #ended = new Set<string>()
  readonly #summary: ServerSummary = { sessions: 0, tests: 0, refused: 0 }
  #stopped = false

  private constructor(options: ServerOptions, listening: Listening) {
    this.#options = options
    this.#listening = listening
    this.#datagrams = new Datagrams(listening.udp)
  }

  /** @throws {SocketError} `EADDRINUSE`, `EACCES` and the like; {@link GaiError} for a name that is none */
  static async start(options: ServerOptions): Promise<BenchServer> {
    return new BenchServer(options, await listen(options.bind, options.port))
  }

  get host(): string {
    return this.#listening.host
  }

  get port(): number {
    return this.#listening.port
  }

  /** Serves until `stop`, or to the end of the first session with `oneOff`. */
  async run(): Promise<ServerSummary> {
    const datagrams = this.#datagrams.run()
    const { listener } = this.#listening
    while (!this.#stopped) {
      try {
        const [sock, address] = await listener.acceptAsync()
        if (this.#strangers.size >= MOST_STRANGERS) {
          this.#summary.refused++
          sock.close()
          continue
        }
        void this.#greet(sock, Array.isArray(address) ? String(address[0]) : '')
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        // No descriptors are left, or a connection was gone before it was accepted.
        if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await Promise.all([datagrams, ...this.#ends])
    return this.#summary
  }

  /** Ends the sessions, each of which is told why, and what `run` waits for. */
  async stop(reason: string): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#listening.listener.close()
    for (const sock of this.#strangers) sock.close()
    await Promise.all([...this.#sessions.values()].map((session) => session.end(reason)))
    await Promise.all(this.#ends)
    this.#listening.udp.close()
  }

  /** Finds out what a connection is for. */
  async #greet(sock: Socket, host: string): Promise<void> {
    this.#strangers.add(sock)
    try {
      const header = await readHeader(sock)
      if (header === undefined || this.#ended.has(header.token)) {
        // It left on its own, or was on its way when its session ended: a client that was interrupted.
        sock.close()
      } else if (header.role === 'control') {
        this.#open(sock, host)
      } else {
        const session = this.#sessions.get(header.token)
        // Likewise on its way when only its test ended.
        if (session?.isTesting === false) sock.close()
        else if (session?.adopt(sock, header.stream) !== true) this.#refuse(sock)
      }
    } catch (error) {
      if (error instanceof ProtocolError) {
        if (error.code === 'version') this.#options.say(`${shownHost(host)}: ${error.message}`)
        await answer(sock, error)
      } else if (!(error instanceof SocketError)) {
        throw error
      } else if (error.code === 'ECONNRESET') {
        sock.close()
        return
      }
      this.#refuse(sock)
    } finally {
      this.#strangers.delete(sock)
    }
  }

  /** Keeps the tokens of the latest sessions. */
  #remember(token: string): void {
    this.#ended.add(token)
    const [oldest] = this.#ended
    if (oldest !== undefined && this.#ended.size > ENDED_KEPT) this.#ended.delete(oldest)
  }

  #refuse(sock: Socket): void {
    this.#summary.refused++
    sock.close()
  }

  #open(sock: Socket, host: string): void {
    const { maxSessions, limits, machine, say, oneOff } = this.#options
    if (this.#sessions.size >= maxSessions || (oneOff && this.#summary.sessions > 0)) {
      const reason = oneOff ? 'this server serves one client only' : `this server serves ${maxSessions} clients at once`
      void answer(sock, new ProtocolError('busy', reason)).then(() => this.#refuse(sock))
      return
    }
    const number = ++this.#summary.sessions
    const session = new Session(number, sock, host, { machine, limits, datagrams: this.#datagrams, say })
    this.#sessions.set(session.token, session)
    const end = session.run().finally(() => {
      this.#sessions.delete(session.token)
      this.#remember(session.token)
      this.#ends.delete(end)
      this.#summary.tests += session.tests.length
      say(`${session.name}: done, ${session.tests.length} ${session.tests.length === 1 ? 'test' : 'tests'}`)
      if (oneOff) void this.stop('the server has served its client')
    })
    this.#ends.add(end)
  }
}

/**
 * The header of a connection; `undefined` where it ends before.
 * @throws {ProtocolError} as soon as it can be none
 */
async function readHeader(sock: Socket): Promise<Header | undefined> {
  const end = performance.now() + HEADER_SECONDS * 1000
  let header: Buffer = Buffer.alloc(0)
  while (header.length < HEADER_BYTES) {
    const timeout = Math.max(0, (end - performance.now()) / 1000)
    const bytes = await sock.recvAsync(HEADER_BYTES - header.length, { timeout })
    if (bytes.length === 0) return undefined
    header = header.length === 0 ? bytes : Buffer.concat([header, bytes])
    if (!beginsHeader(header)) return decodeHeader(header)
  }
  return decodeHeader(header)
}

/** Says why a connection is closed: in a frame to those who know frames, else in a line. */
async function answer(sock: Socket, { code, message }: ProtocolError): Promise<void> {
  const text =
    code === 'not-the-protocol'
      ? 'This is a server of berkeley bench, which speaks a protocol of its own.\r\n'
      : encodeFrame({ type: 'error', id: null, code, message })
  try {
    await sock.sendAsync(text, { timeout: 1 })
    // What lies unread would turn the end of the connection into a reset, which can overtake the answer.
    await sock.recvAsync(UNREAD_BYTES, { flags: MSG_DONTWAIT })
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
  }
}
