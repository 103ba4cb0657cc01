/** Who is at the other end of a unix socket: SO_PEERCRED, LOCAL_PEERCRED. */

import { Fields } from '../ancillary/fields.js'
import type { Credentials } from '../ancillary/parts.js'
import { unsignedInts } from '../ancillary/structures.js'
import { native } from '../binding.js'
import { errorOf, socketError } from '../errors.js'
import {
  AF_UNIX,
  LOCAL_PEERCRED,
  LOCAL_PEERPID,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SOL_LOCAL,
  SOL_SOCKET,
} from '../generated/constants.js'
import { errno } from '../generated/errno.js'
import type { Handle } from '../handle.js'

/** Who connected, or who listened, when the connection was made. */
export interface PeerCredentials extends Credentials {
  /** The supplementary groups; on macOS with `gid` first, and at most 16. */
  groups: number[]
}

const SYSCALL = 'getpeereid'
/** What the kernel says of a socket that never had a peer. */
const NOBODY = 0xffffffff
/** Linux's NGROUPS_MAX, in bytes; most processes have a few. */
const MOST_GROUPS = 4 * 65_536
const FEW_GROUPS = 4 * 64

export function getpeereid(handle: Handle): PeerCredentials {
  if (handle.fd < 0) throw socketError('EBADF', SYSCALL)
  if (handle.family !== AF_UNIX) throw socketError('EOPNOTSUPP', SYSCALL)
  return SOL_LOCAL === undefined ? ofLinux(handle.fd) : ofMacos(handle.fd, SOL_LOCAL)
}

/** An option's bytes: at most `size`, or the negative result. */
function optionOf(fd: number, level: number, name: number | undefined, size: number): Fields | number {
  if (name === undefined) throw socketError('ENOPROTOOPT', SYSCALL)
  const value = new Uint8Array(size)
  const result = native.getsockoptBytes(fd, level, name, value)
  return result < 0 ? result : new Fields(value.subarray(0, result))
}

function checked(option: Fields | number): Fields {
  if (typeof option === 'number') throw errorOf(option, SYSCALL)
  return option
}

/** `struct ucred` of sys/socket.h, then an array of `gid_t`. */
function ofLinux(fd: number): PeerCredentials {
  const ucred = checked(optionOf(fd, SOL_SOCKET, SO_PEERCRED, 12))
  const uid = ucred.uint32(4)
  if (uid === NOBODY) throw socketError('ENOTCONN', SYSCALL)
  let groups = optionOf(fd, SOL_SOCKET, SO_PEERGROUPS, FEW_GROUPS)
  if (groups === -errno.ERANGE) groups = optionOf(fd, SOL_SOCKET, SO_PEERGROUPS, MOST_GROUPS)
  return { pid: ucred.int32(0), uid, gid: ucred.uint32(8), groups: unsignedInts(checked(groups)) }
}

/** `struct xucred` of sys/ucred.h: version, uid, number of groups (a short), 16 groups, the first of them the gid. */
function ofMacos(fd: number, level: number): PeerCredentials {
  const xucred = checked(optionOf(fd, level, LOCAL_PEERCRED, 76))
  const option = optionOf(fd, level, LOCAL_PEERPID, 4)
  // Once the peer is gone its process is not told any more, unlike the rest.
  const pid = option === -errno.ENOTCONN ? 0 : checked(option).int32(0)
  const count = Math.min(xucred.uint16(8), 16)
  const groups = Array.from({ length: count }, (_, index) => xucred.uint32(12 + 4 * index))
  return { pid, uid: xucred.uint32(4), gid: xucred.uint32(12), groups }
}
