/**
 * What the rules of translation do not tell of the names of Python's modules: names that are others here, and why some are
 * absent. Keys are `module.name` or `module.class.member`.
 */

/** Where a module's names are imported from. @type {Readonly<Record<string, string>>} */
export const imports = {
  socket: 'berkeley',
  select: 'berkeley/select',
  selectors: 'berkeley/selectors',
  socketserver: 'berkeley/socketserver',
}

/** Names that no rule makes. `from` is where another module's name has its import. @type {Readonly<Record<string, { ours: string, from?: string }>>} */
export const renamed = {
  'socket.socket': { ours: 'Socket' },
  'socket.error': { ours: 'SocketError' },
  'socket.gaierror': { ours: 'GaiError' },
  'socket.herror': { ours: 'HostError' },
  'socket.timeout': { ours: 'SocketTimeoutError' },
  'socket.has_ipv6': { ours: 'hasIPv6' },
  'socket.has_dualstack_ipv6': { ours: 'hasDualstackIPv6' },
  'socket.EBADF': { ours: 'errno.EBADF' },
  'socket.EAGAIN': { ours: 'errno.EAGAIN' },
  'socket.EWOULDBLOCK': { ours: 'errno.EWOULDBLOCK' },
  'select.epoll': { ours: 'Epoll' },
  'select.kqueue': { ours: 'Kqueue' },
  'select.kevent': { ours: 'Kevent' },
  'select.poll object': { ours: 'Poll' },
  'select.error': { ours: 'SocketError', from: 'berkeley' },
}

const WINDOWS = 'Windows has it; this package is for Linux and macOS'
const SOLARIS = 'Solaris has it; this package is for Linux and macOS'
const BSD = 'FreeBSD, NetBSD, OpenBSD or DragonFly has it; this package is for Linux and macOS'
const GONE = 'no header of Linux or macOS defines it'
const ENUMERATION = 'numbers are plain numbers; TypeScript has types for their kinds'
const FORKING = 'a Node process cannot fork: its threads would be missing in the child'

/** Why a name is absent. @type {Readonly<Record<string, string>>} */
const reasons = {
  'socket.AddressFamily': ENUMERATION,
  'socket.AddressInfo': ENUMERATION,
  'socket.MsgFlag': ENUMERATION,
  'socket.SocketKind': ENUMERATION,
  'socket.SocketIO': "the raw half of `makefile`: `sock.makefile('rwb', { buffering: 0 })` is what it is for",
  'socket.SocketType': 'the half of the class that is written in C; `Socket` is one class',
  'socket.CAPI': 'for extensions of CPython in C',
  'socket.errorTab': WINDOWS,
  'socket.fromshare': WINDOWS,
  'socket.socket.ioctl': WINDOWS,
  'socket.socket.share': WINDOWS,
  'socket.socket.timeout': '`gettimeout()` tells it',
  'socket.BDADDR_ANY': "a text: `'00:00:00:00:00:00'`",
  'socket.BDADDR_LOCAL': "a text: `'00:00:00:FF:FF:FF'`",
  'select.devpoll': SOLARIS,
  'select.devpoll object': SOLARIS,
  'selectors.DevpollSelector': SOLARIS,
  'socketserver.ThreadingMixIn':
    'a handler must be named by its module to cross threads: see `ThreadingTCPServer` and its kin',
  'socketserver.ForkingMixIn': FORKING,
  'socketserver.ForkingTCPServer': FORKING,
  'socketserver.ForkingUDPServer': FORKING,
  'socketserver.ForkingUnixDatagramServer': FORKING,
  'socketserver.ForkingUnixStreamServer': FORKING,
}

/** Why names are absent, by what they begin with or are. @type {readonly (readonly [pattern: RegExp, reason: string])[]} */
const reasonsOfMany = [
  [/^socket\.(AF_HYPERV|HV_|HVSOCKET_|SIO_|RCVALL_|SO_BTH_|SO_EXCLUSIVEADDRUSE$|IPPROTO_(ICLFXBM|CBT)$)/, WINDOWS],
  [/^socket\.(AF|PF)_DIVERT$|^socket\.SO_(REUSEPORT_LB|SETFIB|USER_COOKIE|RTABLE|L2CAP_|RFCOMM_|SCO_|HCI_)/, BSD],
  [/^socket\.(LOCAL_CREDS|LOCAL_CREDS_PERSISTENT|SCM_CREDS2|MSG_BCAST|MSG_MCAST|IPPROTO_VRRP)$/, BSD],
  [/^socket\.(AF_AAL5|IPX_TYPE|MSG_BTAG|MSG_ETAG|RDS_CMSG_RDMA_UPDATE|IPPROTO_(BIP|MOBILE))$/, GONE],
  [/^socket\.NETLINK_(SKIP|W1|TCPDIAG|ARPD|ROUTE6|TAPBASE)$/, GONE],
]

/** Why a name is absent; `undefined` where it is not. @param {string} key @returns {string | undefined} */
export const reasonFor = (key) => reasons[key] ?? reasonsOfMany.find(([pattern]) => pattern.test(key))?.[1]

/** The names that have a reason of their own. */
export const reasoned = Object.keys(reasons)
