/** There is no pipe for splice(2), or no memory in it: bytes go through a buffer, or it is told how far they came. */
import assert from 'node:assert/strict'
import { SHUT_WR, socketpair } from 'berkeley'
import { check, summary, test } from './support.js'

/** Whether it is the pipe that fails, or what is done with it. */
const isPipe = process.argv[3] === 'pipe'

/** @typedef {import('berkeley').Socket} Socket */

/** @param {(from: Socket, to: Socket) => unknown} move */
async function moves(move) {
  const [source, from] = socketpair()
  const [to, sink] = socketpair()
  source.sendall('one way or the other')
  source.shutdown(SHUT_WR)
  const moved = await move(from, to)
  to.close()
  assert.equal(moved, 20)
  assert.equal(String(sink.recv(100)), 'one way or the other')
  assert.equal(sink.recv(1).length, 0)
  for (const sock of [source, from, sink]) sock.close()
}

if (isPipe) {
  await test('no pipe', async () => {
    for (let i = 0; i < 40; i++) await moves((from, to) => from.splice(to))
    for (let i = 0; i < 20; i++) await moves((from, to) => from.spliceAsync(to))
  })
} else {
  /** @type {[name: string, splice: (from: Socket, to: Socket) => unknown][]} */
  const ways = [
    ['splice', (from, to) => from.splice(to)],
    ['spliceAsync', (from, to) => from.spliceAsync(to)],
  ]
  for (const [name, splice] of ways) {
    await test(`${name}: what was not taken stays, what was not given comes with the error`, async () => {
      const [source, from] = socketpair()
      const [to, sink] = socketpair()
      source.sendall('all of it')
      source.shutdown(SHUT_WR)
      // The first splice(2) fails, which takes; the third, which gives.
      for (const pending of [undefined, 'all of it']) {
        /** @type {any} */
        let error
        try {
          await splice(from, to)
        } catch (reason) {
          error = reason
        }
        check(error, 'splice')
        assert.deepEqual([error.bytesMoved, error.pending && String(error.pending)], [0, pending])
      }
      assert.equal(await splice(from, to), 0)
      to.close()
      assert.equal(sink.recv(1).length, 0)
      for (const sock of [source, from, sink]) sock.close()
    })
  }
}

summary()
