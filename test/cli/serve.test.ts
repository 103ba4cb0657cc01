/** `berkeley serve` with clients of Node and CPython, and with `berkeley connect`. */
import { existsSync, writeFileSync } from 'node:fs'
import { AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.js'
import { type Program, pythonEchoClients, startPython } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { Closing, can, temporaryFolder, udp } from '../support/sockets.js'

/** Where a server says that it listens, without the host. */
async function portOf(program: Program): Promise<number> {
  const [, port] = await program.told(/^(?:listening|receiving) on \S+:(\d+)$/m)
  return Number(port)
}

function client(closing: Closing, port: number, host = '127.0.0.1'): Socket {
  const conn = closing.add(host.includes(':') ? new Socket(AF_INET6) : new Socket())
  conn.settimeout(10)
  conn.connect([host, port])
  return conn
}

describe('one client', () => {
  test('both directions, and then it ends', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '0']).input('the answer')
    const conn = client(closing, await portOf(program))
    conn.sendall('the question')
    conn.shutdown(1)
    expect((await conn.recvAsync(99)).toString()).toBe('the answer')
    expect((await conn.recvAsync(99)).length).toBe(0)
    expect(await program.ended()).toMatchObject({ code: 0, signal: null, stdout: 'the question' })
  })

  test('with `berkeley connect` on the other side', async () => {
    await using server = startCli(['serve', '0']).input('from the server')
    const port = await portOf(server)
    const outcome = await runCli(['connect', `127.0.0.1:${port}`], 'from the client')
    expect(outcome).toMatchObject({ code: 0, stdout: 'from the server', stderr: '' })
    expect(await server.ended()).toMatchObject({ code: 0, stdout: 'from the client' })
  })

  test('a second client is refused', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '-v', '0'])
    const port = await portOf(program)
    const first = client(closing, port)
    await program.told(/ connected$/m)
    const second = closing.add(new Socket())
    expect(second.connect_ex(['127.0.0.1', port])).not.toBe(0)
    first.close()
    program.input('')
    expect(await program.ended()).toMatchObject({ code: 0 })
  })

  test('--timeout is the patience for it', async () => {
    const { code, stderr } = await runCli(['serve', '-q', '--timeout', '50ms', '0'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^berkeley: listen on 127\.0\.0\.1:\d+: No client within 50\.0 ms \(ETIMEDOUT\)\n$/)
  })

  test('Ctrl-C before anybody came: 130', async () => {
    await using program = startCli(['serve', '0'])
    await portOf(program)
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 130, signal: null, stdout: '' })
  })
})

describe('many clients', () => {
  test('all that come are shown, the input goes to each, and Ctrl-C ends it with a summary and 0', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '--keep-open', '0'])
    const port = await portOf(program)
    const [first, second] = [client(closing, port), client(closing, port)] as const
    first.sendall('one ')
    await program.printed(/^one $/)
    second.sendall('two ')
    await program.printed(/^one two $/)
    program.type('to all')
    for (const conn of [first, second]) expect((await conn.recvAsync(99)).toString()).toBe('to all')
    first.close()
    second.sendall('three')
    await program.printed(/three$/)
    program.signal('SIGINT')
    const { code, stderr } = await program.ended()
    expect(code).toBe(0)
    expect(stderr.split('\n')[1]).toMatch(/^2 connections: received 13 B, sent 12 B, [\d.]+ m?s$/)
  })

  test('--hex says whose the bytes are', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '-k', '-x', '0'])
    const conn = client(closing, await portOf(program))
    conn.sendall('abc')
    await program.printed(/\n/)
    program.signal('SIGTERM')
    const name = `127.0.0.1:${conn.getsockname()[1]}`
    const line = `${name} < 00000000  61 62 63                                          |abc|\n`
    expect(await program.ended()).toMatchObject({ code: 0, stdout: line })
  })

  test.skipIf(!hasPython)('--echo for clients of CPython, one after the other [needs python3]', async () => {
    await using program = startCli(['serve', '--echo', '-v', '0'])
    const port = String(await portOf(program))
    for (let i = 0; i < 2; i++) {
      await using python = startPython(pythonEchoClients.tcp, port)
      const { code, stdout } = await python.ended()
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'True\n'.repeat(17) })
    }
    await program.told(/received 1\.00 MiB, sent 1\.00 MiB.*\n(?:.*\n)*.*received 1\.00 MiB, sent 1\.00 MiB/)
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 0, stdout: '' })
  })

  test('--discard takes, --chargen gives without end', async () => {
    using closing = new Closing()
    await using discard = startCli(['serve', '--discard', '0'])
    const taker = client(closing, await portOf(discard))
    taker.sendall(Buffer.alloc(3_000_000))
    taker.shutdown(1)
    expect((await taker.recvAsync(1)).length).toBe(0)
    discard.signal('SIGINT')
    const { stderr } = await discard.ended()
    expect(stderr).toMatch(/^1 connection: received 2\.86 MiB, sent 0 B, /m)

    await using chargen = startCli(['serve', '--chargen', '-v', '0'])
    const giver = client(closing, await portOf(chargen))
    const text = giver.recv(148, 0x100).toString('latin1')
    expect(text).toMatch(/^ !"#\$%&'\(\)\*\+,-\.\/0.*[^ ]\r\n!"#/)
    giver.close()
    // The client's end is no error.
    await chargen.told(/: received 0 B, sent .*\n/)
    chargen.signal('SIGINT')
    expect((await chargen.ended()).stderr).not.toContain('EPIPE')
  })

  test('a client that resets its connection is noted, and others are served', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '--echo', '-v', '0'])
    const port = await portOf(program)
    const rude = client(closing, port)
    await program.told(/ connected$/m)
    rude.setOption('linger', 0)
    rude.close()
    await program.told(/Connection reset by peer \(ECONNRESET\)$/m)
    const conn = client(closing, port)
    conn.sendall('still there')
    expect(conn.recv(99).toString()).toBe('still there')
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 0 })
  })
})

describe('other families', () => {
  test.skipIf(!can.bindIPv6)('every address, IPv4 and IPv6 [needs IPv6]', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '--echo', ':0'])
    const port = await portOf(program)
    for (const host of ['127.0.0.1', '::1']) {
      const conn = client(closing, port, host)
      conn.sendall(host)
      expect(conn.recv(99).toString()).toBe(host)
    }
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 0 })
  })

  test('a path, which is removed at the end, and before where nobody has it', async () => {
    using folder = temporaryFolder()
    const path = folder.path('s')
    const stale = socket(AF_UNIX)
    stale.bind(path)
    stale.close()
    expect(existsSync(path)).toBe(true)
    await using program = startCli(['serve', '--echo', `unix:${path}`])
    await program.told(/^listening on /m)
    const again = await runCli(['serve', `unix:${path}`])
    expect(again).toMatchObject({
      code: 1,
      stderr: `berkeley: listen on ${path}: Address already in use (EADDRINUSE)\n`,
    })
    expect((await runCli(['connect', path], 'through a path')).stdout).toBe('through a path')
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 0 })
    expect(existsSync(path)).toBe(false)
  })

  test('what is no socket is left alone', async () => {
    using folder = temporaryFolder()
    writeFileSync(folder.path('precious'), 'data')
    expect((await runCli(['serve', folder.path('precious')])).code).toBe(1)
    expect(existsSync(folder.path('precious'))).toBe(true)
  })

  test.skipIf(!can.linux)('records of a unix socket keep their bounds [Linux]', async () => {
    using folder = temporaryFolder()
    await using program = startCli(['serve', '--echo', `unix-seqpacket:${folder.path('q')}`])
    await program.told(/^listening on /m)
    using conn = socket(AF_UNIX, SOCK_SEQPACKET)
    conn.settimeout(10)
    conn.connect(folder.path('q'))
    for (const record of ['one', 'two']) conn.sendall(record)
    expect([conn.recv(99).toString(), conn.recv(99).toString()]).toEqual(['one', 'two'])
  })
})

describe('datagrams', () => {
  test.skipIf(!hasPython)('--echo keeps their bounds [needs python3]', async () => {
    await using program = startCli(['serve', '--echo', '-u', '0'])
    await using python = startPython(pythonEchoClients.udp, String(await portOf(program)))
    expect(await python.ended()).toMatchObject({ code: 0, stdout: 'True\n'.repeat(3) })
    program.signal('SIGINT')
    const { code, stderr } = await program.ended()
    expect(code).toBe(0)
    expect(stderr).toMatch(/^received 8\.00 KiB in 3 messages, sent 8\.00 KiB in 3 messages, /m)
  })

  test('the first sender is the peer, others are ignored', async () => {
    using closing = new Closing()
    await using program = startCli(['serve', '-v', 'udp:127.0.0.1:0'])
    const port = await portOf(program)
    const [first, second] = [closing.add(udp()), closing.add(udp())] as const
    await first.sendtoAsync('mine', ['127.0.0.1', port])
    await program.printed(/^mine$/)
    await second.sendtoAsync('not mine', ['127.0.0.1', port])
    await program.told(/ignored, the peer is /)
    program.type('answer')
    expect((await first.recvAsync(99, { timeout: 10 })).toString()).toBe('answer')
    program.signal('SIGINT')
    expect(await program.ended()).toMatchObject({ code: 0, stdout: 'mine' })
  })

  test('--echo of unix sockets: what comes from nobody goes to nobody', async () => {
    using folder = temporaryFolder()
    await using program = startCli(['serve', '--echo', `unix-dgram:${folder.path('d')}`])
    await program.told(/^receiving on /m)
    using named = socket(AF_UNIX, SOCK_DGRAM)
    named.bind(folder.path('named'))
    using unnamed = socket(AF_UNIX, SOCK_DGRAM)
    for (const text of ['first', 'last']) {
      named.sendto(text, folder.path('d'))
      expect((await named.recvAsync(99, { timeout: 10 })).toString()).toBe(text)
      unnamed.sendto('secret', folder.path('d'))
    }
    program.signal('SIGINT')
    const { code, stderr } = await program.ended()
    expect(code).toBe(0)
    expect(stderr).toMatch(/^received \d+ B in \d messages, sent 9 B in 2 messages, /m)
  })

  test('of unix sockets, and --idle ends it', async () => {
    using folder = temporaryFolder()
    await using program = startCli(['serve', '-q', '--idle', '200ms', `unix-dgram:${folder.path('d')}`]).input('')
    while (!existsSync(folder.path('d'))) await new Promise((resolve) => setTimeout(resolve, 5))
    using sender = socket(AF_UNIX, SOCK_DGRAM)
    sender.sendto('unnamed', folder.path('d'))
    expect(await program.ended()).toMatchObject({ code: 0, stdout: 'unnamed', stderr: '' })
    expect(existsSync(folder.path('d'))).toBe(false)
  })
})

describe('what fails', () => {
  test('an address in use, and two services at once', async () => {
    using bound = udp()
    const address = bound.getsockname().join(':')
    expect(await runCli(['serve', '-u', address])).toMatchObject({
      code: 1,
      stderr: `berkeley: listen on ${address}: Address already in use (EADDRINUSE)\n`,
    })
    expect(await runCli(['serve', '--echo', '--discard', '0'])).toMatchObject({
      code: 2,
      stderr: 'berkeley: --echo and --discard exclude each other\n',
    })
  })

  test.each([
    [['--chargen', 'udp://127.0.0.1:0'], '--chargen is for streams and records'],
    [['--size', '65508', 'udp://127.0.0.1:0'], '--size 65508: a datagram has at most 65507 bytes here'],
    [['--lines', '0'], '--lines: it is for datagrams and records, and a stream has neither'],
    [['ftp://127.0.0.1:0'], /^ftp:\/\/127\.0\.0\.1:0: an address begins with tcp:/],
  ] as [string[], string | RegExp][])('%j: exit code 2', async (args, message) => {
    const { code, stderr } = await runCli(['serve', '-q', ...args])
    expect(code).toBe(2)
    expect(stderr.replace(/^berkeley: (.*)\n$/, '$1')).toMatch(message)
  })
})
