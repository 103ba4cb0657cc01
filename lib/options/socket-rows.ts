/** The options of every socket: SOL_SOCKET. See socket(7). */
import { flag, identifier, integer, integerOrNull, linger, rate, timeval, unsigned } from './codec.js'
import { deviceIndex, deviceName } from './interface.js'
import { option, readOnly, writeOnly } from './row.js'

export const socketRows = {
  reuseAddress: option(flag, ['SOL_SOCKET', 'SO_REUSEADDR'], 'bind to an address that earlier connections still hold'),
  reusePort: option(
    flag,
    ['SOL_SOCKET', 'SO_REUSEPORT'],
    'let several sockets bind to one address; Linux spreads connections and datagrams over them',
  ),
  broadcast: option(flag, ['SOL_SOCKET', 'SO_BROADCAST'], 'send to broadcast addresses'),
  keepAlive: option(flag, ['SOL_SOCKET', 'SO_KEEPALIVE'], 'probe idle connections'),
  linger: option(
    linger,
    ['SOL_SOCKET', 'SO_LINGER'],
    'how long `close` waits until what was sent is acknowledged; 0 resets the connection; `null`: `close` does not wait',
    { unit: 'seconds', macos: ['SOL_SOCKET', 'SO_LINGER_SEC'] },
  ),
  receiveTimeout: option(
    timeval,
    ['SOL_SOCKET', 'SO_RCVTIMEO'],
    'how long a blocking receive may wait in the kernel before `EAGAIN`; `null`: for ever. `settimeout` is another clock',
    { unit: 'seconds' },
  ),
  sendTimeout: option(timeval, ['SOL_SOCKET', 'SO_SNDTIMEO'], 'the same for sends and `connect`', { unit: 'seconds' }),
  receiveBufferSize: option(
    integer(0),
    ['SOL_SOCKET', 'SO_RCVBUF'],
    'room for what was not yet received; Linux answers twice what was set',
    { unit: 'bytes' },
  ),
  sendBufferSize: option(
    integer(0),
    ['SOL_SOCKET', 'SO_SNDBUF'],
    'room for what was not yet acknowledged; Linux answers twice what was set',
    { unit: 'bytes' },
  ),
  receiveBufferSizeForce: writeOnly(
    integer(0),
    ['SOL_SOCKET', 'SO_RCVBUFFORCE'],
    '`receiveBufferSize` past the limit of the system; privileged',
    { unit: 'bytes', macos: null },
  ),
  sendBufferSizeForce: writeOnly(
    integer(0),
    ['SOL_SOCKET', 'SO_SNDBUFFORCE'],
    '`sendBufferSize` past the limit of the system; privileged',
    { unit: 'bytes', macos: null },
  ),
  receiveLowWater: option(
    integer(1),
    ['SOL_SOCKET', 'SO_RCVLOWAT'],
    'how much must have arrived before a stream counts as readable',
    { unit: 'bytes' },
  ),
  error: readOnly(
    integer(0),
    ['SOL_SOCKET', 'SO_ERROR'],
    'the error that is pending, 0 for none; reading it takes it away',
    { unit: 'errno' },
  ),
  type: readOnly(integer(0), ['SOL_SOCKET', 'SO_TYPE'], 'the type, as the kernel has it', { unit: '`SOCK_*`' }),
  domain: readOnly(integer(0), ['SOL_SOCKET', 'SO_DOMAIN'], 'the address family, as the kernel has it', {
    unit: '`AF_*`',
    macos: null,
  }),
  protocol: readOnly(integer(0), ['SOL_SOCKET', 'SO_PROTOCOL'], 'the protocol, as the kernel has it', {
    unit: '`IPPROTO_*`',
    macos: null,
  }),
  accepting: readOnly(flag, ['SOL_SOCKET', 'SO_ACCEPTCONN'], 'whether the socket listens'),
  dontRoute: option(flag, ['SOL_SOCKET', 'SO_DONTROUTE'], 'send to hosts of directly connected networks only'),
  outOfBandInline: option(flag, ['SOL_SOCKET', 'SO_OOBINLINE'], 'leave urgent data in the stream'),
  bindToDevice: option(
    deviceName,
    ['SOL_SOCKET', 'SO_BINDTODEVICE'],
    'use one network interface only: set by name or index, read as a name',
    { macos: ['IPPROTO_IP', 'IP_BOUND_IF', deviceIndex], macosInet6: ['IPPROTO_IPV6', 'IPV6_BOUND_IF', deviceIndex] },
  ),
  mark: option(
    unsigned,
    ['SOL_SOCKET', 'SO_MARK'],
    'the mark of what is sent, for routing and packet filters; privileged',
    { macos: null },
  ),
  priority: option(
    integer(0),
    ['SOL_SOCKET', 'SO_PRIORITY'],
    'the queueing priority of what is sent; above 6 privileged',
    { macos: null },
  ),
  busyPoll: option(
    integer(0),
    ['SOL_SOCKET', 'SO_BUSY_POLL'],
    'how long a blocking receive may poll the device; raising it is privileged',
    { unit: 'microseconds', macos: null },
  ),
  incomingCpu: option(
    integerOrNull,
    ['SOL_SOCKET', 'SO_INCOMING_CPU'],
    'the CPU that packets came in on, `null` before the first; set: which of a `reusePort` group gets those of a CPU',
    { macos: null },
  ),
  zeroCopy: option(flag, ['SOL_SOCKET', 'SO_ZEROCOPY'], 'allow `MSG_ZEROCOPY`', { macos: null }),
  maxPacingRate: option(
    rate,
    ['SOL_SOCKET', 'SO_MAX_PACING_RATE'],
    'the fastest that TCP sends; `Infinity`: no limit',
    { unit: 'bytes per second', macos: null },
  ),
  peekOffset: option(
    integerOrNull,
    ['SOL_SOCKET', 'SO_PEEK_OFF'],
    'where the next `MSG_PEEK` begins, and how far it went; `null`: always at the front',
    { unit: 'bytes', macos: null },
  ),
  cookie: readOnly(identifier, ['SOL_SOCKET', 'SO_COOKIE'], 'a number that no other socket of this boot has', {
    macos: null,
  }),
  passCredentials: option(
    flag,
    ['SOL_SOCKET', 'SO_PASSCRED'],
    'receive `SCM_CREDENTIALS`: pid, uid and gid of the sender',
    { macos: null, manual: 'unix(7)' },
  ),
  passSecurity: option(flag, ['SOL_SOCKET', 'SO_PASSSEC'], 'receive `SCM_SECURITY`: the security label of the sender', {
    macos: null,
    manual: 'unix(7)',
  }),
  passPidfd: option(flag, ['SOL_SOCKET', 'SO_PASSPIDFD'], 'receive `SCM_PIDFD`: a descriptor of the sending process', {
    macos: null,
    manual: 'unix(7)',
  }),
  receiveTimestamp: option(
    flag,
    ['SOL_SOCKET', 'SO_TIMESTAMP'],
    'receive `SCM_TIMESTAMP`: when a datagram arrived, to the microsecond',
  ),
  receiveTimestampNs: option(
    flag,
    ['SOL_SOCKET', 'SO_TIMESTAMPNS'],
    'receive `SCM_TIMESTAMPNS`: when a datagram arrived, to the nanosecond',
    { macos: null },
  ),
  timestamping: option(
    integer(0),
    ['SOL_SOCKET', 'SO_TIMESTAMPING'],
    'receive `SCM_TIMESTAMPING`: which timestamps of hardware and software, of what is received and sent',
    { unit: '`SOF_TIMESTAMPING_*`', macos: null },
  ),
  receiveOverflow: option(
    flag,
    ['SOL_SOCKET', 'SO_RXQ_OVFL'],
    'receive the number of datagrams that were dropped because the queue was full',
    { macos: null },
  ),
  receiveMark: option(flag, ['SOL_SOCKET', 'SO_RCVMARK'], 'receive the mark of packets, as `SO_MARK`', { macos: null }),
}
