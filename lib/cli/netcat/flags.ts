/** What `connect` and `serve` are both told, and what of it is for the socket. */
import { type Command, InvalidArgumentError } from 'commander'
import { AF_INET, AF_INET6, SOCK_DGRAM, Socket, type SocketOptionsIn } from '../../index.js'
import { formatAddress, type Kind, type Place } from '../address.js'
import { failure, UsageError } from '../failure.js'
import { parseSize, parseWait, wholeNumber } from '../units.js'

export interface Flags {
  readonly udp?: boolean
  readonly unix?: boolean
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  /** Seconds until the first connection. */
  readonly timeout?: number
  /** Seconds without data in either direction. */
  readonly idle?: number
  readonly hex?: boolean
  readonly verbose?: boolean
  readonly shutdown: boolean
  readonly interface?: string
  readonly ttl?: number
  readonly option: readonly string[]
  /** Bytes of a datagram. */
  readonly size?: number
  readonly lines?: boolean
}

/** Gives a command the options that both have. */
export function addFlags(command: Command): Command {
  return command
    .option('-u, --udp', 'UDP, as udp:// says it; with -U datagrams of unix sockets')
    .option('-U, --unix', 'ADDRESS is a path, as unix: says it')
    .option('-4, --ipv4', 'IPv4 addresses only')
    .option('-6, --ipv6', 'IPv6 addresses only')
    .option('-v, --verbose', 'tell on the standard error who connects, and what became of it')
    .option('-x, --hex', 'show what is sent (>) and received (<) in hexadecimal')
    .option('--idle <time>', 'end when nothing was sent or received for so long', parseWait)
    .option('-N', 'as in nc: shut down the sending side at the end of the input, which is done anyway')
    .option('--no-shutdown', 'do not tell the peer that the input has ended')
    .option('--interface <name>', 'use this network interface only')
    .option('--ttl <hops>', 'how many routers packets may pass', wholeNumber(1, 255))
    .option(
      '-o, --option <name=value>',
      'set a socket option, by its name in docs/options.md; may be repeated',
      collect,
      [],
    )
    .option('--size <bytes>', 'cut the input into datagrams (or records) of at most so many bytes', atLeastOne)
    .option('--lines', 'send each line of the input as a datagram (or record) of its own')
}

function atLeastOne(text: string): number {
  const size = parseSize(text)
  if (size > 0) return size
  throw new InvalidArgumentError('It takes at least a byte.')
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  off: false,
  no: false,
  null: null,
  none: null,
  Infinity: Number.POSITIVE_INFINITY,
}

function readValue(text: string): unknown {
  if (Object.hasOwn(WORDS, text)) return WORDS[text]
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text
}

/**
 * Refuses flags that would do nothing.
 * @throws {UsageError}
 */
export function checkFlags({ size, lines }: Flags, kind: Kind): void {
  if (kind !== 'stream') return
  const given = size !== undefined ? `--size ${size}` : lines ? '--lines' : undefined
  if (given !== undefined) throw new UsageError(`${given}: it is for datagrams and records, and a stream has neither`)
}

/** Sets what the flags say on a new socket. */
function setOptions(sock: Socket, flags: Flags): void {
  const set = (label: string, name: string, value: unknown): void => {
    try {
      sock.setOption(name as keyof SocketOptionsIn, value as never)
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw new UsageError(`${label}: ${error.message}`)
      throw failure(label, error)
    }
  }
  for (const given of flags.option) {
    const equals = given.indexOf('=')
    const name = equals === -1 ? given : given.slice(0, equals)
    set(`--option ${given}`, name, equals === -1 ? true : readValue(given.slice(equals + 1)))
  }
  if (flags.interface !== undefined) set(`--interface ${flags.interface}`, 'bindToDevice', flags.interface)
  if (flags.ttl !== undefined) {
    const isInet6 = sock.family === AF_INET6
    if (!isInet6 && sock.family !== AF_INET) throw new UsageError(`--ttl ${flags.ttl}: it is for IP only`)
    set(`--ttl ${flags.ttl}`, isInet6 ? 'unicastHops' : 'ttl', flags.ttl)
    if (sock.type === SOCK_DGRAM) set(`--ttl ${flags.ttl}`, isInet6 ? 'multicastHops' : 'multicastTtl', flags.ttl)
  }
}

/**
 * A socket for a place, with the options set and whatever else `prepare` does; closed where that fails.
 * @throws {Failure} that names `what` and the address
 */
export function makeSocket(place: Place, flags: Flags, what: string, prepare: (sock: Socket) => void): Socket {
  let sock: Socket | undefined
  try {
    sock = new Socket(place.family, place.type, place.proto)
    setOptions(sock, flags)
    prepare(sock)
    return sock
  } catch (error) {
    sock?.close()
    if (error instanceof UsageError || (error as Error).cause !== undefined) throw error
    throw failure(`${what} ${formatAddress(place.address)}`, error)
  }
}
