/** epoll(): what is registered, what it answers, its descriptor. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { close, dup, socketpair } from 'berkeley'
import * as constants from 'berkeley/select'
import { type DescriptorEvents, Epoll, epoll, poll } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { NOT_OPEN, pipe, regularFile } from './support/descriptors.js'
import { can, pair, thrown } from './support/sockets.js'

const EPOLLIN = constants.EPOLLIN as number
const EPOLLOUT = constants.EPOLLOUT as number
const EPOLLPRI = constants.EPOLLPRI as number
const EPOLLHUP = constants.EPOLLHUP as number
const EPOLLET = constants.EPOLLET as number
const EPOLLONESHOT = constants.EPOLLONESHOT as number

const byDescriptor = (found: DescriptorEvents[]) => found.sort(([one], [other]) => one - other)

test.skipIf(can.linux)('epoll is ENOSYS on another platform, which the message names', () => {
  for (const call of [() => epoll(), () => new Epoll(), () => Epoll.fromfd(1)]) {
    expect(thrown(call)).toMatchObject({ code: 'ENOSYS', message: expect.stringContaining(process.platform) })
  }
})

describe.skipIf(!can.linux)('epoll [needs Linux]', () => {
  test('answers what was registered with its events, until it is unregistered', () => {
    using ends = pair()
    using queue = epoll()
    expect(queue).toBeInstanceOf(Epoll)
    const [one, other] = [ends[0].fileno(), ends[1].fileno()]
    queue.register(ends[0], EPOLLIN | EPOLLOUT)
    queue.register(other, EPOLLIN | EPOLLOUT)
    expect(byDescriptor(queue.poll(1, 4))).toEqual([
      [one, EPOLLOUT],
      [other, EPOLLOUT],
    ])
    ends[0].send('x')
    expect(byDescriptor(queue.poll())).toEqual([
      [one, EPOLLOUT],
      [other, EPOLLIN | EPOLLOUT],
    ])
    queue.modify(ends[1], EPOLLOUT)
    queue.unregister(one)
    expect(queue.poll(1)).toEqual([[other, EPOLLOUT]])
    queue.modify(other, 0)
    expect(queue.poll(0.01)).toEqual([])
  })

  test('waits for reading, urgent data and writing where no mask is given', () => {
    using ends = pair()
    using queue = epoll()
    queue.register(ends[0])
    expect(queue.poll(0)).toEqual([[ends[0].fileno(), EPOLLOUT]])
    ends[1].send('x')
    expect(queue.poll(0)).toEqual([[ends[0].fileno(), EPOLLIN | EPOLLOUT]])
    expect(EPOLLPRI).toBe(2)
  })

  test('takes edge-triggered and one-shot masks, also with the sign that | gives them', () => {
    using ends = pair()
    using queue = epoll()
    expect(EPOLLET).toBe(0x80000000)
    expect(EPOLLIN | EPOLLET).toBeLessThan(0)
    queue.register(ends[0], EPOLLOUT | EPOLLET)
    expect(queue.poll(0)).toHaveLength(1)
    expect(queue.poll(0)).toEqual([])
    queue.modify(ends[0], EPOLLET + EPOLLOUT)
    expect(queue.poll(0)).toHaveLength(1)
    expect(queue.poll(0)).toEqual([])
    queue.modify(ends[0], EPOLLOUT | EPOLLONESHOT)
    expect(queue.poll(0)).toHaveLength(1)
    expect(queue.poll(0)).toEqual([])
  })

  test('gives at most maxevents', () => {
    using queue = epoll()
    const pairs = Array.from({ length: 20 }, () => pair())
    for (const [one] of pairs) queue.register(one, EPOLLOUT)
    expect(queue.poll(0, 7)).toHaveLength(7)
    expect(queue.poll(0, 2 ** 31 - 1)).toHaveLength(20)
    expect(queue.poll(0, -1)).toHaveLength(20)
    expect(queue.poll(0)).toHaveLength(20)
    for (const ends of pairs) ends[Symbol.dispose]()
  })

  test('takes pipes and other queues, and tells a hang-up unasked', () => {
    using ends = pipe()
    using inner = epoll()
    using outer = epoll(16, constants.EPOLL_CLOEXEC as number)
    inner.register(ends.reader, 0)
    outer.register(inner, EPOLLIN)
    expect(outer.poll(0)).toEqual([])
    ends.closeWriter()
    expect(outer.poll(1)).toEqual([[inner.fileno(), EPOLLIN]])
    expect(inner.poll(1)).toEqual([[ends.reader, EPOLLHUP]])
    const list = poll()
    list.register(outer, constants.POLLIN)
    expect(list.poll(0)).toEqual([[outer.fileno(), constants.POLLIN]])
  })

  test('waits for its time in seconds, and for ever with none or less than none', () => {
    using ends = pair()
    using queue = epoll()
    queue.register(ends[0], EPOLLIN)
    const started = performance.now()
    expect(queue.poll(0.12)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(119)
    ends[1].send('x')
    for (const timeout of [undefined, null, -1, -0.001, 2_147_483]) expect(queue.poll(timeout)).toHaveLength(1)
    for (const bad of [2_147_484, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => queue.poll(bad)).code).toBe('ERR_OUT_OF_RANGE')
    }
    expect(thrown(() => queue.poll('1' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
  })
})

describe.skipIf(!can.linux)('epoll refuses [needs Linux]', () => {
  test('what the kernel refuses', () => {
    using ends = pair()
    using file = regularFile()
    using queue = epoll()
    queue.register(ends[0], EPOLLIN)
    const failure = (call: () => unknown) => {
      const { name, code, syscall } = thrown(call)
      return [name, code, syscall]
    }
    expect(failure(() => queue.register(ends[0].fileno(), EPOLLIN))).toEqual(['SocketError', 'EEXIST', 'epoll_ctl'])
    expect(failure(() => queue.modify(ends[1], EPOLLIN))).toEqual(['SocketError', 'ENOENT', 'epoll_ctl'])
    expect(failure(() => queue.unregister(ends[1]))).toEqual(['SocketError', 'ENOENT', 'epoll_ctl'])
    expect(failure(() => queue.register(file.fd, EPOLLIN))).toEqual(['SocketError', 'EPERM', 'epoll_ctl'])
    expect(failure(() => queue.register(queue, EPOLLIN))).toEqual(['SocketError', 'EINVAL', 'epoll_ctl'])
    for (const call of ['register', 'modify', 'unregister'] as const) {
      expect(failure(() => queue[call](NOT_OPEN, EPOLLIN))).toEqual(['SocketError', 'EBADF', 'epoll_ctl'])
    }
    const fd = ends[0].fileno()
    ends[0].close()
    // As CPython since 3.9.
    expect(failure(() => queue.unregister(fd))).toEqual(['SocketError', 'EBADF', 'epoll_ctl'])
    expect(failure(() => queue.unregister(ends[0]))).toEqual(['SocketError', 'EBADF', 'epoll_ctl'])
  })

  test('arguments that are none', () => {
    using queue = epoll()
    for (const call of ['register', 'modify', 'unregister'] as const) {
      for (const bad of [undefined, null, 'x', {}] as never[]) {
        expect(thrown(() => queue[call](bad, EPOLLIN)).code).toBe('ERR_INVALID_ARG_TYPE')
      }
      expect(thrown(() => queue[call](-1, EPOLLIN)).code).toBe('ERR_OUT_OF_RANGE')
    }
    expect(thrown(() => queue.register(1, undefined as never)).message).toContain('a constant that this platform lacks')
    expect(thrown(() => queue.modify(1, 2 ** 32)).code).toBe('ERR_OUT_OF_RANGE')
    for (const bad of [0, -2, 2 ** 31]) expect(thrown(() => queue.poll(0, bad)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => queue.poll(0, 'x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    for (const bad of [0, -2, 2 ** 31, 1.5]) expect(thrown(() => epoll(bad)).code).toBe('ERR_OUT_OF_RANGE')
    for (const bad of ['x', null, {}] as never[]) expect(thrown(() => epoll(bad)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => epoll(1, 12_356))).toMatchObject({ code: 'EINVAL', syscall: 'epoll_create1' })
  })

  test('everything once it is closed: EBADF', () => {
    using ends = pair()
    const queue = epoll()
    expect(queue.closed).toBe(false)
    queue.close()
    queue.close()
    expect(queue.closed).toBe(true)
    const calls: (() => unknown)[] = [
      () => queue.fileno(),
      () => queue.register(ends[0]),
      () => queue.modify(ends[0], EPOLLIN),
      () => queue.unregister(ends[0]),
      () => queue.poll(0),
      // A closed one is told before its arguments are looked at, as in CPython.
      () => queue.poll('x' as never),
    ]
    for (const call of calls) expect(thrown(call)).toMatchObject({ name: 'SocketError', code: 'EBADF' })
  })
})

describe.skipIf(!can.linux)("epoll's descriptor [needs Linux]", () => {
  test('is one of its own, close-on-exec, closed with it and at the end of a block', () => {
    let fd: number
    {
      using queue = epoll()
      fd = queue.fileno()
      expect(fd).toBeGreaterThan(2)
      const script = `readlink /proc/self/fd/${fd}`
      expect(spawnSync('sh', ['-c', script], { stdio: 'pipe' }).stdout.toString()).not.toContain('eventpoll')
    }
    expect(existsSync(`/proc/self/fd/${fd}`)).toBe(false)
  })

  test('may come from elsewhere: fromfd takes it over', () => {
    using ends = pair()
    const queue = epoll()
    const copy = Epoll.fromfd(dup(queue.fileno()))
    copy.register(ends[0], EPOLLOUT)
    expect(queue.poll(0)).toEqual([[ends[0].fileno(), EPOLLOUT]])
    queue.close()
    expect(copy.poll(0)).toHaveLength(1)
    const fd = copy.fileno()
    copy.close()
    expect(existsSync(`/proc/self/fd/${fd}`)).toBe(false)
  })

  test('is what fromfd is given, or a call says so', () => {
    expect(thrown(() => Epoll.fromfd(NOT_OPEN)).code).toBe('EBADF')
    expect(thrown(() => Epoll.fromfd(-1)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => Epoll.fromfd('x' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    using file = Epoll.fromfd(openSync('package.json', 'r'))
    expect(thrown(() => file.poll(0)).code).toBe('EINVAL')
    expect(thrown(() => file.register(1)).code).toBe('EINVAL')
  })

  test('that was closed by its number is not closed again: the number may be another file', () => {
    const queue = epoll()
    close(queue.fileno())
    expect(thrown(() => queue.poll(0)).code).toBe('EBADF')
    const file = openSync('package.json', 'r')
    expect(file).toBe(queue.fileno())
    expect(thrown(() => queue.close())).toMatchObject({ code: 'EBADF', syscall: 'close' })
    closeSync(file)
    expect(queue.closed).toBe(true)
  })

  test('forgets what is closed, as the kernel does', () => {
    const [one, other] = socketpair()
    using queue = epoll()
    queue.register(one, EPOLLIN)
    one.close()
    other.close()
    expect(queue.poll(0)).toEqual([])
  })
})
