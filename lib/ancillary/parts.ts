/** What is in ancillary data: what `decodeAncillary` gives and `encodeAncillary` takes. */
import type { Inet6Address, InetAddress } from '../address.js'
import type { AncillaryOut } from '../ancdata.js'

/** Who a process is. */
export interface Credentials {
  /** The process; 0 for one of a namespace that this process does not see. */
  pid: number
  /** The user. */
  uid: number
  /** The group. */
  gid: number
}

/** Where a datagram was sent to. */
export interface PacketInfo {
  /** The destination in the packet's header: an address of this machine, or a multicast or broadcast address. */
  address: string
  /** The interface that it came in by; 0 where the kernel does not say. */
  interfaceIndex: number
  /** The address of this machine that stands for `address`. IPv4 only. */
  localAddress?: string
}

/** Where a datagram shall go out. Takes a {@link PacketInfo} as it came, which sends the answer. */
export interface PacketInfoIn {
  /** The address to send from: a numeric IPv4 or IPv6 address of this machine; `null` or left out = the kernel's choice. */
  readonly address?: string | null | undefined
  /** The interface to send by; 0 or left out = as the routing table says. */
  readonly interfaceIndex?: number | undefined
  /** Goes before `address`. */
  readonly localAddress?: string | undefined
}

/** What was in the error queue: `struct sock_extended_err` of linux/errqueue.h. See ip(7), IP_RECVERR. */
export interface ExtendedError {
  /** The error, as `errno` lists it; 0 for a notice that is none. */
  errno: number
  /** Its name, such as `'ECONNREFUSED'`; `''` for 0. */
  code: string
  /** Who says so: `SO_EE_ORIGIN_LOCAL`, `SO_EE_ORIGIN_ICMP`, `SO_EE_ORIGIN_ICMP6`, `SO_EE_ORIGIN_ZEROCOPY`, ... */
  origin: number
  /** The type of the ICMP message. */
  type: number
  /** The code of the ICMP message; for other origins `SO_EE_CODE_*`. */
  icmpCode: number
  /** The kernel's `ee_info`: for `SO_EE_ORIGIN_TIMESTAMPING` which moment it was, `SCM_TSTAMP_*`. */
  info: number
  /** The kernel's `ee_data`: for `SO_EE_ORIGIN_TIMESTAMPING` the number of the send (`SOF_TIMESTAMPING_OPT_ID`). */
  data: number
  /** Who sent the ICMP message, with port 0; `null` where nobody did. */
  offender: InetAddress | Inet6Address | null
  /** With `EMSGSIZE`: the most bytes that the path takes at once. */
  mtu?: number
  /** Sends with `MSG_ZEROCOPY` whose memory is free again, counted from 0; `copied`: the kernel copied them after all. */
  zerocopy?: { first: number; last: number; copied: boolean }
  /** The transmit time that was missed or not valid, nanoseconds of the clock of SO_TXTIME. */
  transmitTime?: bigint
}

/** Ancillary data by what it means. Each field is there where a control message brought it. */
export interface Ancillary {
  /** Descriptors, which this process holds now and has to close. `SCM_RIGHTS`; see unix(7). */
  fds?: number[]
  /** The sender, checked by the kernel. `SCM_CREDENTIALS`, switched on by `SO_PASSCRED`; see unix(7). Linux. */
  credentials?: Credentials
  /** A descriptor of the sending process, to be closed. `SCM_PIDFD`, switched on by `SO_PASSPIDFD`. Linux 6.5. */
  pidfd?: number
  /** The sender's security label. `SCM_SECURITY`, switched on by `SO_PASSSEC`. Linux, with SELinux and the like. */
  security?: string
  /** Switched on by `IP_PKTINFO` or `IPV6_RECVPKTINFO`; on macOS by `IP_RECVDSTADDR` and `IP_RECVIF` too. */
  packetInfo?: PacketInfo
  /** The packet's time to live, 0 to 255. Switched on by `IP_RECVTTL`. */
  ttl?: number
  /** The packet's hop limit, 0 to 255. Switched on by `IPV6_RECVHOPLIMIT`. */
  hopLimit?: number
  /** The type of service: DSCP in the upper six bits, ECN in the lower two. Switched on by `IP_RECVTOS`. */
  tos?: number
  /** The same of IPv6. Switched on by `IPV6_RECVTCLASS`. */
  trafficClass?: number
  /** The ECN bits of `tos` or `trafficClass`: 0 = none, 1 and 2 = ECT(1) and ECT(0), 3 = congestion experienced. */
  ecn?: number
  /**
   * When the kernel had it, in nanoseconds since 1970, as exactly as the option asks: microseconds by `SO_TIMESTAMP`,
   * nanoseconds by `SO_TIMESTAMPNS` or `SO_TIMESTAMPING` (Linux).
   */
  timestamp?: bigint
  /** When the network card had it, nanoseconds of the card's clock. `SO_TIMESTAMPING`. Linux. */
  hardwareTimestamp?: bigint
  /** When the kernel had it, in units of mach_absolute_time(3). Switched on by `SO_TIMESTAMP_MONOTONIC`. macOS. */
  monotonicTimestamp?: bigint
  /** The datagrams that the data is made of, bytes each; the last may be shorter. Switched on by `UDP_GRO`. Linux. */
  segmentSize?: number
  /** How many messages the socket dropped so far for want of space, modulo 2³². Switched on by `SO_RXQ_OVFL`. Linux. */
  drops?: number
  /** The packet's mark. Switched on by `SO_RCVMARK`. Linux 5.19. */
  mark?: number
  /** How many bytes a TCP socket has left to receive. Switched on by `TCP_INQ`. Linux. */
  inq?: number
  /** Where the packet was sent to before a proxy had it. Switched on by `IP_RECVORIGDSTADDR` and its IPv6 twin. Linux. */
  originalDestination?: InetAddress | Inet6Address
  /** What was in the error queue, received with `MSG_ERRQUEUE`. Switched on by `IP_RECVERR` and the like. Linux. */
  errors?: ExtendedError[]
  /** Control messages of another kind, and those that are not as long as their kind is: as they came. */
  unknown: AncillaryOut[]
}

/** What to send with a message: each field becomes a control message. */
export interface AncillaryParts {
  /** Descriptors, of which the receiver gets duplicates. `SCM_RIGHTS`; see unix(7). */
  readonly fds?: readonly number[] | undefined
  /** This process's own; another's only with the right to. `SCM_CREDENTIALS`; see unix(7). Linux. */
  readonly credentials?: Readonly<Credentials> | undefined
  /** Where to send from. `IP_PKTINFO`, or `IPV6_PKTINFO` where the address is one. */
  readonly packetInfo?: PacketInfoIn | undefined
  /** 1 to 255. `IP_TTL`. Linux. */
  readonly ttl?: number | undefined
  /** 0 to 255. `IPV6_HOPLIMIT`. */
  readonly hopLimit?: number | undefined
  /** 0 to 255: DSCP and ECN. `IP_TOS`. Linux. */
  readonly tos?: number | undefined
  /** 0 to 255: DSCP and ECN. `IPV6_TCLASS`. */
  readonly trafficClass?: number | undefined
  /** The kernel cuts the data into datagrams of that many bytes, 1 to 65,535. `UDP_SEGMENT`; see udp(7). Linux. */
  readonly segmentSize?: number | undefined
  /** When it shall leave: nanoseconds of the clock that `SO_TXTIME` chose. `SCM_TXTIME`. Linux. */
  readonly transmitTime?: bigint | undefined
  /** The packet's mark; takes the right to. `SO_MARK`. Linux. */
  readonly mark?: number | undefined
  /** Which time stamps to take of this message: `SOF_TIMESTAMPING_TX_*`. `SO_TIMESTAMPING`. Linux. */
  readonly timestamping?: number | undefined
}
