/** `berkeley serve`: the other side of `connect`; or a service for whoever connects. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { SOCK_DGRAM, SOCK_STREAM, type Socket } from '../index.js'
import { formatAddress, parseAddress } from './address.js'
import { Failure, failure, UsageError } from './failure.js'
import { Broadcast } from './netcat/broadcast.js'
import { serveDatagrams } from './netcat/datagrams.js'
import { type Exchange, exchangeAll, receiveAll } from './netcat/exchange.js'
import { addFlags, checkFlags, type Flags } from './netcat/flags.js'
import { inputOf } from './netcat/input.js'
import { type Listening, listenOn } from './netcat/listen.js'
import { longestMessage } from './netcat/messages.js'
import { type Service, serve as serveOne } from './netcat/services.js'
import { Session } from './netcat/session.js'
import { Tally, tcpSummary } from './netcat/tally.js'
import { viewOf } from './netcat/view.js'
import { tell } from './output.js'
import { counted, formatDuration, parseWait } from './units.js'

interface ServeFlags extends Flags {
  readonly keepOpen?: boolean
  readonly quiet?: boolean
  readonly echo?: boolean
  readonly discard?: boolean
  readonly chargen?: boolean
}

export function register(command: Command): void {
  addFlags(
    command
      .argument('<address>', 'a port (of 127.0.0.1), :port (of every address), host:port, a URL, or a path')
      .argument('[port]', 'the port, where ADDRESS is a host alone'),
  )
    .description('Listen on an address, print what clients send and send them the input; or serve them.')
    .option('-k, --keep-open', 'serve any number of clients, at the same time, until Ctrl-C')
    .option('--echo', 'send back what comes, to any number of clients')
    .option('--discard', 'take what comes and forget it, likewise')
    .option('--chargen', 'send lines of characters without end, likewise')
    .option('-t, --timeout <time>', 'how long to wait for the first client', parseWait)
    .option('-q, --quiet', 'do not tell where it listens, and no summary')
    .addHelpText('after', EXAMPLES)
    .action(serve)
}

const EXAMPLES = `
Port 0 is one that the kernel chooses; where it listens is told on the standard error.
With -k the input goes to all clients that are there, with datagrams to the latest one.

Examples:
  berkeley serve 8080 > received.bin
  berkeley serve -k --hex :8080
  berkeley serve --echo udp://127.0.0.1:7000
  berkeley serve -v unix:/tmp/service.sock`

async function serve(address: string, port: string | undefined, flags: ServeFlags): Promise<void> {
  const words = port === undefined ? [address] : [address, port]
  const target = parseAddress(words, flags, flags.ipv6 ? '::1' : '127.0.0.1')
  const service = serviceOf(flags)
  checkFlags(flags, target.kind)
  if (service === 'chargen' && target.kind === 'dgram') throw new UsageError('--chargen is for streams and records')
  using session = new Session(flags)
  try {
    const listening = await listenOn(target, session)
    session.begin()
    const { sock, name } = listening
    const isDatagram = sock.type === SOCK_DGRAM
    const isEndless = isDatagram || flags.keepOpen === true || service !== undefined
    if (!flags.quiet) tell(`${isDatagram ? 'receiving' : 'listening'} on ${name}`)
    try {
      if (isDatagram) await datagrams(listening, service, session, flags)
      else if (isEndless) await many(listening, service, session, flags)
      else await one(listening, session)
    } finally {
      if (!sock.closed) sock.close()
      listening.cleanUp()
    }
    // Where nothing else ends it, Ctrl-C is how it ends well.
    if (session.interrupted !== undefined && !isEndless) process.exitCode = session.interrupted
  } catch (error) {
    if (!session.signal.aborted) throw error
    if (session.interrupted !== undefined) process.exitCode = session.interrupted
  }
  session.throwIfFailed()
}

function serviceOf(flags: ServeFlags): Service | undefined {
  const named = (['echo', 'discard', 'chargen'] as const).filter((name) => flags[name])
  if (named.length > 1) throw new UsageError(`--${named[0]} and --${named[1]} exclude each other`)
  return named[0]
}

async function datagrams({ sock, name }: Listening, service: Service | undefined, session: Session, flags: ServeFlags) {
  const tally = new Tally(true)
  await serveDatagrams({
    sock,
    name,
    session,
    tally,
    service,
    takesAll: flags.keepOpen === true || service !== undefined,
  })
  if (!flags.quiet) tell(`${tally}`)
}

let unnamed = 0

/** Accepts the next connection; undefined where all is to end. */
async function accept(sock: Socket, name: string, session: Session, timeout?: number) {
  const limit = timeout === undefined ? {} : { timeout }
  let isTold = false
  while (!session.signal.aborted) {
    try {
      const [conn, address] = await sock.acceptAsync({ signal: session.signal, ...limit })
      // Clients of unix sockets rarely have a name.
      const who = address === '' ? `client ${++unnamed}` : formatAddress(address)
      return { conn, who }
    } catch (error) {
      if (session.signal.aborted) return undefined
      const { code, name: kind } = error as { code?: string; name?: string }
      if (kind === 'SocketTimeoutError' && timeout !== undefined) {
        throw new Failure(`listen on ${name}: No client within ${formatDuration(timeout)} (ETIMEDOUT)`, {
          cause: error,
        })
      }
      if (!TRANSIENT.has(code ?? '')) throw failure(`accept on ${name}`, error)
      // Some connection will end; until then those that wait are not to be asked for all the time.
      if (!isTold) tell(failure(`accept on ${name}`, error).message)
      isTold = true
      await sleep(100)
    }
  }
  return undefined
}

const TRANSIENT = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ECONNABORTED'])

const cutFor = (conn: Socket, flags: Flags) =>
  conn.type === SOCK_STREAM ? undefined : { size: longestMessage(conn, flags), lines: flags.lines ?? false }

async function one({ sock, name }: Listening, session: Session): Promise<void> {
  const { flags } = session
  const accepted = await accept(sock, name, session, flags.timeout)
  if (accepted === undefined) return
  // Others are to be refused, not to wait for nothing.
  sock.close()
  const { conn, who } = accepted
  session.note(`${who} connected`)
  const tally = new Tally(conn.type !== SOCK_STREAM)
  const exchange = { conn, name: who, tally, session, view: viewOf(flags.hex) }
  try {
    await exchangeAll(exchange, (signal) => inputOf(signal, cutFor(conn, flags)))
  } finally {
    session.note(`${who}: ${tally}${tcpSummary(conn)}`)
    conn.close()
  }
}

async function many(
  { sock, name }: Listening,
  service: Service | undefined,
  session: Session,
  flags: ServeFlags,
): Promise<void> {
  const total = new Tally(sock.type !== SOCK_STREAM)
  const broadcast = new Broadcast(session.signal)
  const running = new Set<Promise<void>>()
  let count = 0
  const run = async (exchange: Exchange): Promise<void> => {
    const { conn, tally } = exchange
    try {
      if (service !== undefined) await serveOne(service, exchange, session.signal)
      else await receiveAll(exchange, session.signal)
    } catch (error) {
      session.note((error as Error).message)
    } finally {
      broadcast.remove(exchange)
      session.note(`${exchange.name}: ${tally}${tcpSummary(conn)}`)
      total.add(tally)
      conn.close()
    }
  }
  const input =
    service === undefined
      ? broadcast.send((signal) => inputOf(signal, cutFor(sock, flags))).catch((error: unknown) => session.fail(error))
      : undefined
  const silent = { received: () => undefined, sent: () => undefined }
  for (let next = await accept(sock, name, session, flags.timeout); next; next = await accept(sock, name, session)) {
    count++
    const { conn, who } = next
    session.note(`${who} connected`)
    const view = service !== undefined && !flags.hex ? silent : viewOf(flags.hex, `${who} `)
    const exchange = { conn, name: who, tally: new Tally(conn.type !== SOCK_STREAM), session, view }
    if (service === undefined) broadcast.add(exchange)
    const task = run(exchange).finally(() => running.delete(task))
    running.add(task)
  }
  await Promise.all([input, ...running])
  if (!flags.quiet) tell(`${counted(count, 'connection')}: ${total}`)
}
