/** What the kernel answers where it is asked for each family and feature: nothing is read from its version. */
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import * as berkeley from '../../index.js'
import { type Socket, SocketError, socket, socketpair } from '../../index.js'
import { packageFolder } from '../package.js'

/** `yes`, or why not. `privilege` where more rights would make it a yes. */
export interface Finding {
  readonly name: string
  readonly available: boolean
  /** What the kernel said: the code of an error; null where it is available. */
  readonly code: string | null
  /** What it is for, or what it needs. */
  readonly note: string
}

/** A constant by its name; undefined where the system has none. */
const constant = (name: string): number | undefined => {
  const value = (berkeley as Record<string, unknown>)[name]
  return typeof value === 'number' ? value : undefined
}

/** What a probe meets: its code. A constant that the system lacks is `ENOTSUP`. */
function codeOf(probe: () => void): string | null {
  try {
    probe()
    return null
  } catch (error) {
    if (error instanceof SocketError) return error.code
    return error instanceof TypeError ? 'ENOTSUP' : String((error as { code?: unknown }).code ?? error)
  }
}

const open = (family: string, type: string, proto?: string): Socket => {
  const [domain, kind, protocol] = [family, type, proto].map((name) => (name === undefined ? 0 : constant(name)))
  if (domain === undefined || kind === undefined || protocol === undefined) throw new TypeError('not of this system')
  return socket(domain, kind, protocol)
}

/** Opens a socket and asks something of it. */
const on = (make: () => Socket, ask: (sock: Socket) => void = () => {}): (() => void) => {
  return () => {
    using sock = make()
    ask(sock)
  }
}

const tcp = (): Socket => open('AF_INET', 'SOCK_STREAM')
const udp = (): Socket => open('AF_INET', 'SOCK_DGRAM')

function option(level: string, name: string, value?: number): (sock: Socket) => void {
  return (sock) => {
    const [levelNumber, number] = [constant(level), constant(name)]
    if (levelNumber === undefined || number === undefined) throw new TypeError('not of this system')
    if (value === undefined) sock.getsockopt(levelNumber, number)
    else sock.setsockopt(levelNumber, number, value)
  }
}

const NET_RAW = 'needs root or CAP_NET_RAW'

const FAMILIES: readonly (readonly [name: string, probe: () => void, note: string])[] = [
  ['AF_INET stream', on(tcp), 'TCP over IPv4'],
  ['AF_INET dgram', on(udp), 'UDP over IPv4'],
  [
    'AF_INET6 stream',
    on(
      () => open('AF_INET6', 'SOCK_STREAM'),
      (sock) => sock.bind(['::1', 0]),
    ),
    'TCP over IPv6, with an address',
  ],
  ['AF_UNIX stream', () => closeAll(socketpair()), ''],
  ['AF_UNIX dgram', on(() => open('AF_UNIX', 'SOCK_DGRAM')), ''],
  ['AF_UNIX seqpacket', on(() => open('AF_UNIX', 'SOCK_SEQPACKET')), 'records; not on macOS'],
  ['AF_INET raw', on(() => open('AF_INET', 'SOCK_RAW', 'IPPROTO_ICMP')), NET_RAW],
  [
    'AF_INET ping',
    on(() => open('AF_INET', 'SOCK_DGRAM', 'IPPROTO_ICMP')),
    'on Linux a group within net.ipv4.ping_group_range',
  ],
  ['AF_NETLINK', on(() => open('AF_NETLINK', 'SOCK_RAW')), 'the kernel’s own messages; Linux'],
  ['AF_PACKET', on(() => open('AF_PACKET', 'SOCK_RAW')), `frames; Linux; ${NET_RAW}`],
  ['AF_VSOCK', on(() => open('AF_VSOCK', 'SOCK_STREAM')), 'virtual machines; Linux'],
  ['AF_ALG', on(() => open('AF_ALG', 'SOCK_SEQPACKET')), 'the kernel’s ciphers; Linux'],
  ['AF_CAN', on(() => open('AF_CAN', 'SOCK_RAW', 'CAN_RAW')), 'buses of machines; Linux'],
  ['AF_TIPC', on(() => open('AF_TIPC', 'SOCK_STREAM')), 'clusters; Linux'],
  ['SCTP', on(() => open('AF_INET', 'SOCK_STREAM', 'IPPROTO_SCTP')), 'Linux, a module'],
  ['MPTCP', on(() => open('AF_INET', 'SOCK_STREAM', 'IPPROTO_MPTCP')), 'TCP over several paths; Linux'],
  ['UDP-Lite', on(() => open('AF_INET', 'SOCK_DGRAM', 'IPPROTO_UDPLITE')), 'partial checksums; Linux'],
  ['AF_SYSTEM', on(() => open('AF_SYSTEM', 'SOCK_DGRAM', 'SYSPROTO_CONTROL')), 'the kernel’s controls; macOS'],
]

function closeAll(sockets: readonly Socket[]): void {
  for (const sock of sockets) sock.close()
}

const FEATURES: readonly (readonly [name: string, probe: () => void, note: string])[] = [
  [
    'dual stack',
    () => {
      if (!berkeley.hasDualstackIPv6()) throw new TypeError('no')
    },
    'one socket for IPv4 and IPv6',
  ],
  ['SO_REUSEPORT', on(tcp, option('SOL_SOCKET', 'SO_REUSEPORT', 1)), 'several listeners on one port'],
  ['SO_RCVLOWAT', on(tcp, option('SOL_SOCKET', 'SO_RCVLOWAT', 65_536)), 'fewer, fuller receives'],
  ['TCP_FASTOPEN', on(tcp, option('IPPROTO_TCP', 'TCP_FASTOPEN', 16)), 'data with the first segment'],
  ['TCP_QUICKACK', on(tcp, option('IPPROTO_TCP', 'TCP_QUICKACK', 1)), 'Linux'],
  ['TCP_USER_TIMEOUT', on(tcp, option('IPPROTO_TCP', 'TCP_USER_TIMEOUT', 1000)), 'Linux'],
  ['TCP_INFO', on(tcp, (sock) => void sock.getOption('tcpInfo')), 'round trips, retransmissions'],
  ['UDP_SEGMENT', on(udp, option('IPPROTO_UDP', 'UDP_SEGMENT', 1200)), 'GSO: the kernel cuts; Linux 4.18'],
  ['UDP_GRO', on(udp, option('IPPROTO_UDP', 'UDP_GRO', 1)), 'and joins; Linux 5.0'],
  ['MSG_ZEROCOPY', on(udp, option('SOL_SOCKET', 'SO_ZEROCOPY', 1)), 'sends without a copy; Linux'],
  ['SO_TIMESTAMPNS', on(udp, option('SOL_SOCKET', 'SO_TIMESTAMPNS', 1)), 'when a datagram came; Linux'],
  ['SO_BUSY_POLL', on(udp, option('SOL_SOCKET', 'SO_BUSY_POLL', 50)), 'Linux; needs CAP_NET_ADMIN'],
  ['SO_MARK', on(udp, option('SOL_SOCKET', 'SO_MARK', 1)), 'Linux; needs CAP_NET_ADMIN'],
]

const findings = (rows: typeof FAMILIES): Finding[] =>
  rows.map(([name, probe, note]) => {
    const code = codeOf(probe)
    return { name, available: code === null, code, note }
  })

/** Families, types and protocols, each by a socket of it. */
export const families = (): Finding[] => findings(FAMILIES)

/** The engine that a thread gets which asks for io_uring; `''` where it cannot even ask. */
async function engineOfThread(): Promise<string> {
  const index = JSON.stringify(pathToFileURL(join(packageFolder(), 'dist/index.js')).href)
  const code = `import(${index}).then(({ setengine }) => require('node:worker_threads').parentPort.postMessage(setengine('io_uring')))`
  let worker: Worker | undefined
  try {
    worker = new Worker(code, { eval: true })
    const told = once(worker, 'message') as Promise<[string]>
    const ended = once(worker, 'exit').then(() => [''])
    return String((await Promise.race([told, ended]))[0])
  } catch {
    return ''
  } finally {
    await worker?.terminate()
  }
}

/** The other engine, which a thread chooses once: asked for in a thread that does nothing else. */
async function uring(): Promise<Finding> {
  const available = (await engineOfThread()) === 'io_uring'
  const note = 'the other engine of asynchronous calls; Linux, often forbidden'
  return { name: 'io_uring', available, code: available ? null : 'ENOTSUP', note }
}

/** Options, each by setting it, and engines. */
export const features = async (): Promise<Finding[]> => [...findings(FEATURES), await uring()]
