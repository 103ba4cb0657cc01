/** How connections end: shutdown, resets, sends to an end that is gone. */
import { bytes, call, constant, fails, linger, MSG_PEEK, ref, type Scenario, SOL_SOCKET } from '../notation.js'
import { tcpConnection } from './common.js'

const SHUT_RD = constant('SHUT_RD')
const SHUT_WR = constant('SHUT_WR')
const SHUT_RDWR = constant('SHUT_RDWR')
/** linux/tcp_states.h */
const CLOSE = 7
const CLOSE_WAIT = 8

export const endings: Scenario[] = [
  {
    name: 'shutdown of each direction',
    steps: [
      ...tcpConnection(),
      fails('EINVAL', call('client.shutdown', 77)),
      fails('TypeError', call('client.shutdown', 'x')),
      call('client.shutdown', SHUT_WR),
      fails('EPIPE', call('client.send', bytes('x'))),
      fails('EPIPE', call('client.sendall', bytes('x'))),
      call('conn.recv', 10),
      call('conn.sendall', bytes('still')),
      call('client.recv', 10),
      call('conn.shutdown', SHUT_RD),
      call('conn.recv', 10),
      call('conn.sendall', bytes('open')),
      call('client.recv', 10),
      call('conn.shutdown', SHUT_WR),
      call('client.recv', 10),
      fails('ENOTCONN', call('client.getpeername')),
      fails('ENOTCONN', call('client.shutdown', SHUT_RDWR)),
    ],
  },
  {
    name: 'shutdown of both, of what is not connected, of a listener',
    steps: [
      call('s = socket'),
      fails('ENOTCONN', call('s.recv', 1)),
      fails('EPIPE', call('s.send', bytes('x'))),
      fails('ENOTCONN', call('s.shutdown', SHUT_RDWR)),
      call('s.recv', 1),
      ...tcpConnection(),
      call('server.shutdown', SHUT_RDWR),
      fails('EINVAL', call('server.accept')),
      call('client.shutdown', SHUT_RDWR),
      call('client.recv', 1),
      fails('EPIPE', call('client.send', bytes('x'))),
      call('conn.recv', 1),
    ],
  },
  {
    name: 'a reset',
    needs: ['linux'],
    steps: [
      ...tcpConnection(),
      call('conn.setsockopt', SOL_SOCKET, constant('SO_LINGER'), linger(1, 0)),
      call('conn.close'),
      call('await_tcp_state', ref('client'), CLOSE),
      fails('ECONNRESET', call('client.recv', 10)),
      call('client.recv', 10),
      fails('EPIPE', call('client.send', bytes('x'))),
      fails('ENOTCONN', call('client.getpeername')),
    ],
  },
  {
    name: 'a reset, seen by a send and by SO_ERROR',
    needs: ['linux'],
    steps: [
      ...tcpConnection(),
      call('conn.setsockopt', SOL_SOCKET, constant('SO_LINGER'), linger(1, 0)),
      call('conn.close'),
      call('await_tcp_state', ref('client'), CLOSE),
      fails('ECONNRESET', call('client.send', bytes('x'))),
      fails('EPIPE', call('client.send', bytes('x'))),
      call('client.getsockopt', SOL_SOCKET, constant('SO_ERROR')),
    ],
  },
  {
    name: 'sends to an end that is closed',
    needs: ['linux'],
    steps: [
      ...tcpConnection(),
      call('conn.close'),
      call('await_tcp_state', ref('client'), CLOSE_WAIT),
      call('client.send', bytes('x')),
      call('await_tcp_state', ref('client'), CLOSE),
      fails('EPIPE', call('client.send', bytes('x'))),
      call('client.recv', 10),
      fails('EPIPE', call('client.sendall', bytes('x'))),
    ],
  },
  {
    name: 'data that the closed end has not read',
    needs: ['linux'],
    steps: [
      ...tcpConnection(),
      call('client.send', bytes('unread')),
      call('conn.recv', 1, MSG_PEEK),
      call('conn.close'),
      call('await_tcp_state', ref('client'), CLOSE),
      call('client.getsockopt', SOL_SOCKET, constant('SO_ERROR')),
      call('client.recv', 1),
    ],
  },
]
