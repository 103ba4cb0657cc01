/** How much is moved by one call, and how much by many. */
import assert from 'node:assert/strict'
import { MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, SHUT_WR, SO_SNDBUF, SOL_SOCKET } from 'berkeley'
import { test } from '../suite.js'
import { fill, pair, pattern, recvExactly, recvExactlyAsync, tcpPair, udp } from '../support/sockets.js'

test('recv gives at most what was asked for, and keeps the rest', (t) => {
  const { client, server } = tcpPair(t)
  client.sendall('0123456789')
  assert.equal(String(recvExactly(server, 4)), '0123')
  assert.equal(String(recvExactly(server, 6)), '456789')
})

test('recv(0) answers at once', async (t) => {
  const { server } = tcpPair(t)
  assert.equal(server.recv(0).length, 0)
  assert.equal((await server.recvAsync(0)).length, 0)
})

test('what recv gave stays as it is while more is received', async (t) => {
  const { client, server } = tcpPair(t)
  const kept = []
  for (let i = 0; i < 200; i++) {
    client.sendall(`message ${String(i).padStart(3, '0')}`)
    kept.push(i % 2 === 0 ? server.recv(65_536) : await server.recvAsync(65_536))
  }
  assert.deepEqual(
    kept.map(String),
    kept.map((_, i) => `message ${String(i).padStart(3, '0')}`),
  )
})

test('MSG_PEEK leaves the data where it is', async (t) => {
  const { client, server } = tcpPair(t)
  client.sendall('hello')
  assert.equal(String(server.recv(100, MSG_PEEK)), 'hello')
  assert.equal(String(await server.recvAsync(100, { flags: MSG_PEEK })), 'hello')
  assert.equal(String(server.recv(100)), 'hello')
  assert.throws(() => server.recv(1, MSG_DONTWAIT), { code: 'EAGAIN' })
})

test('MSG_WAITALL waits for all of it', async (t) => {
  const { client, server } = tcpPair(t)
  const all = server.recvAsync(10, { flags: MSG_WAITALL })
  await client.sendallAsync('01234')
  await client.sendallAsync('56789')
  assert.equal(String(await all), '0123456789')
  client.sendall('abcdef')
  assert.equal(String(server.recv(6, MSG_WAITALL)), 'abcdef')
})

test('recvInto fills a buffer, a part of it, any view', async (t) => {
  const { client, server } = tcpPair(t)
  const buffer = Buffer.alloc(10, '.')
  client.sendall('abc')
  assert.equal(server.recvInto(buffer), 3)
  assert.equal(String(buffer), 'abc.......')
  client.sendall('defghi')
  assert.equal(server.recvInto(buffer, 2), 2)
  assert.equal(await server.recvIntoAsync(buffer.subarray(5), { nbytes: 3 }), 3)
  assert.equal(String(buffer), 'dec..fgh..')
  const view = new DataView(new ArrayBuffer(8), 4)
  assert.equal(server.recvInto(view), 1)
  assert.equal(view.getUint8(0), 'i'.charCodeAt(0))
})

test('recvInto a SharedArrayBuffer', (t) => {
  const { client, server } = tcpPair(t)
  const shared = new Uint8Array(new SharedArrayBuffer(8))
  client.sendall('abc')
  assert.equal(server.recvInto(shared), 3)
  assert.deepEqual([...shared.subarray(0, 3)], [97, 98, 99])
})

test('recvfromInto', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  const buffer = Buffer.alloc(10, '.')
  first.sendto('abc', second.getsockname())
  assert.deepEqual(second.recvfromInto(buffer), [3, first.getsockname()])
  first.sendto('defg', second.getsockname())
  assert.deepEqual(await second.recvfromIntoAsync(buffer, { nbytes: 2 }), [2, first.getsockname()])
  assert.equal(String(buffer), 'dec.......')
})

test('anything with bytes is sent', (t) => {
  const { client, server } = tcpPair(t)
  const float = new Float64Array([1.5])
  for (const data of [
    'text ü',
    Buffer.from('buffer'),
    new Uint8Array([1, 2]),
    float,
    float.buffer,
    new DataView(float.buffer, 4),
  ]) {
    const sent = client.send(data)
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(...bytesOf(data))
    assert.equal(sent, bytes.length)
    assert.deepEqual(recvExactly(server, sent), bytes)
  }
})

/**
 * @param {ArrayBufferView | ArrayBuffer} data
 * @returns {[ArrayBuffer, number, number]}
 */
const bytesOf = (data) =>
  data instanceof ArrayBuffer
    ? [data, 0, data.byteLength]
    : [/** @type {ArrayBuffer} */ (data.buffer), data.byteOffset, data.byteLength]

test('a non-blocking send takes what there is room for', (t) => {
  const { client, server } = tcpPair(t)
  client.setsockopt(SOL_SOCKET, SO_SNDBUF, 20_000)
  client.setblocking(false)
  const data = pattern(8 << 20)
  const sent = client.send(data)
  assert.ok(sent > 0 && sent < data.length, `${sent} of ${data.length}`)
  assert.equal(Buffer.compare(recvExactly(server, sent), data.subarray(0, sent)), 0)
})

test('sendallAsync of megabytes against a slow reader', async (t) => {
  const { client, server } = tcpPair(t)
  const data = pattern(4 << 20)
  const sent = client.sendallAsync(data).then(() => client.shutdown(SHUT_WR))
  const parts = []
  for (;;) {
    const part = await server.recvAsync(10_000)
    if (part.length === 0) break
    parts.push(part)
    if (parts.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await sent
  assert.equal(Buffer.compare(Buffer.concat(parts), data), 0)
})

test('sendall with a timeout tells how much was sent', (t) => {
  const { client, server } = tcpPair(t)
  client.settimeout(0.1)
  const data = pattern(16 << 20)
  /** @type {{ bytesSent?: number }} */
  let error = {}
  assert.throws(
    () => client.sendall(data),
    (thrown) => {
      error = /** @type {{ bytesSent?: number }} */ (thrown)
      return true
    },
  )
  const { bytesSent } = error
  assert.ok(bytesSent !== undefined && bytesSent > 0 && bytesSent < data.length, String(bytesSent))
  client.close()
  assert.equal(Buffer.compare(recvExactly(server, bytesSent), data.subarray(0, bytesSent)), 0)
  assert.equal(server.recv(1).length, 0)
})

test('both directions at once, megabytes', async (t) => {
  const { client, server } = tcpPair(t)
  const [up, down] = [pattern(2 << 20), pattern(3 << 20).reverse()]
  const [gotUp, gotDown] = await Promise.all([
    recvExactlyAsync(server, up.length),
    recvExactlyAsync(client, down.length),
    client.sendallAsync(up),
    server.sendallAsync(down),
  ])
  assert.equal(Buffer.compare(gotUp, up), 0)
  assert.equal(Buffer.compare(gotDown, down), 0)
})

test(
  'sends of one socket keep their order',
  async (t) => {
    const [first, second] = pair(t)
    fill(first)
    const sends = Array.from({ length: 20 }, (_, i) => first.sendallAsync(Buffer.alloc(30_000, i + 1)))
    /** @type {number[]} */
    const seen = []
    for (let count = 0; count < 600_000; ) {
      for (const byte of await second.recvAsync(65_536)) {
        if (byte === 0) continue
        count++
        if (seen.at(-1) !== byte) seen.push(byte)
      }
    }
    await Promise.all(sends)
    assert.deepEqual(
      seen,
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
  },
  { timeout: 20 },
)

test('a buffer that was detached is not touched', async (t) => {
  const { client, server } = tcpPair(t)
  const buffer = new Uint8Array(new ArrayBuffer(100))
  const received = server.recvIntoAsync(buffer)
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] })
  client.sendall('hello')
  await assert.rejects(received, { name: 'TypeError' })
  assert.equal(String(await server.recvAsync(10)), 'hello')
})
