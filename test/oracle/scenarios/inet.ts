/** Numeric addresses and byte order. */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  badValue,
  bytes,
  call,
  differs,
  error,
  fails,
  hex,
  notWhole,
  object,
  outOfRange,
  type Scenario,
  unnumbered,
} from '../notation.js'

const parses = (text: string) => [call('inet_aton', text)]
const refuses = (text: string) => unnumbered('EINVAL', call('inet_aton', text))

export const inet: Scenario[] = [
  {
    name: 'byte order',
    steps: [
      ...[0, 1, 0x1234, 0xff00, 0xffff].flatMap((number) => [call('htons', number), call('ntohs', number)]),
      ...[0, 1, 0x12345678, 0xff000000, 0xffffffff].flatMap((number) => [call('htonl', number), call('ntohl', number)]),
      ...['htons', 'ntohs'].flatMap((name) => [
        outOfRange(call(name, -1)),
        outOfRange(call(name, 0x10000)),
        outOfRange(call(name, 2 ** 40)),
        notWhole(call(name, 1.5)),
        fails('TypeError', call(name, '1')),
        fails('TypeError', call(name)),
      ]),
      ...['htonl', 'ntohl'].flatMap((name) => [
        outOfRange(call(name, -1)),
        outOfRange(call(name, 2 ** 32)),
        notWhole(call(name, 1.5)),
        fails('TypeError', call(name, null)),
        fails('TypeError', call(name)),
      ]),
    ],
  },
  {
    name: 'inet_aton',
    steps: [
      ...['127.0.0.1', '255.255.255.255', '0.0.0.0', '127.1', '127.0.1', '2130706433', '0x7f.1', '010.1.1.1'].flatMap(
        parses,
      ),
      ...['', ' ', 'localhost', '256.1.1.1', '1.2.3.4.5', '1.2.3.', '::1', 'x'].map(refuses),
      call('inet_aton', '127.0.0.1 trailing'),
      fails('TypeError', call('inet_aton', 5)),
      fails('TypeError', call('inet_aton', null)),
      fails('TypeError', call('inet_aton')),
      badValue(call('inet_aton', '127.0.0.1\0')),
    ],
  },
  {
    name: 'inet_ntoa',
    steps: [
      call('inet_ntoa', hex('7f000001')),
      call('inet_ntoa', hex('ffffffff')),
      call('inet_ntoa', hex('00000000')),
      unnumbered('EINVAL', call('inet_ntoa', hex('7f0000'))),
      unnumbered('EINVAL', call('inet_ntoa', hex('7f00000001'))),
      unnumbered('EINVAL', call('inet_ntoa', bytes(''))),
      fails('TypeError', call('inet_ntoa', 'text')),
      fails('TypeError', call('inet_ntoa', 5)),
      fails('TypeError', call('inet_ntoa')),
    ],
  },
  {
    name: 'inet_pton',
    steps: [
      ...['127.0.0.1', '255.255.255.255', '0.0.0.0'].map((text) => call('inet_pton', AF_INET, text)),
      ...['::1', '::', '2001:db8::ff00:42:8329', '::ffff:192.0.2.1', 'FE80::1', '1:2:3:4:5:6:7:8'].map((text) =>
        call('inet_pton', AF_INET6, text),
      ),
      ...['127.1', '', '256.0.0.1', '::1', '0x7f.0.0.1', '127.0.0.1 '].map((text) =>
        unnumbered('EINVAL', call('inet_pton', AF_INET, text)),
      ),
      ...['127.0.0.1', '', ':::', '1:2', 'fe80::1%lo', '::g', '1:2:3:4:5:6:7:8:9'].map((text) =>
        unnumbered('EINVAL', call('inet_pton', AF_INET6, text)),
      ),
      fails('EAFNOSUPPORT', call('inet_pton', AF_UNIX, '127.0.0.1')),
      fails('EAFNOSUPPORT', call('inet_pton', 99, '127.0.0.1')),
      fails('TypeError', call('inet_pton', AF_INET, 5)),
      fails('TypeError', call('inet_pton', 'x', '127.0.0.1')),
      fails('TypeError', call('inet_pton', AF_INET)),
      badValue(call('inet_pton', AF_INET, '127.0.0.1\0')),
    ],
  },
  {
    name: 'inet_ntop',
    steps: [
      call('inet_ntop', AF_INET, hex('7f000001')),
      call('inet_ntop', AF_INET6, hex('00', 16)),
      call('inet_ntop', AF_INET6, hex('00000000000000000000000000000001')),
      call('inet_ntop', AF_INET6, hex('20010db8000000000000ff0000428329')),
      call('inet_ntop', AF_INET6, hex('00000000000000000000ffffc0000201')),
      call('inet_ntop', AF_INET6, hex('00010000000000010000000000000001')),
      badValue(call('inet_ntop', AF_INET, hex('7f0000'))),
      badValue(call('inet_ntop', AF_INET, hex('00', 16))),
      badValue(call('inet_ntop', AF_INET6, hex('7f000001'))),
      badValue(call('inet_ntop', AF_INET6, bytes(''))),
      differs(
        call('inet_ntop', AF_UNIX, hex('7f000001')),
        error('ValueError'),
        error('EAFNOSUPPORT'),
        'an address family is not known to be wrong by its value: the errno of inet_pton',
      ),
      fails('TypeError', call('inet_ntop', AF_INET, 'text')),
      fails('TypeError', call('inet_ntop', AF_INET, object)),
      fails('TypeError', call('inet_ntop', AF_INET)),
    ],
  },
]
