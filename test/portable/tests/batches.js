/** recvmmsg and sendmmsg: many datagrams with one call, where the system has one, and otherwise with many. */
import assert from 'node:assert/strict'
import { AF_INET, MessageBatch, MSG_DONTWAIT, MSG_TRUNC, SOCK_DGRAM } from 'berkeley'
import { test } from '../suite.js'
import { pair, udp } from '../support/sockets.js'

test('a batch is sent and received', (t) => {
  const [first, second] = [udp(t), udp(t)]
  const out = new MessageBatch(10, 100)
  for (let i = 0; i < 10; i++) out.set(i, `datagram ${i}`, second.getsockname())
  assert.equal(first.sendmmsg(out), 10)
  const batch = new MessageBatch(16, 100)
  let count = 0
  while (count < 10) {
    const more = second.recvmmsg(batch)
    for (let i = 0; i < more; i++) {
      assert.equal(String(batch.data(i)), `datagram ${count + i}`)
      assert.deepEqual(batch.address(i), first.getsockname())
      assert.equal(batch.flags(i), 0)
    }
    count += more
  }
  assert.equal(count, 10)
})

test('the same with promises', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  second.connect(first.getsockname())
  const batch = new MessageBatch(4, 50)
  const received = second.recvmmsgAsync(batch)
  const out = new MessageBatch(2, 50)
  out.set(0, 'one', second.getsockname())
  out.set(1, 'two', second.getsockname())
  assert.equal(await first.sendmmsgAsync(out), 2)
  let count = await received
  const texts = []
  for (let i = 0; i < count; i++) texts.push(String(batch.data(i)))
  if (count === 1) {
    count = await second.recvmmsgAsync(batch)
    texts.push(String(batch.data(0)))
  }
  assert.deepEqual(texts, ['one', 'two'])
})

test('a message that is too long for the batch is cut, and says so', (t) => {
  const [first, second] = [udp(t), udp(t)]
  first.sendto('0123456789', second.getsockname())
  const batch = new MessageBatch(2, 4)
  assert.equal(second.recvmmsg(batch), 1)
  assert.deepEqual([String(batch.data(0)), batch.flags(0) & MSG_TRUNC], ['0123', MSG_TRUNC])
})

test('a batch waits for one message, times out, or does not wait', async (t) => {
  const sock = udp(t)
  const batch = new MessageBatch(4, 50)
  sock.settimeout(0.03)
  assert.throws(() => sock.recvmmsg(batch), { name: 'SocketTimeoutError', syscall: 'recvmmsg' })
  sock.settimeout(null)
  assert.throws(() => sock.recvmmsg(batch, MSG_DONTWAIT), { code: 'EAGAIN' })
  await assert.rejects(sock.recvmmsgAsync(batch, { timeout: 0.01 }), { name: 'SocketTimeoutError' })
})

test(
  'five hundred datagrams over a pair, in batches, in order',
  async (t) => {
    const [first, second] = pair(t, SOCK_DGRAM)
    const [out, batch] = [new MessageBatch(32, 20), new MessageBatch(32, 20)]
    const sending = (async () => {
      for (let next = 0; next < 500; ) {
        for (let i = 0; i < 32 && next + i < 500; i++) out.set(i, String(next + i))
        while (out.unsent > 0) next += await first.sendmmsgAsync(out)
      }
    })()
    for (let next = 0; next < 500; ) {
      const count = await second.recvmmsgAsync(batch)
      for (let i = 0; i < count; i++) assert.equal(String(batch.data(i)), String(next++))
    }
    await sending
  },
  { needs: ['datagramsWait'] },
)

test('a batch that a call has is not free for another', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  const batch = new MessageBatch(2, 20)
  const received = second.recvmmsgAsync(batch)
  assert.throws(() => first.recvmmsg(batch, MSG_DONTWAIT), { code: 'ERR_INVALID_STATE' })
  first.sendto('x', second.getsockname())
  assert.equal(await received, 1)
  assert.equal(second.family, AF_INET)
})
