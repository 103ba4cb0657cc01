/** `berkeley connect`: a connection between the terminal, or a pipe, and somebody who listens. */
import type { Command } from 'commander'
import { SOCK_DGRAM, SOCK_STREAM } from '../index.js'
import { formatAddress, parseAddress } from './address.js'
import { dial } from './netcat/dial.js'
import { exchangeAll } from './netcat/exchange.js'
import { addFlags, checkFlags, type Flags } from './netcat/flags.js'
import { inputOf } from './netcat/input.js'
import { longestMessage } from './netcat/messages.js'
import { Session } from './netcat/session.js'
import { Tally, tcpSummary } from './netcat/tally.js'
import { viewOf } from './netcat/view.js'
import { parseWait } from './units.js'

interface ConnectFlags extends Flags {
  readonly source?: string
}

export function register(command: Command): void {
  addFlags(
    command
      .argument('<address>', 'host:port, a URL (tcp: udp: unix: unix-dgram: unix-seqpacket: vsock:), or a path')
      .argument('[port]', 'the port, where ADDRESS is a host alone'),
  )
    .description('Connect to an address, send the input there and print what comes from there.')
    .option('-t, --timeout <time>', 'how long to wait for the connection', parseWait)
    .option('-s, --source <address>', 'connect from this host, :port, host:port or path')
    .addHelpText('after', EXAMPLES)
    .action(connect)
}

const EXAMPLES = `
Durations are seconds, or as in 200ms, 2min; sizes bytes, or as in 64k, 1MB.
Datagrams have no end: once the input has ended, answers are waited for until none came for a second (--idle).

Examples:
  berkeley connect example.org:80 < request.txt
  berkeley connect --hex tcp://[::1]:6379
  berkeley connect -v --idle 2 udp://127.0.0.1:5353 < query.bin
  berkeley connect unix:/run/service.sock`

/** Seconds that answers are waited for where no end will be told. */
const PATIENCE = 1

async function connect(address: string, port: string | undefined, flags: ConnectFlags): Promise<void> {
  const target = parseAddress(port === undefined ? [address] : [address, port], flags)
  checkFlags(flags, target.kind)
  using session = new Session(flags)
  try {
    const { conn, place, cleanUp } = await dial(target, flags.source, session)
    session.begin()
    const name = formatAddress(place.address)
    session.note(`connected to ${name} from ${formatAddress(conn.getsockname())}`)
    const tally = new Tally(conn.type !== SOCK_STREAM)
    const exchange = { conn, name, tally, session, view: viewOf(flags.hex) }
    const cut =
      conn.type === SOCK_STREAM ? undefined : { size: longestMessage(conn, flags), lines: flags.lines ?? false }
    try {
      const input = (signal: AbortSignal): AsyncIterable<Buffer> => inputOf(signal, cut)
      await exchangeAll(exchange, input, () => {
        if (conn.type === SOCK_DGRAM && flags.idle === undefined) session.endWhenIdle(PATIENCE)
      })
    } finally {
      session.note(`${name}: ${tally}${tcpSummary(conn)}`)
      conn.close()
      cleanUp()
    }
  } catch (error) {
    if (!session.signal.aborted) throw error
  }
  session.throwIfFailed()
  if (session.interrupted !== undefined) process.exitCode = session.interrupted
}
