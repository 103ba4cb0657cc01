/** Files over sockets: modes and arguments, sharing and closing. What CPython reads: file-random.test.ts. */
import { readdirSync } from 'node:fs'
import { inspect } from 'node:util'
import { AF_UNIX, type BinaryFile, SHUT_WR, SO_SNDBUF, SOL_SOCKET, Socket, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { rejection } from './support/async.js'
import { can, pair, tcpPair, thrown } from './support/sockets.js'

const descriptors = () => readdirSync('/proc/self/fd').length

describe('modes and arguments', () => {
  test.each([
    ['rb', 'rb', true, false],
    ['br', 'rb', true, false],
    ['b', 'rb', true, false],
    ['wb', 'wb', false, true],
    ['rwb', 'rwb', true, true],
    ['bwr', 'rwb', true, true],
    ['r', 'r', true, false],
    ['', '', true, false],
    ['w', 'w', false, true],
    ['wr', 'wr', true, true],
  ])("'%s' is a file of mode '%s'", (mode, shown, readable, writable) => {
    using ends = pair()
    using file = ends[0].makefile(mode)
    expect([file.mode, file.readable(), file.writable(), file.seekable()]).toEqual([shown, readable, writable, false])
    expect([file.fileno(), file.name]).toEqual([ends[0].fileno(), ends[0].fileno()])
    expect(file.closed).toBe(false)
  })

  test('text is what there is where no mode is given', () => {
    using ends = pair()
    using reader = ends[0].makefile()
    using writer = ends[1].makefile('w', { newline: '\r\n' })
    expect(writer.write('é\n')).toBe(2)
    writer.flush()
    expect(reader.readline()).toBe('é\n')
    expect([reader.mode, reader.encoding]).toEqual(['r', 'utf-8'])
  })

  test.each([
    [() => ['a'], 'ERR_INVALID_ARG_VALUE', 'mode'],
    [() => ['r+'], 'ERR_INVALID_ARG_VALUE', 'mode'],
    [() => [1], 'ERR_INVALID_ARG_TYPE', 'mode'],
    [() => ['rb', null], 'ERR_INVALID_ARG_TYPE', 'options'],
    [() => ['rb', { buffering: '1' }], 'ERR_INVALID_ARG_TYPE', 'options.buffering'],
    [() => ['rb', { buffering: 1.5 }], 'ERR_OUT_OF_RANGE', 'options.buffering'],
    [() => ['rb', { buffering: 2 ** 31 }], 'ERR_OUT_OF_RANGE', 'options.buffering'],
    [() => ['r', { buffering: 0 }], 'ERR_INVALID_ARG_VALUE', 'options.buffering'],
    [() => ['r', { newline: '\n\r' }], 'ERR_INVALID_ARG_VALUE', 'options.newline'],
    [() => ['r', { newline: 1 }], 'ERR_INVALID_ARG_TYPE', 'options.newline'],
    [() => ['r', { encoding: 'utf-9' }], 'ERR_INVALID_ARG_VALUE', 'options.encoding'],
    [() => ['r', { encoding: 8 }], 'ERR_INVALID_ARG_TYPE', 'options.encoding'],
    [() => ['w', { encoding: 'gbk' }], 'ERR_INVALID_ARG_VALUE', 'options.encoding'],
    [() => ['r', { errors: 'lax' }], 'ERR_INVALID_ARG_VALUE', 'options.errors'],
  ])('%s is refused, and leaves the socket as it was', (given, code, name) => {
    using ends = pair()
    const makefile = ends[0].makefile.bind(ends[0]) as (...args: unknown[]) => unknown
    const error = thrown(() => makefile(...given()))
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"${name}"`)
    ends[0].close()
    expect(ends[0].fileno()).toBe(-1)
  })

  test('sizes are whole numbers; data is bytes or text as the file is', () => {
    using ends = pair()
    using bytes = ends[0].makefile('rwb')
    using text = ends[0].makefile('rw')
    for (const file of [bytes, text]) {
      expect(thrown(() => file.read(2 ** 31)).code).toBe('ERR_OUT_OF_RANGE')
      expect(thrown(() => file.readline(1.5)).code).toBe('ERR_OUT_OF_RANGE')
      expect(thrown(() => file.readlines('1' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    }
    expect(thrown(() => bytes.read(-2)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => bytes.write('text' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => text.write(Buffer.from('bytes') as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => bytes.readinto('text' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    for (const file of [bytes, text]) {
      expect(thrown(() => file.writelines(5 as never))).toMatchObject({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringContaining('"lines"'),
      })
    }
  })

  test('console.log shows what kind of file it is, and of which descriptor', () => {
    using ends = pair()
    using bytes = ends[0].makefile('rwb')
    const text = ends[0].makefile('w')
    expect(inspect(bytes)).toBe(`BinaryFile [fd ${ends[0].fileno()}, mode 'rwb']`)
    text.close()
    expect(inspect(text)).toBe("TextFile [closed, mode 'w']")
  })

  test('any size below 0 is no limit, as in CPython, but for a read of a buffered file of bytes', async () => {
    for (const mode of ['rb', 'r'] as const) {
      using ends = pair()
      ends[1].sendall('ab\ncd\nef\ngh\nij')
      ends[1].shutdown(SHUT_WR)
      using file = ends[0].makefile(mode)
      expect(String(file.readline(-5))).toBe('ab\n')
      expect(String(await file.readlineAsync({ limit: -5 }))).toBe('cd\n')
      if ('read1' in file) {
        expect(await rejection(file.readAsync({ size: -5 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
        expect(String(file.read1(-5))).toBe('ef\ngh\nij')
      } else {
        expect(file.read(-5)).toBe('ef\ngh\nij')
      }
      expect(file.readlines(-5)).toEqual([])
    }
    using ends = pair()
    ends[1].sendall('all')
    ends[1].close()
    using raw = ends[0].makefile('rb', { buffering: 0 })
    expect(String(raw.read(-5))).toBe('all')
  })

  test('reading a file for writing, and the other way round, is EOPNOTSUPP', () => {
    using ends = pair()
    using reader = ends[0].makefile('rb')
    using writer = ends[0].makefile('wb')
    using text = ends[0].makefile('w')
    expect(thrown(() => writer.read(1))).toMatchObject({
      code: 'EOPNOTSUPP',
      message: expect.stringContaining('not readable'),
    })
    expect(thrown(() => text.readline()).code).toBe('EOPNOTSUPP')
    expect(thrown(() => reader.write(Buffer.of(1)))).toMatchObject({ code: 'EOPNOTSUPP', syscall: 'write' })
    expect(reader.flush()).toBeUndefined()
  })
})

describe('sharing and closing', () => {
  test.skipIf(!can.linux)('the descriptor stays until the socket and all of its files are closed [needs /proc]', () => {
    const before = descriptors()
    using ends = pair()
    const [sock, peer] = ends
    const first = sock.makefile('rb')
    const second = sock.makefile('w')
    const fd = sock.fileno()
    sock.close()
    expect([sock.closed, sock.fileno()]).toEqual([true, fd])
    // As in CPython, the socket's own calls go on too.
    sock.sendall('own\n')
    second.write('file\n')
    second.close()
    second.close()
    expect(peer.recv(100).toString()).toBe('own\nfile\n')
    peer.sendall('line\n')
    expect(first.readline().toString()).toBe('line\n')
    expect(sock.fileno()).toBe(fd)
    first.close()
    expect([first.closed, first.name, sock.fileno()]).toEqual([true, -1, -1])
    expect(peer.recv(1).length).toBe(0)
    peer.close()
    expect(descriptors()).toBe(before)
  })

  test('files that are closed first leave the socket open', () => {
    using ends = pair()
    ends[0].makefile('rwb').close()
    expect(ends[0].closed).toBe(false)
    ends[0].sendall('x')
    expect(ends[1].recv(1).toString()).toBe('x')
    ends[0].close()
    expect(ends[0].fileno()).toBe(-1)
    expect(thrown(() => ends[0].makefile('rb')).code).toBe('EBADF')
  })

  test('a closed file answers EBADF and says why', () => {
    using ends = pair()
    const file = ends[0].makefile('rwb')
    file.close()
    const text = ends[0].makefile('rw')
    text.close()
    const calls: (() => unknown)[] = [
      () => file.read(),
      () => file.read(0),
      () => file.readline(),
      () => file.readinto(Buffer.alloc(1)),
      () => file.write(Buffer.of(1)),
      () => file.flush(),
      () => file.fileno(),
      () => file.readable(),
      () => file.writable(),
      () => file.seekable(),
      () => [...file],
      () => text.read(1),
      () => text.write(''),
    ]
    for (const call of calls) {
      expect(thrown(call)).toMatchObject({ code: 'EBADF', message: expect.stringContaining('closed file') })
    }
  })

  test('a file of a detached socket answers EBADF, and is closed all the same', () => {
    using ends = pair()
    const file = ends[0].makefile('wb')
    file.write(Buffer.from('never sent'))
    const fd = ends[0].detach()
    expect(thrown(() => file.flush()).code).toBe('EBADF')
    expect(thrown(() => file.close()).code).toBe('EBADF')
    expect(file.closed).toBe(true)
    using again = Socket.adopt(fd)
    expect(again.fileno()).toBe(fd)
  })

  test('`using` closes', () => {
    using ends = pair()
    {
      using file = ends[0].makefile('w')
      file.write('sent at the end')
    }
    expect(ends[1].recv(100).toString()).toBe('sent at the end')
  })

  test('close gives what cannot be sent up, and tells', () => {
    using ends = pair()
    const file = ends[0].makefile('wb')
    file.write(Buffer.from('for nobody'))
    ends[1].close()
    expect(thrown(() => file.close()).code).toBe('EPIPE')
    expect(file.closed).toBe(true)
  })
})

test('sizes without end, and lines longer than any buffer', () => {
  using both = tcpPair()
  const line = Buffer.alloc(300_000, 'x')
  both.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4 << 20)
  both.client.sendall(line)
  both.client.sendall('\nrest')
  both.client.close()
  using file: BinaryFile = both.server.makefile('rb')
  expect(file.readline().equals(Buffer.concat([line, Buffer.from('\n')]))).toBe(true)
  expect(file.read(1 << 30)?.toString()).toBe('rest')
})

test('datagram sockets have files too', () => {
  const [sock, peer] = socketpair(AF_UNIX, 2)
  using _sock = sock
  using _peer = peer
  using file = sock.makefile('rb')
  using writer = peer.makefile('wb', { buffering: 0 })
  expect(writer.write(Buffer.from('one\n'))).toBe(4)
  writer.write(Buffer.from('two\n'))
  expect(file.read1().toString()).toBe('one\n')
  expect(file.readline().toString()).toBe('two\n')
})
