/** Types of arguments are checked before the range of any, by both forms of a call. */
import { recvFds, recvFdsAsync, type Socket, socketpair } from 'berkeley'
import { expect, test } from 'vitest'
import { rejection } from './support/async.js'
import { thrown } from './support/sockets.js'

type Call = (...args: unknown[]) => unknown
const buffer = Buffer.alloc(4)
const call = (sock: Socket, name: keyof Socket): Call => (sock[name] as Call).bind(sock)

/** A call, arguments of which the first wrong number comes before the wrong type, and the one of the wrong type. */
const CASES: [name: string, make: (sock: Socket) => Call, args: unknown[], wrong: string][] = [
  ['recv', (sock) => call(sock, 'recv'), [-1, 'x'], 'flags'],
  ['recvfrom', (sock) => call(sock, 'recvfrom'), [-1, 'x'], 'flags'],
  ['recvInto', (sock) => call(sock, 'recvInto'), [buffer, -1, 'x'], 'flags'],
  ['recvfromInto', (sock) => call(sock, 'recvfromInto'), [buffer, 5, 'x'], 'flags'],
  ['recvmsg', (sock) => call(sock, 'recvmsg'), [-1, 'x'], 'ancbufsize'],
  ['recvmsg with flags', (sock) => call(sock, 'recvmsg'), [-1, -1, 'x'], 'flags'],
  ['recvmsgInto', (sock) => call(sock, 'recvmsgInto'), [[buffer], -1, 'x'], 'flags'],
  ['recvFds', (sock) => recvFds.bind(null, sock) as Call, [-1, 'x'], 'maxfds'],
  ['recvFds with flags', (sock) => recvFds.bind(null, sock) as Call, [-1, -1, 'x'], 'flags'],
  ['sendfile', (sock) => call(sock, 'sendfile'), [-1, -1, 'x'], 'count'],
]

const ASYNC_CASES: typeof CASES = [
  ['recvAsync', (sock) => call(sock, 'recvAsync'), [-1, { flags: 'x' }], 'options.flags'],
  ['recvfromAsync', (sock) => call(sock, 'recvfromAsync'), [-1, { timeout: 'x' }], 'options.timeout'],
  ['recvIntoAsync', (sock) => call(sock, 'recvIntoAsync'), [buffer, { nbytes: -1, flags: 'x' }], 'options.flags'],
  [
    'recvfromIntoAsync',
    (sock) => call(sock, 'recvfromIntoAsync'),
    [buffer, { nbytes: 5, flags: 'x' }],
    'options.flags',
  ],
  ['recvmsgAsync', (sock) => call(sock, 'recvmsgAsync'), [-1, { ancbufsize: 'x' }], 'options.ancbufsize'],
  ['recvmsgAsync with flags', (sock) => call(sock, 'recvmsgAsync'), [-1, { flags: 'x' }], 'options.flags'],
  [
    'recvmsgIntoAsync',
    (sock) => call(sock, 'recvmsgIntoAsync'),
    [[buffer], { ancbufsize: -1, timeout: 'x' }],
    'options.timeout',
  ],
  ['recvFdsAsync', (sock) => recvFdsAsync.bind(null, sock) as Call, [-1, -1, { flags: 'x' }], 'options.flags'],
  ['sendfileAsync', (sock) => call(sock, 'sendfileAsync'), [-1, { offset: -1, count: 'x' }], 'options.count'],
]

test.each(CASES)('%s', (_, make, args, wrong) => {
  const [one, other] = socketpair()
  const error = thrown(() => make(one)(...args))
  expect([error.code, error.message]).toEqual(['ERR_INVALID_ARG_TYPE', expect.stringContaining(`"${wrong}"`)])
  one.close()
  other.close()
})

test.each(ASYNC_CASES)('%s', async (_, make, args, wrong) => {
  const [one, other] = socketpair()
  const error = await rejection(make(one)(...args) as Promise<unknown>)
  expect([error.code, error.message]).toEqual(['ERR_INVALID_ARG_TYPE', expect.stringContaining(`"${wrong}"`)])
  one.close()
  other.close()
})
