/** kqueue(): changes, events, waiting. On Linux kqueue-on-linux.test.ts runs this over a kqueue made of epoll. */
import { close, dup, socketpair } from 'berkeley'
import * as constants from 'berkeley/select'
import { Kevent, Kqueue, kevent, kqueue } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { NOT_OPEN } from './support/descriptors.js'
import { rejection, turns } from './support/promises.js'
import { has } from './support/selectors.js'
import { pair, thrown } from './support/sockets.js'

const READ = constants.KQ_FILTER_READ as number
const WRITE = constants.KQ_FILTER_WRITE as number
const USER = constants.KQ_FILTER_USER as number
const ADD = constants.KQ_EV_ADD as number
const CLEAR = constants.KQ_EV_CLEAR as number
const DELETE = constants.KQ_EV_DELETE as number
const ERROR = constants.KQ_EV_ERROR as number
const EOF = constants.KQ_EV_EOF as number
const ONESHOT = constants.KQ_EV_ONESHOT as number
const TRIGGER = constants.KQ_NOTE_TRIGGER as number

test.skipIf(has.kqueue)('kqueue is ENOSYS on another platform, which the message names', () => {
  for (const call of [() => kqueue(), () => new Kqueue(), () => Kqueue.fromfd(1), () => kevent(1)]) {
    expect(thrown(call)).toMatchObject({
      name: 'SocketError',
      code: 'ENOSYS',
      message: expect.stringMatching(/^k(queue|event) ENOSYS: kqueue\(2\) .* this platform is \w+$/),
    })
  }
})

describe.skipIf(!has.kqueue)('kevent [needs kqueue]', () => {
  test('has the defaults of CPython', () => {
    using ends = pair()
    const event = kevent(ends[0])
    expect(event).toBeInstanceOf(Kevent)
    const fd = ends[0].fileno()
    expect({ ...event }).toEqual({ ident: fd, filter: READ, flags: ADD, fflags: 0, data: 0, udata: 0 })
    expect({ ...kevent(fd, WRITE, DELETE, 1, -2, 3) }).toEqual({
      ident: fd,
      filter: WRITE,
      flags: DELETE,
      fflags: 1,
      data: -2,
      udata: 3,
    })
  })

  test('equals another one with the same fields', () => {
    expect(kevent(1).equals(kevent(1, READ, ADD, 0, 0, 0))).toBe(true)
    for (const other of [kevent(2), kevent(1, WRITE), kevent(1, READ, DELETE), kevent(1, READ, ADD, 0, 0, 1)]) {
      expect(kevent(1).equals(other)).toBe(false)
    }
    expect(kevent(1).equals({ ...kevent(1) } as Kevent)).toBe(false)
  })

  test('refuses what its fields do not hold', () => {
    for (const bad of [undefined, null, 'x', {}] as never[]) {
      expect(thrown(() => kevent(bad)).code).toBe('ERR_INVALID_ARG_TYPE')
      expect(thrown(() => kevent(1, bad)).code).toBe('ERR_INVALID_ARG_TYPE')
    }
    const calls: (() => unknown)[] = [
      () => kevent(-1),
      () => kevent(1, 0x8000),
      () => kevent(1, READ, 0x10000),
      () => kevent(1, READ, -1),
      () => kevent(1, READ, ADD, 2 ** 32),
      () => kevent(1, READ, ADD, 0, 2 ** 53),
      () => kevent(1, READ, ADD, 0, 0, -1),
    ]
    for (const call of calls) expect(thrown(call).code).toBe('ERR_OUT_OF_RANGE')
    const [one, other] = socketpair()
    one.close()
    other.close()
    expect(thrown(() => kevent(one)).code).toBe('EBADF')
  })
})

describe.skipIf(!has.kqueue)('kqueue [needs kqueue]', () => {
  test('answers events for the changes that were made, with their udata', () => {
    using ends = pair()
    using queue = kqueue()
    expect(queue).toBeInstanceOf(Kqueue)
    const [one, other] = [ends[0].fileno(), ends[1].fileno()]
    const changes = [kevent(ends[0], WRITE, ADD, 0, 0, 4711), kevent(other, READ, ADD | CLEAR)]
    expect(queue.control(changes, 0, 0)).toEqual([])
    const writable = queue.control(null, 5, 1)
    expect(writable).toHaveLength(1)
    expect(writable[0]).toMatchObject({ ident: one, filter: WRITE, udata: 4711 })
    ends[0].send('four')
    const found = queue.control([kevent(one, WRITE, DELETE)], 5, 10)
    expect(found.map(({ ident, filter, data }) => [ident, filter, data])).toEqual([[other, READ, 4]])
    // Told once.
    expect(queue.control([], 5, 0)).toEqual([])
    ends[0].shutdown(1)
    expect((queue.control(null, 5, 10)[0]?.flags ?? 0) & EOF).toBe(EOF)
  })

  test('forgets a one-shot', () => {
    using ends = pair()
    using queue = kqueue()
    expect(queue.control([kevent(ends[0], WRITE, ADD | ONESHOT)], 1, 0)).toHaveLength(1)
    expect(queue.control(null, 1, 0)).toEqual([])
  })

  test('gives at most maxEvents, and does not wait for none', () => {
    using ends = pair()
    using queue = kqueue()
    queue.control([kevent(ends[0], WRITE), kevent(ends[1], WRITE)], 0)
    expect(queue.control(null, 1)).toHaveLength(1)
    expect(queue.control(null, 2 ** 31 - 1)).toHaveLength(2)
    expect(queue.control(null, 0, null)).toEqual([])
  })

  test('waits for its time in seconds', () => {
    using ends = pair()
    using queue = kqueue()
    const started = performance.now()
    expect(queue.control([kevent(ends[0])], 1, 0.12)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(119)
    ends[1].send('x')
    expect(queue.control(null, 1, null)).toHaveLength(1)
  })

  test('tells an error of a change as an event where there is room, and throws it where there is none', () => {
    using ends = pair()
    using queue = kqueue()
    const change = kevent(ends[0], READ, DELETE)
    expect(thrown(() => queue.control([change], 0))).toMatchObject({ code: 'ENOENT', syscall: 'kevent' })
    const [error] = queue.control([change], 1, 0)
    expect((error?.flags ?? 0) & ERROR).toBe(ERROR)
    expect(thrown(() => queue.control([kevent(NOT_OPEN)], 0)).code).toBe('EBADF')
  })

  test('takes events of the user, with the highest bit of their flags', () => {
    using queue = kqueue()
    const FFOR = (constants.KQ_NOTE_FFOR as number) | 1
    expect(FFOR).toBeLessThan(0)
    queue.control([kevent(1, USER, ADD | CLEAR)], 0)
    expect(queue.control(null, 1, 0)).toEqual([])
    expect(queue.control([kevent(1, USER, 0, TRIGGER | FFOR)], 1, 1)).toHaveLength(1)
    expect(queue.control(null, 1, 0)).toEqual([])
  })

  test('refuses arguments that are none', () => {
    using queue = kqueue()
    for (const bad of [1, 'x', {}] as never[]) {
      expect(thrown(() => queue.control(bad, 1, 0)).code).toBe('ERR_INVALID_ARG_TYPE')
      expect(thrown(() => queue.control([bad], 1, 0)).message).toContain('changelist[0]')
    }
    const event = kevent(1)
    event.flags = -1
    expect(thrown(() => queue.control([event], 1, 0)).message).toContain('changelist[0].flags')
    expect(thrown(() => queue.control(null, -1, 0)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => queue.control(null, 'x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => queue.control(null, 1, -1)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => queue.control(null, 1, 'x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test('has a descriptor; once closed everything is EBADF', () => {
    const queue = kqueue()
    expect(queue.closed).toBe(false)
    expect(queue.fileno()).toBeGreaterThan(2)
    queue.close()
    queue.close()
    expect(queue.closed).toBe(true)
    for (const call of [() => queue.fileno(), () => queue.control(null, 1, 0)]) {
      expect(thrown(call)).toMatchObject({ name: 'SocketError', code: 'EBADF' })
    }
    expect(thrown(() => Kqueue.fromfd(NOT_OPEN)).code).toBe('EBADF')
    using other = kqueue()
    const copy = dup(other.fileno())
    using adopted = Kqueue.fromfd(copy)
    expect(adopted.fileno()).toBe(copy)
    const raw = dup(other.fileno())
    close(raw)
    expect(thrown(() => Kqueue.fromfd(raw)).code).toBe('EBADF')
  })
})

describe.skipIf(!has.kqueue)('controlAsync [needs kqueue]', () => {
  test('makes the changes at once and answers events when they come', async () => {
    using ends = pair()
    using queue = kqueue()
    setTimeout(() => ends[1].send('x'), 20)
    const [event] = await queue.controlAsync([kevent(ends[0], READ, ADD, 0, 0, 7)], 4, { timeout: 10 })
    expect(event).toMatchObject({ ident: ends[0].fileno(), filter: READ, udata: 7 })
    expect(await queue.controlAsync(null, 4)).toHaveLength(1)
    expect(await queue.controlAsync([kevent(ends[0], READ, DELETE)], 0)).toEqual([])
    const started = performance.now()
    expect(await queue.controlAsync(null, 4, { timeout: 0.06 })).toEqual([])
    expect(await queue.controlAsync(null, 4, 0.02)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(79.8)
  })

  test('gives others their turn though it is answered at once for ever', async () => {
    using ends = pair()
    using queue = kqueue()
    for (const changes of [null, [kevent(ends[0], WRITE)]]) {
      if (changes === null) queue.control([kevent(ends[0], WRITE)], 0)
      let ticked = false
      setTimeout(() => {
        ticked = true
      }, 1)
      while (!ticked) expect(await queue.controlAsync(changes, 1)).toHaveLength(1)
    }
  })

  test('is ended by its signal, and by close: ECANCELED while it waits, EBADF after', async () => {
    const queue = kqueue()
    expect(await rejection(queue.controlAsync(null, 1, { signal: AbortSignal.timeout(10) }))).toMatchObject({
      name: 'TimeoutError',
    })
    const waiting = [queue.controlAsync(null, 1), queue.controlAsync(null, 1, { timeout: 10 })]
    await turns(2)
    queue.close()
    for (const one of waiting) expect(await rejection(one)).toMatchObject({ code: 'ECANCELED', syscall: 'kevent' })
    expect(await rejection(queue.controlAsync(null, 1))).toMatchObject({ code: 'EBADF' })
    expect(await rejection(queue.controlAsync(null, -1))).toMatchObject({ code: 'EBADF' })
  })

  test('rejects bad arguments, it does not throw', async () => {
    using queue = kqueue()
    expect(await rejection(queue.controlAsync([1] as never, 1))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(await rejection(queue.controlAsync(null, -1))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await rejection(queue.controlAsync(null, 1, 'soon' as never))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    })
  })
})
