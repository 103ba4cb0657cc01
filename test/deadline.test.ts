/** The heap of deadlines: nothing expires early, late, twice or after it has ended. */
import { socketpair } from 'berkeley'
import { describe, expect, test, vi } from 'vitest'
import { type Deadlined, expireAfter, forgetDeadline } from '../dist/deadline.js'
import { freshSeed, randomOf, rejection, settles, sleep } from './support/async.js'
import { Closing } from './support/sockets.js'
import { ended, startChild } from './support/worker.js'

class Element implements Deadlined {
  deadlineMs = 0
  heapIndex = -1
  expiredMs: number | undefined
  times = 0
  onExpire = (): void => {}
  expire(): void {
    this.times++
    this.expiredMs = performance.now()
    this.onExpire()
  }
}

const NS = 1e6

describe('a deadline', () => {
  test('is kept in milliseconds of the clock, never too early, and the element leaves the heap before it is told', async () => {
    const element = new Element()
    const before = performance.now()
    let indexWhenTold: number | undefined
    const told = new Promise<void>((resolve) => {
      element.onExpire = () => {
        indexWhenTold = element.heapIndex
        resolve()
      }
    })
    expireAfter(element, 12.5 * NS)
    expect(element.heapIndex).toBe(0)
    expect(element.deadlineMs).toBeGreaterThanOrEqual(before + 12.5)
    await settles(told)
    expect(element.expiredMs).toBeGreaterThanOrEqual(element.deadlineMs)
    expect([element.times, indexWhenTold]).toEqual([1, -1])
  })

  test('of 0 or a fraction of a nanosecond comes soon', async () => {
    const elements = [0, 1e-9, 1].map((timeoutNs) => {
      const element = new Element()
      expireAfter(element, timeoutNs)
      return element
    })
    await expect.poll(() => elements.map(({ times }) => times)).toEqual([1, 1, 1])
  })

  test('that is further away than a timer reaches does not come', async () => {
    const element = new Element()
    // Nine billion seconds is the longest timeout; 2^31 milliseconds is what a timer takes.
    for (const timeoutNs of [9e18, 2 ** 31 * NS, (2 ** 31 - 1) * NS]) {
      expireAfter(element, timeoutNs)
      const near = new Element()
      expireAfter(near, 1 * NS)
      await expect.poll(() => near.times).toBe(1)
      forgetDeadline(element)
      expect(element).toMatchObject({ times: 0, heapIndex: -1 })
    }
  })

  test('may be forgotten twice, and one that never was may be forgotten', () => {
    const element = new Element()
    forgetDeadline(element)
    expireAfter(element, 1e9)
    forgetDeadline(element)
    forgetDeadline(element)
    expect(element.heapIndex).toBe(-1)
  })

  test('that comes may end others, and begin new ones', async () => {
    const [first, second, third, again] = [1, 2, 3, 4].map(() => new Element()) as [Element, Element, Element, Element]
    first.onExpire = () => {
      forgetDeadline(second)
      expireAfter(again, 1 * NS)
    }
    // All are due in the same turn.
    for (const element of [first, second, third]) expireAfter(element, 0)
    await expect.poll(() => again.times).toBe(1)
    expect([first, second, third].map(({ times }) => times)).toEqual([1, 0, 1])
  })
})

test('2,000 deadlines in random order come in theirs, but for those that are forgotten', async () => {
  const seed = freshSeed()
  const random = randomOf(seed)
  const order: Element[] = []
  const kept = new Set<Element>()
  const elements = Array.from({ length: 2000 }, () => {
    const element = new Element()
    element.onExpire = () => order.push(element)
    expireAfter(element, random(200) * NS * 0.7)
    kept.add(element)
    // Now and then one leaves, from anywhere.
    if (random(3) === 0) {
      const leaving = [...kept][random(kept.size)] as Element
      forgetDeadline(leaving)
      kept.delete(leaving)
    }
    return element
  })
  await expect.poll(() => order.length, { timeout: 5000 }).toBe(kept.size)
  expect(new Set(order), `BERKELEY_SEED=${seed}`).toEqual(kept)
  const deadlines = order.map(({ deadlineMs }) => deadlineMs)
  expect(deadlines, `BERKELEY_SEED=${seed}`).toEqual(deadlines.toSorted((one, other) => one - other))
  for (const element of elements) {
    expect(element.heapIndex).toBe(-1)
    if (element.expiredMs !== undefined) expect(element.expiredMs).toBeGreaterThanOrEqual(element.deadlineMs)
  }
})

describe('calls with deadlines', () => {
  test('end each at its own, none too early, whatever the order in which they were made', async () => {
    using closing = new Closing()
    const calls = [60, 20, 40, 1, 80].map(async (ms) => {
      const [one, two] = socketpair()
      closing.add(two)
      const started = performance.now()
      expect((await rejection(closing.add(one).recvAsync(1, { timeout: ms / 1000 }))).code).toBe('ETIMEDOUT')
      return performance.now() - started - ms
    })
    for (const late of await settles(Promise.all(calls))) expect(late).toBeGreaterThanOrEqual(0)
  })

  test('are not touched by the clock of a test with fake timers', async () => {
    using closing = new Closing()
    const [one, two] = socketpair()
    closing.add(one)
    closing.add(two)
    vi.useFakeTimers()
    try {
      expect((await rejection(one.recvAsync(1, { timeout: 0.005 }))).code).toBe('ETIMEDOUT')
      const calls = Array.from({ length: 500 }, () => one.recvAsync(1))
      two.send(Buffer.alloc(500))
      await Promise.all(calls)
    } finally {
      vi.useRealTimers()
    }
  })

  test('end after this thread was busy for longer than they take; what has come by then is not lost', async () => {
    using closing = new Closing()
    const [one, two] = socketpair()
    closing.add(one)
    closing.add(two)
    const call = one.recvAsync(5, { timeout: 0.005 })
    two.send('hello')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    const first = await settles(call.then(String, () => ''))
    const second = first === '' ? String(await settles(one.recvAsync(5))) : ''
    expect(first + second).toBe('hello')
  })

  test('100,000 of them, in time, timed out and aborted, leave neither memory nor listeners nor deadlines', async () => {
    const child = startChild(`
      import v8 from 'node:v8'
      import vm from 'node:vm'
      import { getEventListeners } from 'node:events'
      v8.setFlagsFromString('--expose-gc')
      const gc = vm.runInNewContext('gc')
      const [one, two] = berkeley.socketpair()
      const controller = new AbortController()
      const { signal } = controller
      async function round(count) {
        for (let i = 0; i < count; i += 200) {
          const quick = Promise.all(Array.from({ length: 120 }, () => one.recvAsync(1, { timeout: 1000, signal })))
          two.send(Buffer.alloc(120))
          await quick
          const late = Array.from({ length: 40 }, () => one.recvAsync(1, { timeout: 1e-6, signal }).catch(() => {}))
          const own = new AbortController()
          const aborted = Array.from({ length: 40 }, () => one.recvAsync(1, { timeout: 1000, signal: own.signal }).catch(() => {}))
          own.abort()
          await Promise.all([...late, ...aborted])
        }
        for (let i = 0; i < 5; i++) { await new Promise((resolve) => setImmediate(resolve)); gc() }
        return process.memoryUsage().heapUsed
      }
      await round(10_000)
      const before = await round(10_000)
      const after = await round(100_000)
      console.log(JSON.stringify({ grown: after - before, listeners: getEventListeners(signal, 'abort').length }))
      one.close(); two.close()`)
    const { stdout, stderr, code } = await ended(child)
    expect([stderr, code]).toEqual(['', 0])
    const { grown, listeners } = JSON.parse(stdout) as Record<string, number>
    expect(listeners).toBe(0)
    // Ten bytes a call: less than anything that could be left of one.
    expect(grown).toBeLessThan(1 << 20)
  })
})

test('waiting for nothing keeps no timer: a process with a forgotten deadline ends at once', async () => {
  const child = startChild(`
    const [one, two] = berkeley.socketpair()
    const call = one.recvAsync(1, { timeout: 1000 })
    two.send('x')
    console.log(String(await call))`)
  const ends = ended(child)
  const outcome = await Promise.race([ends, sleep(15_000).then(() => 'still there')])
  child.kill('SIGKILL')
  expect(outcome).toMatchObject({ stdout: 'x\n', code: 0 })
})
