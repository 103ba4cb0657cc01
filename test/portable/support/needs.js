/** What a test may need of a machine. Each is probed, once, and what is missing is told. */
import { existsSync } from 'node:fs'
import * as berkeley from 'berkeley'
import * as select from 'berkeley/select'
import { runtime } from './runtime.js'

const { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, socket, socketpair } = berkeley

/**
 * @param {string} what
 * @param {() => unknown} probe throws, or answers false, where it cannot be had
 * @returns {string | undefined}
 */
function tried(what, probe) {
  try {
    return probe() === false ? what : undefined
  } catch (error) {
    return `${what}: ${error instanceof Error ? error.message : error}`
  }
}

/**
 * Whether there are sockets of a family.
 * @param {string} what @param {number | undefined} family @param {number | undefined} type @param {number} [proto]
 */
const opened = (what, family, type, proto = 0) =>
  tried(what, () => {
    if (family === undefined || type === undefined) return false
    socket(family, type, proto).close()
    return true
  })

const linux = () => (process.platform === 'linux' ? undefined : 'needs Linux')
const kqueue = () => tried('no kqueue', () => select.kqueue().close())

/** By name: why it cannot be had, or undefined. */
const probes = {
  linux,
  ipv6: () =>
    tried('no IPv6 on loopback', () => {
      const probe = socket(AF_INET6)
      try {
        probe.bind(['::1', 0])
      } finally {
        probe.close()
      }
    }),
  abstract: () =>
    tried('no abstract names', () => {
      const probe = socket(AF_UNIX)
      try {
        probe.bind(`\0berkeley-probe-${process.pid}`)
        return Buffer.isBuffer(probe.getsockname())
      } finally {
        probe.close()
      }
    }),
  seqpacket: () =>
    tried('no SOCK_SEQPACKET', () => {
      if (SOCK_SEQPACKET === undefined) return false
      for (const end of socketpair(AF_UNIX, SOCK_SEQPACKET)) end.close()
      return true
    }),
  typeFlags: () =>
    tried('no SOCK_NONBLOCK', () => {
      const { SOCK_NONBLOCK } = berkeley
      if (SOCK_NONBLOCK === undefined) return false
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK).close()
      return true
    }),
  netlink: () => opened('no netlink', berkeley.AF_NETLINK, SOCK_RAW),
  rawSockets: () => opened('no raw sockets', AF_INET, SOCK_RAW, berkeley.IPPROTO_ICMP),
  vsock: () => opened('no vsock', berkeley.AF_VSOCK, SOCK_STREAM),
  /** An emulator may know how to attach one, and no more. */
  detachFilter: () =>
    tried('no filter can be taken away', () => {
      const probe = socket(AF_INET, SOCK_DGRAM)
      try {
        probe.attachFilter([[0x06, 0, 0, 0]])
        probe.detachFilter()
      } finally {
        probe.close()
      }
    }),
  alg: () => opened('no AF_ALG', berkeley.AF_ALG, SOCK_SEQPACKET),
  multicast: () =>
    tried('no multicast on loopback', () => {
      const probe = socket(AF_INET, SOCK_DGRAM)
      const [, loopback = ''] = berkeley.ifNameindex().find(([, name]) => /^lo\d*$/.test(name)) ?? []
      try {
        probe.addMembership({ group: '239.255.77.8', interface: loopback })
      } finally {
        probe.close()
      }
    }),
  /** What completes a send with MSG_ZEROCOPY: kqueue, which tests on Linux have over epoll, does not tell; macOS copies. */
  completions: () =>
    linux() === undefined && kqueue() === undefined ? 'no system has MSG_ZEROCOPY and kqueue' : undefined,
  datagramsWait: () =>
    tried('datagrams to a full unix socket do not wait', () => {
      const [first, second] = socketpair(AF_UNIX, SOCK_DGRAM)
      first.setblocking(false)
      try {
        for (;;) first.send('x')
      } catch (error) {
        return /** @type {NodeJS.ErrnoException} */ (error).code === 'EAGAIN'
      } finally {
        first.close()
        second.close()
      }
    }),
  epoll: () => tried('no epoll', () => select.epoll().close()),
  kqueue,
  fdinfo: () => (existsSync('/proc/self/fdinfo/0') ? undefined : 'no /proc/self/fdinfo'),
  gc: () => (typeof globalThis.gc === 'function' || runtime === 'bun' ? undefined : 'no gc() here'),
}

/** @typedef {keyof typeof probes} Need */

/** @type {Map<string, string | undefined>} */
const known = new Map()

/**
 * Why one of them cannot be had.
 * @param {readonly string[]} needs
 * @returns {string | undefined} undefined where all are there
 */
export function missing(needs) {
  for (const need of needs) {
    if (!known.has(need)) known.set(need, probes[/** @type {Need} */ (need)]())
    const reason = known.get(need)
    if (reason !== undefined) return reason
  }
  return undefined
}
