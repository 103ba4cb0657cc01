/** Selectors: each over its own call, all with the same answers. Most follow CPython's own tests of `selectors`. */
import { readdirSync } from 'node:fs'
import { socketpair } from 'berkeley'
import {
  BaseSelector,
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  KqueueSelector,
  PollSelector,
  type SelectorKey,
  SelectSelector,
} from 'berkeley/selectors'
import { describe, expect, test } from 'vitest'
import { cpuMs, NOT_OPEN, pipe, regularFile } from './support/descriptors.js'
import { has, selectors } from './support/selectors.js'
import { can, pair, thrown } from './support/sockets.js'

const BOTH = EVENT_READ | EVENT_WRITE

test('the events are those of CPython', () => {
  expect([EVENT_READ, EVENT_WRITE]).toEqual([1, 2])
})

test('the default is the best of the platform', () => {
  const best = has.kqueue ? KqueueSelector : has.epoll ? EpollSelector : PollSelector
  expect(DefaultSelector).toBe(best)
})

test('what the platform lacks is ENOSYS', () => {
  const missing = has.kqueue ? EpollSelector : KqueueSelector
  expect(thrown(() => new missing())).toMatchObject({
    code: 'ENOSYS',
    message: expect.stringContaining(process.platform),
  })
})

describe.each(selectors)('%s', (_, make) => {
  test('registers an object and answers its key, which does not change', () => {
    using ends = pair()
    using selector = make()
    expect(selector).toBeInstanceOf(BaseSelector)
    const key = selector.register(ends[0], EVENT_READ, 'data')
    expect(key).toEqual({ fileobj: ends[0], fd: ends[0].fileno(), events: EVENT_READ, data: 'data' })
    expect(Object.isFrozen(key)).toBe(true)
    expect(selector.register(ends[1].fileno(), BOTH)).toEqual({
      fileobj: ends[1].fileno(),
      fd: ends[1].fileno(),
      events: BOTH,
      data: null,
    })
  })

  test('refuses to register what is registered, and what is nothing', () => {
    using ends = pair()
    using selector = make()
    selector.register(ends[0], EVENT_READ)
    const registered = { name: 'SocketError', code: 'EEXIST', syscall: 'register' }
    expect(thrown(() => selector.register(ends[0], EVENT_READ))).toMatchObject(registered)
    expect(thrown(() => selector.register(ends[0].fileno(), EVENT_WRITE)).message).toBe(
      `register EEXIST: descriptor ${ends[0].fileno()} is registered already`,
    )
    for (const events of [0, 4, 999_999, -1, 1.5]) {
      const error = thrown(() => selector.register(ends[1], events))
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
      expect(error.message).toContain(String(events))
    }
    expect(thrown(() => selector.register(ends[1], 'r' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    for (const bad of ['x', null, {}] as never[]) {
      expect(thrown(() => selector.register(bad, EVENT_READ)).code).toBe('ERR_INVALID_ARG_TYPE')
    }
    expect(thrown(() => selector.register(-10, EVENT_READ)).code).toBe('ERR_OUT_OF_RANGE')
    ends[1].close()
    expect(thrown(() => selector.register(ends[1], EVENT_READ)).code).toBe('EBADF')
    expect(selector.getMap()?.size).toBe(1)
  })

  test('unregisters, also what was closed meanwhile', () => {
    using ends = pair()
    using selector = make()
    const key = selector.register(ends[0], BOTH, 'data')
    expect(selector.unregister(ends[0])).toBe(key)
    const unknown = { name: 'SocketError', code: 'ENOENT', syscall: 'unregister' }
    expect(thrown(() => selector.unregister(ends[0]))).toMatchObject(unknown)
    expect(thrown(() => selector.unregister(999_999))).toMatchObject(unknown)
    expect(thrown(() => selector.unregister('x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')

    const [one, other] = socketpair()
    const fd = one.fileno()
    selector.register(one, EVENT_READ)
    selector.register(other.fileno(), BOTH)
    const number = other.fileno()
    one.close()
    other.close()
    expect(selector.getKey(one).fd).toBe(fd)
    expect(selector.unregister(one).fd).toBe(fd)
    expect(selector.unregister(number).fd).toBe(number)
    expect(selector.getMap()?.size).toBe(0)
    expect(selector.select(0)).toEqual([])
  })

  test('modifies events and data; data that is left out is null', () => {
    using ends = pair()
    using selector = make()
    const first = selector.register(ends[0], EVENT_READ, 'first')
    expect(selector.select(0)).toEqual([])
    const second = selector.modify(ends[0], EVENT_WRITE, 'second')
    expect([first.data, second.data, second.events]).toEqual(['first', 'second', EVENT_WRITE])
    expect(selector.getKey(ends[0])).toBe(second)
    expect(selector.select(0)).toEqual([[second, EVENT_WRITE]])
    const third = selector.modify(ends[0].fileno(), EVENT_WRITE)
    expect(third).toEqual({ ...second, data: null })
    expect(selector.select(0)[0]?.[0]).toBe(third)
    ends[1].send('x')
    expect(selector.select(0)).toEqual([[third, EVENT_WRITE]])
    const fourth = selector.modify(ends[0], BOTH)
    expect(selector.select(0)).toEqual([[fourth, BOTH]])
    expect(thrown(() => selector.modify(ends[1], EVENT_READ))).toMatchObject({ code: 'ENOENT', syscall: 'modify' })
    expect(thrown(() => selector.modify(ends[0], 8)).code).toBe('ERR_INVALID_ARG_VALUE')
    expect(selector.getKey(ends[0])).toBe(fourth)
  })

  test('answers each object that is ready once, with the events asked for', () => {
    using ends = pair()
    using selector = make()
    const one = selector.register(ends[0], BOTH)
    const other = selector.register(ends[1], EVENT_READ)
    expect(selector.select(0)).toEqual([[one, EVENT_WRITE]])
    ends[0].send('x')
    ends[1].send('x')
    const ready = selector.select(10).sort(([a], [b]) => a.fd - b.fd)
    expect(ready).toEqual([
      [one, BOTH],
      [other, EVENT_READ],
    ])
    ends[0].recv(1)
    ends[1].recv(1)
    expect(selector.select(0)).toEqual([[one, EVENT_WRITE]])
  })

  test('tells the end of a stream and a broken pipe as what was asked for', () => {
    using selector = make()
    using reading = pipe()
    const reader = selector.register(reading.reader, EVENT_READ)
    reading.closeWriter()
    expect(selector.select(10)).toEqual([[reader, EVENT_READ]])
    selector.unregister(reading.reader)
    using writing = pipe()
    writing.fill()
    const writer = selector.register(writing.writer, EVENT_WRITE)
    expect(selector.select(0)).toEqual([])
    writing.closeReader()
    expect(selector.select(10)).toEqual([[writer, EVENT_WRITE]])
  })

  test('finds keys by object and by descriptor, and shows them all', () => {
    using ends = pair()
    using selector = make()
    const map = selector.getMap()
    if (map === null) throw new Error('no map')
    expect([map.size, [...map]]).toEqual([0, []])
    const key = selector.register(ends[0], EVENT_READ, 'data')
    const { fd } = key
    expect(selector.getKey(ends[0])).toBe(key)
    expect(selector.getKey(fd)).toBe(key)
    expect(thrown(() => selector.getKey(ends[1]))).toMatchObject({ code: 'ENOENT', syscall: 'getKey' })
    expect(thrown(() => selector.getKey('x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(map.size).toBe(1)
    expect([map.get(ends[0]), map.get(fd), map.get(ends[1]), map.get(999_999)]).toEqual([
      key,
      key,
      undefined,
      undefined,
    ])
    expect([map.has(ends[0]), map.has(ends[1])]).toEqual([true, false])
    expect([...map.keys()]).toEqual([fd])
    expect([...map.values()]).toEqual([key])
    expect([...map.entries()]).toEqual([[fd, key]])
    expect([...map]).toEqual([[fd, key]])
  })

  test('waits for its time in seconds; not at all for 0 and less', () => {
    using ends = pair()
    using selector = make()
    const took = (timeout: number): number => {
      const started = performance.now()
      expect(selector.select(timeout)).toEqual([])
      return performance.now() - started
    }
    expect(took(0.06)).toBeGreaterThanOrEqual(59)
    selector.register(ends[0], EVENT_READ)
    expect(took(0.12)).toBeGreaterThanOrEqual(119)
    expect(took(0)).toBeLessThan(5000)
    expect(took(-1)).toBeLessThan(5000)
    ends[1].send('x')
    for (const timeout of [undefined, null]) expect(selector.select(timeout)).toHaveLength(1)
    const wrongType = thrown(() => selector.select('1' as never))
    expect([wrongType.code, wrongType.message]).toEqual(['ERR_INVALID_ARG_TYPE', expect.stringContaining('"timeout"')])
    const notANumber = thrown(() => selector.select(Number.NaN))
    expect([notANumber.code, notANumber.message]).toEqual(['ERR_OUT_OF_RANGE', expect.stringContaining('"timeout"')])
  })

  test('closes: nothing works after it, closing again is no error', () => {
    using ends = pair()
    const selector = make()
    const map = selector.getMap()
    selector.register(ends[0], EVENT_READ)
    selector.close()
    selector.close()
    expect(selector.getMap()).toBe(null)
    expect(map?.size).toBe(0)
    const calls: (() => unknown)[] = [
      () => selector.register(ends[0], EVENT_READ),
      () => selector.unregister(ends[0]),
      () => selector.modify(ends[0], EVENT_READ),
      () => selector.getKey(ends[0]),
      () => selector.select(0),
    ]
    for (const call of calls) expect(thrown(call)).toMatchObject({ name: 'SocketError', code: 'EBADF' })
  })

  test('waits for hundreds of objects', () => {
    using selector = make()
    const pairs = Array.from({ length: 300 }, () => pair())
    for (const [one] of pairs) selector.register(one, EVENT_READ)
    expect(selector.select(0)).toEqual([])
    for (const [, other] of pairs) other.send('x')
    const found = new Set(selector.select(10).map(([{ fileobj }]) => fileobj))
    expect(found).toEqual(new Set(pairs.map(([one]) => one)))
    for (const ends of pairs) ends[Symbol.dispose]()
  })

  test('does not spin while nothing is registered', () => {
    using selector = make()
    expect(cpuMs(() => selector.select(0.2))).toBeLessThan(100)
  })

  test.skipIf(!can.linux)('leaves no descriptor when it is closed [needs Linux: /proc/self/fd]', () => {
    const before = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 20; i++) make().close()
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })
})

describe('a descriptor that is bad', () => {
  test.skipIf(!has.epoll)('is refused by an EpollSelector, and not registered [needs Linux]', () => {
    using file = regularFile()
    using selector = new EpollSelector()
    expect(thrown(() => selector.register(NOT_OPEN, EVENT_READ)).code).toBe('EBADF')
    expect(thrown(() => selector.register(file.fd, EVENT_READ)).code).toBe('EPERM')
    expect(selector.getMap()?.size).toBe(0)
  })

  test('is found by the select of a SelectSelector: EBADF', () => {
    using file = regularFile()
    using selector = new SelectSelector()
    const key = selector.register(file.fd, BOTH)
    expect(selector.select(0)).toEqual([[key, BOTH]])
    selector.register(NOT_OPEN, EVENT_READ)
    expect(thrown(() => selector.select(0)).code).toBe('EBADF')
  })

  test('is ready for a PollSelector', () => {
    using file = regularFile()
    using selector = new PollSelector()
    const key = selector.register(file.fd, BOTH)
    expect(selector.select(0)).toEqual([[key, BOTH]])
    const bad = selector.register(NOT_OPEN, EVENT_READ)
    expect(selector.select(0)).toContainEqual([bad, EVENT_READ])
  })

  test.skipIf(!has.epoll && !has.kqueue)(
    'is given up where the kernel refuses its change [needs epoll or kqueue]',
    () => {
      using selector = has.epoll ? new EpollSelector() : new KqueueSelector()
      const [one, other] = socketpair()
      selector.register(one, EVENT_READ)
      one.close()
      other.close()
      expect(thrown(() => selector.modify(one, EVENT_WRITE)).code).toBe('EBADF')
      expect(selector.getMap()?.size).toBe(0)
    },
  )
})

test.skipIf(!has.epoll && !has.kqueue)('selectors of a queue have its descriptor [needs epoll or kqueue]', () => {
  using selector = has.epoll ? new EpollSelector() : new KqueueSelector()
  expect(selector.fileno()).toBeGreaterThan(2)
  selector.close()
  expect(thrown(() => selector.fileno()).code).toBe('EBADF')
})

test('data and objects are typed', () => {
  using ends = pair()
  using selector = new DefaultSelector<(key: SelectorKey) => string, (typeof ends)[0]>()
  selector.register(ends[0], EVENT_WRITE, ({ fd }) => `ready: ${fd}`)
  const [ready] = selector.select(0)
  if (ready === undefined) throw new Error('nothing is ready')
  const [key] = ready
  expect(key.data(key)).toBe(`ready: ${ends[0].fileno()}`)
  expect(key.fileobj.getblocking()).toBe(true)
})
