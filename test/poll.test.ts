/** poll(): what is registered, what it answers, how long it waits. */
import { writeSync } from 'node:fs'
import { socketpair } from 'berkeley'
import {
  type DescriptorEvents,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  Poll,
  poll,
} from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { NOT_OPEN, pipe, regularFile } from './support/descriptors.js'
import { can, pair, thrown } from './support/sockets.js'

/** What poll answers for one descriptor at once. */
function eventsOf(f: number | { fileno(): number }, mask: number): number {
  const list = poll()
  list.register(f, mask)
  const [found] = list.poll(0)
  return found === undefined ? 0 : found[1]
}

describe('poll', () => {
  test('answers descriptors with their events, in the order in which they were registered', () => {
    using first = pair()
    using second = pair()
    const list = poll()
    expect(list).toBeInstanceOf(Poll)
    expect(list.poll(0)).toEqual([])
    list.register(second[0], POLLOUT)
    list.register(first[0].fileno())
    list.register(first[1], POLLIN)
    expect(list.poll()).toEqual<DescriptorEvents[]>([
      [second[0].fileno(), POLLOUT],
      [first[0].fileno(), POLLOUT],
    ])
    first[0].send('x')
    list.modify(second[0], POLLIN)
    expect(list.poll()).toEqual<DescriptorEvents[]>([
      [first[0].fileno(), POLLOUT],
      [first[1].fileno(), POLLIN],
    ])
    list.unregister(first[0])
    expect(list.poll()).toEqual<DescriptorEvents[]>([[first[1].fileno(), POLLIN]])
  })

  test('waits for reading, urgent data and writing where no mask is given', () => {
    using ends = pair()
    const list = poll()
    list.register(ends[0])
    expect(list.poll(0)).toEqual([[ends[0].fileno(), POLLOUT]])
    list.modify(ends[0], POLLIN | POLLPRI | POLLOUT)
    expect(list.poll(0)).toEqual([[ends[0].fileno(), POLLOUT]])
  })

  test('gives a descriptor that is registered again the new mask', () => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLIN)
    list.register(ends[0].fileno(), POLLOUT)
    expect(list.poll(0)).toEqual([[ends[0].fileno(), POLLOUT]])
  })

  test('tells a hang-up, an error and what is not open unasked', () => {
    using ends = pipe()
    expect(eventsOf(ends.reader, POLLIN)).toBe(0)
    ends.closeWriter()
    expect(eventsOf(ends.reader, 0)).toBe(POLLHUP)
    using others = pipe()
    others.closeReader()
    if (can.linux) expect(eventsOf(others.writer, 0)).toBe(POLLERR)
    expect(eventsOf(NOT_OPEN, POLLIN)).toBe(POLLNVAL)
    const [one, other] = socketpair()
    const fd = one.fileno()
    const list = poll()
    list.register(one)
    one.close()
    other.close()
    expect(list.poll()).toEqual([[fd, POLLNVAL]])
    list.unregister(fd)
    expect(list.poll(0)).toEqual([])
  })

  test.skipIf(!can.linux)('tells a half-closed stream [needs Linux: POLLRDHUP]', () => {
    using ends = pair()
    ends[1].shutdown(1)
    expect(eventsOf(ends[0], POLLRDHUP as number)).toBe(POLLRDHUP)
  })

  test('takes pipes and files', () => {
    using ends = pipe()
    writeSync(ends.writer, 'x')
    expect(eventsOf(ends.reader, POLLIN)).toBe(POLLIN)
    expect(eventsOf(ends.writer, POLLIN | POLLOUT)).toBe(POLLOUT)
    using file = regularFile()
    expect(eventsOf(file.fd, POLLIN | POLLOUT)).toBe(POLLIN | POLLOUT)
    expect(eventsOf({ fileno: () => file.fd }, POLLIN)).toBe(POLLIN)
  })

  test('may be asked of many', () => {
    const pairs = Array.from({ length: 200 }, () => pair())
    const list = poll()
    for (const [one, other] of pairs) {
      list.register(one, POLLIN)
      other.send('x')
    }
    expect(list.poll(0)).toEqual(pairs.map(([one]) => [one.fileno(), POLLIN]))
    for (const ends of pairs) ends[Symbol.dispose]()
  })
})

describe("poll's time", () => {
  test.each([
    [120, 120],
    [119.1, 119.1],
    [0, 0],
  ])('%s is milliseconds', (timeoutMs, least) => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLIN)
    const started = performance.now()
    expect(list.poll(timeoutMs)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(least)
    expect(performance.now() - started).toBeLessThan(least + 10_000)
  })

  test.each([[undefined], [null], [-1], [-1000], [-0.1], [-1e-100]])('%s is for ever', (timeoutMs) => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLOUT)
    expect(list.poll(timeoutMs)).toHaveLength(1)
  })

  test('is at most an int of milliseconds', () => {
    using ends = pair()
    const list = poll()
    list.register(ends[0], POLLOUT)
    expect(list.poll(2 ** 31 - 1)).toHaveLength(1)
    for (const bad of [2 ** 31, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => list.poll(bad))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    }
    for (const bad of ['1', {}, true] as never[]) {
      expect(thrown(() => list.poll(bad)).message).toMatch(/^The "timeoutMs" argument must be of type number or null/)
    }
  })
})

describe('register, modify and unregister refuse', () => {
  test('a descriptor that is not registered: ENOENT', () => {
    using ends = pair()
    const list = poll()
    const fd = ends[0].fileno()
    const unknown = { name: 'SocketError', code: 'ENOENT' }
    expect(thrown(() => list.modify(ends[0], POLLIN))).toMatchObject({ ...unknown, syscall: 'modify' })
    const error = thrown(() => list.unregister(fd))
    expect(error).toMatchObject({ ...unknown, syscall: 'unregister' })
    expect(error.message).toBe(`unregister ENOENT: descriptor ${fd} is not registered`)
    list.register(fd, POLLIN)
    list.unregister(ends[0])
    expect(thrown(() => list.unregister(ends[0]))).toMatchObject(unknown)
  })

  const calls: Record<string, (list: Poll, f: never, mask: never) => void> = {
    register: (list, f, mask) => list.register(f, mask),
    modify: (list, f, mask) => list.modify(f, mask),
    unregister: (list, f) => list.unregister(f),
  }

  test.each(Object.entries(calls))('%s: what has no descriptor', (_, call) => {
    const list = poll()
    list.register(1, POLLIN)
    for (const bad of [undefined, null, 'x', {}, { fileno: () => 'x' }, list]) {
      expect(thrown(() => call(list, bad as never, POLLIN as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    }
    for (const bad of [-1, 1.5, 2 ** 31]) {
      expect(thrown(() => call(list, bad as never, POLLIN as never)).code).toBe('ERR_OUT_OF_RANGE')
    }
    const [one, other] = socketpair()
    one.close()
    other.close()
    expect(thrown(() => call(list, one as never, POLLIN as never)).code).toBe('EBADF')
  })

  test.each([['register'], ['modify']])('%s: what is no mask', (name) => {
    const list = poll()
    list.register(1, POLLIN)
    const call = calls[name] as (list: Poll, f: never, mask: never) => void
    for (const bad of [undefined, null, 'x', {}]) {
      expect(thrown(() => call(list, 1 as never, bad as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    }
    for (const bad of [-1, 0x10000, 1.5]) {
      expect(thrown(() => call(list, 1 as never, bad as never)).code).toBe('ERR_OUT_OF_RANGE')
    }
    call(list, 1 as never, 0xffff as never)
  })
})
