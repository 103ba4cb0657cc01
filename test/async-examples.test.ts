/** The async examples do what they say: each runs as a child process, and the servers talk to other implementations. */
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
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
import { can, closedPort, listenTcp } from './support/sockets.js'

/** The examples that need no peer, and what they print. */
const PROGRAMS: Record<string, RegExp[]> = {
  'async-limits.js': [
    /^timeout: SocketTimeoutError 'recv ETIMEDOUT' after \S+ seconds$/m,
    /^settimeout: SocketTimeoutError 'recv ETIMEDOUT' after \S+ seconds$/m,
    /^timeout of 0: SocketTimeoutError 'recv ETIMEDOUT' after \S+ seconds$/m,
    /^signal: TimeoutError '.+' after \S+ seconds$/m,
    /^one signal, 2 calls: the user has had enough; the user has had enough$/m,
    /^the next call: 'better late than never'$/m,
    /^sendallAsync: ETIMEDOUT, a part of the data was sent$/m,
    /^close: SocketError 'recv ECANCELED' after \S+ seconds$/m,
  ],
  'async-shutdown.js': [
    /^SIGTERM, with 3 requests under way\nno new clients\na late client: ECONNREFUSED$/m,
    /^done: first, then 0 bytes: the end\ndone: second, then .*\ndone: third, then 0 bytes: the end$/m,
  ],
  'async-port-check.js': [/^(127\.0\.0\.1 port \d+: open\n){4}4 others: \d+ ECONNREFUSED$/m],
}
const SERVERS = ['async-echo-client.js', 'async-echo-server.js', 'async-proxy.js']

const LINES = ['hello', 'a line with spaces', 'größer als ASCII: ✓']
const ECHOED = `${LINES.join('\n')}\n`

function expectSuccess({ code, stderr }: Outcome): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

test('no async example is left out here, nor on their page', () => {
  const all = [...Object.keys(PROGRAMS), ...SERVERS].sort()
  expect(readdirSync(examplesFolder).filter((name) => /^async-(?!server\.js)/.test(name))).toEqual(all)
  const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
  for (const name of all) expect(page).toContain(`- \`node examples/${name}`)
})

test.each(Object.entries(PROGRAMS))('%s prints what it says', async (name, patterns) => {
  const outcome = await runExample(name)
  expectSuccess(outcome)
  for (const pattern of patterns) expect(outcome.stdout).toMatch(pattern)
})

test.each([...SERVERS, 'async-port-check.js'])('%s explains itself', async (name) => {
  const asked = await runExample(name, ['--help'])
  expect(asked.code).toBe(0)
  expect(asked.stderr).toContain(`Usage: node ${name} `)
  const wrong = await runExample(name, ['127.0.0.1', 'http'])
  expect(wrong).toMatchObject({ code: 2, stderr: asked.stderr })
})

test('async-port-check.js checks the ports that it is given', async () => {
  await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
  const open = await portOf(server)
  const closed = closedPort()
  const mixed = await runExample('async-port-check.js', ['127.0.0.1', open, `${closed}-${closed}`])
  expectSuccess(mixed)
  expect(mixed.stdout).toMatch(new RegExp(`^127\\.0\\.0\\.1 port ${open}: open\n1 others: \\d+ ECONNREFUSED\n$`))
  expect(await runExample('async-port-check.js', ['127.0.0.1', `${closed}`])).toMatchObject({ code: 1, stderr: '' })
  const unknown = await runExample('async-port-check.js', ['no..such..host', '1'])
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^getaddrinfo EAI_\w+/) })
})

describe('the async echo programs', () => {
  async function expectEcho(host: string, port: string): Promise<void> {
    const outcome = await runExample('async-echo-client.js', [host, port, ...LINES])
    expectSuccess(outcome)
    expect(outcome.stdout).toBe(ECHOED)
  }

  test.each(['127.0.0.1', 'localhost'])('talk to each other over %s', async (host) => {
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    await expectEcho(host, await portOf(server))
  })

  test.skipIf(!can.bindIPv6)('talk to each other over ::1 [needs IPv6]', async () => {
    await using server = startExample('async-echo-server.js', ['::1', '0'])
    await expectEcho('::1', await portOf(server))
  })

  test('serve a client while others are there, one of which does not read', async () => {
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    const port = await portOf(server)
    const lazy = connect(Number(port), '127.0.0.1').pause()
    lazy.write(Buffer.alloc(20_000_000))
    await server.printed(/ connected$/m)
    const clients = Array.from({ length: 3 }, () => startExample('async-echo-client.js', ['127.0.0.1', port]))
    await server.printed(/( connected\n[\s\S]*){4}/)
    for (const client of clients) client.input(ECHOED)
    for (const client of clients) expect(await client.ended()).toMatchObject({ code: 0, stdout: ECHOED, stderr: '' })
    lazy.resetAndDestroy()
    await server.printed(/ECONNRESET|EPIPE/)
  })

  test.skipIf(!hasPython)('talk to CPython [needs python3]', async () => {
    await using pythons = startPython(pythonEchoServers.tcp)
    await expectEcho('127.0.0.1', await portOf(pythons))
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    await using client = startPython(pythonEchoClients.tcp, await portOf(server))
    const { code, stdout, stderr } = await client.ended()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^(True\n){3,}$/)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('the server lets its clients go on %s, and ends', async (signal) => {
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    const client = connect(Number(await portOf(server)), '127.0.0.1')
    await server.printed(/ connected$/m)
    server.signal(signal)
    expect(await text(client)).toBe('')
    const outcome = await server.ended()
    expectSuccess(outcome)
    expect(outcome.stdout).toMatch(/ closed\nno more clients\n$/)
  })

  test('the client ends on SIGINT while it waits', async () => {
    using listener = listenTcp()
    await using client = startExample('async-echo-client.js', ['127.0.0.1', `${listener.getsockname()[1]}`, 'hello'])
    const [accepted] = await listener.acceptAsync()
    using conn = accepted
    expect((await conn.recvAsync(100)).toString()).toBe('hello\n')
    client.signal('SIGINT')
    expect(await client.ended()).toMatchObject({ code: 1, stdout: '', stderr: 'interrupted\n' })
  })

  test('the client ends where the server is silent, and where it hangs up', async () => {
    using listener = listenTcp()
    const args = ['127.0.0.1', `${listener.getsockname()[1]}`, 'hello']
    const ignored = runExample('async-echo-client.js', args)
    const [kept] = await listener.acceptAsync()
    const left = runExample('async-echo-client.js', args)
    const [dropped] = await listener.acceptAsync()
    await dropped.recvAsync(100)
    dropped.close()
    expect(await left).toMatchObject({ code: 1, stdout: '', stderr: 'the server closed the connection\n' })
    expect(await ignored).toMatchObject({ code: 1, stdout: '', stderr: 'nothing within 2 s\n' })
    kept.close()
  })

  test('the client says what is wrong', async () => {
    const port = closedPort()
    const refused = await runExample('async-echo-client.js', ['127.0.0.1', `${port}`, 'hello'])
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: `connect ECONNREFUSED 127.0.0.1:${port}\n` })
    const unknown = await runExample('async-echo-client.js', ['no..such..host', '1', 'hello'])
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/^getaddrinfo EAI_\w+ no\.\.such\.\.host\n$/)
  })
})

describe('the proxy', () => {
  test('passes on both directions and their ends', async () => {
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    await using proxy = startExample('async-proxy.js', ['localhost', await portOf(server), '0'])
    const client = connect(Number(await portOf(proxy)), '127.0.0.1')
    const data = Buffer.alloc(3_000_000, 'there and back again, ')
    client.end(data)
    expect((await buffer(client)).equals(data)).toBe(true)
    await proxy.printed(/^127\.0\.0\.1 port \d+: 3000000 bytes there, 3000000 bytes back$/m)
  })

  test('goes on where the server is not there, and where a client vanishes', async () => {
    await using server = startExample('async-echo-server.js', ['127.0.0.1', '0'])
    await using proxy = startExample('async-proxy.js', ['127.0.0.1', await portOf(server), '0'])
    const port = await portOf(proxy)
    const vanishing = connect(Number(port), '127.0.0.1')
    await server.printed(/ connected$/m)
    vanishing.resetAndDestroy()
    await proxy.printed(/: recv ECONNRESET$/m)
    await server.printed(/ closed$/m)
    const echoed = await runExample('async-echo-client.js', ['127.0.0.1', port, ...LINES])
    expect(echoed).toMatchObject({ code: 0, stdout: ECHOED, stderr: '' })
    server.signal('SIGINT')
    await server.ended()
    const client = connect(Number(port), '127.0.0.1')
    expect(await text(client)).toBe('')
    await proxy.printed(/: connect ECONNREFUSED 127\.0\.0\.1:\d+$/m)
  })
})
