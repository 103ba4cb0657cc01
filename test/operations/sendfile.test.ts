/** sendfile(2) over sockets: which part of which file, what stands in for it, and how it ends. */
import { spawn } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readSync, truncateSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { AF_INET, SHUT_WR, SOCK_DGRAM, type SocketError, SocketTimeoutError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, drain, fill } from '../support/async.js'
import { fileOf, pipe } from '../support/descriptors.js'
import { Program } from '../support/process.js'
import { hasPython, python } from '../support/python.js'
import { pair, tcpPair, thrown } from '../support/sockets.js'

/** Prints the digest of what it receives. */
const DIGEST = `
  const hash = require('node:crypto').createHash('sha256')
  process.stdin.on('data', (data) => hash.update(data)).on('end', () => console.log(hash.digest('hex')))`

describe('parts of files', () => {
  test.each([
    ['all', 1000, [], 0, 1000],
    ['from an offset', 1000, [400], 400, 600],
    ['so many bytes', 1000, [0, 10], 0, 10],
    ['a part', 1000, [990, 5], 990, 5],
    ['up to the end, and no more', 1000, [990, 50], 990, 10],
    ['null for no count', 1000, [1, null], 1, 999],
    ['nothing behind the end', 1000, [1000], 0, 0],
    ['nothing far behind the end', 1000, [2 ** 52, 3], 0, 0],
    ['nothing of an empty file', 0, [], 0, 0],
  ] as const)('%s', (_, size, [offset, count], from, length) => {
    using ends = pair()
    using tcp = tcpPair()
    using file = fileOf(size)
    for (const [sock, peer] of [ends, [tcp.client, tcp.server]] as const) {
      expect(sock.sendfile(file.fd, offset, count)).toBe(length)
      sock.shutdown(SHUT_WR)
      expect(drain(peer).equals(bytesFrom(from, length))).toBe(true)
    }
  })

  test('a sparse file of more than 4 GiB, near its end', () => {
    using file = fileOf(0)
    using ends = pair()
    const end = 5 * 2 ** 30
    ftruncateSync(file.fd, end)
    writeSync(file.fd, 'the end', end - 7)
    expect(ends[0].sendfile(file.fd, end - 10)).toBe(10)
    expect(ends[1].recv(100).toString()).toBe('\0\0\0the end')
  })

  test('several MiB to a slow reader in another process, on a blocking socket and with a timeout', async () => {
    const size = 6 << 20
    using file = fileOf(size)
    for (const timeout of [null, 10]) {
      using both = tcpPair()
      both.client.settimeout(timeout)
      const reader = spawn(process.execPath, ['-e', DIGEST], { stdio: [both.server.fileno(), 'pipe', 'inherit'] })
      const sum = new Promise<string>((resolve) => reader.stdout?.on('data', (data) => resolve(String(data))))
      both.server.close()
      expect(both.client.sendfile(file.fd)).toBe(size)
      both.client.shutdown(SHUT_WR)
      const { createHash } = await import('node:crypto')
      expect((await sum).trim()).toBe(createHash('sha256').update(bytesFrom(0, size)).digest('hex'))
    }
  })
})

describe('the position', () => {
  test('of a descriptor is neither used nor moved', () => {
    using ends = pair()
    using file = fileOf(100)
    readSync(file.fd, Buffer.alloc(30))
    expect(ends[0].sendfile(file.fd, 10, 20)).toBe(20)
    expect(ends[1].recv(100).equals(bytesFrom(10, 20))).toBe(true)
    const next = Buffer.alloc(10)
    readSync(file.fd, next)
    expect(next.equals(bytesFrom(30, 10))).toBe(true)
  })

  test('of a FileHandle is behind what was sent, as CPython leaves a file object', async () => {
    using ends = pair()
    using file = fileOf(100)
    await using handle = await open(file.path)
    expect(ends[0].sendfile(handle, 10, 20)).toBe(20)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5))
    expect([bytesRead, buffer.equals(bytesFrom(30, 5))]).toEqual([5, true])
  })
})

describe('what stands in for it', () => {
  test('a pipe is read where it stands, until its end', async () => {
    using ends = pair()
    using source = pipe()
    writeSync(source.writer, 'through a pipe')
    source.closeWriter()
    expect(ends[0].sendfile(source.reader)).toBe(14)
    expect(ends[1].recv(100).toString()).toBe('through a pipe')
  })

  test('no more of it than was asked for', () => {
    using ends = pair()
    using source = pipe()
    writeSync(source.writer, 'through a pipe')
    expect(ends[0].sendfile(source.reader, 0, 7)).toBe(7)
    expect(ends[1].recv(100).toString()).toBe('through')
    const rest = Buffer.alloc(20)
    expect(rest.toString('latin1', 0, readSync(source.reader, rest))).toBe(' a pipe')
  })

  test('a pipe has no offsets', () => {
    using ends = pair()
    using source = pipe()
    expect(thrown(() => ends[0].sendfile(source.reader, 1))).toMatchObject({ code: 'ESPIPE', bytesSent: 0 })
  })

  test('another socket, and a device', () => {
    using ends = pair()
    using other = pair()
    other[0].sendall('from a socket')
    other[0].close()
    expect(ends[0].sendfile(other[1].fileno())).toBe(13)
    const zero = openSync('/dev/zero', 'r')
    expect(ends[0].sendfile(zero, 0, 100_000)).toBe(100_000)
    closeSync(zero)
    expect(drain(ends[1]).toString('latin1')).toBe(`from a socket${'\0'.repeat(100_000)}`)
  })

  test('a directory cannot be read', () => {
    using ends = pair()
    const folder = openSync('.', 'r')
    expect(thrown(() => ends[0].sendfile(folder)).code).toBe('EISDIR')
    closeSync(folder)
  })
})

describe('failures', () => {
  test.each([
    [() => ['file'], 'ERR_INVALID_ARG_TYPE', 'file'],
    [() => [null], 'ERR_INVALID_ARG_TYPE', 'file'],
    [() => [{ fd: '1' }], 'ERR_INVALID_ARG_TYPE', 'file'],
    [() => [-1], 'ERR_OUT_OF_RANGE', 'file'],
    [() => [0, -1], 'ERR_OUT_OF_RANGE', 'offset'],
    [() => [0, 0.5], 'ERR_OUT_OF_RANGE', 'offset'],
    [() => [0, 2 ** 53], 'ERR_OUT_OF_RANGE', 'offset'],
    [() => [0, '1'], 'ERR_INVALID_ARG_TYPE', 'offset'],
    [() => [0, 0, 0], 'ERR_OUT_OF_RANGE', 'count'],
    [() => [0, 0, -1], 'ERR_OUT_OF_RANGE', 'count'],
    [() => [0, 0, 1n], 'ERR_INVALID_ARG_TYPE', 'count'],
    // Types before ranges.
    [() => [-1, '0'], 'ERR_INVALID_ARG_TYPE', 'offset'],
    [() => [-1, -1, '1'], 'ERR_INVALID_ARG_TYPE', 'count'],
  ])('%s', (given, code, name) => {
    using ends = pair()
    const sendfile = ends[0].sendfile.bind(ends[0]) as (...args: unknown[]) => unknown
    const error = thrown(() => sendfile(...given()))
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"${name}"`)
  })

  test('streams that may wait, and open descriptors, only', async () => {
    using file = fileOf(10)
    using datagrams = socket(AF_INET, SOCK_DGRAM)
    using ends = pair()
    expect(thrown(() => datagrams.sendfile(file.fd)).message).toContain('must be of type SOCK_STREAM')
    const handle = await open(file.path)
    await handle.close()
    expect(thrown(() => ends[0].sendfile(handle)).code).toBe('EBADF')
    expect(thrown(() => ends[0].sendfile(0x7ffffff0)).code).toBe('EBADF')
    ends[0].setblocking(false)
    const refused = thrown(() => ends[0].sendfile(file.fd))
    expect([refused.name, refused.code]).toEqual(['TypeError', 'ERR_INVALID_ARG_VALUE'])
    expect(refused.message).toContain('"socket" must not be non-blocking')
    ends[0].close()
    expect(thrown(() => ends[0].sendfile({ fd: -1 })).code).toBe('EBADF')
    expect(thrown(() => ends[0].sendfile(file.fd)).code).toBe('EBADF')
  })

  test('a peer that is gone is EPIPE, with nothing sent and no signal', async () => {
    await using program = new Program(process.execPath, [
      '--input-type=module',
      '-e',
      `import { openSync } from 'node:fs'
       import { socketpair } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
       process.on('SIGPIPE', () => console.log('a signal'))
       const [sock, peer] = socketpair()
       peer.close()
       try {
         sock.sendfile(openSync('package.json'))
       } catch ({ code, bytesSent, syscall }) {
         console.log(code, bytesSent, syscall)
       }
       setTimeout(() => console.log('end'), 50)`,
    ])
    expect((await program.ended()).stdout).toBe('EPIPE 0 sendfile\nend\n')
  })

  test('a timeout tells how much was sent; the file can be sent on from there', () => {
    using ends = pair()
    const [sock, peer] = ends
    const size = 4 << 20
    using file = fileOf(size)
    sock.settimeout(0.05)
    const error = thrown(() => sock.sendfile(file.fd)) as SocketError
    expect(error).toBeInstanceOf(SocketTimeoutError)
    const sent = error.bytesSent as number
    expect(sent).toBeGreaterThan(1000)
    expect(drain(peer).equals(bytesFrom(0, sent))).toBe(true)
    expect(sock.sendfile(file.fd, sent, 1000)).toBe(1000)
    expect(drain(peer).equals(bytesFrom(sent, 1000))).toBe(true)
  })

  test('a file that is cut meanwhile ends there', () => {
    using ends = pair()
    const [sock, peer] = ends
    using file = fileOf(4 << 20)
    sock.settimeout(0.02)
    const sent = (thrown(() => sock.sendfile(file.fd)) as SocketError).bytesSent as number
    drain(peer)
    truncateSync(file.path, sent + 5)
    expect(sock.sendfile(file.fd, sent)).toBe(5)
    fill(sock)
    expect(thrown(() => sock.sendfile(file.fd, sent))).toBeInstanceOf(SocketTimeoutError)
  })

  test.skipIf(!hasPython)('CPython refuses the same [needs python3]', () => {
    const answers = python(`
import tempfile
a, b = socket.socketpair()
file = tempfile.TemporaryFile()
file.write(b'0123456789')
file.flush()
def name(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
found = [name(lambda: a.sendfile(file, 0, 0)), name(lambda: a.sendfile(file, 0, -1)), name(lambda: u.sendfile(file))]
found += [a.sendfile(file, 4, 3), file.tell(), a.sendfile(file, 20), a.sendfile(file, 8, 20), file.tell()]
a.setblocking(False)
found += [name(lambda: a.sendfile(file))]
emit(found)
`)
    expect(answers).toEqual(['ValueError', 'ValueError', 'ValueError', 3, 7, 0, 2, 10, 'ValueError'])
  })
})
