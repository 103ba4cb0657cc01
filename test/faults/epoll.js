/** There are no descriptors left for epoll(7), a user's or the engine's. */
import assert from 'node:assert/strict'
import { socketpair } from 'berkeley'
import { epoll } from 'berkeley/select'
import { check, summary, test, twice, twiceAsync, untilItFails } from './support.js'

await test('epoll', () => {
  check(untilItFails(epoll), 'epoll_create1')
  epoll().close()
  twice('epoll_create1', epoll).close()
})
await test('the engine starts with the next call', async () => {
  const [one, other] = socketpair()
  const received = twiceAsync('recv', () => other.recvAsync(10))
  setImmediate(() => one.send('x'))
  assert.equal(String(await received), 'x')
  await one.sendallAsync('y')
  assert.equal(String(await other.recvAsync(10)), 'y')
  one.close()
  other.close()
})

summary()
