/**
 * What is opened by a first call, for good, and cannot be had: the call says so, and the next one has it. The second
 * argument says which.
 */
import assert from 'node:assert/strict'
import { getaddrinfoAsync, socketpair } from 'berkeley'
import { keep, summary, test, twiceAsync } from './support.js'

if (process.argv[3] === 'engine') {
  await test('the engine', async () => {
    const [one, other] = socketpair()
    const received = twiceAsync('recv', () => other.recvAsync(10))
    setImmediate(() => one.send('x'))
    assert.equal(String(await received), 'x')
    one.close()
    other.close()
    // The pipe by which the engine's thread is told to end.
    keep()
  })
} else {
  await test('a look-up', async () => {
    const found = await twiceAsync('getaddrinfo', () => getaddrinfoAsync('localhost', 80))
    assert.ok(found.length > 0)
    // The pipe by which threads tell.
    keep()
  })
}

summary()
