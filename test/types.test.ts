/** What must not compile does not: the compiler itself is asked, file by file. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Programs that are right, and must compile. */
const RIGHT: Record<string, string> = {
  'options by name, of their own types': `
    const sock = berkeley.socket()
    sock.setOption('linger', 2); sock.setOption('linger', null); sock.setOption('bindToDevice', 1)
    const seconds: number | null = sock.getOption('linger'); const device: string | null = sock.getOption('bindToDevice')
    const { rtt, minRtt, state }: berkeley.TcpInfo = sock.getOption('tcpInfo'); rtt.toFixed(); minRtt?.toFixed()
    const wanted: Partial<berkeley.SocketOptionsIn> = { noDelay: true, localPortRange: [1, 2] }
    const cookie: berkeley.SocketOptions['cookie'] = 1n; void [seconds, device, state, wanted, cookie]`,
  'memberships and filters': `
    const sock = berkeley.socket(berkeley.AF_INET6, berkeley.SOCK_DGRAM)
    sock.addMembership({ group: 'ff02::1%lo' }); sock.dropMembership({ group: 'ff02::1', interface: 1, source: '::1' })
    const { BPF_RET, BPF_K } = berkeley
    sock.attachFilter([[BPF_RET | BPF_K, 0, 0, 1]], { reusePort: true }); sock.detachFilter(); sock.lockFilter()`,
  'many descriptors: the very types come back': `
    const [one, other] = berkeley.socketpair()
    const [[readable], [number]] = select.select([one, other], new Set([0, 1]), [], null)
    readable?.recv(1); number?.toFixed()
    select.selectAsync([one], [], [{ fileno: () => 3 }], { timeout: 1, signal: AbortSignal.timeout(1) })
    select.selectAsync([one], [], [], 0.5, { signal: AbortSignal.timeout(1) }); select.selectAsync([one], [], [], null)`,
  'masks of poll and epoll': `
    const { POLLIN, POLLOUT, EPOLLIN, EPOLLET } = select
    const list = select.poll()
    list.register(0); list.register(berkeley.socket(), POLLIN | POLLOUT); list.modify(1, 5)
    for (const [fd, events] of list.poll(10)) fd.toFixed(events & POLLIN)
    list.pollAsync(10, { signal: AbortSignal.timeout(1) }); list.pollAsync({ timeout: null })
    select.epoll().pollAsync(0.5, 10, { signal: AbortSignal.timeout(1) }); select.epoll().pollAsync({ maxevents: 1 })
    if (EPOLLIN !== undefined && EPOLLET !== undefined) select.epoll().register(0, EPOLLIN | EPOLLET)`,
  'data of a selector': `
    const selector = new selectors.DefaultSelector<(n: number) => void, berkeley.Socket>()
    selector.register(berkeley.socket(), selectors.EVENT_READ, (n) => n.toFixed())
    for (const [{ data, fileobj }, events] of selector.select(1)) { data(events); fileobj.recv(1) }
    for (const [{ data }, events] of await selector.selectAsync(0.5)) data(events)
    new selectors.EpollSelector().register(0, selectors.EVENT_READ).data
    const any: selectors.DefaultSelector = new selectors.PollSelector(); any.modify(0, 1, 'x')`,
  'the usual calls': `
    const server = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_STREAM, berkeley.IPPROTO_TCP)
    server.setsockopt(berkeley.SOL_SOCKET, berkeley.SO_REUSEADDR, 1)
    server.setsockopt(berkeley.IPPROTO_TCP, berkeley.TCP_NODELAY, true)
    server.bind(['127.0.0.1', 0])
    const [host, port] = server.getsockname()
    const [conn, [peer]] = server.accept()
    const data: Buffer = conn.recv(10, berkeley.MSG_PEEK | berkeley.MSG_DONTWAIT)
    conn.send(host + port.toFixed() + peer + data.length, berkeley.MSG_DONTWAIT)
    conn.shutdown(berkeley.SHUT_WR)`,
  'messages and descriptors': `
    const [sock] = berkeley.socketpair()
    sock.sendmsg(['x', Buffer.alloc(1)], [[berkeley.SOL_SOCKET, berkeley.SCM_RIGHTS, Int32Array.of(1)]], 0, '/tmp/x')
    const [data, [first], flags, from] = sock.recvmsg(10, berkeley.CMSG_SPACE(4), berkeley.MSG_PEEK)
    const path: string | Buffer | null = from; void [data.length, first?.[2].length, flags & berkeley.MSG_CTRUNC, path]
    const [count]: [number, ...unknown[]] = sock.recvmsgInto(new Set([Buffer.alloc(1)])); void count
    const udp = berkeley.socket(berkeley.AF_INET)
    udp.sendmsgAsync(['x'], { address: ['localhost', 1], ancdata: [], timeout: 1 }); udp.recvmsg(1)[3]?.[1].toFixed()
    berkeley.sendFds(sock, ['x'], [1, sock], berkeley.MSG_DONTWAIT, '/tmp/x')
    const [, fds]: [Buffer, number[], number, string | Buffer | null] = berkeley.recvFds(sock, 1, 1); void fds
    berkeley.sendFdsAsync(sock, ['x'], new Set([sock]), { address: '/tmp/x' }); berkeley.recvFdsAsync(sock, 1, 1, { timeout: 1 })`,
  'files over sockets: bytes or text by the mode': `
    const sock = berkeley.socket()
    const text: berkeley.TextFile = sock.makefile(); const bytes: berkeley.BinaryFile = sock.makefile('rwb', { buffering: 0 })
    const line: string = text.readline(); const some: Buffer | null = bytes.read(3); const all: Buffer[] = bytes.readlines()
    const later: Promise<string> = text.readlineAsync({ limit: 3, timeout: 1 }); const next: Promise<Buffer> = bytes.readAsync(3)
    const file = sock.makefile('wr', { buffering: 1, encoding: 'utf-8', newline: '\\r\\n', errors: 'ignore' })
    const sizes: [number, number | null] = [file.write('x'), bytes.write(new Uint8Array(1))]
    for (const l of text) l.trim()
    for await (const l of bytes) l.toString('hex')
    const any: berkeley.TextFile | berkeley.BinaryFile = sock.makefile('rb' as string); const which: string | Buffer = any.readline()
    const base: berkeley.SocketFile = any; void [line, some, all, later, next, sizes, which, base]`,
  'files that are sent': `
    const { open } = await import('node:fs/promises')
    const sock = berkeley.socket()
    const sent: number = sock.sendfile(await open('x'), 1, 2) + sock.sendfile(3, 0, null); void sent
    void sock.sendfileAsync(3, { offset: 1, count: 2, timeout: null, signal: AbortSignal.timeout(1) })`,
  'an address behind what is left out': "berkeley.socket().sendmsg(['x'], undefined, undefined, ['h', 1])",
  'operations of AF_ALG': `
    if (berkeley.AF_ALG !== undefined) {
      const sock = berkeley.socket(berkeley.AF_ALG, berkeley.SOCK_SEQPACKET)
      sock.sendmsgAfalg({ data: ['x', Buffer.alloc(1)], op: berkeley.ALG_OP_ENCRYPT ?? 1, iv: Buffer.alloc(16), assoclen: 1, flags: 0 })
      const sent: Promise<number> = sock.sendmsgAfalgAsync({ op: 0, timeout: 1 }); void sent
    }`,
  'servers and what handles their requests': `
    class Echo extends socketserver.StreamRequestHandler {
      override handle() { this.wfile.write(this.rfile.readline()) }
    }
    const server = new socketserver.TCPServer(['', 0], Echo)
    const [host, port] = server.serverAddress; server.socket.getsockname()[1].toFixed(port); void host
    server.serveForever(0.5); void server.serveForeverAsync()`,
  'plain numbers, as computed elsewhere': 'new berkeley.Socket(2 as number, 1, 0).recv(1, 64)',
  'addresses of each family': `
    const inet6: [string, number, number, number] = berkeley.socket(berkeley.AF_INET6).getsockname()
    berkeley.socket(berkeley.AF_INET6).connect(['::1', 80])
    const path: string | Buffer = berkeley.socket(berkeley.AF_UNIX).getpeername()
    berkeley.socketpair()[0].bind('/tmp/x'); void inet6; void path`,
  'addresses of the rarer families': `
    const { AF_NETLINK, AF_PACKET, AF_CAN, AF_ALG, AF_BLUETOOTH, AF_TIPC, AF_RDS, AF_SYSTEM } = berkeley
    if (AF_NETLINK && AF_PACKET && AF_CAN && AF_ALG && AF_BLUETOOTH && AF_TIPC && AF_RDS && AF_SYSTEM) {
      const netlink = berkeley.socket(AF_NETLINK, berkeley.SOCK_RAW)
      netlink.bind([0, 1]); const [pid, groups]: [number, number] = netlink.getsockname(); void [pid, groups]
      netlink.sendto('x', [AF_NETLINK, Buffer.alloc(10)])
      const packet = berkeley.socket(AF_PACKET, berkeley.SOCK_RAW)
      packet.bind(['lo', 3]); packet.bind([Buffer.from('lo'), 3, 0, 0, new Uint8Array(6)])
      const [, from] = packet.recvfrom(10)
      if (from !== null) { const [ifname, proto, pkttype, , addr] = from; ifname.trim(); addr.toString('hex', proto + pkttype) }
      const bus = berkeley.socket(AF_CAN, berkeley.SOCK_RAW)
      bus.bind(['']); bus.bind(['can0', 1, 2]); bus.bind(['can0', 0n, 1, 2]); bus.getsockname()[0].trim()
      berkeley.socket(AF_ALG, berkeley.SOCK_SEQPACKET).bind(['hash', 'sha256'])
      const bluetooth = berkeley.socket(AF_BLUETOOTH, berkeley.SOCK_STREAM)
      bluetooth.connect(['00:00:00:00:00:00', 1]); bluetooth.bind(0); bluetooth.bind('00:00:00:00:00:00')
      berkeley.socket(AF_TIPC, berkeley.SOCK_RDM).bind([1, 1000, 0, 9])
      berkeley.socket(AF_RDS, berkeley.SOCK_SEQPACKET).connect(['127.0.0.1', 1])
      berkeley.socket(AF_SYSTEM, berkeley.SOCK_DGRAM).connect(['com.apple.net.utun_control', 0])
    }
    const vsock = berkeley.socket(berkeley.AF_VSOCK)
    vsock.connect([berkeley.VMADDR_CID_HOST, 1024]); const [cid, port] = vsock.getpeername(); cid.toFixed(port)
    const server = berkeley.createServer([berkeley.VMADDR_CID_ANY, 1], { family: berkeley.AF_VSOCK }); void server
    const other: berkeley.AddressOut = berkeley.socket(99 as number).getsockname(); void other`,
  'an absent constant, checked': `
    if (berkeley.AF_NETLINK !== undefined) berkeley.socket(berkeley.AF_NETLINK, berkeley.SOCK_RAW)`,
  'any socket where any will do': `
    const close = (sock: berkeley.Socket) => sock.close()
    close(berkeley.socket()); close(berkeley.socket(berkeley.AF_UNIX))`,
  'every answer of a look-up, as it comes': `
    for (const [f, t, p, , addr] of berkeley.getaddrinfo('h', 80)) berkeley.socket(f, t, p).connect(addr)
    const [first] = berkeley.getaddrinfo('h', 80, { family: berkeley.AF_INET })
    if (first) berkeley.socket(berkeley.AF_INET, first[1], first[2]).connect(first[4])`,
  'look-ups and connections as promises': `
    const [first] = await berkeley.getaddrinfoAsync('h', 80, { family: berkeley.AF_INET, timeout: 1 })
    if (first) berkeley.socket(berkeley.AF_INET, first[1], first[2]).connect(first[4])
    const options = { timeout: null, attemptDelay: 0.1, signal: AbortSignal.timeout(1) }
    const conn = await berkeley.createConnectionAsync(['h', 'http'], options)
    conn.sendall(await berkeley.gethostbynameAsync('h', { timeout: undefined }))`,
  'the server of a family': `
    const server: berkeley.Socket<typeof berkeley.AF_UNIX> = berkeley.createServer('/tmp/x', { family: berkeley.AF_UNIX })
    berkeley.createServer(['', 0]).getsockname()[1].toFixed(); void server`,
  'streams, as others take them': `
    const [left, right] = berkeley.socketpair()
    const duplex: import('node:stream').Duplex = left.toDuplex({ allowHalfOpen: false, highWaterMark: 1024 })
    const named: berkeley.SocketDuplex = right.toDuplex(undefined).setNoDelay().setTimeout(5).unref()
    const port: number | undefined = named.remotePort
    void (null as unknown as typeof import('node:tls')).connect({ socket: duplex }); duplex.pipe(named); void port`,
  'ancillary data by what it means': `
    const { packetInfo, errors, timestamp = 0n } = berkeley.decodeAncillary([[1, 2, Buffer.alloc(4)]])
    const messages: berkeley.AncillaryIn[] = berkeley.encodeAncillary({ packetInfo, hopLimit: 3, transmitTime: timestamp })
    berkeley.encodeAncillary({ packetInfo: { address: null }, fds: [3] as const })
    const who: berkeley.PeerCredentials = berkeley.socketpair()[0].getpeereid()
    who.groups.length.toFixed(errors?.[0]?.offender?.[1]); void messages`,
  'web streams, as others take them': `
    const { readable, writable }: berkeley.WebStreams = berkeley.socket().toWeb()
    const web: import('node:stream/web').ReadableStream<Uint8Array> = readable
    void readable.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()).pipeTo(writable)
    void readable.getReader({ mode: 'byob' }).read(new Uint8Array(10)).then(({ value }) => value?.length)
    void writable.getWriter().write('text'); void web`,
}

/** Programs that are wrong, each in one way. */
const WRONG: Record<string, string> = {
  'an option of no such name': "berkeley.socket().setOption('SO_KEEPALIVE', true)",
  'a value of another type': "berkeley.socket().setOption('noDelay', 1)",
  'an option that can only be read': "berkeley.socket().setOption('tcpInfo', {})",
  'an option that can only be set': "berkeley.socket().getOption('receiveBufferSizeForce')",
  'null where an option always has a value': "berkeley.socket().setOption('ttl', null)",
  'a field of TcpInfo that may be absent': "berkeley.socket().getOption('tcpInfo').minRtt.toFixed()",
  'a blocked source without the source': "berkeley.socket().blockSource({ group: '239.1.1.1' })",
  'half an instruction': 'berkeley.socket().attachFilter([[6, 0]])',
  'a part of ancillary data that is only received': 'berkeley.encodeAncillary({ ecn: 1 })',
  'nanoseconds as a number': 'berkeley.encodeAncillary({ transmitTime: 1 })',
  'a mask of epoll for poll': 'if (select.EPOLLIN !== undefined) select.poll().register(0, select.EPOLLIN)',
  'an absent mask, unchecked': 'select.epoll().register(0, select.EPOLLIN)',
  'an object without a descriptor': 'select.select([{}], [], [], 1)',
  'a time as text': "select.selectAsync([0], [], [], '1')",
  'data of another type': 'new selectors.DefaultSelector<number>().register(0, selectors.EVENT_READ, "x")',
  'no data where some is needed': 'new selectors.DefaultSelector<number>().register(0, selectors.EVENT_READ)',
  'bytes for a file of text': "berkeley.socket().makefile('w').write(Buffer.alloc(1))",
  'text for a file of bytes': "berkeley.socket().makefile('wb').write('x')",
  'a line of bytes as text': "const line: string = berkeley.socket().makefile('rb').readline(); void line",
  'a line of text as bytes': "berkeley.socket().makefile().readline().toString('hex')",
  'a look ahead in a file of text': "berkeley.socket().makefile('r').peek()",
  'an ending of lines that there is not': "berkeley.socket().makefile('r', { newline: 'x' })",
  'an unknown option of a file': "berkeley.socket().makefile('r', { bufsize: 1 })",
  'the name of a file to send': "berkeley.socket().sendfile('name')",
  'an absent flag before an address, unchecked':
    "berkeley.socket().sendmsg(['x'], undefined, berkeley.MSG_CONFIRM, ['h', 1])",
  'an operation without what is to be done': 'berkeley.socket().sendmsgAfalg({ data: "x" })',
  'the name of a class of handlers': 'void new socketserver.TCPServer(["", 0], "Echo")',
  'bytes for a list of buffers': 'berkeley.socket().recvmsgInto(Buffer.alloc(1))',
  'a control message of text': 'berkeley.socket().sendmsg([], [[1, 1, "x"]])',
  'a path for an internet message': 'berkeley.socket(berkeley.AF_INET).sendmsg(["x"], [], 0, "/tmp/x")',
  'a descriptor of text': 'berkeley.sendFds(berkeley.socket(berkeley.AF_UNIX), ["x"], ["1"])',
  'swapped family and type': 'berkeley.socket(berkeley.SOCK_STREAM, berkeley.AF_INET)',
  'a protocol for a type': 'berkeley.socket(berkeley.AF_INET, berkeley.IPPROTO_TCP)',
  'swapped level and name': 'berkeley.socket().setsockopt(berkeley.SO_REUSEADDR, berkeley.SOL_SOCKET, 1)',
  'an option for flags': 'berkeley.socket().recv(1, berkeley.SO_REUSEADDR)',
  'flags for a shutdown': 'berkeley.socket().shutdown(berkeley.MSG_PEEK)',
  'a path for AF_INET': "berkeley.socket(berkeley.AF_INET).bind('/tmp/x')",
  'a host and port for AF_UNIX': "berkeley.socket(berkeley.AF_UNIX).connect(['127.0.0.1', 80])",
  'a host for AF_VSOCK': "berkeley.socket(berkeley.AF_VSOCK).connect(['host', 1024])",
  'a port of AF_VSOCK in words': 'berkeley.socket(berkeley.AF_VSOCK).getsockname()[1].trim()',
  'an index of an interface': 'if (berkeley.AF_PACKET) berkeley.socket(berkeley.AF_PACKET, 3).bind([1, 3])',
  'a third number for AF_NETLINK': 'if (berkeley.AF_NETLINK) berkeley.socket(berkeley.AF_NETLINK, 3).bind([0, 0, 0])',
  'a raw address for AF_INET': 'berkeley.socket().connect([berkeley.AF_INET, Buffer.alloc(14)])',
  'flow information for AF_INET': "berkeley.socket().connect(['127.0.0.1', 80, 0, 0])",
  'a port in words': "berkeley.socket().connect(['127.0.0.1', '80'])",
  'an absent family, unchecked': 'berkeley.socket(berkeley.AF_NETLINK)',
  'an absent type flag, unchecked': 'berkeley.socket(berkeley.AF_INET, berkeley.SOCK_STREAM | berkeley.SOCK_NONBLOCK)',
  'an absent option, unchecked':
    'berkeley.socket().setsockopt(berkeley.SOL_SOCKET, berkeley.SO_BINDTODEVICE, Buffer.of(0))',
  'an absent flag, unchecked': 'berkeley.socket().recv(1, berkeley.MSG_ERRQUEUE)',
  'null without a length': 'berkeley.socket().setsockopt(berkeley.SOL_SOCKET, berkeley.SO_REUSEADDR, null)',
  'a number to send': 'berkeley.socket().send(42)',
  'a number received as text': 'const text: string = berkeley.socket().recv(1); void text',
  'a port of a unix address': 'berkeley.socketpair()[0].getsockname()[1].toFixed()',
  'a delay in words': "void berkeley.createConnectionAsync(['h', 80], { attemptDelay: '1' })",
  'half a stream': "berkeley.socket().toDuplex({ allowHalfOpen: 'yes' })",
  'an unknown option of a stream': 'berkeley.socket().toDuplex({ readable: true })',
  'a number written to a web stream': 'void berkeley.socket().toWeb().writable.getWriter().write(42)',
  'an option that is there but undefined': 'berkeley.createServer(["", 0], { reusePort: undefined })',
}

/** What each program begins with. */
const HEADER = `
  import * as berkeley from 'berkeley'
  import * as select from 'berkeley/select'
  import * as selectors from 'berkeley/selectors'
  import * as socketserver from 'berkeley/socketserver'
  void [berkeley, select, selectors, socketserver]
`

const cases = [
  ...Object.entries(RIGHT).map(([name, code]) => ({ name, code, right: true })),
  ...Object.entries(WRONG).map(([name, code]) => ({ name, code, right: false })),
]

describe('the types', () => {
  let folder: string
  let errors: Map<string, string>

  beforeAll(() => {
    folder = mkdtempSync(join('build', 'types-'))
    cases.forEach(({ code }, index) => {
      writeFileSync(join(folder, `case${index}.ts`), `${HEADER}${code}\n`)
    })
    const config = { extends: '../../tsconfig.json', compilerOptions: { paths: {} }, include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    errors = new Map()
    let output = ''
    try {
      output = execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder], { encoding: 'utf8' })
    } catch (error) {
      output = (error as { stdout: string }).stdout
    }
    for (const line of output.split('\n')) {
      const found = /(case\d+)\.ts\(/.exec(line)
      if (found) errors.set(found[1] as string, line)
    }
  }, 60_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(cases.map((one, index) => [one.right ? 'take' : 'refuse', one.name, index, one.right] as const))(
    '%s %s',
    (_, __, index, right) => {
      const error = errors.get(`case${index}`)
      if (right) expect(error).toBeUndefined()
      else expect(error).toMatch(/error TS(2345|2769|2322|2551|2339|2532|18048|2375|2379|2353|2349|2554|2559)/)
    },
  )
})
