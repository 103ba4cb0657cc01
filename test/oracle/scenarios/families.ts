/** AF_NETLINK, AF_PACKET, AF_VSOCK: what their addresses take and give. */
import {
  bytes,
  call,
  constant,
  differs,
  error,
  fails,
  hex,
  kind,
  outOfRange,
  prepare,
  ref,
  type Scenario,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Step,
  value,
} from '../notation.js'
import { SAFETY_SECONDS } from './common.js'

const AF_NETLINK = constant('AF_NETLINK')
const AF_PACKET = constant('AF_PACKET')
const AF_VSOCK = constant('AF_VSOCK')
const ANY = constant('VMADDR_CID_ANY')
const ANY_PORT = constant('VMADDR_PORT_ANY')
/** For experiments of one's own, of IEEE 802. */
const ETHERTYPE = 0x88b6
const NOWHERE = hex('00', 6)

const route = (name: string): Step[] =>
  prepare(
    call(`${name} = socket`, AF_NETLINK, constant('SOCK_RAW'), constant('NETLINK_ROUTE')),
    call(`${name}.settimeout`, SAFETY_SECONDS),
  )
const packet = (name: string): Step[] =>
  prepare(call(`${name} = socket`, AF_PACKET, SOCK_DGRAM), call(`${name}.settimeout`, SAFETY_SECONDS))
const vsock = (name: string): Step[] => prepare(call(`${name} = socket`, AF_VSOCK, SOCK_STREAM))

/** A number of 32 bits that the kernel chose. */
const chosen = (at: string, step: Step): Step => kind('descriptor', at, step)

/** What CPython cuts to 32 bits, and this package to those that can be meant. */
const TOO_MANY_BITS = 'CPython drops all but the lower 32 bits, which is another address than the one given'
const EMPTY_NAME = 'what comes out of an unbound socket goes in again'

export const families: Scenario[] = [
  {
    name: 'netlink addresses',
    needs: ['linux'],
    steps: [
      ...route('s'),
      call('s.getsockname'),
      call('s.getpeername'),
      call('s.bind', [0, 0]),
      chosen('0', call('s.getsockname')),
      ...route('t'),
      call('t.bind', [0xfffffff3, 0x80000000]),
      call('t.getsockname'),
      ...route('u'),
      fails('EADDRINUSE', call('u.bind', [0xfffffff3, 0])),
      call('u.bind', [-14, 0]),
      call('u.getsockname'),
      ...route('v'),
      fails('TypeError', call('v.bind', [0])),
      fails('TypeError', call('v.bind', [0, 0, 0])),
      fails('TypeError', call('v.bind', 'x')),
      fails('TypeError', call('v.bind', null)),
      fails('TypeError', call('v.bind', ['0', 0])),
      fails('TypeError', call('v.bind', [0, null])),
      differs(call('v.bind', [2 ** 32 + 0xfffffff4, 0]), value(null), error('RangeError'), TOO_MANY_BITS),
    ],
  },
  {
    name: 'netlink messages to the kernel and to each other',
    needs: ['linux'],
    steps: [
      ...route('s'),
      // A request that asks for an acknowledgement and for nothing else: NLMSG_NOOP with NLM_F_REQUEST | NLM_F_ACK.
      call('s.sendto', hex('10000000010005000100000000000000'), [0, 0]),
      // The length of what comes back, by whom.
      call('s.recvfrom', 4),
      ...route('t'),
      call('t.bind', [0xffffffe3, 0]),
      call('s.sendto', bytes('hello'), [0xffffffe3, 0]),
      { ...call('t.recvfrom', 10), kinds: { '1.0': 'descriptor' } },
      call('s.connect', [0xffffffe3, 0]),
      call('s.getpeername'),
      call('s.connect_ex', [0, 0]),
      call('s.getpeername'),
      fails('TypeError', call('s.sendto', bytes('x'), [1])),
    ],
  },
  {
    name: 'packet addresses',
    needs: ['linux', 'packet'],
    steps: [
      ...packet('s'),
      call('s.getsockname'),
      call('s.bind', ['lo', ETHERTYPE]),
      call('s.getsockname'),
      call('s.bind', ['lo', 0, 4, 1, NOWHERE]),
      call('s.getsockname'),
      fails('ENODEV', call('s.bind', ['no-such-link', ETHERTYPE])),
      fails('ENODEV', call('s.bind', ['no-such-link', 70_000])),
      fails('ENODEV', call('s.bind', ['a name that is longer than any', 0])),
      differs(call('s.bind', ['', ETHERTYPE]), error('ENODEV'), value(null), EMPTY_NAME),
      outOfRange(call('s.bind', ['lo', 70_000])),
      outOfRange(call('s.bind', ['lo', -1])),
      outOfRange(call('s.bind', ['lo', 0, 0, 0, hex('00', 9)])),
      fails('TypeError', call('s.bind', ['lo'])),
      fails('TypeError', call('s.bind', ['lo', '0'])),
      fails('TypeError', call('s.bind', ['lo', 0, 0, 0, NOWHERE, 0])),
      fails('TypeError', call('s.bind', ['lo', 0, 0, 0, 0])),
      fails('TypeError', call('s.bind', [1, 0])),
      fails('TypeError', call('s.bind', 'lo')),
      fails('EOPNOTSUPP', call('s.getpeername')),
      fails('EOPNOTSUPP', call('s.connect', ['lo', ETHERTYPE])),
      call('s.close'),
      fails('EBADF', call('s.bind', ['lo', ETHERTYPE])),
    ],
  },
  {
    name: 'packets over loopback',
    needs: ['linux', 'packet'],
    steps: [
      ...packet('s'),
      call('s.bind', ['lo', ETHERTYPE]),
      ...packet('t'),
      call('t.sendto', bytes('hello'), ['lo', ETHERTYPE, 0, 0, NOWHERE]),
      call('data, sender = s.recvfrom', 100),
      call('t.sendto', bytes('again'), ref('sender')),
      call('s.recvfrom', 100),
      call('t.sendto', bytes('once more'), ['lo', ETHERTYPE]),
      call('s.recv', 100),
      fails('ENODEV', call('t.sendto', bytes('x'), ['no-such-link', ETHERTYPE])),
    ],
  },
  {
    name: 'vsock addresses',
    needs: ['linux', 'vsock'],
    steps: [
      ...vsock('s'),
      call('s.getsockname'),
      call('s.bind', [ANY, ANY_PORT]),
      chosen('1', call('name = s.getsockname')),
      ...vsock('t'),
      fails('EADDRINUSE', call('t.bind', ref('name'))),
      call('t.bind', [-1, 0xffffff13]),
      call('t.getsockname'),
      fails('EINVAL', call('t.bind', [ANY, 0xffffff14])),
      call('t.listen', 1),
      ...vsock('u'),
      fails('EADDRNOTAVAIL', call('u.bind', [7777, 1])),
      fails('TypeError', call('u.bind', [1])),
      fails('TypeError', call('u.bind', ['1', 1])),
      fails('TypeError', call('u.bind', 1)),
      fails('TypeError', call('u.connect', [1, 2, 3])),
      fails('ENOTCONN', call('u.getpeername')),
    ],
  },
]
