/** Descriptors that are passed in messages, and credentials: what the kernel adds to the bytes. */
import {
  AF_UNIX,
  bytes,
  call,
  constant,
  fails,
  kind,
  MSG_PEEK,
  MSG_WAITALL,
  prepare,
  ref,
  type Scenario,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Step,
  type Value,
} from '../notation.js'
import { guard, streamPair } from './common.js'

const SCM_RIGHTS = constant('SCM_RIGHTS')

/** The ends of a unix pair of that type, blocking. */
const pairOf = (type: Value): Step[] => [...prepare(call('a, b = socketpair', AF_UNIX, type)), ...guard('a', 'b')]
const rights = (name: string): Value => [[SOL_SOCKET, SCM_RIGHTS, ref(name)]]
/** Numbers in control messages are each side's own. */
const numbers = (step: Step): Step => kind('numbers', '1.0.2', kind('numbers', '1.1.2', step))
const descriptors = (step: Step, count: number): Step => {
  let marked = step
  for (let at = 0; at < count; at++) marked = kind('descriptor', `1.${at}`, marked)
  return marked
}
const closed = (name: string, count: number): Step[] =>
  Array.from({ length: count }, (_, at) => call('close', ref(`${name}.${at}`)))

export const passing: Scenario[] = [
  ...(
    [
      ['a stream', SOCK_STREAM],
      ['datagrams', SOCK_DGRAM],
      ['sequenced packets', SOCK_SEQPACKET],
    ] as const
  ).map(([name, type]): Scenario => {
    return {
      name: `descriptors over ${name}`,
      needs: ['linux'],
      steps: [
        ...pairOf(type),
        kind('descriptor', '', call('fd = a.fileno')),
        kind('descriptor', '', call('other = b.fileno')),
        kind('numbers', '', call('one = int32', ref('fd'))),
        kind('numbers', '', call('two = int32', ref('fd'), ref('other'))),
        call('a.sendmsg', [bytes('x')], rights('one')),
        numbers(call('data, ancdata, flags, address = b.recvmsg', 10, 24)),
        call('close_rights', ref('ancdata')),
        // One in two messages, one in each.
        call(
          'a.sendmsg',
          [bytes('y')],
          [
            [SOL_SOCKET, SCM_RIGHTS, ref('one')],
            [SOL_SOCKET, SCM_RIGHTS, ref('one')],
          ],
        ),
        numbers(call('data2, ancdata2, flags2, address2 = b.recvmsg', 10, 100)),
        call('close_rights', ref('ancdata2')),
        // No room, too little, just enough, more.
        ...[0, 15, 19, 20, 23, 24, 100].flatMap((room, at) => [
          call('a.sendmsg', [bytes('z')], rights('two')),
          numbers(call(`data${at + 3}, ancdata${at + 3}, flags${at + 3}, address${at + 3} = b.recvmsg`, 10, room)),
          call('close_rights', ref(`ancdata${at + 3}`)),
        ]),
        call('a.sendmsg', [bytes('gone')], rights('two')),
        call('b.recv', 10),
        call('a.sendmsg', [bytes('x')], rights('two')),
        numbers(call('peeked, peekedAncdata, f, g = b.recvmsg', 10, 100, MSG_PEEK)),
        call('close_rights', ref('peekedAncdata')),
        numbers(call('taken, takenAncdata, h, i = b.recvmsg', 10, 100)),
        call('close_rights', ref('takenAncdata')),
        kind('numbers', '', call('bad = int32', 1_000_000)),
        fails('EBADF', call('a.sendmsg', [bytes('x')], rights('bad'))),
        kind('numbers', '', call('negative = int32', -1)),
        fails('EBADF', call('a.sendmsg', [bytes('x')], rights('negative'))),
        call('send_fds', ref('a'), [bytes('da'), bytes('ta')], [ref('fd'), ref('other')]),
        descriptors(call('j, fds, k, l = recv_fds', ref('b'), 10, 2), 2),
        ...closed('fds', 2),
        call('send_fds', ref('a'), [bytes('x')], [ref('fd'), ref('other')]),
        descriptors(call('m, fewer, n, o = recv_fds', ref('b'), 10, 1), 1),
        ...closed('fewer', 1),
        call('send_fds', ref('a'), [bytes('x')], [ref('fd')]),
        call('recv_fds', ref('b'), 10, 0),
        call('send_fds', ref('a'), [bytes('x')], []),
        call('recv_fds', ref('b'), 10, 1),
        fails('TypeError', call('send_fds', ref('a'), [bytes('x')], ['x'])),
      ],
    }
  }),
  {
    name: 'credentials on a stream end MSG_WAITALL',
    needs: ['linux'],
    steps: [
      ...streamPair(),
      call('b.setsockopt', SOL_SOCKET, constant('SO_PASSCRED'), 1),
      call('a.send', bytes('abc')),
      numbers(call('data, ancdata, flags, address = b.recvmsg', 3, 100, MSG_WAITALL)),
      kind('descriptor', '', call('fd = a.fileno')),
      kind('numbers', '', call('one = int32', ref('fd'))),
      call('b.setsockopt', SOL_SOCKET, constant('SO_PASSCRED'), 0),
      call('a.sendmsg', [bytes('first')], rights('one')),
      call('a.send', bytes('second')),
      numbers(call('data2, ancdata2, flags2, address2 = b.recvmsg', 100, 100, MSG_WAITALL)),
      call('close_rights', ref('ancdata2')),
      call('b.recvmsg', 6, 0, MSG_WAITALL),
      call('a.sendmsg', [bytes('first')], rights('one')),
      call('a.send', bytes('second')),
      call('b.recvmsg', 100, 0, MSG_WAITALL),
      call('b.recvmsg', 6, 0, MSG_WAITALL),
    ],
  },
]
