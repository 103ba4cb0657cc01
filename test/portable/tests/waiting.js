/** berkeley/select and berkeley/selectors. */
import assert from 'node:assert/strict'
import { dup, SHUT_WR, Socket } from 'berkeley'
import * as selectModule from 'berkeley/select'
import { POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll, select, selectAsync } from 'berkeley/select'
import {
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  KqueueSelector,
  PollSelector,
  SelectSelector,
} from 'berkeley/selectors'
import { test } from '../suite.js'
import { fill, listenTcp, pair } from '../support/sockets.js'

test('select tells who is readable and who is writable', (t) => {
  const [first, second] = pair(t)
  assert.deepEqual(select([first], [], [], 0), [[], [], []])
  second.send('x')
  const [readable, writable, exceptional] = select([first, second], [first, second], [first], 5)
  assert.deepEqual([readable, writable, exceptional], [[first], [first, second], []])
  fill(second)
  assert.deepEqual(select([], [second], [], 0.01)[1], [])
})

test('select times out, takes numbers, and refuses what is closed', (t) => {
  const [first] = pair(t)
  const began = performance.now()
  assert.deepEqual(select([first.fileno()], [], [], 0.05), [[], [], []])
  assert.ok(performance.now() - began >= 49)
  first.close()
  assert.throws(() => select([first], [], [], 0), { code: 'EBADF' })
})

test('selectAsync', async (t) => {
  const [first, second] = pair(t)
  const waiting = selectAsync([first], [], [], { timeout: 10 })
  setTimeout(() => second.send('x'), 5)
  assert.deepEqual(await waiting, [[first], [], []])
  first.recv(1)
  assert.deepEqual(await selectAsync([first], [], [], { timeout: 0.02 }), [[], [], []])
  const controller = new AbortController()
  const aborted = selectAsync([first], [], [], { signal: controller.signal })
  controller.abort()
  await assert.rejects(aborted, { name: 'AbortError' })
})

test('poll: masks, hang-up, what is not open', (t) => {
  const [first, second] = pair(t)
  const list = poll()
  list.register(first, POLLIN | POLLOUT)
  assert.deepEqual(list.poll(0), [[first.fileno(), POLLOUT]])
  list.modify(first, POLLIN)
  assert.deepEqual(list.poll(10), [])
  second.close()
  const [[fd = -1, events = 0] = []] = list.poll(5000)
  assert.deepEqual([fd, events & (POLLIN | POLLHUP)], [first.fileno(), POLLIN | POLLHUP])
  list.unregister(first)
  assert.throws(() => list.unregister(first), { code: 'ENOENT' })
  list.register(999_999, POLLIN)
  assert.deepEqual(list.poll(0), [[999_999, POLLNVAL]])
})

test('pollAsync', async (t) => {
  const [first, second] = pair(t)
  const list = poll()
  list.register(first, POLLIN)
  const waiting = list.pollAsync(10_000)
  setTimeout(() => second.send('x'), 5)
  assert.deepEqual(await waiting, [[first.fileno(), POLLIN]])
  first.recv(1)
  assert.deepEqual(await list.pollAsync(10), [])
})

test(
  'epoll',
  async (t) => {
    const { EPOLLET, EPOLLIN, epoll } = selectModule
    assert.ok(EPOLLET && EPOLLIN)
    const [first, second] = pair(t)
    const queue = t.add(epoll())
    queue.register(first, EPOLLIN | EPOLLET)
    assert.deepEqual(queue.poll(0), [])
    second.send('x')
    assert.deepEqual(queue.poll(5), [[first.fileno(), EPOLLIN]])
    assert.deepEqual(queue.poll(0), [])
    const waiting = queue.pollAsync({ timeout: 5 })
    second.send('y')
    assert.deepEqual(await waiting, [[first.fileno(), EPOLLIN]])
    queue.modify(first, EPOLLIN)
    const again = t.add(selectModule.Epoll.fromfd(dup(queue.fileno())))
    assert.deepEqual(again.poll(0), [[first.fileno(), EPOLLIN]])
    queue.unregister(first)
    assert.throws(() => queue.unregister(first), { code: 'ENOENT' })
    queue.close()
    assert.equal(queue.closed, true)
    assert.throws(() => queue.poll(0), { code: 'EBADF' })
  },
  { needs: ['epoll'] },
)

test(
  'kqueue',
  async (t) => {
    const { KQ_EV_ADD, KQ_FILTER_READ, kevent, kqueue } = selectModule
    assert.ok(KQ_EV_ADD && KQ_FILTER_READ)
    const [first, second] = pair(t)
    const queue = t.add(kqueue())
    assert.deepEqual(queue.control([kevent(first, KQ_FILTER_READ, KQ_EV_ADD)], 1, 0), [])
    second.send('abc')
    const [event] = queue.control(null, 1, 5)
    assert.deepEqual([event?.ident, event?.filter, event?.data], [first.fileno(), KQ_FILTER_READ, 3])
  },
  { needs: ['kqueue'] },
)

for (const Selector of [DefaultSelector, SelectSelector, PollSelector, EpollSelector, KqueueSelector]) {
  test(
    `${Selector.name} gives keys and events`,
    async (t) => {
      const [first, second] = pair(t)
      const selector = t.add(new Selector())
      const key = selector.register(first, EVENT_READ, 'data of mine')
      assert.deepEqual(selector.select(0), [])
      second.send('x')
      assert.deepEqual(selector.select(5), [[key, EVENT_READ]])
      assert.equal(key.data, 'data of mine')
      assert.equal(selector.getKey(first), key)
      assert.deepEqual([...(selector.getMap() ?? [])].length, 1)
      const changed = selector.modify(first, EVENT_READ | EVENT_WRITE, 7)
      assert.deepEqual(selector.select(5), [[changed, EVENT_READ | EVENT_WRITE]])
      assert.deepEqual(await selector.selectAsync({ timeout: 5 }), [[changed, EVENT_READ | EVENT_WRITE]])
      selector.unregister(first)
      assert.deepEqual(selector.select(0), [])
    },
    { needs: Selector === EpollSelector ? ['epoll'] : Selector === KqueueSelector ? ['kqueue'] : [] },
  )
}

test('an echo server over a selector, in one thread', (t) => {
  const selector = t.add(new DefaultSelector())
  const listener = listenTcp(t)
  listener.setblocking(false)
  selector.register(listener, EVENT_READ)
  const clients = Array.from({ length: 5 }, (_, i) => {
    const client = t.add(new Socket())
    client.connect(listener.getsockname())
    client.sendall(`client ${i}`)
    client.shutdown(SHUT_WR)
    return client
  })
  let left = clients.length
  while (left > 0) {
    for (const [{ fileobj }] of selector.select(5)) {
      if (fileobj === listener) {
        const [conn] = listener.accept()
        t.add(conn)
        selector.register(conn, EVENT_READ)
        continue
      }
      const conn = /** @type {Socket} */ (fileobj)
      const data = conn.recv(100)
      if (data.length > 0) conn.sendall(data)
      else {
        selector.unregister(conn)
        conn.close()
        left--
      }
    }
  }
  for (const [i, client] of clients.entries()) assert.equal(String(client.recv(100)), `client ${i}`)
})
