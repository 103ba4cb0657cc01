/** The tool on a terminal (a pseudo-terminal of CPython's), and with standard streams that are closed, full or stuck. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket as NetSocket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliFile, startCli } from '../support/cli.js'
import { Program } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { can } from '../support/sockets.js'

const terminal = fileURLToPath(new URL('../support/terminal.py', import.meta.url))
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const ESCAPE = '\x1b['

/** What a terminal shows of `berkeley` while a person waits for texts and types answers, and how it ends. */
async function typeAt(args: readonly string[], steps: readonly (readonly [string, string])[], env = {}) {
  const all = [terminal, JSON.stringify(steps), process.execPath, cliFile, ...args]
  await using program = new Program('python3', all, { TERM: 'xterm', DEBUG: '', CI: '', ...env })
  const { stdout, stderr } = await program.ended()
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { shown: string; code: number; missed: unknown[] }
}

/** What the server does with the next connections. */
let serve: (conn: NetSocket) => void = () => {}
const conns = new Set<NetSocket>()
const server = createServer({ allowHalfOpen: true }, (conn) => {
  conns.add(conn.on('error', () => {}))
  serve(conn)
})
let address = ''

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  for (const conn of conns) conn.destroy()
  server.close()
  await once(server, 'close')
})

const echo = (conn: NetSocket): void => void conn.pipe(conn)

describe.skipIf(!hasPython)('on a terminal [needs python3]', () => {
  test('lines go out as they are typed, and Ctrl-D ends them', async () => {
    serve = (conn) => conn.on('data', (data) => conn.write(`${data}`.toUpperCase())).on('end', () => conn.end('bye\n'))
    const { shown, code, missed } = await typeAt(
      ['connect', '-v', address],
      [
        ['connected to', 'hello\n'],
        ['HELLO', 'again\n'],
        ['AGAIN', CTRL_D],
      ],
    )
    expect({ code, missed }).toEqual({ code: 0, missed: [] })
    expect(shown).toMatch(/hello\nHELLO\nagain\nAGAIN\n.*bye\n.*: received 16 B, sent 12 B, /s)
  })

  test('a person who types is not waited for once the peer has ended', async () => {
    serve = (conn) => conn.end('that was all\n')
    expect(await typeAt(['connect', address], [])).toEqual({ shown: 'that was all\n', code: 0, missed: [] })
  })

  test('Ctrl-C ends with the summary on a line of its own', async () => {
    serve = (conn) => conn.write('held\n')
    const connect = await typeAt(['connect', '-v', address], [['held', CTRL_C]])
    expect(connect.code).toBe(130)
    expect(connect.shown).toMatch(/held\n\^C\n127\.0\.0\.1:\d+: received 5 B, sent 0 B, /)
    const serving = await typeAt(['serve', '--echo', '0'], [['listening on 127.0.0.1:', CTRL_C]])
    expect(serving.code).toBe(0)
    expect(serving.shown).toMatch(/^listening on \S+\n\^C\n0 connections: received 0 B, sent 0 B, [\d.]+ m?s\n$/)
  })

  test('colours, unless they are not wanted', async () => {
    expect((await typeAt(['connect', 'nonsense'], [])).shown).toContain(ESCAPE)
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }]) {
      const { shown, code } = await typeAt(['connect', 'nonsense'], [], env)
      expect({ shown, code }, JSON.stringify(env)).toEqual({
        shown: 'berkeley: nonsense has no port: ADDRESS is HOST:PORT\n',
        code: 2,
      })
    }
  })
})

describe('with other standard streams', () => {
  /** Runs it by a shell, as `$0 $1`, with the address as `$2`. */
  async function inShell(command: string) {
    await using program = new Program('sh', ['-c', command, process.execPath, cliFile, address], { DEBUG: '' })
    return await program.input('').ended()
  }

  test('closed ones: what there is to send and to receive is sent and received', async () => {
    serve = echo
    expect(await inShell('"$0" "$1" connect "$2" <&-')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const closedOutput = await inShell('echo hello | "$0" "$1" connect -v "$2" >&-')
    expect(closedOutput.code).toBe(0)
    expect(closedOutput.stderr).toContain(': received 6 B, sent 6 B, ')
    expect(await inShell('"$0" "$1" connect nonsense 2>&-')).toMatchObject({ code: 2, stdout: '', stderr: '' })
  })

  /** A folder, and what is open for writing. */
  const UNREADABLE = [
    ['</', 'Illegal operation on a directory (EISDIR)'],
    ['0>/dev/null', 'Bad file descriptor (EBADF)'],
  ] as const

  test.each(UNREADABLE)('an input that cannot be read, %s, is an error, and ends it', async (input, reason) => {
    serve = echo
    const stderr = `berkeley: the input: ${reason}\n`
    expect(await inShell(`"$0" "$1" connect "$2" ${input}`)).toMatchObject({ code: 1, stdout: '', stderr })
  })

  test.each(['', '-k', '-u'])('likewise of `serve %s`, once somebody is there', async (flag) => {
    const shell = ['-c', `exec "$0" "$1" serve ${flag} 0 </`, process.execPath, cliFile]
    await using program = new Program('sh', shell, { DEBUG: '' })
    const [, name = ''] = await program.told(/^(?:listening|receiving) on (\S+)$/m)
    await using client = startCli(['connect', ...(flag === '-u' ? ['-u'] : []), name]).type('hello\n')
    const { code, stderr } = await program.ended()
    expect(code).toBe(1)
    expect(stderr).toMatch(/\nberkeley: the input: Illegal operation on a directory \(EISDIR\)\n$/)
    client.signal('SIGTERM')
    await client.ended()
  })

  test.skipIf(!can.linux)('an output that is full is an error [Linux: /dev/full]', async () => {
    serve = echo
    const { code, stderr } = await inShell('echo hello | "$0" "$1" connect "$2" >/dev/full')
    const full = { code: 1, stderr: 'berkeley: write: No space left on device (ENOSPC)\n' }
    expect({ code, stderr }).toEqual(full)
    for (const command of ['--version', 'info --json', 'ping --tcp 9 -c 1 127.0.0.1']) {
      expect(await inShell(`"$0" "$1" ${command} >/dev/full`), command).toMatchObject(full)
    }
  })

  test('Ctrl-C ends it while nobody takes its output', async () => {
    serve = (conn) => conn.end(Buffer.alloc(8_000_000))
    await using program = startCli(['connect', '-v', address])
    program.pauseOutput()
    await program.told(/^connected to /m)
    // The pipe and the socket's buffers fill, and then it waits: for any of these moments it has to end.
    await new Promise((resolve) => setTimeout(resolve, 200))
    program.signal('SIGINT')
    await program.told(/: received .*, sent 0 B, /)
    program.closeOutput()
    expect(await program.ended()).toMatchObject({ code: 130, signal: null })
  })
})
