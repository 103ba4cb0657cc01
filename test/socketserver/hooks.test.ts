/** Which hooks a server calls, in which order and with what, as CPython's servers do: the same scripts in both. */
import { AF_INET, AF_UNIX, SOCK_DGRAM, type Socket, socket } from 'berkeley'
import {
  BaseRequestHandler,
  type DatagramRequest,
  TCPServer,
  UDPServer,
  UnixDatagramServer,
  UnixStreamServer,
} from 'berkeley/socketserver'
import { describe, expect, test } from 'vitest'
import { hasPython, python } from '../support/python.js'
import { temporaryFolder, thrown } from '../support/sockets.js'

/** What both sides log: the hook, and what it was given in a form that both can write. */
type Log = (string | number | boolean | null)[][]
/** What the clients ask for decides what the handler does. */
const REQUESTS = ['echo', 'fail', 'fail-setup', 'fail-finish', 'refused', 'bad-process', 'closes', 'fail-and-finish']

const PYTHON = `
import itertools, os, socketserver, sys
log = []
numbers = itertools.count()

class Handler(socketserver.BaseRequestHandler):
    def setup(self):
        stream = not isinstance(self.request, tuple)
        self.data = self.request.recv(100).decode() if stream else self.request[0].decode()
        log.append(['setup', self.data, isinstance(self.server, socketserver.BaseServer)])
        if self.data == 'fail-setup': raise ValueError('setup')
    def handle(self):
        log.append(['handle'])
        if self.data.startswith('fail') and self.data != 'fail-finish': raise ValueError('handle')
        if self.data == 'closes': self.request.close()
        elif isinstance(self.request, tuple): self.request[1].sendto(self.data.upper().encode(), self.client_address)
        else: self.request.sendall(self.data.upper().encode())
    def finish(self):
        log.append(['finish'])
        if self.data in ('fail-finish', 'fail-and-finish'): raise ValueError('finish')

def logged(base):
    class Server(base):
        turns = 0
        process_next = True
        def server_bind(self): log.append(['server_bind']); super().server_bind()
        def server_activate(self): log.append(['server_activate']); super().server_activate()
        def server_close(self): log.append(['server_close']); super().server_close()
        def get_request(self):
            log.append(['get_request'])
            return super().get_request()
        def verify_request(self, request, address):
            log.append(['verify_request'])
            return not self.refuse
        def process_request(self, request, address):
            log.append(['process_request'])
            if self.bad: raise KeyError('process')
            super().process_request(request, address)
        def finish_request(self, request, address):
            log.append(['finish_request'])
            super().finish_request(request, address)
        def shutdown_request(self, request):
            log.append(['shutdown_request'])
            super().shutdown_request(request)
        def close_request(self, request):
            log.append(['close_request'])
            super().close_request(request)
        def handle_error(self, request, address):
            error = sys.exc_info()[1]
            log.append(['handle_error', 'Error', str(error).strip("'")])
        def handle_timeout(self): log.append(['handle_timeout'])
        def service_actions(self):
            self.turns += 1
            log.append(['service_actions'])
            if self.turns == self.last: self._BaseServer__shutdown_request = True
        refuse = bad = False
        last = 0
    return Server

def talk(base, make_client, address, requests):
    with logged(base)(address, Handler) as server:
        for one in requests:
            server.refuse = one == 'refused'
            server.bad = one == 'bad-process'
            client = make_client(server)
            client.send(one.encode())
            server.handle_request()
            client.setblocking(False)
            try: answer = client.recv(100).decode()
            except BlockingIOError: answer = 'nothing'
            except OSError as error: answer = 'error'
            log.append(['answer', answer])
            client.close()
        server.timeout = 0.01
        server.handle_request()
        server.last = 3
        clients = [make_client(server) for i in range(2)]
        for client in clients: client.send(b'echo')
        server.serve_forever(0.01)
        for client in clients: client.close()

def connecting(family, kind, folder=None):
    def make(server):
        client = socket.socket(family, kind)
        if folder and kind == socket.SOCK_DGRAM: client.bind(os.path.join(folder, 'there%d' % next(numbers)))
        client.connect(server.server_address)
        return client
    return make
`

/** A server that logs every hook. `last` turns of its loop, then it ends. */
interface Logged {
  refuse: boolean
  bad: boolean
  last: number
}

/** A handler class, in whose terms the requests of datagrams are arrays. */
function handlerLoggingTo(log: Log) {
  return class Handler extends BaseRequestHandler<Socket | DatagramRequest<number>, unknown> {
    data = ''
    override setup(): void {
      const { request } = this
      this.data = String(Array.isArray(request) ? request[0] : request.recv(100))
      log.push(['setup', this.data, this.server instanceof TCPServer])
      if (this.data === 'fail-setup') throw new Error('setup')
    }
    override handle(): void {
      log.push(['handle'])
      const { data, request } = this
      if (data.startsWith('fail') && data !== 'fail-finish') throw new Error('handle')
      if (Array.isArray(request)) request[1].sendto(data.toUpperCase(), this.clientAddress as string)
      else if (data === 'closes') request.close()
      else request.sendall(data.toUpperCase())
    }
    override finish(): void {
      log.push(['finish'])
      if (this.data === 'fail-finish' || this.data === 'fail-and-finish') throw new Error('finish')
    }
  }
}

const NAMES: Record<string, string> = {
  serverBind: 'server_bind',
  serverActivate: 'server_activate',
  serverClose: 'server_close',
  getRequest: 'get_request',
  processRequest: 'process_request',
  finishRequest: 'finish_request',
  shutdownRequest: 'shutdown_request',
  closeRequest: 'close_request',
}

type ServerClass = new (address: never, handler: never, bindAndActivate?: boolean) => TCPServer & Logged

/** The class with its hooks logged. */
function logged(base: unknown, log: Log): ServerClass {
  class Server extends (base as ServerClass) {
    #turns = 0
    override verifyRequest(): boolean {
      log.push(['verify_request'])
      return !this.refuse
    }
    override processRequest(request: Socket<typeof AF_INET>, address: [string, number]): void {
      log.push(['process_request'])
      if (this.bad) throw new Error('process')
      super.processRequest(request, address)
    }
    override handleError(_request: unknown, _address: unknown, error: unknown): void {
      log.push(['handle_error', 'Error', (error as Error).message])
    }
    override handleTimeout(): void {
      log.push(['handle_timeout'])
    }
    override serviceActions(): void {
      log.push(['service_actions'])
      this.#turns++
      if (this.#turns === this.last) this.shutdown()
    }
  }
  const hooks = Object.keys(NAMES).filter((name) => name !== 'processRequest') as (keyof typeof NAMES & 'serverBind')[]
  for (const name of hooks) {
    const inherited = Server.prototype[name] as (...given: unknown[]) => unknown
    Object.defineProperty(Server.prototype, name, {
      value(this: TCPServer, ...given: unknown[]) {
        log.push([NAMES[name] as string])
        return inherited.apply(this, given)
      },
    })
  }
  return Server
}

type MakeClient = (server: TCPServer) => Socket

function talk(base: unknown, makeClient: MakeClient, address: unknown, requests: string[]): Log {
  const log: Log = []
  talkTo(log, base, makeClient, address, requests)
  return log
}

function talkTo(log: Log, base: unknown, makeClient: MakeClient, address: unknown, requests: string[]): void {
  const Server = logged(base, log)
  using server = new Server(address as never, handlerLoggingTo(log) as never)
  for (const one of requests) {
    server.refuse = one === 'refused'
    server.bad = one === 'bad-process'
    using client = makeClient(server)
    client.send(one)
    server.handleRequest()
    client.setblocking(false)
    let answer: string
    try {
      answer = client.recv(100).toString()
    } catch (error) {
      answer = (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'nothing' : 'error'
    }
    log.push(['answer', answer])
  }
  server.refuse = server.bad = false
  server.timeout = 0.01
  server.handleRequest()
  server.last = 3
  const clients = [makeClient(server), makeClient(server)]
  for (const client of clients) client.send('echo')
  server.serveForever(0.01)
  for (const client of clients) client.close()
}

describe.skipIf(!hasPython)('hooks are called as in CPython [needs python3]', () => {
  test('TCPServer', () => {
    const here = talk(
      TCPServer,
      (server) => {
        const client = socket()
        client.connect(server.serverAddress)
        return client
      },
      ['127.0.0.1', 0],
      REQUESTS,
    )
    const there = python(`${PYTHON}
talk(socketserver.TCPServer, connecting(socket.AF_INET, socket.SOCK_STREAM), ('127.0.0.1', 0), ${JSON.stringify(REQUESTS)})
emit(log)`)
    expect(here).toEqual(there)
    expect(here).toContainEqual(['answer', 'ECHO'])
  })

  test('UnixStreamServer', () => {
    using folder = temporaryFolder()
    const here = talk(
      UnixStreamServer,
      (server) => {
        const client = socket(AF_UNIX)
        client.connect(server.serverAddress as unknown as string)
        return client as unknown as Socket
      },
      folder.path('here'),
      REQUESTS,
    )
    const path = JSON.stringify(folder.path('there'))
    const there = python(`${PYTHON}
talk(socketserver.UnixStreamServer, connecting(socket.AF_UNIX, socket.SOCK_STREAM), ${path}, ${JSON.stringify(REQUESTS)})
emit(log)`)
    expect(here).toEqual(there)
  })

  const datagrams = REQUESTS.filter((name) => name !== 'closes')

  test('UDPServer', () => {
    const here = talk(
      UDPServer,
      (server) => {
        const client = socket(AF_INET, SOCK_DGRAM)
        client.connect(server.serverAddress)
        return client
      },
      ['127.0.0.1', 0],
      datagrams,
    )
    const there = python(`${PYTHON}
talk(socketserver.UDPServer, connecting(socket.AF_INET, socket.SOCK_DGRAM), ('127.0.0.1', 0), ${JSON.stringify(datagrams)})
emit(log)`)
    expect(here).toEqual(there)
    expect(here).toContainEqual(['answer', 'ECHO'])
  })

  test('UnixDatagramServer', () => {
    using folder = temporaryFolder()
    let clients = 0
    const here = talk(
      UnixDatagramServer,
      (server) => {
        const client = socket(AF_UNIX, SOCK_DGRAM)
        client.bind(folder.path(`client-${clients++}`))
        client.connect(server.serverAddress as unknown as string)
        return client as unknown as Socket
      },
      folder.path('here'),
      datagrams,
    )
    const path = JSON.stringify(folder.path('there'))
    const home = JSON.stringify(folder.path(''))
    const there = python(`${PYTHON}
talk(socketserver.UnixDatagramServer, connecting(socket.AF_UNIX, socket.SOCK_DGRAM, ${home}), ${path}, ${JSON.stringify(datagrams)})
emit(log)`)
    expect(here).toEqual(there)
  })

  test('an address in use', () => {
    const log: Log = []
    using first = new TCPServer(['127.0.0.1', 0], BaseRequestHandler)
    const Server = logged(TCPServer, log)
    const error = thrown(() => new Server(first.serverAddress as never, BaseRequestHandler as never))
    expect(error).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind' })
    const there = python(`${PYTHON}
with socketserver.TCPServer(('127.0.0.1', 0), Handler) as first:
    try: logged(socketserver.TCPServer)(first.server_address, Handler)
    except OSError as error: pass
emit(log)`)
    expect(log).toEqual(there)
  })
})

test('the attributes of the classes are those of CPython', () => {
  const there = python(`
import socketserver
emit([[getattr(getattr(socketserver, one), name, None) for name in ('address_family', 'socket_type',
    'request_queue_size', 'allow_reuse_address', 'allow_reuse_port', 'timeout', 'max_packet_size')]
  for one in ('TCPServer', 'UDPServer', 'UnixStreamServer', 'UnixDatagramServer')])`)
  const here = [TCPServer, UDPServer, UnixStreamServer, UnixDatagramServer].map((one) => [
    one.addressFamily,
    one.socketType,
    one.requestQueueSize,
    one.allowReuseAddress,
    one.allowReusePort,
    one.timeout,
    'maxPacketSize' in one ? one.maxPacketSize : null,
  ])
  expect(here).toEqual(there)
})
