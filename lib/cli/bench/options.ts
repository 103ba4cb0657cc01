/** The options of the commands, and the tests that they ask for. */
import { type Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../failure.js'
import { parseDuration, parseSize, wholeNumber } from '../units.js'
import type { Wanted } from './client/client.js'
import { DATAGRAM_BYTES } from './datagram.js'
import { DEFAULT_PORT } from './frames.js'
import { DIRECTIONS, type Direction, LONGEST_DATAGRAM, MOST_CONNECTIONS, MOST_SECONDS } from './messages.js'
import { parseBitRate } from './units.js'

const TESTS = ['throughput', 'latency', 'connections', 'udp'] as const
const TRANSPORTS = ['tcp', 'udp'] as const
type TestName = (typeof TESTS)[number]
type Transport = (typeof TRANSPORTS)[number]

/** Names with commas between them, each of a list. */
function namesOf<const T extends string>(allowed: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((word) => {
      const found = allowed.find((name) => name === word.trim())
      if (found === undefined) throw new InvalidArgumentError(`It takes ${allowed.join(', ')}, with commas between.`)
      return found
    })
}

/** A value of another parser, within bounds. */
function within(parse: (text: string) => number, least: number, most: number, unit: string): (text: string) => number {
  return (text) => {
    const value = parse(text)
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It takes ${least} to ${most} ${unit}.`)
  }
}

/** Of a name as the kernel has them: TCP_CA_NAME_MAX less the NUL at its end. */
const LONGEST_ALGORITHM = 15

function algorithm(text: string): string {
  if (text.length >= 1 && text.length <= LONGEST_ALGORITHM) return text
  throw new InvalidArgumentError(`It takes a name of 1 to ${LONGEST_ALGORITHM} characters.`)
}

const duration = within(parseDuration, 0.01, MOST_SECONDS, 'seconds')
const port = wholeNumber(0, 65_535)

export interface ServerFlags {
  bind?: string
  port: number
  oneOff?: true
  maxSessions: number
  maxTime: number
  maxConnections: number
  maxBitrate?: number
}

export function addServerOptions(command: Command): Command {
  return command
    .option('-B, --bind <address>', 'listen on this address only (default: all, IPv6 and IPv4)')
    .option('-p, --port <number>', 'for TCP and for UDP; 0: the system chooses', port, DEFAULT_PORT)
    .option('-1, --one-off', 'end after the first client')
    .option('--max-sessions <number>', 'clients at once', wholeNumber(1, 10_000), 16)
    .option('--max-time <seconds>', 'for one test', duration, 3600)
    .option('--max-connections <number>', 'of one test, at once', wholeNumber(1, MOST_CONNECTIONS), 128)
    .option(
      '--max-bitrate <rate>',
      'bits per second of one test, such as 100M (default: no limit)',
      within(parseBitRate, 1, 1e12, 'bits per second'),
    )
}

export interface ClientFlags {
  port: number
  test: TestName[]
  time: number
  bytes?: number
  parallel: number
  omit: number
  direction: Direction[]
  length: number
  window?: number
  congestion?: string
  nodelay?: true
  interval?: number
  transport: Transport[]
  size: number
  rate?: number
  concurrency: number
  bitrate: number
  datagram: number
  udpDirection: ('up' | 'down')[]
  json?: string | true
  html?: string
}

export function addClientOptions(command: Command): Command {
  return command
    .argument('<host>', 'where a server runs: berkeley bench server')
    .option('-p, --port <number>', "the server's", wholeNumber(1, 65_535), DEFAULT_PORT)
    .option('--test <names>', `which of ${TESTS.join(',')}`, namesOf(TESTS), [...TESTS])
    .option('-t, --time <seconds>', 'for each measurement', duration, 2)
    .option(
      '-i, --interval <seconds>',
      'from one line to the next (default: 1, or less for short tests)',
      within(parseDuration, 0.05, 3600, 'seconds'),
    )
    .option('--json [file]', 'the results as JSON, alone on the standard output or into a file')
    .option('--html <file>', 'a report with charts, one file that needs no network')
    .optionsGroup('Throughput:')
    .option('-d, --direction <names>', `which of ${DIRECTIONS.join(',')}; up: from the client`, namesOf(DIRECTIONS), [
      ...DIRECTIONS,
    ])
    .option('-P, --parallel <number>', 'connections at once', wholeNumber(1, MOST_CONNECTIONS), 1)
    .option('-n, --bytes <size>', 'send so many bytes, in place of --time', within(parseSize, 1, 2 ** 50, 'bytes'))
    .option(
      '-O, --omit <seconds>',
      'of the beginning, which does not count',
      within(parseDuration, 0, 60, 'seconds'),
      0,
    )
    .option(
      '-l, --length <size>',
      'bytes of each send and receive',
      within(parseSize, 1, 16 * 2 ** 20, 'bytes'),
      128 * 1024,
    )
    .option('-w, --window <size>', 'of the send and receive buffers', within(parseSize, 1, 2 ** 30, 'bytes'))
    .option('-C, --congestion <name>', 'the algorithm of congestion control (Linux), such as cubic or bbr', algorithm)
    .option('-N, --nodelay', 'send small pieces at once (TCP_NODELAY)')
    .optionsGroup('Latency:')
    .option('--transport <names>', `which of ${TRANSPORTS.join(',')}`, namesOf(TRANSPORTS), [...TRANSPORTS])
    .option(
      '-s, --size <size>',
      'bytes of a message and of its answer',
      within(parseSize, 1, LONGEST_DATAGRAM, 'bytes'),
      64,
    )
    .option(
      '-r, --rate <number>',
      'messages a second, whether or not those before are answered',
      within(Number, 0.1, 1e6, 'a second'),
    )
    .optionsGroup('Connections:')
    .option('-c, --concurrency <number>', 'under way at once', wholeNumber(1, MOST_CONNECTIONS), 16)
    .optionsGroup('UDP:')
    .option(
      '-b, --bitrate <rate>',
      'bits of data per second, such as 500K or 2G; 0: as fast as it goes',
      within(parseBitRate, 0, 1e12, 'bits per second'),
      10e6,
    )
    .option('--datagram <size>', 'bytes of each', within(parseSize, DATAGRAM_BYTES, LONGEST_DATAGRAM, 'bytes'), 1200)
    .option('--udp-direction <names>', 'which of up,down', namesOf(['up', 'down']), ['up', 'down'])
}

/** Seconds from line to line: ten lines of a short test. */
export function intervalOf({ interval, time }: ClientFlags): number {
  return interval ?? Math.min(1, Math.max(0.05, time / 10))
}

/** The tests that were asked for, in the order of the names. @throws {UsageError} for what does not go together */
export function testsOf(flags: ClientFlags): Wanted[] {
  const { time, size, rate, transport } = flags
  const interval = intervalOf(flags)
  if (flags.bytes !== undefined && flags.bytes < flags.parallel) {
    throw new UsageError(`--bytes ${flags.bytes} is less than a byte for each of ${flags.parallel} connections`)
  }
  if (flags.test.includes('latency') && transport.includes('udp') && size < DATAGRAM_BYTES) {
    throw new UsageError(`--size is at least ${DATAGRAM_BYTES} bytes with UDP: ask for --transport tcp, or for more`)
  }
  const makers: Record<TestName, () => Wanted[]> = {
    throughput: () =>
      flags.direction.map((direction) => ({
        kind: 'throughput',
        direction,
        parallel: flags.parallel,
        seconds: flags.bytes === undefined ? time : null,
        bytes: flags.bytes ?? null,
        omit: flags.omit,
        block: flags.length,
        interval,
        noDelay: flags.nodelay ?? false,
        congestion: flags.congestion ?? null,
        window: flags.window ?? null,
      })),
    latency: () =>
      transport.map((each) => ({ kind: 'latency', transport: each, size, seconds: time, rate: rate ?? null })),
    connections: () => [{ kind: 'connections', parallel: flags.concurrency, seconds: time }],
    udp: () =>
      flags.udpDirection.map((direction) => ({
        kind: 'udp',
        direction,
        seconds: time,
        bitrate: flags.bitrate === 0 ? null : Math.max(1, flags.bitrate),
        size: flags.datagram,
        interval,
      })),
  }
  return [...new Set(flags.test)].flatMap((name) => makers[name]())
}
