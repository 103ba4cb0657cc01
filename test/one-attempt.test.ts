/** Calls that may not wait, when their socket has had its share of the turn: over a scripted kernel. */
import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { Queue, submit, submitOnce } from '../dist/queue.js'
import { isPending, rejection, settles, turns } from './support/async.js'
import { AGAIN, Owner, Scripted } from './support/scripted-queue.js'

let owner: Owner
let queue: Queue
beforeEach(() => {
  owner = new Owner()
  queue = new Queue(owner, 1)
})
const begin = (operation: Scripted): Promise<number> => submit<number>(operation, queue, -1, undefined)

describe('a call that may not wait, without a share of the turn left', () => {
  const beginOnce = (operation: Scripted, timesOut = false, signal?: AbortSignal) =>
    submitOnce(operation, queue, timesOut, signal)
  /** What the poller has to do with it: nothing. */
  const asked = (): string[] => owner.log.filter((line) => line.startsWith('require'))

  test('has its one attempt in a later turn, in its order', async () => {
    owner.share = 0
    const order: string[] = []
    const noted = (name: string, promise: Promise<number>) => promise.then(() => order.push(name))
    const [one, two, three] = [new Scripted(1), new Scripted(2), new Scripted(3)]
    const calls = [noted('one', beginOnce(one)), noted('two', begin(two)), noted('three', beginOnce(three, true))]
    await Promise.resolve()
    expect([one.attempts, two.attempts, three.attempts]).toEqual([0, 0, 0])
    owner.share = 10
    await settles(Promise.all(calls))
    expect(order).toEqual(['one', 'two', 'three'])
    expect([one.attempts, two.attempts, three.attempts]).toEqual([1, 1, 1])
    expect(asked()).toEqual([])
  })

  test.each([
    [false, 'EAGAIN'],
    [true, 'ETIMEDOUT'],
  ])('fails where its attempt would have to wait (a time-out of 0: %s)', async (timesOut, code) => {
    owner.share = 0
    const operation = new Scripted(AGAIN, 1)
    const call = rejection(beginOnce(operation, timesOut))
    owner.share = 10
    expect((await settles(call)).code).toBe(code)
    expect([operation.attempts, queue.ready, queue.head]).toEqual([1, true, null])
    expect(asked()).toEqual([])
  })

  test('fails without an attempt where those before it go on waiting, which are served later', async () => {
    const first = begin(new Scripted(AGAIN, AGAIN, 1))
    owner.share = 0
    const [one, two] = [new Scripted(2), new Scripted(3)]
    const calls = [rejection(beginOnce(one)), rejection(beginOnce(two, true))]
    const last = begin(new Scripted(4))
    owner.share = 10
    expect((await settles(Promise.all(calls))).map(({ code }) => code)).toEqual(['EAGAIN', 'ETIMEDOUT'])
    expect([one.attempts, two.attempts, await isPending(first), await isPending(last)]).toEqual([0, 0, true, true])
    queue.wake()
    expect(await settles(Promise.all([first, last]))).toEqual([1, 4])
  })

  test('waits turn after turn as long as others use the share up', async () => {
    owner.share = 0
    const operation = new Scripted(1)
    const call = beginOnce(operation)
    expect(await isPending(call)).toBe(true)
    owner.share = 1
    expect(await settles(call)).toBe(1)
    expect(operation.attempts).toBe(1)
  })

  test('ends with its signal, or with the socket, before it', async () => {
    owner.share = 0
    const controller = new AbortController()
    const [one, two, three] = [new Scripted(1), new Scripted(2), new Scripted(3)]
    const aborted = rejection(beginOnce(one, false, controller.signal))
    const second = beginOnce(two)
    controller.abort('on purpose')
    expect(await aborted).toBe('on purpose')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    owner.share = 10
    expect(await settles(second)).toBe(2)
    owner.share = 0
    const closed = rejection(beginOnce(three))
    queue.cancelAll()
    expect((await closed).code).toBe('ECANCELED')
    await turns()
    expect([one.attempts, two.attempts, three.attempts]).toEqual([0, 1, 0])
  })
})
