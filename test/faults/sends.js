/** The kernel has no memory for what is sent: each way to send says so, sends nothing, and works the next time. */
import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { MessageBatch, recvFds, SOCK_DGRAM, sendFds, sendFdsAsync, socketpair } from 'berkeley'
import { summary, test, twice, twiceAsync, withPair } from './support.js'

const DATA = 'all of it'

/** @typedef {import('berkeley').Socket} Socket */
/** @type {[string, (sock: Socket) => unknown][]} */
const ways = [
  ['send', (sock) => twice('send', () => sock.send(DATA))],
  ['sendall', (sock) => twice('sendall', () => sock.sendall(DATA))],
  ['sendmsg', (sock) => twice('sendmsg', () => sock.sendmsg(['all ', 'of it']))],
  ['sendAsync', (sock) => twiceAsync('send', () => sock.sendAsync(DATA))],
  ['sendallAsync', (sock) => twiceAsync('sendall', () => sock.sendallAsync(DATA))],
  ['sendmsgAsync', (sock) => twiceAsync('sendmsg', () => sock.sendmsgAsync(['all ', 'of it']))],
]
for (const [name, send] of ways) {
  for (const type of [undefined, SOCK_DGRAM]) {
    for (const timeout of [null, 5, 0]) {
      await test(`${name}, type ${type ?? 'stream'}, timeout ${timeout}`, () =>
        withPair(async (one, other) => {
          one.settimeout(timeout)
          await send(one)
          assert.equal(String(other.recv(100)), DATA)
          other.setblocking(false)
          assert.throws(() => other.recv(100), { code: 'EAGAIN' })
        }, type))
    }
  }
}

await test('sendmmsg', () =>
  withPair(async (one, other) => {
    const batch = new MessageBatch(2, 100)
    const fillBatch = () => ['first', 'second'].forEach((text, index) => void batch.set(index, text))
    fillBatch()
    assert.equal(
      twice('sendmmsg', () => one.sendmmsg(batch)),
      2,
    )
    fillBatch()
    assert.equal(await twiceAsync('sendmmsg', () => one.sendmmsgAsync(batch)), 2)
    for (const text of ['first', 'second', 'first', 'second']) assert.equal(String(other.recv(100)), text)
  }, SOCK_DGRAM))

await test('descriptors', () =>
  withPair(async (one, other) => {
    for (const send of [
      () => twice('sendmsg', () => sendFds(one, ['x'], [one])),
      () => twiceAsync('sendmsg', () => sendFdsAsync(one, ['x'], [one])),
    ]) {
      await send()
      const [, fds] = recvFds(other, 1, 1)
      assert.equal(fds.length, 1)
      for (const fd of fds) closeSync(fd)
    }
  }))

await test('sendfile', () =>
  withPair(async (one, other) => {
    const file = openSync(new URL(import.meta.url), 'r')
    assert.equal(
      twice('sendfile', () => one.sendfile(file, 0, 3)),
      3,
    )
    assert.equal(await twiceAsync('sendfile', () => one.sendfileAsync(file, { offset: 0, count: 3 })), 3)
    closeSync(file)
    assert.equal(String(other.recv(100)), '/**/**')
  }))

await test('what comes behind a failed send in the queue is sent', async () => {
  const [one, other] = socketpair()
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((text) => one.sendallAsync(text)))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  one.close()
  assert.equal(String(other.recv(1)) + String(other.recv(1)), 'bd')
  other.close()
})

summary()
