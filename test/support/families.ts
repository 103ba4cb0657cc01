/** What this kernel has of rarer protocols, and what this process may do with them. */
import { spawnSync } from 'node:child_process'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
} from 'berkeley'
import { WHERE_ALL_MAY_PING } from './icmp.js'

/** Whether there are sockets of a family, type and protocol, for this process. */
export function hasSocket(family: number | undefined, type: number, proto = 0): boolean {
  if (family === undefined) return false
  try {
    socket(family, type, proto).close()
    return true
  } catch {
    return false
  }
}

const [command = '', ...wrapper] = WHERE_ALL_MAY_PING

export const has = {
  rawIcmp: hasSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP),
  rawIcmp6: hasSocket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
  /** Whether a namespace can be made where everybody may ping. */
  ownNetwork: process.platform === 'linux' && spawnSync(command, [...wrapper, 'true']).status === 0,
  sctp: hasSocket(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
  sctpSeqpacket: hasSocket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP),
}
