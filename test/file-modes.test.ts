/** Files over sockets that do not block, or not for ever: what they give, and that nothing is lost. */
import { spawnSync } from 'node:child_process'
import { errno, type SocketError, SocketTimeoutError } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { drain, fill } from './support/async.js'
import { hasPython } from './support/python.js'
import { pair, thrown } from './support/sockets.js'

describe('blocking modes', () => {
  const expectTimedOut = (call: () => unknown) =>
    expect(thrown(call)).toMatchObject({
      name: 'SocketError',
      message: expect.stringContaining('cannot read from timed out object'),
    })

  test('after a time-out nothing more is received, and what had come is still there', () => {
    using ends = pair()
    ends[0].settimeout(0.02)
    using file = ends[0].makefile('rb')
    ends[1].sendall('half a li')
    expect(thrown(() => file.readline())).toBeInstanceOf(SocketTimeoutError)
    ends[1].sendall('ne\n')
    expectTimedOut(() => file.readline())
    expectTimedOut(() => file.read(20))
    expect(file.read(6)?.toString()).toBe('half a')
    expectTimedOut(() => file.readinto(Buffer.alloc(20)))
    expect(file.read1().toString()).toBe(' li')
    // Not the socket, nor another file.
    expect(ends[0].recv(1).toString()).toBe('n')
    using other = ends[0].makefile('r')
    expect(other.readline()).toBe('e\n')
  })

  test('lines that had come before a time-out are there', () => {
    using ends = pair()
    ends[0].settimeout(0.02)
    for (const mode of ['r', 'rb']) {
      using file = ends[0].makefile(mode)
      ends[1].sendall('one\ntwo\nth')
      expect(thrown(() => file.readlines())).toBeInstanceOf(SocketTimeoutError)
      expect(file.readline().toString()).toBe('one\n')
      expect(file.read(5)?.toString()).toBe('two\nt')
    }
  })

  test('each receive has the whole timeout, as in CPython', () => {
    using ends = pair()
    ends[0].settimeout(10)
    using file = ends[0].makefile('rb', { buffering: 2 })
    ends[1].sendall('abcdef\n')
    expect(file.readline().toString()).toBe('abcdef\n')
  })

  test('a non-blocking socket: null without a buffer and for sizes, what there is for lines', () => {
    using ends = pair()
    const [sock, peer] = ends
    sock.setblocking(false)
    using raw = sock.makefile('rb', { buffering: 0 })
    using file = sock.makefile('rb')
    using text = sock.makefile('r')
    const nothing = () => [
      raw.read(5),
      raw.read(),
      raw.readinto(Buffer.alloc(3)),
      file.read(5),
      file.read(),
      file.readinto(Buffer.alloc(3)),
    ]
    expect(nothing()).toEqual([null, null, null, null, null, null])
    expect([file.readline().length, file.read1().length, text.readline(), text.read(3)]).toEqual([0, 0, '', ''])
    expect(thrown(() => raw.readline()).code).toBe('EAGAIN')
    expect(thrown(() => text.read()).code).toBe('EAGAIN')
    peer.sendall('ab')
    // It has read the two bytes, and keeps them.
    expect(thrown(() => raw.readline()).code).toBe('EAGAIN')
    peer.sendall('c\n')
    expect(raw.readline().toString()).toBe('abc\n')
    peer.sendall(Buffer.from('é').subarray(0, 1))
    expect(text.read(1)).toBe('')
    peer.sendall(Buffer.from('é').subarray(1))
    expect(text.read(1)).toBe('é')
  })

  test('a full socket: what is taken is told, and nothing of it is lost or sent twice', () => {
    using ends = pair()
    const [sock, peer] = ends
    sock.setblocking(false)
    const filled = fill(sock)
    using raw = sock.makefile('wb', { buffering: 0 })
    expect(raw.write(Buffer.from('x'))).toBeNull()
    using file = sock.makefile('wb', { buffering: 10 })
    expect(file.write(Buffer.from('0123456'))).toBe(7)
    const error = thrown(() => file.write(Buffer.from('789abcdef'))) as SocketError
    expect([error.code, error.charactersWritten]).toEqual(['EAGAIN', 3])
    expect(thrown(() => file.flush()) as SocketError).toMatchObject({ code: 'EAGAIN', charactersWritten: 0 })
    expect(drain(peer).length).toBe(filled)
    expect(file.write(Buffer.from('abcdef'))).toBe(6)
    file.flush()
    expect(drain(peer).toString()).toBe('0123456789abcdef')
  })

  test('text is kept where it cannot be sent now', () => {
    using ends = pair()
    const [sock, peer] = ends
    sock.setblocking(false)
    const filled = fill(sock)
    using file = sock.makefile('w', { buffering: 10 })
    const words = 'x'.repeat(9000)
    expect(thrown(() => file.write(words)) as SocketError).toMatchObject({ code: 'EAGAIN', charactersWritten: 9000 })
    expect(thrown(() => file.write('end') && file.flush()).code).toBe('EAGAIN')
    expect(drain(peer).length).toBe(filled)
    file.flush()
    expect(drain(peer).toString()).toBe(`${words}end`)
  })

  test.skipIf(!hasPython)('the exceptions are where CPython has them [needs python3]', () => {
    const script = [
      'import socket',
      'a, b = socket.socketpair()',
      'a.setblocking(False)',
      "f = a.makefile('wb', 10)",
      'try:',
      "    while a.send(b'x' * 65536): pass",
      'except BlockingIOError: pass',
      "f.write(b'0123456')",
      'try:',
      "    f.write(b'789abcdef')",
      'except BlockingIOError as error:',
      '    print(error.errno, error.characters_written)',
    ].join('\n')
    expect(spawnSync('python3', ['-c', script], { encoding: 'utf8' }).stdout.trim()).toBe(`${errno.EAGAIN} 3`)
  })
})
