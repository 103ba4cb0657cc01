/** The kernel has no memory for a receive: each way to receive says so, loses nothing, and works the next time. */
import assert from 'node:assert/strict'
import { MessageBatch, SOCK_DGRAM } from 'berkeley'
import { check, summary, test, twice, twiceAsync, withPair } from './support.js'

/** @typedef {import('berkeley').Socket} Socket */
/** @type {[string, (sock: Socket) => unknown][]} */
const ways = [
  ['recv', (sock) => String(twice('recv', () => sock.recv(100)))],
  ['recvfrom', (sock) => String(twice('recvfrom', () => sock.recvfrom(100))[0])],
  ['recvmsg', (sock) => String(twice('recvmsg', () => sock.recvmsg(100))[0])],
  [
    'recvInto',
    (sock) => {
      const room = Buffer.alloc(100)
      const count = twice('recv', () => sock.recvInto(room))
      return room.toString('utf8', 0, count)
    },
  ],
  ['recvAsync', async (sock) => String(await twiceAsync('recv', () => sock.recvAsync(100)))],
  ['recvfromAsync', async (sock) => String((await twiceAsync('recvfrom', () => sock.recvfromAsync(100)))[0])],
  ['recvmsgAsync', async (sock) => String((await twiceAsync('recvmsg', () => sock.recvmsgAsync(100)))[0])],
]
for (const [name, receive] of ways) {
  for (const type of [undefined, SOCK_DGRAM]) {
    for (const timeout of [null, 5, 0]) {
      await test(`${name}, type ${type ?? 'stream'}, timeout ${timeout}`, () =>
        withPair(async (one, other) => {
          other.settimeout(timeout)
          for (const text of ['one', 'two', 'three']) {
            one.send(text)
            assert.equal(await receive(other), text)
          }
        }, type))
    }
  }
}

await test('a receive that fails when its data has come leaves it to the next one', () =>
  withPair(async (one, other) => {
    for (let i = 0; i < 10; i++) {
      setImmediate(() => one.send(`late ${i}`))
      /** @type {Buffer | void} */
      let data
      do data = await other.recvAsync(100).catch((reason) => check(reason, 'recv'))
      while (data === undefined)
      assert.equal(String(data), `late ${i}`)
    }
  }))

await test('recvmmsg', () =>
  withPair(async (one, other) => {
    const batch = new MessageBatch(4, 100)
    for (const receive of [
      () => twice('recvmmsg', () => other.recvmmsg(batch)),
      () => twiceAsync('recvmmsg', () => other.recvmmsgAsync(batch)),
    ]) {
      one.send('first')
      one.send('second')
      assert.equal(await receive(), 2)
      assert.deepEqual([String(batch.data(0)), String(batch.data(1))], ['first', 'second'])
    }
  }, SOCK_DGRAM))

summary()
