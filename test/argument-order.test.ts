/** Types of arguments are checked before the range of any, by both forms of a call. */
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_UNIX,
  createConnection,
  createConnectionAsync,
  createServer,
  MessageBatch,
  MSG_DONTWAIT,
  recvFds,
  recvFdsAsync,
  SOCK_DGRAM,
  SOCK_RAW,
  Socket,
  sendFds,
  sendFdsAsync,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { fill, rejection } from './support/async.js'
import { can, temporaryFolder, thrown } from './support/sockets.js'

type Call = (...args: unknown[]) => unknown
const buffer = Buffer.alloc(4)
const call = (sock: Socket, name: keyof Socket): Call => (sock[name] as Call).bind(sock)

const HUGE = 2 ** 40
const new_ = ((...args: number[]) => new (Socket as unknown as new (...args: number[]) => Socket)(...args)) as Call

const setOfBatch: Call = (...args) => new MessageBatch(1, 8).set(...(args as [number, string]))

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
  ['socket', () => socket as Call, [HUGE, 1.5, 'x'], 'proto'],
  ['new Socket', () => new_, [HUGE, 'x'], 'type'],
  ['socketpair', () => socketpair as Call, [HUGE, 'x'], 'type'],
  ['getsockopt', (sock) => call(sock, 'getsockopt'), [HUGE, -HUGE, 'x'], 'buflen'],
  ['setsockopt', (sock) => call(sock, 'setsockopt'), [HUGE, HUGE, 'x'], 'value'],
  ['setsockopt with optlen', (sock) => call(sock, 'setsockopt'), [HUGE, HUGE, null, 'x'], 'optlen'],
  ['send', (sock) => call(sock, 'send'), [7, HUGE], 'data'],
  ['sendall', (sock) => call(sock, 'sendall'), [7, HUGE], 'data'],
  ['sendto', (sock) => call(sock, 'sendto'), ['x', 7, HUGE], 'address'],
  ['sendmsg', (sock) => call(sock, 'sendmsg'), [['x', 7], [], HUGE], 'buffers[1]'],
  ['sendmsg with ancdata', (sock) => call(sock, 'sendmsg'), [['x'], [[HUGE, 'x', buffer]]], 'ancdata[0][1]'],
  [
    'sendmsg with more ancdata',
    (sock) => call(sock, 'sendmsg'),
    [
      ['x'],
      [
        [HUGE, 1, buffer],
        [1, 1, 7],
      ],
    ],
    'ancdata[1][2]',
  ],
  ['sendmsg with flags', (sock) => call(sock, 'sendmsg'), [['x'], [[HUGE, 1, buffer]], 'x'], 'flags'],
  ['sendmsg with an address', (sock) => call(sock, 'sendmsg'), [['x'], [[HUGE, 1, buffer]], HUGE, 7], 'address'],
  ['sendFds', (sock) => sendFds.bind(null, sock) as Call, [['x'], [-1, 'x']], 'fds[1]'],
  ['sendFds with flags', (sock) => sendFds.bind(null, sock) as Call, [['x'], [-1], 'x'], 'flags'],
  ['MessageBatch', () => ((...args: [number, number]) => new MessageBatch(...args)) as Call, [-1, 'x'], 'size'],
  ['set', () => setOfBatch, [7, 7], 'data'],
  ['set with options', () => setOfBatch, [7, 'x', null, { segmentSize: -1, ancdata: 7 }], 'options.ancdata'],
  ['createServer', () => createServer as Call, [['', HUGE], { backlog: HUGE, reusePort: 'x' }], 'options.reusePort'],
  ['createServer with a port', () => createServer as Call, [['', 'x'], { backlog: HUGE }], 'address[1]'],
  [
    'createConnection',
    () => createConnection as Call,
    [['', 1], { timeout: -1, sourceAddress: ['', 'x'] }],
    'options.sourceAddress[1]',
  ],
  ['createConnection with a port', () => createConnection as Call, [['', {}], { timeout: -1 }], 'port'],
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
  ['acceptAsync', (sock) => call(sock, 'acceptAsync'), [{ timeout: -1, signal: 7 }], 'options.signal'],
  ['connectAsync', (sock) => call(sock, 'connectAsync'), [7, { timeout: -1 }], 'address'],
  ['connect_exAsync', (sock) => call(sock, 'connect_exAsync'), [7, { timeout: -1 }], 'address'],
  ['recvAsync with a signal', (sock) => call(sock, 'recvAsync'), [-1, { signal: 7 }], 'options.signal'],
  ['sendAsync', (sock) => call(sock, 'sendAsync'), [7, { flags: HUGE }], 'data'],
  ['sendallAsync', (sock) => call(sock, 'sendallAsync'), ['x', { flags: HUGE, timeout: 'x' }], 'options.timeout'],
  ['sendtoAsync', (sock) => call(sock, 'sendtoAsync'), ['x', 7, { flags: HUGE, timeout: -1 }], 'address'],
  ['sendmsgAsync', (sock) => call(sock, 'sendmsgAsync'), [['x', 7], { flags: HUGE }], 'buffers[1]'],
  [
    'sendmsgAsync with an address',
    (sock) => call(sock, 'sendmsgAsync'),
    [['x'], { flags: HUGE, timeout: -1, ancdata: [[HUGE, 1, buffer]], address: 7 }],
    'address',
  ],
  ['sendZeroCopyAsync', (sock) => call(sock, 'sendZeroCopyAsync'), [buffer, { flags: HUGE, address: 7 }], 'address'],
  ['sendFdsAsync', (sock) => sendFdsAsync.bind(null, sock) as Call, [['x'], [-1, 'x'], { flags: HUGE }], 'fds[1]'],
  [
    'createConnectionAsync',
    () => createConnectionAsync as Call,
    [['', 1], { timeout: -1, attemptDelay: -1, resolutionDelay: 'x' }],
    'options.resolutionDelay',
  ],
  [
    'createConnectionAsync with a signal',
    () => createConnectionAsync as Call,
    [['', 1], { timeout: -1, signal: 7 }],
    'options.signal',
  ],
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

/** A family, and an address in which the first wrong number comes before the wrong type. */
const ADDRESSES: [name: string, family: number | undefined, type: number, address: unknown[], wrong: string][] = [
  ['IPv6', AF_INET6, SOCK_DGRAM, ['::1', 1.5, 0, 'x'], 'address[3]'],
  ['netlink', AF_NETLINK, SOCK_RAW, [1.5, 'x'], 'address[1]'],
]

describe.each(ADDRESSES)('an address of %s', (_, family, type, address, wrong) => {
  test.skipIf(family === undefined)('[needs the family]', () => {
    using sock = socket(family as number, type)
    const error = thrown(() => sock.bind(address as never))
    expect([error.code, error.message]).toEqual(['ERR_INVALID_ARG_TYPE', expect.stringContaining(`"${wrong}"`)])
  })
})

test('a name that is none is told before a range of other arguments', () => {
  using sock = socket(AF_INET, SOCK_DGRAM)
  const nowhere = ['no such host', 1] as const
  expect(thrown(() => sock.sendto('x', nowhere, HUGE)).code).toMatch(/^EAI_/)
  expect(thrown(() => sock.sendmsg(['x'], [[HUGE, 1, buffer]], HUGE, nowhere)).code).toMatch(/^EAI_/)
})

test.each([
  ['sendto', (sock: Socket) => sock.sendto('x', ['127.0.0.1', 1])],
  ['sendmsg', (sock: Socket) => sock.sendmsg(['x'], [], 0, ['127.0.0.1', 1])],
])('%s does not wait for earlier calls to tell that its address is none', async (_, send) => {
  const [one, other] = socketpair()
  const waiting = rejection(one.sendallAsync(Buffer.alloc(1 << 22)))
  one.settimeout(0.05)
  expect(thrown(() => send(one as Socket)).code).toBe('ERR_INVALID_ARG_TYPE')
  one.close()
  other.close()
  await waiting
})

test.skipIf(!can.linux).each([
  ['sendto', (sock: Socket, address: string) => sock.sendto('own', address)],
  ['sendmsg', (sock: Socket, address: string) => sock.sendmsg(['o', 'wn'], [], 0, address)],
])('%s that serves earlier calls first goes where it was sent [Linux]', async (_, send) => {
  using folder = temporaryFolder()
  const [full, free] = [folder.path('full'), folder.path('free')]
  using busy = socket(AF_UNIX, SOCK_DGRAM)
  using idle = socket(AF_UNIX, SOCK_DGRAM)
  busy.bind(full)
  idle.bind(free)
  using filler = socket(AF_UNIX, SOCK_DGRAM)
  filler.connect(full)
  const queued = fill(filler, Buffer.from('x'))
  using sender = socket(AF_UNIX, SOCK_DGRAM)
  const earlier = sender.sendtoAsync('earlier', full)
  for (let i = 0; i < queued; i++) busy.recv(10)
  send(sender, free)
  expect(await earlier).toBe(7)
  expect([String(busy.recv(10, MSG_DONTWAIT)), String(idle.recv(10, MSG_DONTWAIT))]).toEqual(['earlier', 'own'])
})
