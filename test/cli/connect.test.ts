/** `berkeley connect` against peers of Node, CPython and the kernel. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket as NetSocket, type Server } from 'node:net'
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { cliFile, runCli, startCli } from '../support/cli.js'
import { Program } from '../support/process.js'
import {
  Closing,
  can,
  closedPort,
  FULL_BACKLOG,
  freePort,
  type listenTcp,
  temporaryFolder,
  udp,
} from '../support/sockets.js'

/** A server of Node's, half-open connections included. */
async function netServer(onConnection: (conn: NetSocket) => void, where: string | number = 0) {
  const conns: NetSocket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (conn) => {
    conns.push(conn)
    onConnection(conn)
  })
  if (typeof where === 'string') server.listen(where)
  else server.listen(where, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'string' ? 0 : (address as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const conn of conns) conn.destroy()
      await once(server, 'close')
    },
  }
}

/** A listener that answers nobody. */
function fullListener(closing: Closing): ReturnType<typeof listenTcp> {
  const listener = closing.add(socket())
  listener.bind(['127.0.0.1', 0])
  listener.listen(FULL_BACKLOG)
  for (let i = 0; i < 4; i++) {
    const filler = closing.add(new Socket(AF_INET))
    filler.setblocking(false)
    filler.connect_ex(listener.getsockname())
  }
  return listener
}

const shout = (conn: NetSocket): void => {
  let text = ''
  conn.on('data', (data) => {
    text += data
  })
  conn.on('end', () => conn.end(text.toUpperCase()))
}

describe('streams', () => {
  test('the input goes there, its end too, and the answer comes back', async () => {
    await using server = await netServer(shout)
    for (const address of [
      `127.0.0.1:${server.port}`,
      `tcp://127.0.0.1:${server.port}`,
      `tcp:localhost:${server.port}`,
    ]) {
      expect(await runCli(['connect', address], 'hello\n')).toEqual({
        code: 0,
        signal: null,
        stdout: 'HELLO\n',
        stderr: '',
      })
    }
    expect((await runCli(['connect', '127.0.0.1', String(server.port)], 'two words')).stdout).toBe('TWO WORDS')
  })

  test('every byte of a large transfer, in both directions at once', async () => {
    await using server = await netServer((conn) => conn.pipe(conn))
    using folder = temporaryFolder()
    const data = randomBytes(20_000_000)
    writeFileSync(folder.path('data'), data)
    const command = `"$0" "$1" connect "$2" < "$3" | sha256sum`
    const args = ['-c', command, process.execPath, cliFile, `127.0.0.1:${server.port}`, folder.path('data')]
    await using program = new Program('sh', args)
    const sum = createHash('sha256').update(data).digest('hex')
    expect(await program.ended()).toMatchObject({ code: 0, stdout: `${sum}  -\n`, stderr: '' })
  })

  test('what the peer sends after the input has ended is waited for; --no-shutdown tells no end', async () => {
    await using server = await netServer((conn) => {
      conn.on('data', () => conn.write('more?'))
      conn.on('end', () => conn.end(' the end'))
    })
    const address = `127.0.0.1:${server.port}`
    expect((await runCli(['connect', address], 'x')).stdout).toBe('more? the end')
    const idle = await runCli(['connect', '--no-shutdown', '--idle', '300ms', '-v', address], 'x')
    expect(idle).toMatchObject({ code: 0, stdout: 'more?' })
    expect(idle.stderr).toContain('nothing was sent or received for 300 ms\n')
  })

  test('-v tells who, how much, and what TCP knows', async () => {
    await using server = await netServer(shout)
    const { stderr } = await runCli(['connect', '-v', `127.0.0.1:${server.port}`], 'hello')
    const [connecting, connected, summary] = stderr.split('\n')
    expect(connecting).toBe(`connecting to 127.0.0.1:${server.port}`)
    expect(connected).toMatch(new RegExp(`^connected to 127\\.0\\.0\\.1:${server.port} from 127\\.0\\.0\\.1:\\d+$`))
    expect(summary).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${server.port}: received 5 B, sent 5 B, [\\d.]+ m?s; round trip [\\d.]+ .s ± `),
    )
  })

  test('--hex shows both directions', async () => {
    await using server = await netServer(shout)
    const { stdout } = await runCli(['connect', '--hex', `127.0.0.1:${server.port}`], 'seventeen letters\0')
    expect(stdout).toBe(`\
> 00000000  73 65 76 65 6e 74 65 65  6e 20 6c 65 74 74 65 72  |seventeen letter|
> 00000010  73 00                                             |s.|
< 00000000  53 45 56 45 4e 54 45 45  4e 20 4c 45 54 54 45 52  |SEVENTEEN LETTER|
< 00000010  53 00                                             |S.|
`)
  })

  test('--source, --ttl, --interface and --option are set before the connection is made', async () => {
    await using server = await netServer((conn) => conn.end(`from ${conn.remoteAddress}:${conn.remotePort}`))
    const port = freePort()
    const address = `127.0.0.1:${server.port}`
    expect((await runCli(['connect', '-s', `127.0.0.1:${port}`, address])).stdout).toBe(`from 127.0.0.1:${port}`)
    expect((await runCli(['connect', '-s', '127.0.0.1', address])).stdout).toMatch(/^from 127\.0\.0\.1:/)
    const options = ['--ttl', '3', '-o', 'noDelay', '-o', 'keepAlive=on', '-o', 'linger=none', '-o', 'keepAliveIdle=7']
    expect((await runCli(['connect', ...options, address])).code).toBe(0)
  })

  test('a unix socket, by its path or a URL', async () => {
    using folder = temporaryFolder()
    const path = folder.path('s')
    await using _ = await netServer(shout, path)
    for (const args of [[`unix:${path}`], [`unix://${path}`], ['-U', path], [path]]) {
      expect((await runCli(['connect', ...args], 'x')).stdout, args.join(' ')).toBe('X')
    }
  })

  test.skipIf(!can.linux)('an abstract name, and records that keep their bounds [Linux]', async () => {
    using closing = new Closing()
    const name = `bk-cli-${process.pid}-${Date.now()}`
    const listener = closing.add(socket(AF_UNIX, SOCK_SEQPACKET))
    listener.bind(`\0${name}`)
    listener.listen()
    await using program = startCli(['connect', '--lines', `unix-seqpacket:@${name}`]).input('one\ntwo\nthree')
    const [conn] = await listener.acceptAsync({ timeout: 10 })
    closing.add(conn)
    const records = []
    for (let data = await conn.recvAsync(99); data.length > 0; data = await conn.recvAsync(99)) records.push(`${data}`)
    expect(records).toEqual(['one\n', 'two\n', 'three'])
    await conn.sendAsync('done')
    conn.close()
    expect(await program.ended()).toMatchObject({ code: 0, stdout: 'done', stderr: '' })
  })
})

describe('datagrams', () => {
  test('one for each line; answers are waited for', async () => {
    using server = udp()
    const [, port] = server.getsockname()
    await using program = startCli(['connect', '--lines', '--idle', '500ms', `udp://127.0.0.1:${port}`])
    program.input('first\nsecond\n')
    for (const expected of ['first\n', 'second\n']) {
      const [data, address] = await server.recvfromAsync(100, { timeout: 10 })
      expect(`${data}`).toBe(expected)
      await server.sendtoAsync(`got ${data}`, address as [string, number])
    }
    expect(await program.ended()).toMatchObject({ code: 0, stdout: 'got first\ngot second\n', stderr: '' })
  })

  test('--size cuts the input; without it the longest datagram is sent', async () => {
    using server = udp()
    const [, port] = server.getsockname()
    const sizes = async (args: string[], input: string, count: number): Promise<number[]> => {
      await using program = startCli(['connect', '-u', '--idle', '100ms', ...args, `127.0.0.1:${port}`]).input(input)
      const found = []
      while (found.length < count) found.push((await server.recvAsync(65_535, { timeout: 10 })).length)
      expect(await program.ended()).toMatchObject({ code: 0, stderr: '' })
      return found
    }
    expect(await sizes(['--size', '1k'], 'x'.repeat(2500), 3)).toEqual([1024, 1024, 452])
    const whole = await sizes([], 'x'.repeat(65_536), 2)
    expect(whole.reduce((sum, size) => sum + size)).toBe(65_536)
  })

  test('of unix sockets: the peer can answer', async () => {
    using folder = temporaryFolder()
    using server = socket(AF_UNIX, SOCK_DGRAM)
    server.bind(folder.path('d'))
    await using program = startCli(['connect', '--idle', '300ms', `unix-dgram:${folder.path('d')}`]).input('ping')
    const [data, address] = await server.recvfromAsync(100, { timeout: 10 })
    expect(`${data}`).toBe('ping')
    await server.sendtoAsync('pong', address as Buffer)
    expect(await program.ended()).toMatchObject({ code: 0, stdout: 'pong', stderr: '' })
  })

  test('a closed port is an error', async () => {
    using bound = udp()
    const [, port] = bound.getsockname()
    bound.close()
    const stderr = `berkeley: 127.0.0.1:${port}: Connection refused (ECONNREFUSED)\n`
    expect(await runCli(['connect', '-u', `127.0.0.1:${port}`], 'x')).toMatchObject({ code: 1, stderr })
  })
})

describe('what fails', () => {
  const port = closedPort()
  test.each([
    [[`127.0.0.1:${port}`], 1, `connect 127.0.0.1:${port}: Connection refused (ECONNREFUSED)`],
    [['/nowhere/s'], 1, 'connect /nowhere/s: No such file or directory (ENOENT)'],
    [['-s', '192.0.2.1', `127.0.0.1:${port}`], 1, 'bind 192.0.2.1:0: Address not available (EADDRNOTAVAIL)'],
    [['-s', '::1', `127.0.0.1:${port}`], 2, '--source ::1: it is of another family than the address'],
    [
      ['-o', 'color=red', 'localhost:1'],
      2,
      /^--option color=red: The argument "name" must be the name of a socket opt/,
    ],
    [['-o', 'noDelay=3', 'localhost:1'], 2, /^--option noDelay=3: The "noDelay" argument must be of type boolean/],
    [[''], 2, '"" has no port: ADDRESS is HOST:PORT'],
    [['[::1]'], 2, '[::1]: it has no port, which follows as [ADDRESS]:PORT'],
    [['localhost'], 2, 'localhost has no port: ADDRESS is HOST:PORT'],
    [['localhost:99999'], 2, 'localhost:99999: a port is a number from 0 to 65535, or the name of a service'],
    [['::1:80'], 2, '::1:80: an IPv6 address with a port is [ADDRESS]:PORT'],
    [['vsock:1'], 2, /^vsock:1: a vsock address is vsock:CID:PORT/],
    [['vsock:constructor:1'], 2, /^vsock:constructor:1: a vsock address is vsock:CID:PORT/],
    [['http://localhost:80/'], 2, /^http:\/\/localhost:80\/: an address begins with tcp:, /],
    [['unix-records:/run/s'], 2, /^unix-records:\/run\/s: an address begins with tcp:, /],
    [['-4', '-6', 'localhost:1'], 2, '-4 and -6 exclude each other'],
    [['-u', 'tcp://localhost:1'], 2, '-u and tcp://localhost:1 exclude each other'],
    [['-U', 'udp://localhost:1'], 2, '-U and udp://localhost:1 exclude each other'],
    [['-6', 'tcp4://localhost:1'], 2, '-6 and tcp4://localhost:1 exclude each other'],
    [['--lines', 'localhost:1'], 2, '--lines: it is for datagrams and records, and a stream has neither'],
    [['--size', '8', '/run/s'], 2, '--size 8: it is for datagrams and records, and a stream has neither'],
    [
      ['-u', '--size', '0', 'localhost:1'],
      2,
      /^option '--size <bytes>' argument '0' is invalid. It takes at least a byte/,
    ],
    [['--ttl', '9', 'unix:/nowhere/s'], 2, '--ttl 9: it is for IP only'],
    [['127.0.0.1:no-such-service'], 1, 'port no-such-service: Service not known (EAI_SERVICE)'],
    [
      ['--idle', '25d', 'localhost:1'],
      2,
      /^option '--idle <time>' argument '25d' is invalid. It takes at most 24 days/,
    ],
    [['--idle', 'soon', 'localhost:1'], 2, /^option '--idle <time>' argument 'soon' is invalid. It takes seconds/],
    [[], 2, "missing required argument 'address'"],
  ] as [string[], number, string | RegExp][])('%j: exit code %i', async (args, code, message) => {
    const outcome = await runCli(['connect', ...args], 'x')
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toMatch(/^berkeley: .*\n$/)
    if (typeof message === 'string') expect(outcome.stderr).toBe(`berkeley: ${message}\n`)
    else expect(outcome.stderr.slice('berkeley: '.length)).toMatch(message)
  })

  test('a time limit, on a listener whose queue is full', async () => {
    using closing = new Closing()
    const listener = fullListener(closing)
    const address = listener.getsockname().join(':')
    const { code, stderr } = await runCli(['connect', '--timeout', '200ms', address])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `berkeley: connect ${address}: No answer within 200 ms (ETIMEDOUT)\n`,
    })
  })

  test('--idle does not count before there is a connection', async () => {
    using closing = new Closing()
    const address = fullListener(closing).getsockname().join(':')
    const { code, stderr } = await runCli(['connect', '--timeout', '300ms', '--idle', '50ms', address])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `berkeley: connect ${address}: No answer within 300 ms (ETIMEDOUT)\n`,
    })
  })

  test('a reset is told, after what came before it', async () => {
    await using server = await netServer((conn) => {
      conn.on('error', () => {})
      // Not before the client knows that it is connected: to connect can fail, too.
      conn.once('data', () => conn.write('before', () => setImmediate(() => conn.resetAndDestroy())))
    })
    await using program = startCli(['connect', `127.0.0.1:${server.port}`])
    program.type('hello')
    expect(await program.ended()).toMatchObject({
      code: 1,
      stderr: `berkeley: 127.0.0.1:${server.port}: Connection reset by peer (ECONNRESET)\n`,
    })
  })

  test('stacks are for DEBUG', async () => {
    const { stderr } = await runCli(['connect', `127.0.0.1:${port}`], '', { DEBUG: '1' })
    expect(stderr).toMatch(/\n {4}at /)
    expect(stderr).toContain('caused by SocketError: connect ECONNREFUSED')
  })
})

describe('how it ends', () => {
  test('Ctrl-C: with the summary, and 130', async () => {
    await using server = await netServer((conn) => conn.on('error', () => {}).write('hello'))
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      await using program = startCli(['connect', '-v', `127.0.0.1:${server.port}`])
      await program.printed(/hello/)
      program.signal(signal)
      const outcome = await program.ended()
      expect(outcome).toMatchObject({ code, signal: null })
      expect(outcome.stderr).toMatch(/: received 5 B, sent 0 B, /)
    }
  })

  test('Ctrl-C while it is connecting', async () => {
    using closing = new Closing()
    const listener = fullListener(closing)
    await using program = startCli(['connect', '-v', listener.getsockname().join(':')])
    await program.told(/^connecting to /m)
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 130, signal: null })
  })

  test('the reader of the output goes away, as in `| head`', async () => {
    await using server = await netServer((conn) => {
      const fill = (): void => void conn.write('x'.repeat(65_536), () => setImmediate(fill))
      conn.on('error', () => {})
      fill()
    })
    await using program = startCli(['connect', `127.0.0.1:${server.port}`])
    await program.printed(/x{1000}/)
    program.closeOutput()
    expect(await program.ended()).toMatchObject({ code: 0, signal: null, stderr: '' })
  })
})
