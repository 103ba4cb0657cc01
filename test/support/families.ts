/** What this kernel has of rarer protocols, and what this process may do with them. */
import { spawnSync } from 'node:child_process'
import {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_SMC,
  AF_TIPC,
  AF_VSOCK,
  BTPROTO_HCI,
  BTPROTO_L2CAP,
  BTPROTO_RFCOMM,
  BTPROTO_SCO,
  CAN_BCM,
  CAN_ISOTP,
  CAN_J1939,
  CAN_RAW,
  errno,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_MPTCP,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
  ifNameindex,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  VMADDR_CID_LOCAL,
} from 'berkeley'
import { WHERE_ALL_MAY_PING } from './icmp.js'

/** Whether there are sockets of a family, type and protocol, for this process. */
export function hasSocket(family: number | undefined, type: number, proto: number | undefined = 0): boolean {
  if (family === undefined) return false
  try {
    socket(family, type, proto).close()
    return true
  } catch {
    return false
  }
}

/** Whether vsock leads back to this machine: then a port that nobody listens on refuses. */
function canConnectToItself(): boolean {
  if (AF_VSOCK === undefined || VMADDR_CID_LOCAL === undefined || !hasSocket(AF_VSOCK, SOCK_STREAM)) return false
  using sock = socket(AF_VSOCK, SOCK_STREAM)
  sock.settimeout(1)
  return sock.connect_ex([VMADDR_CID_LOCAL, 1]) === errno.ECONNRESET
}

/** Whether a network namespace can be made where everybody may ping. */
function canMakeNetwork(): boolean {
  const [command = '', ...args] = WHERE_ALL_MAY_PING
  return process.platform === 'linux' && spawnSync(command, [...args, 'true']).status === 0
}

/** A virtual bus that is up: `ip link add dev vcan0 type vcan && ip link set vcan0 up`. */
export const BUS = 'vcan0'

function hasBus(): boolean {
  return ifNameindex().some(([, name]) => name === BUS)
}

export const has = {
  rawIcmp: hasSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP),
  rawIcmp6: hasSocket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
  /** What takes its time is asked where it is used. */
  get ownNetwork() {
    return canMakeNetwork()
  },
  get vsockLoopback() {
    return canConnectToItself()
  },
  bus: hasBus(),
  alg: hasSocket(AF_ALG, SOCK_SEQPACKET),
  canBcm: hasSocket(AF_CAN, SOCK_DGRAM, CAN_BCM),
  sctp: hasSocket(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
  packet: hasSocket(AF_PACKET, SOCK_RAW),
  vsock: hasSocket(AF_VSOCK, SOCK_STREAM),
  canRaw: hasSocket(AF_CAN, SOCK_RAW, CAN_RAW),
  canIsotp: hasSocket(AF_CAN, SOCK_DGRAM, CAN_ISOTP),
  canJ1939: hasSocket(AF_CAN, SOCK_DGRAM, CAN_J1939),
  tipc: hasSocket(AF_TIPC, SOCK_RDM),
  rds: hasSocket(AF_RDS, SOCK_SEQPACKET),
  qipcrtr: hasSocket(AF_QIPCRTR, SOCK_DGRAM),
  l2cap: hasSocket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP),
  rfcomm: hasSocket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM),
  sco: hasSocket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO),
  hci: hasSocket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI),
  smc: hasSocket(AF_SMC, SOCK_STREAM),
  udplite: hasSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
  mptcp: hasSocket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
  sctpSeqpacket: hasSocket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP),
}
