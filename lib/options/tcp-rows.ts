/** The options of TCP and UDP. See tcp(7), udp(7). */
import { flag, integer, milliseconds, text, unsigned } from './codec.js'
import { option, readOnly } from './row.js'
import { connectionInfo, tcpInfo } from './tcp-info.js'

export const tcpRows = {
  noDelay: option(flag, ['IPPROTO_TCP', 'TCP_NODELAY'], 'send small pieces at once (no Nagle algorithm)'),
  cork: option(
    flag,
    ['IPPROTO_TCP', 'TCP_CORK'],
    'hold incomplete segments back, at most 200 ms, until it is off again',
    { macos: null },
  ),
  noPush: option(flag, null, 'hold incomplete segments back', {
    macos: ['IPPROTO_TCP', 'TCP_NOPUSH'],
    manual: 'tcp(4)',
  }),
  quickAck: option(flag, ['IPPROTO_TCP', 'TCP_QUICKACK'], 'acknowledge at once; TCP may go back by itself', {
    macos: null,
  }),
  keepAliveIdle: option(
    integer(1, 32767),
    ['IPPROTO_TCP', 'TCP_KEEPIDLE'],
    'how long a connection is idle before the first probe',
    { unit: 'seconds', macos: ['IPPROTO_TCP', 'TCP_KEEPALIVE'] },
  ),
  keepAliveInterval: option(integer(1, 32767), ['IPPROTO_TCP', 'TCP_KEEPINTVL'], 'how long from probe to probe', {
    unit: 'seconds',
  }),
  keepAliveCount: option(
    integer(1, 127),
    ['IPPROTO_TCP', 'TCP_KEEPCNT'],
    'how many unanswered probes end a connection',
    { unit: 'probes' },
  ),
  userTimeout: option(
    milliseconds,
    ['IPPROTO_TCP', 'TCP_USER_TIMEOUT'],
    'how long data may stay unacknowledged before the connection ends; milliseconds count; `null`: the default',
    { unit: 'seconds', macos: null },
  ),
  congestionControl: option(
    text(15),
    ['IPPROTO_TCP', 'TCP_CONGESTION'],
    "the algorithm, such as `'cubic'` or `'reno'`",
    { macos: null },
  ),
  fastOpen: option(
    integer(0),
    ['IPPROTO_TCP', 'TCP_FASTOPEN'],
    'of a listener: how many may come with data and wait for their handshake; on macOS 1 or 0',
    { unit: 'connections' },
  ),
  fastOpenConnect: option(
    flag,
    ['IPPROTO_TCP', 'TCP_FASTOPEN_CONNECT'],
    '`connect` waits for the first data, to send it along',
    { macos: null },
  ),
  deferAccept: option(
    integer(0),
    ['IPPROTO_TCP', 'TCP_DEFER_ACCEPT'],
    'of a listener: accept when data has come, for so long; the kernel rounds up to the times of its retries',
    { unit: 'seconds', macos: null },
  ),
  maxSegmentSize: option(
    integer(0),
    ['IPPROTO_TCP', 'TCP_MAXSEG'],
    'the most data in a segment; once connected it is what was agreed',
    { unit: 'bytes' },
  ),
  notSentLowWater: option(
    unsigned,
    ['IPPROTO_TCP', 'TCP_NOTSENT_LOWAT'],
    'a stream is writable while less than this is not sent yet; 0: the default',
    { unit: 'bytes' },
  ),
  receiveInQueue: option(
    flag,
    ['IPPROTO_TCP', 'TCP_INQ'],
    'receive `TCP_CM_INQ`: how many bytes are left in the queue',
    { macos: null },
  ),
  tcpInfo: readOnly(tcpInfo, ['IPPROTO_TCP', 'TCP_INFO'], 'what TCP knows of the connection: [TcpInfo](#tcpinfo)', {
    macos: ['IPPROTO_TCP', 'TCP_CONNECTION_INFO', connectionInfo],
  }),
  udpSegment: option(
    integer(0, 65535),
    ['IPPROTO_UDP', 'UDP_SEGMENT'],
    'cut what is sent into datagrams of this size; 0: do not',
    { unit: 'bytes', macos: null },
  ),
  udpGro: option(
    flag,
    ['IPPROTO_UDP', 'UDP_GRO'],
    'receive several datagrams at once, and `UDP_GRO` with the size of each',
    { macos: null },
  ),
  udpCork: option(flag, ['IPPROTO_UDP', 'UDP_CORK'], 'gather what is sent into one datagram, until it is off again', {
    macos: null,
  }),
  sendChecksumCoverage: option(
    integer(0, 65535),
    ['SOL_UDPLITE', 'UDPLITE_SEND_CSCOV'],
    'of UDP-Lite: how much of a datagram the checksum covers, 0: all',
    { unit: 'bytes', macos: null, manual: 'udplite(7)' },
  ),
  receiveChecksumCoverage: option(
    integer(0, 65535),
    ['SOL_UDPLITE', 'UDPLITE_RECV_CSCOV'],
    'of UDP-Lite: the least that must be covered of what is received',
    { unit: 'bytes', macos: null, manual: 'udplite(7)' },
  ),
}
