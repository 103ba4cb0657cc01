/** The examples do what they say: each runs as a child process, and the echo programs talk to other implementations. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { PROGRAMS } from './support/example-output.js'
import {
  examplesFolder,
  type Outcome,
  portOf,
  pythonEchoClients,
  pythonEchoServers,
  runExample,
  startExample,
  startPython,
} from './support/process.js'
import { hasPython } from './support/python.js'
import { can, closedPort, udp } from './support/sockets.js'

const ECHO_PROGRAMS = [
  'tcp-echo-client.js',
  'tcp-echo-server.js',
  'udp-echo-client.js',
  'udp-echo-server.js',
  'selectors-echo-server.js',
]

/** The parts of the demo, with their numbers and titles. */
const PARTS: Record<string, string> = {
  'demo/tcp.js': 'TCP: a server and a client',
  'demo/recv.js': 'recv(bufsize) in a loop',
  'demo/send.js': 'send against sendall',
  'demo/connect-ex.js': 'connect_ex: an errno for an answer',
  'demo/modes.js': 'setblocking and settimeout',
  'demo/udp.js': 'UDP: sendto and recvfrom',
  'demo/async.js': 'Async: the same calls as promises, in one thread',
}
/** What the parts import. */
const PARTS_HELPERS = ['demo/narrate.js', 'demo/print.js']
/** What other examples start. */
const CHILDREN = ['pass-descriptor-child.js']

function expectSuccess({ code, stderr }: Outcome): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

/** Those with tests in files of their own: each such file names its programs. */
const ELSEWHERE = [
  ...new Set(
    readdirSync('test')
      .filter((name) => name.endsWith('-examples.test.ts') && !name.startsWith('async-'))
      .flatMap((name) => [...readFileSync(`test/${name}`, 'utf8').matchAll(/'([\w-]+\.js)'/g)])
      .map(([, name]) => name as string)
      .filter((name) => !/^(async|socketserver)-/.test(name) && !(name in PROGRAMS)),
  ),
]

describe('the folder', () => {
  test('holds no program that is not tested here', () => {
    const found = readdirSync(examplesFolder, { recursive: true, encoding: 'utf8' }).filter(
      // Those have tests of their own: async-examples.test.ts, socketserver-examples.test.ts.
      (name) => name.endsWith('js') && !/^(async|socketserver)-/.test(name),
    )
    const tested = [
      'demo.js',
      ...Object.keys(PARTS),
      ...PARTS_HELPERS,
      ...CHILDREN,
      ...ECHO_PROGRAMS,
      ...Object.keys(PROGRAMS),
      ...ELSEWHERE,
    ]
    expect(found.sort()).toEqual(tested.sort())
  })

  test('has a page that tells how to run each program', () => {
    const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
    const listed = [...page.matchAll(/^- `node examples\/(?!async-|socketserver-)([^ `]+)/gm)].map(([, name]) => name)
    expect(listed.sort()).toEqual([...ECHO_PROGRAMS, ...Object.keys(PROGRAMS), ...ELSEWHERE].sort())
    expect(page).toContain('- `npm start`: [demo.js](demo.js)')
  })
})

describe('programs without a peer', () => {
  test.each(Object.entries(PROGRAMS))('%s', async (name, patterns) => {
    const outcome = await runExample(name)
    expectSuccess(outcome)
    for (const pattern of patterns) expect(outcome.stdout).toMatch(pattern)
  })

  test('connect-ex.js checks the ports that it is given', async () => {
    await using server = startExample('tcp-echo-server.js', ['127.0.0.1', '0'])
    const open = await portOf(server)
    const isOpen = await runExample('connect-ex.js', ['127.0.0.1', open])
    expectSuccess(isOpen)
    expect(isOpen.stdout).toBe(`127.0.0.1 port ${open}: open\n`)
    const closed = closedPort()
    const mixed = await runExample('connect-ex.js', ['127.0.0.1', open, `${closed}`])
    expect(mixed.code).toBe(1)
    expect(mixed.stdout).toMatch(
      new RegExp(`^.*: open\n127\\.0\\.0\\.1 port ${closed}: closed \\(\\d+ ECONNREFUSED\\)\n$`),
    )
  })

  test('resolve.js takes a host and a port', async () => {
    const outcome = await runExample('resolve.js', ['127.0.0.1', '8080'])
    expectSuccess(outcome)
    expect(outcome.stdout).toMatch(/^ {2}IPv4 UDP: 127\.0\.0\.1 port 8080$/m)
  })
})

describe('the demo', () => {
  const entry = new URL('../dist/index.js', import.meta.url).href

  /** Runs the demo on a library that misbehaves, in every thread. */
  function runOnBroken(method: 'accept' | 'connect_ex', body: string): Promise<Outcome> {
    const code = `import { Socket } from '${entry}'\nSocket.prototype.${method} = () => { ${body} }`
    return runExample('demo.js', [], { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(code)}`] })
  }

  test('exits 0 and shows each part with the answers of the kernel', async () => {
    const outcome = await runExample('demo.js')
    expectSuccess(outcome)
    const { stdout } = outcome
    Object.values(PARTS).forEach((title, index) => {
      expect(stdout).toContain(`\n${index + 1}. ${title}`)
    })
    const answer = (code: string) => stdout.split(` ${code}\n`)[1]?.split('\n')[0]?.trim()
    expect(answer("listener.bind(['127.0.0.1', 0])")).toBe('-> done')
    expect(answer('other.bind(address)')).toBe('-> done')
    expect(answer('listener.getsockname()')).toMatch(/^-> \['127\.0\.0\.1', [1-9]\d*\]$/)
    expect(answer('first.send(data)')).toMatch(/^-> [1-9]\d{0,2}(,\d{3})+ of 4,194,304 bytes$/)
    expect(answer('fourth.send(data)')).toBe('-> 4,194,304 of 4,194,304 bytes')
    expect(answer('first.connect_ex(closedAddress)')).toBe(`-> ${can.linux ? 111 : 61}, which is errno.ECONNREFUSED`)
    expect(answer('third.connect_ex(openAddress)')).toBe('-> 0, connected')
    expect(stdout).toMatch(
      /setblocking\(false\)\n +-> done\n +conn\.recv\(1024\)\n +-> throws SocketError 'recv EAGAIN'/,
    )
    expect(stdout).toMatch(/-> throws SocketTimeoutError 'recv ETIMEDOUT', errno \d+\n +\/\/ that took \d\.\d+ seconds/)
    expect(answer('sock.sendto(Buffer.alloc(65537), address)')).toMatch(/^-> throws SocketError 'sendto EMSGSIZE /)
    expect(answer('receiver.recvfrom(10)')).toMatch(/^-> \[10 bytes 'a datagram', /)
    const lengths = [...stdout.matchAll(/conn\.recv\(4096\)\n +-> (\d+) bytes/g)].map(([, length]) => Number(length))
    expect(lengths.at(-1)).toBe(0)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4096)
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(10_000)
    expect(stdout).toMatch(/\n\nAll answers as expected, in [\d.]+ seconds\.\n$/)
  })

  test('exits 1 and says what was not as expected', async () => {
    const { code, stdout } = await runOnBroken('connect_ex', 'return 5')
    expect(code).toBe(1)
    expect(stdout).toContain(
      'Unexpected in part 4 (connect-ex): first.connect_ex(closedAddress) answered 5, and that is not as it should be\n',
    )
    expect(stdout).toMatch(/\n\nNot as expected: connect-ex\.\n$/)
  })

  test('exits 1 where a server fails while its client waits for it', async () => {
    const { code, stdout } = await runOnBroken('accept', `throw new Error('no accept')`)
    expect(code).toBe(1)
    expect(stdout).toContain('Unexpected in part 1 (tcp): no accept\n')
    expect(stdout).toMatch(/\n\nNot as expected: tcp, recv, send\.\n$/)
  })

  test.each(Object.entries(PARTS))('%s runs by itself', async (name, title) => {
    const outcome = await runExample(name)
    expectSuccess(outcome)
    expect(outcome.stdout.startsWith(`\n${title}`)).toBe(true)
  })

  test('has colours where they are asked for', async () => {
    const { stdout } = await runExample('demo/modes.js', [], { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\u001b[1m')
  })
})

const LINES = ['hello', 'a line with spaces', 'größer als ASCII: ✓']
const ECHOED = `${LINES.join('\n')}\n`

/** Echo servers of Node itself. That of TCP answers in pieces. */
const NODE_SERVERS = {
  async tcp() {
    const server = createServer((conn) => {
      conn.setNoDelay().on('data', (data) => {
        for (const byte of data) conn.write(Uint8Array.of(byte))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  async udp() {
    const server = createSocket('udp4', (data, { port, address }) => server.send(data, port, address))
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: server.address().port, close: () => server.close() }
  },
}

describe.each(['tcp', 'udp'] as const)('the %s echo programs', (protocol) => {
  const serverName = `${protocol}-echo-server.js`
  const clientName = `${protocol}-echo-client.js`

  /** Runs the client, and expects back what it sends. */
  async function expectEcho(host: string, port: string): Promise<void> {
    const outcome = await runExample(clientName, [host, port, ...LINES])
    expectSuccess(outcome)
    expect(outcome.stdout).toBe(ECHOED)
  }

  test.each(['127.0.0.1', 'localhost'])('talk to each other over %s', async (host) => {
    await using server = startExample(serverName, [host, '0'])
    await expectEcho('127.0.0.1', await portOf(server))
  })

  test.skipIf(!can.bindIPv6)('talk to each other over ::1 [needs IPv6]', async () => {
    await using server = startExample(serverName, ['::1', '0'])
    await server.printed(/ on ::1 port /)
    await expectEcho('::1', await portOf(server))
  })

  test('send lines of the standard input, one client after the other', async () => {
    await using server = startExample(serverName, ['127.0.0.1', '0'])
    const port = await portOf(server)
    for (let i = 0; i < 2; i++) {
      await using client = startExample(clientName, ['127.0.0.1', port]).input(ECHOED)
      expect(await client.ended()).toMatchObject({ code: 0, stdout: ECHOED, stderr: '' })
    }
  })

  test('the client talks to Node itself', async () => {
    const server = await NODE_SERVERS[protocol]()
    try {
      await expectEcho('127.0.0.1', `${server.port}`)
    } finally {
      server.close()
    }
  })

  test.skipIf(!hasPython)('the client talks to CPython [needs python3]', async () => {
    await using server = startPython(pythonEchoServers[protocol])
    await expectEcho('127.0.0.1', await portOf(server))
  })

  test.skipIf(!hasPython)('the server talks to CPython [needs python3]', async () => {
    await using server = startExample(serverName, ['127.0.0.1', '0'])
    await using client = startPython(pythonEchoClients[protocol], await portOf(server))
    const { code, stdout, stderr } = await client.ended()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^(True\n){3,}$/)
  })

  test('the server ends on SIGINT while it waits', async () => {
    await using server = startExample(serverName, ['127.0.0.1', '0'])
    await portOf(server)
    server.signal('SIGINT')
    expect(await server.ended()).toMatchObject({ signal: 'SIGINT', stderr: '' })
  })

  test.each([serverName, clientName])('%s explains itself', async (name) => {
    const asked = await runExample(name, ['--help'])
    expect(asked.code).toBe(0)
    expect(asked.stderr).toContain(`Usage: node ${name} [host] [port]`)
    const wrong = await runExample(name, ['127.0.0.1', 'http'])
    expect(wrong).toMatchObject({ code: 2, stderr: asked.stderr })
  })

  test('the client says what is wrong with a host', async () => {
    const outcome = await runExample(clientName, ['no..such..host', '1', 'hello'])
    expect(outcome).toMatchObject({ code: 1, stdout: '' })
    expect(outcome.stderr).toMatch(/^getaddrinfo EAI_\w+ no\.\.such\.\.host\n$/)
  })
})

describe('the echo server of one selector', () => {
  test('serves clients at the same time, one of which does not read', async () => {
    await using server = startExample('selectors-echo-server.js', ['127.0.0.1', '0'])
    const port = await portOf(server)
    const lazy = connect(Number(port), '127.0.0.1').pause()
    lazy.write(Buffer.alloc(20_000_000))
    await server.printed(/^127\.0\.0\.1 port \d+ connected$/m)
    const clients = Array.from({ length: 5 }, () => startExample('tcp-echo-client.js', ['127.0.0.1', port]))
    await server.printed(/( connected\n[\s\S]*){6}/)
    for (const client of clients) client.input(ECHOED)
    for (const client of clients) expect(await client.ended()).toMatchObject({ code: 0, stdout: ECHOED, stderr: '' })
    lazy.resetAndDestroy()
    await server.printed(/ECONNRESET|EPIPE/)
    server.signal('SIGINT')
    expect(await server.ended()).toMatchObject({ signal: 'SIGINT', stderr: '' })
  })

  test('explains itself', async () => {
    const asked = await runExample('selectors-echo-server.js', ['--help'])
    expect(asked).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Usage: node selectors-echo-server.js [host]'),
    })
  })
})

describe('echo programs whose peer goes away', () => {
  test('the TCP client says that nobody listens', async () => {
    const port = closedPort()
    const outcome = await runExample('tcp-echo-client.js', ['127.0.0.1', `${port}`, 'hello'])
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: `connect ECONNREFUSED 127.0.0.1:${port}\n` })
  })

  test('the TCP client ends when the server has closed the connection', async () => {
    await using server = startExample('tcp-echo-server.js', ['127.0.0.1', '0'])
    await using client = startExample('tcp-echo-client.js', ['127.0.0.1', await portOf(server)])
    await server.printed(/ connected\n/)
    server.signal('SIGINT')
    await server.ended()
    client.input(ECHOED)
    const { code, stdout, stderr } = await client.ended()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).not.toBe('')
  })

  test('the TCP server serves others after a client that vanished', async () => {
    await using server = startExample('tcp-echo-server.js', ['127.0.0.1', '0'])
    const port = Number(await portOf(server))
    const vanishing = connect(port, '127.0.0.1')
    await server.printed(/ connected\n/)
    vanishing.resetAndDestroy()
    await server.printed(/^recv ECONNRESET$/m)
    const client = connect(port, '127.0.0.1')
    client.end(ECHOED)
    expect(await text(client)).toBe(ECHOED)
    await server.printed(/ closed\n/)
  })

  test('the UDP client gives up where nobody answers', async () => {
    using silent = udp()
    const outcome = await runExample('udp-echo-client.js', ['127.0.0.1', `${silent.getsockname()[1]}`, 'hello'])
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: 'no answer within 2 s\n' })
  })
})
