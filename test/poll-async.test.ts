/** pollAsync of Poll and Epoll: their masks, times and changes. What all asynchronous waits share: select-async.test.ts. */
import { socketpair } from 'berkeley'
import * as constants from 'berkeley/select'
import {
  type DescriptorEvents,
  epoll,
  type HasFileno,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  type Poll,
  poll,
} from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { NOT_OPEN } from './support/descriptors.js'
import { rejection, turns } from './support/promises.js'
import { has } from './support/selectors.js'
import { pair } from './support/sockets.js'

const EPOLLIN = constants.EPOLLIN as number
const EPOLLOUT = constants.EPOLLOUT as number

describe('Poll.pollAsync', () => {
  test('takes milliseconds as poll does, or options with seconds', async () => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLIN)
    const started = performance.now()
    expect(await list.pollAsync(60)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(59.9)
    expect(performance.now() - started).toBeLessThan(10_000)
    const signal = AbortSignal.timeout(20)
    for (const forEver of [null, -1]) {
      expect(await rejection(list.pollAsync(forEver, { signal: AbortSignal.timeout(5) }))).toMatchObject({
        name: 'TimeoutError',
      })
    }
    expect(await rejection(list.pollAsync({ signal, timeout: -5 }))).toMatchObject({ name: 'TimeoutError' })
    expect(await rejection(list.pollAsync('1' as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(await rejection(list.pollAsync(2 ** 31))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test.each<[string, (list: Poll, ends: HasFileno[]) => void]>([
    ['register', (list, [, other]) => list.register(other as HasFileno, POLLOUT)],
    ['modify', (list, [one]) => list.modify(one as HasFileno, POLLOUT)],
  ])('notices a %s while it waits', async (_, change) => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLIN)
    const waiting = [list.pollAsync(), list.pollAsync({ timeout: 10 })]
    await turns(2)
    change(list, ends)
    const [[found]] = (await Promise.all(waiting)) as [DescriptorEvents[], DescriptorEvents[]]
    expect(found?.[1]).toBe(POLLOUT)
  })

  test('waits no more for what is unregistered meanwhile, nor for whoever has its number next', async () => {
    using ends = pair()
    const [one, other] = socketpair()
    const list = poll()
    list.register(one, POLLIN)
    list.register(ends[0], POLLIN)
    const waiting = list.pollAsync({ timeout: 10 })
    await turns(2)
    list.unregister(one)
    const fd = one.fileno()
    one.close()
    other.close()
    using next = pair()
    expect([next[0].fileno(), next[1].fileno()]).toContain(fd)
    next[0].send('x')
    next[1].send('x')
    await turns(2)
    ends[1].send('x')
    expect(await waiting).toEqual([[ends[0].fileno(), POLLIN]])
  })

  test('keeps its time over changes', async () => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLIN)
    const started = performance.now()
    const waiting = list.pollAsync(100)
    const timer = setInterval(() => list.modify(ends[0], POLLIN), 5)
    expect(await waiting).toEqual([])
    clearInterval(timer)
    expect(performance.now() - started).toBeGreaterThanOrEqual(99.9)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('tells what is not open', async () => {
    const list = poll()
    list.register(NOT_OPEN, POLLIN)
    expect(await list.pollAsync()).toEqual([[NOT_OPEN, POLLNVAL]])
  })
})

describe.skipIf(!has.epoll)('Epoll.pollAsync [needs Linux]', () => {
  test('gives at most maxevents', async () => {
    using ends = pair()
    using queue = epoll()
    for (const end of ends) queue.register(end, EPOLLOUT)
    expect(await queue.pollAsync({ maxevents: 1 })).toHaveLength(1)
    expect(await queue.pollAsync({ maxevents: -1 })).toHaveLength(2)
    expect(await rejection(queue.pollAsync({ maxevents: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test('notices what is registered and modified while it waits', async () => {
    using ends = pair()
    using queue = epoll()
    const registered = queue.pollAsync()
    await turns(2)
    queue.register(ends[0], EPOLLIN)
    ends[1].send('x')
    expect(await registered).toEqual([[ends[0].fileno(), EPOLLIN]])
    ends[0].recv(1)
    const modified = queue.pollAsync({ timeout: 10 })
    await turns(2)
    queue.modify(ends[0], EPOLLOUT)
    expect(await modified).toEqual([[ends[0].fileno(), EPOLLOUT]])
  })

  test('does not lose an edge to a wait that was aborted', async () => {
    using ends = pair()
    using queue = epoll()
    queue.register(ends[0], EPOLLIN | (constants.EPOLLET as number))
    const controller = new AbortController()
    const waiting = queue.pollAsync({ signal: controller.signal })
    await turns(2)
    ends[1].send('x')
    controller.abort()
    expect(await rejection(waiting)).toMatchObject({ name: 'AbortError' })
    expect(await queue.pollAsync({ timeout: 10 })).toEqual([[ends[0].fileno(), EPOLLIN]])
    expect(await queue.pollAsync({ timeout: 0.02 })).toEqual([])
  })

  test('is rejected where the queue is closed: ECANCELED while it waits, EBADF after', async () => {
    using ends = pair()
    const queue = epoll()
    queue.register(ends[0], EPOLLIN)
    const waiting = [queue.pollAsync(), queue.pollAsync({ timeout: 10 })]
    await turns(2)
    queue.close()
    for (const one of waiting) {
      expect(await rejection(one)).toMatchObject({ name: 'SocketError', code: 'ECANCELED', syscall: 'epoll_wait' })
    }
    expect(await rejection(queue.pollAsync())).toMatchObject({ code: 'EBADF' })
    // The number belongs to another queue now, whose waits are its own.
    using next = epoll()
    next.register(ends[0], EPOLLIN)
    ends[1].send('x')
    expect(await next.pollAsync({ timeout: 10 })).toEqual([[ends[0].fileno(), EPOLLIN]])
  })
})
