/** Queues and operations over a scripted kernel: order, attempts, and that no wake-up is lost. */
import { getEventListeners } from 'node:events'
import { errno } from 'berkeley'
import { beforeEach, describe, expect, test } from 'vitest'
import { Queue, submit, submitOnce } from '../dist/queue.js'
import { isPending, rejection, settles, turns } from './support/async.js'
import { AGAIN, Owner, Scripted } from './support/scripted-queue.js'

const DIRECTION = 1

let owner: Owner
let queue: Queue
beforeEach(() => {
  owner = new Owner()
  queue = new Queue(owner, DIRECTION)
})
const begin = (operation: Scripted, timeoutNs = -1, signal?: AbortSignal): Promise<number> =>
  submit<number>(operation, queue, timeoutNs, signal)

describe('a call', () => {
  test('that has success at once does not wait', async () => {
    const operation = new Scripted(3)
    expect(await begin(operation)).toBe(3)
    expect([operation.attempts, queue.count(), owner.log]).toEqual([1, 0, []])
  })

  test('that has to wait is attempted whenever the poller says so, until it ends', async () => {
    const operation = new Scripted(AGAIN, AGAIN, 3, 0)
    const call = begin(operation)
    expect([operation.attempts, owner.log, queue.ready]).toEqual([1, ['require 1'], false])
    await turns()
    expect(operation.attempts).toBe(1)
    queue.wake()
    expect([operation.attempts, queue.count()]).toEqual([2, 1])
    queue.wake()
    expect(await call).toBe(3)
    expect([operation.attempts, queue.count()]).toEqual([3, 0])
    expect(await begin(operation)).toBe(0)
  })

  test('fails with the error of its system call, at once or later', async () => {
    expect(await rejection(begin(new Scripted(-errno.EPIPE)))).toMatchObject({ code: 'EPIPE', syscall: 'scripted' })
    const call = begin(new Scripted(AGAIN, -errno.ECONNRESET))
    queue.wake()
    expect(await rejection(call)).toMatchObject({ code: 'ECONNRESET', syscall: 'scripted' })
  })

  test('whose attempt throws fails alone', async () => {
    const reason = new Error('no memory')
    const throwing = (): number => {
      throw reason
    }
    const calls = [begin(new Scripted(AGAIN, 1)), begin(new Scripted(throwing)), begin(new Scripted(2))]
    queue.wake()
    expect(await settles(Promise.allSettled(calls))).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason },
      { status: 'fulfilled', value: 2 },
    ])
  })

  test('that cannot be watched fails, and leaves neither deadline nor listener', async () => {
    const controller = new AbortController()
    const operation = new Scripted(AGAIN)
    owner.onRequire = () => operation.interrupt(new Error('no more descriptors'))
    const error = await rejection(begin(operation, 1e6, controller.signal))
    expect(error.message).toBe('no more descriptors')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(queue.count()).toBe(0)
  })

  test('ended from outside with a part in hand gives the part', async () => {
    const operation = new Scripted(AGAIN)
    operation.part = 7
    const call = begin(operation, 1e6)
    expect(await settles(call)).toBe(7)
  })
})

describe('those that wait', () => {
  test('are served in their order, as far as it goes', async () => {
    const order: number[] = []
    const operations = [1, 2, 3, 4].map((index) => new Scripted(AGAIN, () => order.push(index)))
    const calls = operations.map((operation) => begin(operation))
    expect(operations.map(({ attempts }) => attempts)).toEqual([1, 0, 0, 0])
    expect(owner.log).toEqual(['require 1'])
    for (const operation of operations.slice(1)) operation.script.shift()
    ;(operations[2] as Scripted).script.unshift(AGAIN)
    queue.wake()
    expect(order).toEqual([1, 2])
    expect(operations.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 0])
    queue.wake()
    await settles(Promise.all(calls))
    expect(order).toEqual([1, 2, 3, 4])
  })

  test('make a new call wait, though it might have success', async () => {
    const first = begin(new Scripted(AGAIN, 1))
    const second = new Scripted(2)
    const call = begin(second)
    expect(second.attempts).toBe(0)
    queue.wake()
    expect(await Promise.all([first, call])).toEqual([1, 2])
  })

  test('go on where the first is ended from outside and the direction is ready', async () => {
    const controller = new AbortController()
    owner.share = 0
    const [first, second] = [new Scripted(1), new Scripted(2)]
    const calls = [begin(first, -1, controller.signal), begin(second)]
    owner.share = 10
    controller.abort('on purpose')
    expect(await rejection(calls[0] as Promise<number>)).toBe('on purpose')
    expect(await settles(calls[1] as Promise<number>)).toBe(2)
    expect(first.attempts).toBe(0)
  })

  test('all end with ECANCELED, in their order, and none is attempted', async () => {
    const operations = [1, 2, 3].map(() => new Scripted(AGAIN))
    const order: number[] = []
    const calls = operations.map((operation, index) =>
      rejection(begin(operation)).then((error) => {
        order.push(index)
        return error.code
      }),
    )
    queue.cancelAll()
    queue.wake()
    expect(await settles(Promise.all(calls))).toEqual(['ECANCELED', 'ECANCELED', 'ECANCELED'])
    expect(order).toEqual([0, 1, 2])
    expect(operations.map(({ attempts }) => attempts)).toEqual([1, 0, 0])
    expect(queue.head).toBeNull()
  })

  test('wait behind one that is held, and go on when it does, or when it fails', async () => {
    for (const ends of ['ready', 'failed']) {
      const held = new Scripted(1)
      held.isHeldBack = true
      const calls = [held.wait(queue, -1, undefined), begin(new Scripted(2))]
      queue.wake()
      expect(await isPending(calls[1] as Promise<number>)).toBe(true)
      held.isHeldBack = false
      if (ends === 'ready') {
        queue.retryNow(held)
        expect(await settles(calls[0] as Promise<number>)).toBe(1)
      } else {
        held.fail(new Error('no such host'))
        queue.advance()
        expect((await rejection(calls[0] as Promise<number>)).message).toBe('no such host')
      }
      expect(await settles(calls[1] as Promise<number>)).toBe(2)
    }
  })
})

describe('a share of the turn that is used up', () => {
  test('puts a call off, which then goes on without the poller', async () => {
    owner.share = 0
    const operation = new Scripted(5)
    const call = begin(operation)
    expect([operation.attempts, owner.log]).toEqual([0, []])
    owner.share = 1
    expect(await settles(call)).toBe(5)
  })

  test('puts off those that wait, once more in each turn', async () => {
    owner.share = 1
    const calls = [0, 1, 2, 3, 4].map((value) => begin(new Scripted(value)))
    for (let round = 0; round < 10 && queue.count() > 0; round++) {
      owner.share = 1
      const before = queue.count()
      for (let i = 0; i < 20 && queue.count() === before; i++) await new Promise((resolve) => setTimeout(resolve, 1))
      expect(queue.count()).toBe(before - 1)
    }
    expect(await settles(Promise.all(calls))).toEqual([0, 1, 2, 3, 4])
  })

  test('does not hide that the direction is empty by then: it is watched', async () => {
    owner.share = 0
    const emptying = new Scripted(() => {
      queue.ready = false
      return 1
    })
    const calls = [begin(emptying), begin(new Scripted(2))]
    owner.share = 1
    expect(await settles(calls[0] as Promise<number>)).toBe(1)
    await expect.poll(() => owner.log).toEqual(['require 1'])
    owner.share = 1
    queue.wake()
    expect(await settles(calls[1] as Promise<number>)).toBe(2)
  })

  test('is no obstacle to what is to be retried', async () => {
    owner.share = 0
    const operation: Scripted = new Scripted(() => {
      queue.retry()
      return AGAIN
    }, 5)
    const call = begin(operation)
    owner.share = 100
    // Before it goes on by itself, the poller has it tried.
    queue.wake()
    expect(operation.attempts).toBe(1)
    expect(await settles(call, 2000)).toBe(5)
  })
})

describe('a retry', () => {
  test('comes without the poller, as often as it is asked for', async () => {
    const retried = (): number => {
      queue.retry()
      return AGAIN
    }
    const operation = new Scripted(retried, retried, retried, 5)
    expect(await settles(begin(operation))).toBe(5)
    expect(operation.attempts).toBe(4)
  })

  test('serves the next where the first has ended meanwhile', async () => {
    const controller = new AbortController()
    const first = begin(
      new Scripted(() => {
        queue.retry()
        return AGAIN
      }),
      -1,
      controller.signal,
    )
    const second = begin(new Scripted(2))
    controller.abort('on purpose')
    expect(await rejection(first)).toBe('on purpose')
    expect(await settles(second)).toBe(2)
  })
})

describe('a poller that tells of nothing, time and again,', () => {
  /** More often than it is believed. */
  const OFTEN = 200
  const wakeOften = (): void => {
    for (let told = 0; told < OFTEN; told++) queue.wake()
  }

  test('is asked less often, and the call goes on all the same', async () => {
    const operation = new Scripted(AGAIN)
    const call = begin(operation)
    wakeOften()
    const { attempts } = operation
    expect(attempts).toBeLessThan(OFTEN / 2)
    operation.script.splice(0, 1, 7)
    expect(await settles(call)).toBe(7)
    expect(operation.attempts).toBe(attempts + 1)
    const next = begin(new Scripted(AGAIN, 8))
    queue.wake()
    expect(queue.head).toBeNull()
    expect(await next).toBe(8)
  })

  test('is told from one that is right, though the call is not at its end', async () => {
    let moved = 0
    class Part extends Scripted {
      override get moved(): number {
        return moved
      }
    }
    const operation = new Part(() => {
      moved++
      return AGAIN
    })
    const call = begin(operation)
    wakeOften()
    expect(operation.attempts).toBe(OFTEN + 1)
    queue.cancelAll()
    expect((await rejection(call)).code).toBe('ECANCELED')
  })
})

describe('a call that may not wait', () => {
  test('has its attempt behind those that wait, and fails where they go on waiting', async () => {
    const first = begin(new Scripted(AGAIN, AGAIN, AGAIN, 1))
    const early = new Scripted(2)
    expect((await rejection(submitOnce(early, queue, false, undefined))).code).toBe('EAGAIN')
    expect((await rejection(begin(new Scripted(2), 0))).code).toBe('ETIMEDOUT')
    queue.wake()
    expect(await first).toBe(1)
    expect(early.attempts).toBe(0)
    expect(await submitOnce(new Scripted(4), queue, false, undefined)).toBe(4)
  })

  test('does not disturb what is known of the direction', async () => {
    expect((await rejection(submitOnce(new Scripted(AGAIN), queue, false, undefined))).code).toBe('EAGAIN')
    const call = begin(new Scripted(AGAIN, 1))
    queue.wake()
    expect(await call).toBe(1)
  })
})

test('what nobody wants is remembered once and then no more watched', () => {
  queue.ready = false
  queue.wake()
  expect([queue.ready, owner.log]).toEqual([true, []])
  queue.wake()
  expect(owner.log).toEqual(['release 1'])
})
