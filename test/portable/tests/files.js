/** sendfile, splice, makefile. */
import assert from 'node:assert/strict'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { SHUT_WR } from 'berkeley'
import { test } from '../suite.js'
import { folder, pair, pattern, recvExactly, recvExactlyAsync, tcpPair } from '../support/sockets.js'

/** @import { Context } from '../suite.js' */

/**
 * The descriptor of a file with that content.
 * @param {Context} t
 * @param {Buffer} bytes
 */
function fileWith(t, bytes) {
  const path = folder(t)('file')
  writeFileSync(path, bytes)
  const fd = openSync(path, 'r')
  t.after(() => closeSync(fd))
  return { fd, path }
}

test('sendfile sends a file, and a part of it', (t) => {
  const { client, server } = tcpPair(t)
  const bytes = pattern(50_000)
  const { fd } = fileWith(t, bytes)
  assert.equal(client.sendfile(fd), 50_000)
  assert.equal(Buffer.compare(recvExactly(server, 50_000), bytes), 0)
  assert.equal(client.sendfile(fd, 100, 1000), 1000)
  assert.equal(Buffer.compare(recvExactly(server, 1000), bytes.subarray(100, 1100)), 0)
})

test('sendfileAsync of megabytes', async (t) => {
  const { client, server } = tcpPair(t)
  const bytes = pattern(3 << 20)
  const { fd } = fileWith(t, bytes)
  const [sent, got] = await Promise.all([client.sendfileAsync(fd), recvExactlyAsync(server, bytes.length)])
  assert.equal(sent, bytes.length)
  assert.equal(Buffer.compare(got, bytes), 0)
})

test('sendfileAsync of a FileHandle', async (t) => {
  const { client, server } = tcpPair(t)
  const { path } = fileWith(t, Buffer.from('from a handle'))
  const handle = await open(path)
  try {
    assert.equal(await client.sendfileAsync(handle), 13)
  } finally {
    await handle.close()
  }
  assert.equal(String(recvExactly(server, 13)), 'from a handle')
})

test('splice moves from one socket to another', async (t) => {
  const [from, source] = pair(t)
  const [to, target] = pair(t)
  source.sendall('through here')
  assert.equal(from.splice(to, 12), 12)
  assert.equal(String(target.recv(100)), 'through here')
  const bytes = pattern(1 << 20)
  const [moved, got] = await Promise.all([
    from.spliceAsync(to),
    recvExactlyAsync(target, bytes.length),
    source.sendallAsync(bytes).then(() => source.shutdown(SHUT_WR)),
  ])
  assert.equal(moved, bytes.length)
  assert.equal(Buffer.compare(got, bytes), 0)
})

test('makefile reads lines and writes them', (t) => {
  const [first, second] = pair(t)
  const writer = t.add(first.makefile('wb'))
  const reader = t.add(second.makefile('rb'))
  writer.write(Buffer.from('one\ntwo\nrest'))
  writer.flush()
  assert.equal(String(reader.readline()), 'one\n')
  assert.equal(String(reader.read(3)), 'two')
  assert.equal(String(reader.readline(1)), '\n')
  writer.close()
  first.close()
  assert.equal(String(reader.read()), 'rest')
  assert.equal(reader.readline().length, 0)
})

test('makefile of text', async (t) => {
  const [first, second] = pair(t)
  const writer = t.add(first.makefile('w', { newline: '\r\n' }))
  const reader = t.add(second.makefile('r'))
  writer.write('grüße\n€ 5\n')
  writer.flush()
  assert.equal(reader.readline(), 'grüße\n')
  assert.equal(await reader.readlineAsync(), '€ 5\n')
})

test('each call of a file as a promise', async (t) => {
  const [first, second] = pair(t)
  const writer = t.add(first.makefile('wb'))
  const reader = t.add(second.makefile('rb'))
  await writer.writeAsync(Buffer.from('one\ntwo\nthree\nfour of bytes'))
  await writer.flushAsync()
  assert.equal(String(await reader.readlineAsync()), 'one\n')
  assert.equal(String(await reader.readAsync(4)), 'two\n')
  const room = Buffer.alloc(6)
  assert.equal(await reader.readintoAsync(room), 6)
  assert.equal(String(room), 'three\n')
  first.close()
  writer.close()
  assert.deepEqual((await reader.readlinesAsync()).map(String), ['four of bytes'])
  assert.equal((await reader.readAsync()).length, 0)
})

test('lines, one after the other and all at once', (t) => {
  const [first, second] = pair(t)
  const reader = t.add(second.makefile('r'))
  first.sendall('a\nb\nc\nd')
  first.close()
  for (const line of reader) {
    assert.equal(line, 'a\n')
    break
  }
  assert.equal(reader.read(2), 'b\n')
  assert.deepEqual(reader.readlines(), ['c\n', 'd'])
})

test('a file both ways', (t) => {
  const [first, second] = pair(t)
  const [mine, its] = [t.add(first.makefile('rwb')), t.add(second.makefile('rwb', { buffering: 0 }))]
  mine.write(Buffer.from('question\n'))
  mine.flush()
  assert.equal(String(its.readline()), 'question\n')
  its.write(Buffer.from('answer'))
  const room = new Uint8Array(6)
  assert.equal(mine.readinto(room), 6)
  assert.equal(String(Buffer.from(room)), 'answer')
})

test('for await gives the lines of a file', async (t) => {
  const [first, second] = pair(t)
  const reader = t.add(second.makefile('r'))
  first.sendall('a\nb\n')
  setTimeout(() => {
    first.sendall('c')
    first.close()
  }, 5)
  const lines = []
  for await (const line of reader) lines.push(line)
  assert.deepEqual(lines, ['a\n', 'b\n', 'c'])
})

test('a file keeps the descriptor of a closed socket', (t) => {
  const [first, second] = pair(t)
  const file = second.makefile('rb')
  second.close()
  assert.equal(second.closed, true)
  first.sendall('still read')
  assert.equal(String(file.read(10)), 'still read')
  file.close()
  assert.equal(second.fileno(), -1)
})
