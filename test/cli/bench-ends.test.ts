/** How `berkeley bench` ends: Ctrl-C on either side, peers that vanish, servers that are none, options that are wrong. */
import { createServer as createNetServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { encodeFrame, HEADER_BYTES } from '../../lib/cli/bench/frames.js'
import { clientArgs, only, resultsIn, startBenchServer } from '../support/bench.js'
import { runCli, startCli } from '../support/cli.js'
import { listenTcp } from '../support/sockets.js'

const LONG = ['-t', '60', '-i', '0.05']

describe('Ctrl-C', () => {
  test.each([
    ['throughput', 'duplex', 'SIGINT', 130],
    ['throughput', 'down', 'SIGTERM', 143],
    ['latency', 'tcp', 'SIGINT', 130],
    ['latency', 'udp', 'SIGINT', 130],
    ['connections', '', 'SIGINT', 130],
    ['udp', 'up', 'SIGINT', 130],
    ['udp', 'down', 'SIGINT', 130],
  ] as const)('ends the client in the middle of %s %s, with what it has', async (name, which, signal, code) => {
    await using server = await startBenchServer()
    const option = { throughput: ['-d', which], latency: ['--transport', which], udp: ['--udp-direction', which] }
    const own = name === 'connections' ? [] : option[name]
    await using client = startCli(clientArgs('127.0.0.1', server.port, '--test', name, ...own, ...LONG))
    await client.printed(/\n {2}0\.\d\d-\d.* s {2}(?!no )/)
    client.signal(signal)
    const outcome = await client.ended()
    expect(outcome).toMatchObject({ code, signal: null, stderr: '' })
    expect(outcome.stdout).toMatch(/\nSummary\n.* \[interrupted\]\n {2}Interrupted: what was measured .*\n$/)
    expect(outcome.stdout).not.toMatch(/nothing measured|no answers {2}interrupted/)
    // The server is free for the next.
    server.program.signal('SIGINT')
    const { stdout, code: ended } = await server.program.ended()
    expect(ended).toBe(0)
    expect(stdout).toMatch(/\nServed 1 session with 1 test\.\n$/)
  })

  test('leaves whole JSON behind, marked', async () => {
    await using server = await startBenchServer()
    await using client = startCli(clientArgs('127.0.0.1', server.port, '--json', '--test', 'throughput,udp', ...LONG))
    await server.program.printed(/throughput up/)
    client.signal('SIGINT')
    const outcome = await client.ended()
    expect(outcome).toMatchObject({ code: 130, stderr: '' })
    const results = resultsIn(outcome)
    expect(results.interrupted).toBe(true)
    // Those that had not begun are left out.
    expect(results.tests.map(({ test: name, status }) => [name, status])).toEqual([['throughput', 'interrupted']])
    const [found] = only(results, 'throughput')
    expect(found?.up?.bytesReceived ?? 0).toBe(found?.up?.bytesSent ?? 0)
  })

  test('ends the server, which tells its client, who keeps what it has', async () => {
    await using server = await startBenchServer()
    await using client = startCli(clientArgs('127.0.0.1', server.port, '--test', 'throughput', '-d', 'down', ...LONG))
    await client.printed(/\n {2}0\.\d\d-\d.* s {2}down/)
    server.program.signal('SIGINT')
    expect(await server.program.ended()).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout } = await client.ended()
    expect(code).toBe(1)
    expect(stdout).toMatch(/\[failed: the server ended the session: the server was stopped\]\n$/)
  })
})

describe('who vanishes', () => {
  test.each([
    ['throughput', '-d', 'up'],
    ['throughput', '-d', 'down'],
    ['latency', '--transport', 'tcp'],
    ['latency', '--transport', 'udp'],
    ['connections', '-c', '4'],
    ['udp', '--udp-direction', 'up'],
    ['udp', '--udp-direction', 'down'],
  ])('a server in the middle of %s %s %s', async (name, ...own) => {
    await using server = await startBenchServer()
    await using client = startCli(clientArgs('127.0.0.1', server.port, '--test', name, ...own, ...LONG))
    await client.printed(/\n {2}0\.\d\d-\d.* s {2}(?!no )/)
    server.program.signal('SIGKILL')
    const { code, stdout, stderr } = await client.ended()
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/\[failed: (the server closed the connection|the connection to the server broke .*)\]\n$/)
  })

  test.each(['throughput', 'latency', 'connections', 'udp'])('a client in the middle of %s', async (name) => {
    await using server = await startBenchServer()
    await using client = startCli(clientArgs('127.0.0.1', server.port, '--test', name, ...LONG))
    await client.printed(/\n {2}0\.\d\d-\d.* s {2}(?!no )/)
    client.signal('SIGKILL')
    await client.ended()
    await server.program.printed(/: done, 1 test\n/)
    // Its place is free, and nothing of it is left in the way.
    const next = await runCli(clientArgs('127.0.0.1', server.port, '--json', '--test', name, '-t', '0.1'))
    expect(next).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('where there is no server', () => {
  test('nobody listens', async () => {
    using listener = listenTcp()
    const [, port] = listener.getsockname()
    listener.close()
    const outcome = await runCli(clientArgs('127.0.0.1', port))
    const stderr = `berkeley: 127.0.0.1 port ${port}: Connection refused (ECONNREFUSED)\n`
    expect(outcome).toEqual({ code: 1, signal: null, stdout: '', stderr })
  })

  test('the name is unknown', async () => {
    const { code, stderr } = await runCli(['bench', 'client', 'nowhere.invalid'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^berkeley: nowhere\.invalid port 5210: .*\(EAI_\w+\)\n$/)
  })

  const ANSWERS: [string, Buffer | string, RegExp][] = [
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /this is no server of berkeley bench: a message has at most/],
    ['an end', '', /the server closed the connection/],
    [
      'half a message',
      Buffer.from([0, 0, 0, 9, 123]),
      /this is no server of berkeley bench: the connection ended within/,
    ],
    [
      'a message of nobody',
      encodeFrame({ type: 'what' }),
      /this is no server of berkeley bench: the field "type" takes/,
    ],
    [
      'a later version',
      encodeFrame({ type: 'error', id: null, code: 'version', message: 'this side speaks version 2' }),
      /the server says: this side speaks version 2/,
    ],
  ]
  test.each(ANSWERS)('%s answers', async (_, answer, pattern) => {
    await using server = createNetServer((conn) => {
      let seen = 0
      conn.on('error', () => {})
      conn.on('data', (data) => {
        seen += data.length
        if (seen > HEADER_BYTES) conn.end(answer)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { code, stdout, stderr } = await runCli(clientArgs('127.0.0.1', port))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(pattern)
    expect(stderr.split('\n')).toHaveLength(2)
  })
})

describe('the server', () => {
  test('with --one-off ends after a client, and turns the next one away', async () => {
    await using server = await startBenchServer('--one-off', '--bind', '127.0.0.1')
    const outcome = await runCli(clientArgs('127.0.0.1', server.port, '--test', 'connections', '-t', '0.1'))
    expect(outcome.code).toBe(0)
    const { code, stdout } = await server.program.ended()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^berkeley bench: serving on 127\.0\.0\.1:\d+, TCP and UDP\n/)
    expect(stdout).toMatch(/\nServed 1 session with 1 test\.\n$/)
  })

  test('says that a port is taken', async () => {
    await using server = await startBenchServer()
    const { code, stderr } = await runCli(['bench', 'server', '--port', String(server.port)])
    expect(code).toBe(1)
    expect(stderr).toBe(`berkeley: all addresses port ${server.port}: Address already in use (EADDRINUSE)\n`)
  })

  test.each([
    [['--max-time', '1'], ['-t', '2'], 'this server allows tests of at most 1 seconds, not 2'],
    [['--max-connections', '2'], ['-P', '3'], 'this server allows at most 2 connections at once, not 3'],
    [['--max-bitrate', '1M'], ['-b', '2M', '--test', 'udp'], 'this server allows at most 1000000 bits per second'],
  ])('refuses what exceeds %j', async (limits, asked, message) => {
    await using server = await startBenchServer(...limits)
    const args = asked.includes('--test') ? asked : [...asked, '--test', 'throughput']
    const outcome = await runCli(clientArgs('127.0.0.1', server.port, '--json', ...args))
    expect(outcome).toMatchObject({ code: 1, stderr: '' })
    for (const { status, error } of resultsIn(outcome).tests) {
      expect([status, error?.code]).toEqual(['failed', 'refused'])
      expect(error?.message).toContain(message)
    }
  })
})

test.each([
  [['client'], "missing required argument 'host'"],
  [['client', 'x', '--port', '0'], "option '-p, --port <number>' argument '0' is invalid"],
  [['client', 'x', '--test', 'speed'], 'It takes throughput, latency, connections, udp, with commas between.'],
  [['client', 'x', '-t', 'soon'], 'It takes seconds, such as'],
  [['client', 'x', '-b', 'fast'], 'It takes bits per second, such as'],
  [['client', 'x', '--datagram', '10'], 'It takes 44 to 65507 bytes.'],
  [['client', 'x', '-s', '10'], '--size is at least 44 bytes with UDP'],
  [['client', 'x', '-n', '2', '-P', '3'], '--bytes 2 is less than a byte for each of 3 connections'],
  [['client', 'x', '--json', '-t', '1', '--html', ''], '--html "": it takes the name of a file'],
  [['client', ''], 'HOST "": it takes a name or an address'],
  [['client', 'x', '-C', 'far-too-long-a-name'], 'It takes a name of 1 to 15 characters.'],
  [['server', '--bind', ''], '--bind "": it takes a name or an address'],
  [['client', 'x', '--html', '-'], '--html "-": it takes the name of a file'],
  [['server', '--max-sessions', '0'], 'It takes a whole number from 1 to 10000.'],
  [['sever'], "unknown command 'sever' (Did you mean server?)"],
])('%j is one line of error, and exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await runCli(['bench', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr.split('\n')).toHaveLength(2)
})
