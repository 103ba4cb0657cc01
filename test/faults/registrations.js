/** The kernel has no memory, or no room, for another watch of epoll(7): a user's, or one of the engine's. */
import assert from 'node:assert/strict'
import { AF_INET, SO_SNDBUF, SOL_SOCKET, socket, socketpair } from 'berkeley'
import { EPOLLIN, epoll, poll, selectAsync } from 'berkeley/select'
import { EpollSelector, EVENT_READ } from 'berkeley/selectors'
import { fill } from '../portable/support/sockets.js'
import { check, keep, listenTcp, summary, test, twice, withPair } from './support.js'

const IN = /** @type {NonNullable<typeof EPOLLIN>} */ (EPOLLIN)

// The engine is there before the faults are.
const [first, second] = socketpair()
const begun = second.recvAsync(1)
first.send('x')
await begun

const queue = epoll()
queue.register(first, IN)
keep()

let hasFailed = false

/** From here on the next call fails. */
function due() {
  for (let i = 0; i < 1000; i++) {
    try {
      queue.modify(first, IN)
      if (hasFailed) return
    } catch (error) {
      check(error, 'epoll_ctl')
      hasFailed = true
    }
  }
  throw new Error('it never failed')
}

await test('epoll', () => {
  due()
  twice('epoll_ctl', () => queue.modify(first, IN))
  const other = epoll()
  twice('epoll_ctl', () => other.register(first, IN))
  assert.deepEqual(other.poll(0), [])
  twice('epoll_ctl', () => other.unregister(first))
  other.close()
  const selector = new EpollSelector()
  twice('epoll_ctl', () => selector.register(first, EVENT_READ))
  assert.equal(selector.getMap()?.size, 1)
  selector.close()
})

await test('calls that have to wait', async () =>
  withPair(async (one, other) => {
    due()
    check(await other.recvAsync(10).catch((reason) => reason), 'recv')
    const received = other.recvAsync(10)
    one.send('x')
    assert.equal(String(await received), 'x')
  }))

await test('a second direction: both are told, nothing is lost', async () =>
  withPair(async (one, other) => {
    one.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
    let left = fill(one, 1000)
    const received = one.recvAsync(10).catch((reason) => reason)
    due()
    check(await one.sendAsync('late').catch((reason) => reason), 'send')
    check(await received, 'recv')
    const again = one.recvAsync(10)
    const sent = one.sendAsync('late')
    while (left > 0) left -= other.recv(65_536).length
    assert.equal(await sent, 4)
    other.send('back')
    assert.equal(String(await again), 'back')
    assert.equal(String(other.recv(100)), 'late')
  }))

await test('accept and connect', async () => {
  const listener = listenTcp()
  due()
  check(await listener.acceptAsync().catch((reason) => reason), 'accept')
  const accepted = listener.acceptAsync()
  const client = socket(AF_INET)
  await client.connectAsync(listener.getsockname()).catch((reason) => check(reason, 'connect'))
  const [server] = await accepted
  for (const sock of [server, client, listener]) sock.close()
})

await test('asynchronous polls', async () =>
  withPair(async (one, other) => {
    const list = poll()
    list.register(other, 1)
    due()
    check(await selectAsync([other], [], [], { timeout: 5 }).catch((reason) => reason), 'select')
    due()
    check(await list.pollAsync(5000).catch((reason) => reason), 'poll')
    const waiting = [selectAsync([other], [], [], { timeout: 5 }), list.pollAsync(5000)].map((it) => it.catch(() => []))
    one.send('x')
    for (const found of await Promise.all(waiting)) assert.ok(Array.isArray(found))
  }))

await test('a watch that cannot be taken back hinders no close', async () => {
  const [one, other] = socketpair()
  const received = other.recvAsync(10).catch((reason) => reason.code)
  due()
  other.close()
  assert.equal(await received, 'ECANCELED')
  one.close()
})

await test('until strace has no more to do, as the event loop makes such calls, too', () => {
  for (let i = 0, inRow = 0; inRow < 3 && i < 1000; i++) {
    try {
      queue.modify(first, IN)
      inRow++
    } catch {
      inRow = 0
    }
  }
})
for (const thing of [queue, first, second]) thing.close()

summary()
