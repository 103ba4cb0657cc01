/** One situation for each asynchronous call in which it has to wait, and what ends its wait. */
import {
  AF_UNIX,
  type AsyncOptions,
  recvFdsAsync,
  SOCK_DGRAM,
  type Socket,
  sendFdsAsync,
  socket,
  socketpair,
} from 'berkeley'
import { drain, fill } from './async.js'
import { Closing, can, FULL_BACKLOG, listenTcp, temporaryFolder } from './sockets.js'

export interface Situation extends Disposable {
  /** The socket whose call waits. */
  readonly sock: Socket
  /** The call, on `sock` unless another is given. The result is in a form that can be compared. */
  call(options?: AsyncOptions, on?: Socket): Promise<unknown>
  /** Gives it what it waits for. */
  unblock(): void
  /** What it then answers. */
  readonly answer: unknown
}

export interface Kind {
  readonly name: string
  /** What its errors name. */
  readonly syscall: string
  readonly begin: () => Situation
}

const situation = (closing: Closing, fields: Omit<Situation, typeof Symbol.dispose>): Situation => ({
  ...fields,
  [Symbol.dispose]: () => closing[Symbol.dispose](),
})

type Receive = (sock: Socket, options?: AsyncOptions) => Promise<unknown>

/** A receive on a socket to which its peer sends `hello` at last. */
function receiving(name: string, syscall: string, receive: Receive, answer: unknown): Kind {
  const begin = (): Situation => {
    const closing = new Closing()
    const [sock, peer] = socketpair()
    closing.add(sock)
    closing.add(peer)
    return situation(closing, {
      sock,
      call: (options, on = sock) => receive(on, options),
      unblock: () => peer.send('hello'),
      answer,
    })
  }
  return { name, syscall, begin }
}

const received = Buffer.alloc(5)

/** A send on a stream whose peer reads everything at last. */
function sending(name: string, syscall: string, send: Receive, answer: unknown): Kind {
  const begin = (): Situation => {
    const closing = new Closing()
    const [sock, peer] = socketpair()
    closing.add(sock)
    closing.add(peer)
    fill(sock)
    return situation(closing, {
      sock,
      call: (options, on = sock) => send(on, options),
      unblock: () => drain(peer),
      answer,
    })
  }
  return { name, syscall, begin }
}

function accepting(): Situation {
  const closing = new Closing()
  const sock = closing.add(listenTcp())
  const address = sock.getsockname()
  const client = closing.add(socket())
  const call = async (options?: AsyncOptions, on: Socket = sock): Promise<unknown> => {
    const [conn, peer] = await on.acceptAsync(options)
    closing.add(conn)
    return peer[1] === client.getsockname()[1]
  }
  return situation(closing, { sock, call, unblock: () => client.connect(address), answer: true })
}

/** A connect to a listener whose queue is full: a unix one, or where those refuse a client then, one of TCP. */
function connecting(name: 'connectAsync' | 'connect_exAsync', answer: unknown): Situation {
  const closing = new Closing()
  const path = closing.add(temporaryFolder()).path('full')
  const open = (): Socket => closing.add(can.unixClientsWait ? socket(AF_UNIX) : socket()) as Socket
  const listener = open()
  listener.bind((can.unixClientsWait ? path : ['127.0.0.1', 0]) as never)
  listener.listen(FULL_BACKLOG)
  const address = listener.getsockname() as never
  open().connect(address)
  const sock = open()
  return situation(closing, {
    sock,
    call: (options, on: Socket = sock) => on[name](address, options),
    unblock: () => closing.add(listener.accept()[0]),
    answer,
  })
}

/** A datagram to a unix socket whose queue is full. */
function sendingTo(send: (sock: Socket, path: string, options?: AsyncOptions) => Promise<number>): Situation {
  const closing = new Closing()
  const path = closing.add(temporaryFolder()).path('full')
  const peer = closing.add(socket(AF_UNIX, SOCK_DGRAM))
  peer.bind(path)
  const sock = closing.add(socket(AF_UNIX, SOCK_DGRAM))
  const filler = closing.add(socket(AF_UNIX, SOCK_DGRAM))
  filler.connect(path)
  fill(filler, Buffer.alloc(10))
  return situation(closing, {
    sock,
    call: (options, on: Socket = sock) => send(on, path, options),
    unblock: () => peer.recv(10),
    answer: 5,
  })
}

/** Five bytes from a socket to which its peer sends them at last. */
function splicing(): Situation {
  const closing = new Closing()
  const [[sock, peer], target] = [socketpair(), socketpair()]
  for (const end of [sock, peer, ...target]) closing.add(end)
  return situation(closing, {
    sock,
    call: (options, on: Socket = sock) => on.spliceAsync(target[0], withMore(options, { count: 5 })),
    unblock: () => peer.send('hello'),
    answer: 5,
  })
}

/** Options with more of them; what is no object, and what has getters, as it is. */
function withMore<T extends object>(options: AsyncOptions | undefined, more: T): AsyncOptions & T {
  if (options === undefined) return { ...more }
  if (typeof options === 'object' && options !== null) Object.assign(options, more)
  return options as AsyncOptions & T
}

/** Every asynchronous call of a socket. */
const all: readonly (Kind & { readonly needs?: 'datagrams that wait' })[] = [
  { name: 'acceptAsync', syscall: 'accept', begin: accepting },
  { name: 'connectAsync', syscall: 'connect', begin: () => connecting('connectAsync', undefined) },
  { name: 'connect_exAsync', syscall: 'connect', begin: () => connecting('connect_exAsync', 0) },
  receiving('recvAsync', 'recv', async (sock, options) => String(await sock.recvAsync(10, options)), 'hello'),
  receiving('recvIntoAsync', 'recv', (sock, options) => sock.recvIntoAsync(received, options), 5),
  receiving(
    'recvfromAsync',
    'recvfrom',
    async (sock, options) => String(await sock.recvfromAsync(10, options)),
    'hello,',
  ),
  receiving('recvfromIntoAsync', 'recvfrom', (sock, options) => sock.recvfromIntoAsync(received, options), [5, null]),
  sending('sendAsync', 'send', (sock, options) => sock.sendAsync('hello', options), 5),
  sending('sendallAsync', 'sendall', (sock, options) => sock.sendallAsync('hello', options), undefined),
  sending(
    'sendZeroCopyAsync',
    'send',
    async (sock, options) => (await sock.sendZeroCopyAsync(Buffer.from('hello'), options)).bytesSent,
    5,
  ),
  {
    name: 'sendtoAsync',
    syscall: 'sendto',
    needs: 'datagrams that wait',
    begin: () => sendingTo((on, path, opts) => on.sendtoAsync('hello', path, opts)),
  },
  receiving(
    'recvmsgAsync',
    'recvmsg',
    async (sock, options) => String(await sock.recvmsgAsync(10, options)),
    'hello,,0,',
  ),
  receiving(
    'recvmsgIntoAsync',
    'recvmsg',
    (sock, options) => sock.recvmsgIntoAsync([received.subarray(0, 2), received.subarray(2)], options),
    [5, [], 0, null],
  ),
  receiving(
    'recvFdsAsync',
    'recvmsg',
    async (sock, options) => String(await recvFdsAsync(sock, 10, 2, options)),
    'hello,,0,',
  ),
  { name: 'spliceAsync', syscall: 'splice', begin: splicing },
  sending('sendFdsAsync', 'sendmsg', (sock, options) => sendFdsAsync(sock, ['hello'], [sock], options), 5),
  sending('sendmsgAsync', 'sendmsg', (sock, options) => sock.sendmsgAsync(['hel', 'lo'], options), 5),
  {
    name: 'sendmsgAsync to an address',
    syscall: 'sendmsg',
    needs: 'datagrams that wait',
    begin: () => sendingTo((on, address, opts) => on.sendmsgAsync(['hel', 'lo'], withMore(opts, { address }))),
  },
]

/** Those that wait on this system, and those that never do. */
export const kinds: readonly Kind[] = all.filter(({ needs }) => needs === undefined || can.datagramsWait)
export const unknownHere = all.filter((kind) => !kinds.includes(kind))
