/** What every asynchronous call has in common: how long it waits, and what ends it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners } from 'node:events'
import { errno, Socket, SocketError, SocketTimeoutError } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { isPending, rejection, settles, turns } from './support/async.js'
import { isNonblocking } from './support/sockets.js'
import { kinds, unknownHere } from './support/waiting.js'

test.skip.each(unknownHere)('$name [needs $needs]', () => {})

describe.each(kinds)('$name', ({ name, syscall, begin }) => {
  /** `connect_exAsync` answers the errno of what the others reject with, but for the end of the socket. */
  const answersErrno = name === 'connect_exAsync'

  async function expectTimeout(call: Promise<unknown>): Promise<void> {
    if (answersErrno) {
      expect(await settles(call)).toBe(errno.EAGAIN)
      return
    }
    const error = await settles(rejection(call))
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect(error).toMatchObject({ code: 'ETIMEDOUT', errno: errno.ETIMEDOUT, syscall })
  }

  test.each([null, 0, 5])(
    'waits on a socket with the timeout %s, whose O_NONBLOCK it leaves alone',
    async (timeout) => {
      using at = begin()
      at.sock.settimeout(timeout)
      const call = at.call()
      expect(await isPending(call)).toBe(true)
      expect(isNonblocking(at.sock.fileno())).toBe(timeout !== null)
      at.unblock()
      expect(await settles(call)).toEqual(at.answer)
      expect(isNonblocking(at.sock.fileno())).toBe(timeout !== null)
    },
  )

  test('needs no wait where what it asks for is there', async () => {
    using at = begin()
    at.unblock()
    expect(await settles(at.call())).toEqual(at.answer)
  })

  test('ends after its own timeout, not before; what it waited for is there for the next', async () => {
    using at = begin()
    const started = performance.now()
    await expectTimeout(at.call({ timeout: 0.0305 }))
    expect(performance.now() - started).toBeGreaterThanOrEqual(30.5)
    at.unblock()
    expect(await settles(at.call({ timeout: 10 }))).toEqual(at.answer)
  })

  test('ends after the socket’s timeout where it has none of its own', async () => {
    using at = begin()
    at.sock.settimeout(0.02)
    await expectTimeout(at.call())
    const call = at.call({ timeout: null })
    const undefinedMeansLeftOut = at.call({ timeout: undefined })
    await expectTimeout(undefinedMeansLeftOut)
    expect(await isPending(call)).toBe(true)
    at.unblock()
    expect(await settles(call)).toEqual(at.answer)
  })

  test('with a timeout of 0 it tries once', async () => {
    using at = begin()
    const call = at.call({ timeout: 0 })
    let ended = false
    call
      .finally(() => {
        ended = true
      })
      .catch(() => {})
    await null
    await turns(1)
    expect(ended).toBe(true)
    await expectTimeout(call)
    at.unblock()
    expect(await settles(at.call({ timeout: 0 }))).toEqual(at.answer)
  })

  test('a signal that is aborted already ends it before anything is done', async () => {
    using at = begin()
    at.unblock()
    const reason = new Error('on purpose')
    expect(await rejection(at.call({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(await settles(at.call())).toEqual(at.answer)
  })

  test.each([
    ['an error', new Error('on purpose')],
    ['an error of this package', new SocketError('ECONNREFUSED', errno.ECONNREFUSED, 'connect')],
    ['no error at all', 4711],
    ['null', null],
  ])('a signal that is aborted while it waits ends it with its reason: %s', async (_, reason) => {
    using at = begin()
    const controller = new AbortController()
    const call = at.call({ signal: controller.signal })
    expect(await isPending(call)).toBe(true)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort(reason)
    expect(await rejection(settles(call))).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    at.unblock()
    expect(await settles(at.call())).toEqual(at.answer)
  })

  test('an abort without a reason is an AbortError, AbortSignal.timeout a TimeoutError', async () => {
    using at = begin()
    const controller = new AbortController()
    const call = at.call({ signal: controller.signal })
    controller.abort()
    expect(await settles(rejection(call))).toMatchObject({ name: 'AbortError' })
    expect(await settles(rejection(at.call({ signal: AbortSignal.timeout(10) })))).toMatchObject({
      name: 'TimeoutError',
    })
  })

  test('a signal that is aborted after the end changes nothing, and has no listener left', async () => {
    using at = begin()
    const controller = new AbortController()
    const call = at.call({ signal: controller.signal, timeout: 10 })
    expect(await isPending(call)).toBe(true)
    at.unblock()
    expect(await settles(call)).toEqual(at.answer)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    controller.abort(new Error('too late'))
    await turns()
  })

  test('close() ends it with ECANCELED', async () => {
    using at = begin()
    const controller = new AbortController()
    const call = at.call({ signal: controller.signal, timeout: 10 })
    const second = at.call()
    expect(await isPending(call)).toBe(true)
    at.sock.close()
    for (const error of [await settles(rejection(call)), await settles(rejection(second))]) {
      expect(error).toBeInstanceOf(SocketError)
      expect(error).toMatchObject({ code: 'ECANCELED', errno: errno.ECANCELED, syscall })
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    if (answersErrno) expect(await at.call()).toBe(errno.EBADF)
    else expect(await rejection(at.call())).toMatchObject({ code: 'EBADF', errno: errno.EBADF, syscall })
  })

  test('detach() ends it with ECANCELED; on the adopted descriptor it goes on', async () => {
    using at = begin()
    const call = at.call()
    expect(await isPending(call)).toBe(true)
    const fd = at.sock.detach()
    expect(await settles(rejection(call))).toMatchObject({ code: 'ECANCELED', syscall })
    using adopted = Socket.adopt(fd)
    const again = at.call({}, adopted)
    expect(await isPending(again)).toBe(true)
    at.unblock()
    expect(await settles(again)).toEqual(at.answer)
  })

  test('keeps the context of AsyncLocalStorage, whoever ends it', async () => {
    const context = new AsyncLocalStorage<string>()
    const seen = async (call: Promise<unknown>): Promise<unknown> => {
      await call.catch(() => {})
      return context.getStore()
    }
    const controller = new AbortController()
    using at = begin()
    const calls = context.run('mine', () => [
      seen(at.call({ timeout: 0.02 })),
      seen(at.call({ signal: controller.signal })),
      seen(at.call()),
    ])
    context.run('another', () => controller.abort())
    await settles(calls[0] as Promise<unknown>)
    context.run('yet another', () => at.unblock())
    expect(await settles(Promise.all(calls))).toEqual(['mine', 'mine', 'mine'])
  })
})
