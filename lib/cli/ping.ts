/** `berkeley ping`: whether a host answers, and how fast. */
import type { Command } from 'commander'
import { bareHost, type Kind, placesOf, portProblem } from './address.js'
import { failure, UsageError } from './failure.js'
import { onInterrupt } from './interrupt.js'
import { print } from './output.js'
import { Tally } from './ping/events.js'
import type { Plan } from './ping/plan.js'
import { parseDuration, parseSize, parseWait, wholeNumber } from './units.js'

interface Flags {
  readonly count?: number
  readonly interval: number
  readonly timeout: number
  readonly size: number
  readonly ttl?: number
  readonly tcp?: string
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

/** IPv4's packets end at 65,535 bytes, with a header each of IP and of ICMP. */
const MOST = 65_507

export function register(command: Command): void {
  command
    .argument('<host>', 'a name or an address')
    .description('Ask a host whether it answers, and how fast: by ICMP echo requests, or by TCP connections.')
    .option('-4, --ipv4', 'IPv4 only')
    .option('-6, --ipv6', 'IPv6 only')
    .option('-c, --count <number>', 'how many requests; without it, until Ctrl-C', wholeNumber(1))
    .option('-i, --interval <time>', 'from one to the next', parseDuration, 1)
    .option('-W, --timeout <time>', 'how long to wait for each answer', parseWait, 1)
    .option('-s, --size <bytes>', 'of data in each request', parseSize, 56)
    .option('-t, --ttl <hops>', 'how many routers requests may pass', wholeNumber(1, 255))
    .option('-q, --quiet', 'only the summary')
    .option('--tcp <port>', 'connect to this port instead, which needs no privilege; a refused connection is an answer')
    .option('--json', 'a line of JSON for each event, and for the summary')
    .addHelpText('after', EXAMPLES)
    .action(ping)
}

const EXAMPLES = `
Exit code 0 where an answer came, else 1. Ctrl-C ends it with the summary.

Examples:
  berkeley ping -c 3 localhost
  berkeley ping -i 200ms -s 1400 192.0.2.1
  berkeley ping --tcp 443 --json example.org`

async function ping(host: string, flags: Flags): Promise<void> {
  const { interval, timeout, size, ipv4, ipv6, tcp } = flags
  if (ipv4 && ipv6) throw new UsageError('-4 and -6 exclude each other')
  if (size > MOST) throw new UsageError(`--size ${size}: a request has at most ${MOST} bytes of data`)
  const problem = tcp === undefined ? undefined : portProblem(tcp)
  if (problem !== undefined) throw new UsageError(`--tcp ${JSON.stringify(tcp)}: ${problem}`)
  using interrupt = onInterrupt()
  const { signal } = interrupt
  const tally = new Tally(print, flags.json ?? false, flags.quiet ?? false)
  try {
    const kind: Kind = tcp === undefined ? 'dgram' : 'stream'
    const version = ipv4 ? 4 : ipv6 ? 6 : undefined
    const target = { family: 'inet', kind, version, host: bareHost(host, 'HOST'), port: tcp ?? '0' } as const
    const [place] = await placesOf(target, false, signal)
    if (place === undefined) throw failure(host, new Error('no address was found'))
    const plan: Plan = {
      host,
      family: place.family,
      address: place.address as Plan['address'],
      count: flags.count ?? Number.POSITIVE_INFINITY,
      interval,
      timeout,
      size,
      ttl: flags.ttl,
    }
    if (tcp === undefined) await (await import('./ping/echo.js')).pingByEcho(plan, tally, signal)
    else await (await import('./ping/tcp.js')).pingByTcp(plan, tally, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  tally.summary(host)
  process.exitCode = tally.totals.received > 0 ? 0 : 1
}
