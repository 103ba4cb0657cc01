/**
 * What the tests know of each option: a socket that has it, a value that is not its first one, and how CPython sees
 * what was set: an expression of `s` and its value.
 */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_RAW,
  IPPROTO_UDPLITE,
  type Protocol,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type Socket,
  type SocketOptions,
  type SocketOptionsIn,
  socket,
} from 'berkeley'

export const tcp = (): Socket => socket()
export const tcp6 = (): Socket => socket(AF_INET6)
export const udp = (): Socket => socket(AF_INET, SOCK_DGRAM)
export const udp6 = (): Socket => socket(AF_INET6, SOCK_DGRAM)
export const unix = (): Socket => socket(AF_UNIX, SOCK_DGRAM)
export const raw = (): Socket => socket(AF_INET, SOCK_RAW, IPPROTO_RAW)
export const udpLite = (): Socket => socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE as Protocol)
export const unixStream = (): Socket => socket(AF_UNIX, SOCK_STREAM)

/** What tests need to know of a machine before they set an option. */
export type Need = 'root' | 'bindIPv6' | 'udpLite' | 'interface'

export interface Case {
  readonly name: keyof SocketOptions & keyof SocketOptionsIn
  readonly make: () => Socket
  readonly value: SocketOptionsIn[keyof SocketOptionsIn]
  /** What `getOption` gives then, where it is not the value. */
  readonly answer?: SocketOptions[keyof SocketOptions]
  /** Of CPython: an expression over `s`, and what it gives. */
  readonly python: string
  readonly seen: unknown
  readonly needs?: readonly Need[]
}

/** A number of CPython's module, or of Linux's headers where it lacks the name. */
function int(level: string, option: string | number): string {
  return `s.getsockopt(${level}, ${option})`
}
const SOL = 'socket.SOL_SOCKET'
const TCP = 'socket.IPPROTO_TCP'
const IP = 'socket.IPPROTO_IP'
const IP6 = 'socket.IPPROTO_IPV6'
const UDP = 'socket.IPPROTO_UDP'
const so = (name: string) => int(SOL, `socket.${name}`)
const bytes = (format: string, level: string, option: string | number, size: number) =>
  `struct.unpack('${format}', s.getsockopt(${level}, ${option}, ${size}))`
const text = (level: string, option: string) => `s.getsockopt(${level}, socket.${option}, 16).split(b'\\0')[0].decode()`

type Particulars = Pick<Case, 'answer' | 'needs'>

function one<K extends keyof SocketOptions & keyof SocketOptionsIn>(
  name: K,
  make: () => Socket,
  value: SocketOptionsIn[K],
  python: string,
  seen: unknown,
  particulars: Particulars = {},
): Case {
  return { name, make, value, python, seen, ...particulars }
}

const ipv6 = { needs: ['bindIPv6'] } as const
const root = { needs: ['root'] } as const

const ofSockets: readonly Case[] = [
  one('reuseAddress', tcp, true, so('SO_REUSEADDR'), 1),
  one('reusePort', udp, true, so('SO_REUSEPORT'), 1),
  one('broadcast', udp, true, so('SO_BROADCAST'), 1),
  one('keepAlive', tcp, true, so('SO_KEEPALIVE'), 1),
  one('linger', tcp, 7, bytes('ii', SOL, 'socket.SO_LINGER', 8), [1, 7]),
  one('linger', tcp, 0, bytes('ii', SOL, 'socket.SO_LINGER', 8), [1, 0]),
  one('receiveTimeout', tcp, 2.5, bytes('ll', SOL, 'socket.SO_RCVTIMEO', 16), [2, 500_000]),
  one('sendTimeout', unixStream, 0.2, bytes('ll', SOL, 'socket.SO_SNDTIMEO', 16), [0, 200_000]),
  one('receiveBufferSize', tcp, 10_000, so('SO_RCVBUF'), 20_000, { answer: 20_000 }),
  one('sendBufferSize', udp, 10_000, so('SO_SNDBUF'), 20_000, { answer: 20_000 }),
  one('receiveLowWater', tcp, 100, so('SO_RCVLOWAT'), 100),
  one('dontRoute', udp, true, so('SO_DONTROUTE'), 1),
  one('outOfBandInline', tcp, true, so('SO_OOBINLINE'), 1),
  one('bindToDevice', udp, 'lo', text(SOL, 'SO_BINDTODEVICE'), 'lo', { needs: ['interface'] }),
  one('mark', udp, 0xfedcba98, so('SO_MARK'), 0xfedcba98 | 0, root),
  one('priority', udp, 3, so('SO_PRIORITY'), 3),
  one('busyPoll', udp, 50, int(SOL, 46), 50, root),
  one('incomingCpu', tcp, 1, so('SO_INCOMING_CPU'), 1),
  one('zeroCopy', tcp, true, int(SOL, 60), 1),
  one('maxPacingRate', tcp, 5e9, bytes('Q', SOL, 47, 8), [5e9]),
  one('peekOffset', unix, 10, int(SOL, 42), 10),
  one('passCredentials', unix, true, so('SO_PASSCRED'), 1),
  one('passSecurity', unix, true, so('SO_PASSSEC'), 1),
  one('passPidfd', unix, true, int(SOL, 76), 1),
  one('receiveTimestamp', udp, true, int(SOL, 29), 1),
  one('receiveTimestampNs', udp, true, int(SOL, 35), 1),
  one('timestamping', udp, 0x18, int(SOL, 37), 0x18),
  one('receiveOverflow', udp, true, int(SOL, 40), 1),
  one('receiveMark', udp, true, int(SOL, 75), 1),
]

const ofTransports: readonly Case[] = [
  one('noDelay', tcp, true, int(TCP, 'socket.TCP_NODELAY'), 1),
  one('cork', tcp, true, int(TCP, 'socket.TCP_CORK'), 1),
  one('quickAck', tcp, false, int(TCP, 'socket.TCP_QUICKACK'), 0),
  one('keepAliveIdle', tcp, 100, int(TCP, 'socket.TCP_KEEPIDLE'), 100),
  one('keepAliveInterval', tcp, 11, int(TCP, 'socket.TCP_KEEPINTVL'), 11),
  one('keepAliveCount', tcp, 5, int(TCP, 'socket.TCP_KEEPCNT'), 5),
  one('userTimeout', tcp, 2.5, int(TCP, 'socket.TCP_USER_TIMEOUT'), 2500),
  one('userTimeout', tcp, 0.0001, int(TCP, 'socket.TCP_USER_TIMEOUT'), 1, { answer: 0.001 }),
  one('congestionControl', tcp, 'reno', text(TCP, 'TCP_CONGESTION'), 'reno'),
  one('fastOpen', tcp, 16, int(TCP, 'socket.TCP_FASTOPEN'), 16),
  one('fastOpenConnect', tcp, true, int(TCP, 30), 1),
  one('deferAccept', tcp, 5, int(TCP, 'socket.TCP_DEFER_ACCEPT'), 7, { answer: 7 }),
  one('maxSegmentSize', tcp, 1000, int(TCP, 'socket.TCP_MAXSEG'), 1000),
  one('notSentLowWater', tcp, 4_000_000_000, int(TCP, 'socket.TCP_NOTSENT_LOWAT'), 4_000_000_000 | 0),
  one('receiveInQueue', tcp, true, int(TCP, 36), 1),
  one('udpSegment', udp, 1200, int(UDP, 103), 1200),
  one('udpGro', udp, true, int(UDP, 104), 1),
  one('udpCork', udp, true, int(UDP, 1), 1),
  one('sendChecksumCoverage', udpLite, 20, int('socket.IPPROTO_UDPLITE', 10), 20, { needs: ['udpLite'] }),
  one('receiveChecksumCoverage', udpLite, 16, int('socket.IPPROTO_UDPLITE', 11), 16, { needs: ['udpLite'] }),
]

const ofIp: readonly Case[] = [
  one('ttl', udp, 33, int(IP, 'socket.IP_TTL'), 33),
  one('unicastHops', udp6, 33, int(IP6, 'socket.IPV6_UNICAST_HOPS'), 33, ipv6),
  one('minTtl', tcp, 3, int(IP, 21), 3),
  one('minHopCount', tcp6, 3, int(IP6, 73), 3, ipv6),
  one('typeOfService', udp, 0xb8, int(IP, 'socket.IP_TOS'), 0xb8),
  one('trafficClass', udp6, 0xb8, int(IP6, 'socket.IPV6_TCLASS'), 0xb8, ipv6),
  one('multicastTtl', udp, 9, int(IP, 'socket.IP_MULTICAST_TTL'), 9),
  one('multicastHops', udp6, 9, int(IP6, 'socket.IPV6_MULTICAST_HOPS'), 9, ipv6),
  one('multicastLoop', udp, false, int(IP, 'socket.IP_MULTICAST_LOOP'), 0),
  one('multicastLoop', udp6, false, int(IP6, 'socket.IPV6_MULTICAST_LOOP'), 0, ipv6),
  one('multicastInterface', udp, '127.0.0.1', `s.getsockopt(${IP}, socket.IP_MULTICAST_IF, 4).hex()`, '7f000001'),
  one('multicastInterface', udp6, 'lo', int(IP6, 'socket.IPV6_MULTICAST_IF'), 1, { needs: ['bindIPv6', 'interface'] }),
  one('multicastAll', udp, false, int(IP, 49), 0),
  one('multicastAll', udp6, false, int(IP6, 29), 0, ipv6),
  one('v6Only', tcp6, true, int(IP6, 'socket.IPV6_V6ONLY'), 1, ipv6),
  one('transparent', tcp, true, int(IP, 19), 1, root),
  one('transparent', tcp6, true, int(IP6, 75), 1, { needs: ['root', 'bindIPv6'] }),
  one('freeBind', tcp, true, int(IP, 15), 1),
  one('freeBind', tcp6, true, int(IP6, 78), 1, ipv6),
  one('bindAddressNoPort', tcp, true, int(IP, 24), 1),
  one('localPortRange', tcp, [40_000, 50_000], `s.getsockopt(${IP}, 51) & 0xffffffff`, 40_000 + 50_000 * 65_536),
  one('mtuDiscover', udp, 2, int(IP, 10), 2),
  one('mtuDiscover', udp6, 3, int(IP6, 23), 3, ipv6),
  one('headerIncluded', raw, false, int(IP, 'socket.IP_HDRINCL'), 0, root),
  one('receivePacketInfo', udp, true, int(IP, 8), 1),
  one('receivePacketInfo', udp6, true, int(IP6, 'socket.IPV6_RECVPKTINFO'), 1, ipv6),
  one('receiveTtl', udp, true, int(IP, 12), 1),
  one('receiveHopLimit', udp6, true, int(IP6, 'socket.IPV6_RECVHOPLIMIT'), 1, ipv6),
  one('receiveTos', udp, true, int(IP, 'socket.IP_RECVTOS'), 1),
  one('receiveTrafficClass', udp6, true, int(IP6, 'socket.IPV6_RECVTCLASS'), 1, ipv6),
  one('receiveErrors', udp, true, int(IP, 11), 1),
  one('receiveErrors', udp6, true, int(IP6, 25), 1, ipv6),
  one('receiveOriginalDestination', udp, true, int(IP, 20), 1),
  one('receiveOriginalDestination', udp6, true, int(IP6, 74), 1, ipv6),
  one('receiveFragmentSize', udp, true, int(IP, 25), 1),
  one('receiveFragmentSize', udp6, true, int(IP6, 77), 1, ipv6),
]

export const cases: readonly Case[] = [...ofSockets, ...ofTransports, ...ofIp]
