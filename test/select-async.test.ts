/** selectAsync and pollAsync: what they find, what ends them, what they leave. */
import { readdirSync } from 'node:fs'
import * as constants from 'berkeley/select'
import { epoll, POLLIN, poll, selectAsync } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { NOT_OPEN, pipe, regularFile } from './support/descriptors.js'
import { rejection, turns } from './support/promises.js'
import { has } from './support/selectors.js'
import { can, listenTcp, pair } from './support/sockets.js'
import { ended, entryOf, message, startChild, startWorker } from './support/worker.js'

const EPOLLIN = constants.EPOLLIN as number

type Options = { timeout?: number | null; signal?: AbortSignal }
type Fileno = { fileno(): number }

/** Each asynchronous wait for an object to be readable, over what is opened for it: whether it was. */
const WAITS: Record<string, (one: Fileno) => { wait: (options?: Options) => Promise<boolean> } & Disposable> = {
  selectAsync: (one) => ({
    wait: async (options) => {
      const [readable, writable, exceptional] = await selectAsync([one], [], [one], options)
      expect([writable, exceptional]).toEqual([[], []])
      return readable[0] === one
    },
    [Symbol.dispose]() {},
  }),
  'Poll.pollAsync': (one) => {
    const list = poll()
    list.register(one, POLLIN)
    return {
      wait: async (options) => {
        const found = await list.pollAsync(options)
        expect(found).toEqual(found.length === 0 ? [] : [[one.fileno(), POLLIN]])
        return found.length > 0
      },
      [Symbol.dispose]() {},
    }
  },
}
if (has.epoll) {
  WAITS['Epoll.pollAsync'] = (one) => {
    const queue = epoll()
    queue.register(one, EPOLLIN)
    return {
      wait: async (options) => {
        const found = await queue.pollAsync(options)
        expect(found).toEqual(found.length === 0 ? [] : [[one.fileno(), EPOLLIN]])
        return found.length > 0
      },
      [Symbol.dispose]: () => queue.close(),
    }
  }
}

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

describe.each(Object.entries(WAITS))('%s', (_, begin) => {
  test('answers at once what is ready', async () => {
    using ends = pair()
    ends[1].send('x')
    using one = begin(ends[0])
    expect(await one.wait()).toBe(true)
    expect(await one.wait({ timeout: 0 })).toBe(true)
  })

  test('waits until something comes, while the event loop goes on', async () => {
    using ends = pair()
    using one = begin(ends[0])
    for (let i = 0; i < 3; i++) {
      let ticks = 0
      const timer = setInterval(() => {
        if (++ticks === 5) ends[1].send('x')
      }, 1)
      expect(await one.wait({ timeout: 10 })).toBe(true)
      clearInterval(timer)
      expect(ticks).toBeGreaterThanOrEqual(5)
      ends[0].recv(1)
    }
  })

  test('answers nothing after its time, not earlier', async () => {
    using ends = pair()
    using one = begin(ends[0])
    const started = performance.now()
    expect(await one.wait({ timeout: 0.12 })).toBe(false)
    expect(performance.now() - started).toBeGreaterThanOrEqual(119.9)
    expect(await one.wait({ timeout: 0 })).toBe(false)
  })

  test("is rejected with its signal's reason, before, while it waits, and not after", async () => {
    using ends = pair()
    using one = begin(ends[0])
    const reason = new Error('on purpose')
    expect(await rejection(one.wait({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    const controller = new AbortController()
    const waiting = one.wait({ signal: controller.signal, timeout: null })
    await turns(3)
    controller.abort(reason)
    expect(await rejection(waiting)).toBe(reason)
    const late = new AbortController()
    ends[1].send('x')
    expect(await one.wait({ signal: late.signal })).toBe(true)
    late.abort()
    expect(await one.wait()).toBe(true)
  })

  test('takes signals of its time alone: AbortSignal.timeout', async () => {
    using ends = pair()
    using one = begin(ends[0])
    expect(await rejection(one.wait({ signal: AbortSignal.timeout(20) }))).toMatchObject({ name: 'TimeoutError' })
  })

  test('rejects bad options, it does not throw', async () => {
    using ends = pair()
    using one = begin(ends[0])
    for (const [options, code] of [
      ['1', 'ERR_INVALID_ARG_TYPE'],
      [{ timeout: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [{ timeout: Number.NaN }, 'ERR_OUT_OF_RANGE'],
      [{ signal: 'x' }, 'ERR_INVALID_ARG_TYPE'],
    ] as [never, string][]) {
      const promise = one.wait(options)
      expect(await rejection(promise)).toMatchObject({ code })
    }
  })

  test('can wait several times at once', async () => {
    using ends = pair()
    using one = begin(ends[0])
    const waiting = [one.wait({ timeout: 10 }), one.wait(), one.wait({ timeout: 10 })]
    const short = one.wait({ timeout: 0.02 })
    expect(await short).toBe(false)
    ends[1].send('x')
    expect(await Promise.all(waiting)).toEqual([true, true, true])
  })

  test('gives timers and others their turn though it is answered at once for ever', async () => {
    using ends = pair()
    ends[1].send('x')
    using one = begin(ends[0])
    let ticked = false
    setTimeout(() => {
      ticked = true
    }, 1)
    while (!ticked) expect(await one.wait()).toBe(true)
  })

  test.skipIf(!can.linux)('leaves no descriptor, however it ends [needs Linux: /proc/self/fd]', async () => {
    using ends = pair()
    {
      using one = begin(ends[0])
      // The engine has descriptors of its own from here on.
      await one.wait({ timeout: 0.001 })
      const before = openDescriptors()
      for (let i = 0; i < 20; i++) {
        await one.wait({ timeout: 0.001 })
        await rejection(one.wait({ signal: AbortSignal.timeout(1) }))
      }
      expect(openDescriptors()).toBe(before)
    }
  })
})

describe.skipIf(!has.epoll)('Epoll.pollAsync [needs epoll]', () => {
  test('takes what poll takes in the same places, too', async () => {
    using ends = pair()
    using queue = epoll()
    for (const one of ends) queue.register(one, EPOLLIN)
    const started = performance.now()
    expect(await queue.pollAsync(0.03)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(29.9)
    setTimeout(() => ends[1].send('x'), 10)
    expect(await queue.pollAsync(null)).toEqual([[ends[0].fileno(), EPOLLIN]])
    ends[0].send('x')
    expect(await queue.pollAsync(-1, 1)).toHaveLength(1)
    expect(await queue.pollAsync(0, -1, {})).toHaveLength(2)
    const signal = AbortSignal.abort(new Error('on purpose'))
    expect(await rejection(queue.pollAsync(10, -1, { signal }))).toBe(signal.reason)
    expect(await rejection(queue.pollAsync(0, 0))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await rejection(queue.pollAsync(Number.NaN))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect((await rejection(queue.pollAsync(0, 'x' as never))).message).toMatch(/^The "maxevents" argument must be/)
    expect(await rejection(queue.pollAsync(0, 1, 5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})

describe('selectAsync', () => {
  test('answers as select does: lists, duplicates, any iterable', async () => {
    using ends = pair()
    const [one, other] = ends
    setTimeout(() => other.send('x'), 10)
    expect(await selectAsync([one, one.fileno(), other], new Set<Fileno>(), [one], { timeout: 10 })).toEqual([
      [one, one.fileno()],
      [],
      [],
    ])
    expect(await selectAsync([], [one, other], [])).toEqual([[], [one, other], []])
    expect(await selectAsync([], [], [], { timeout: 0.01 })).toEqual([[], [], []])
  })

  test('takes pipes, files and listeners', async () => {
    using ends = pipe()
    using file = regularFile()
    using listener = listenTcp()
    expect(await selectAsync([file.fd, ends.reader], [], [])).toEqual([[file.fd], [], []])
    setTimeout(() => ends.closeWriter(), 10)
    expect(await selectAsync([listener, ends.reader], [], [file.fd])).toEqual([[ends.reader], [], []])
  })

  test('rejects what select throws', async () => {
    using ends = pair()
    expect(await rejection(selectAsync([NOT_OPEN], [], []))).toMatchObject({ code: 'EBADF', syscall: 'select' })
    expect(await rejection(selectAsync([ends[0]], [-1], []))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await rejection(selectAsync(null as never, [], []))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(await rejection(selectAsync([], [], [], { timeout: -1 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test('takes its time in the place that select has it in, too', async () => {
    using ends = pair()
    const [one, other] = ends
    const started = performance.now()
    expect(await selectAsync([one], [], [], 0.03)).toEqual([[], [], []])
    expect(performance.now() - started).toBeGreaterThanOrEqual(29.9)
    expect(await selectAsync([one], [], [], 0, {})).toEqual([[], [], []])
    setTimeout(() => other.send('x'), 10)
    expect(await selectAsync([one], [], [], null)).toEqual([[one], [], []])
    const signal = AbortSignal.abort(new Error('on purpose'))
    expect(await rejection(selectAsync([one], [], [], 10, { signal }))).toBe(signal.reason)
    expect(await rejection(selectAsync([], [], [], -1))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await rejection(selectAsync([], [], [], Number.NaN))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect((await rejection(selectAsync([], [], [], '1' as never))).message).toMatch(/^The "timeout" argument must be/)
    expect(await rejection(selectAsync([], [], [], 1, 5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test.skipIf(!can.linux)('is idle beside a hang-up that it does not ask about [needs Linux]', async () => {
    using ends = pipe()
    ends.closeWriter()
    const before = process.cpuUsage()
    expect(await selectAsync([], [ends.reader], [ends.reader], { timeout: 0.3 })).toEqual([[], [], []])
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(150)
    using others = pair()
    setTimeout(() => others[1].send('x'), 50)
    expect(await selectAsync([others[0]], [ends.reader], [])).toEqual([[others[0]], [], []])
  })
})

const PROGRAM = `
  import { epoll, EPOLLIN, poll, POLLIN, selectAsync } from '${entryOf('select')}'
  const [one, other] = berkeley.socketpair()
  const list = poll()
  list.register(one, POLLIN)
`
const FOR_EVER: Record<string, string> = {
  selectAsync: 'selectAsync([one], [], [])',
  'Poll.pollAsync': 'list.pollAsync()',
}
if (has.epoll) {
  FOR_EVER['Epoll.pollAsync'] = '(() => { const q = epoll(); q.register(one, EPOLLIN); return q.pollAsync() })()'
}

describe.each(Object.entries(FOR_EVER))('a process and a worker with %s', (_, call) => {
  test('stay alive while it waits, and end when it has ended', async () => {
    const child = startChild(`${PROGRAM}
      import { Worker } from 'node:worker_threads'
      setTimeout(() => other.send('x'), 100).unref()
      // A timer that is no reason to live, beside a wait that is.
      const found = await ${call}
      console.log('found', found.length > 0)`)
    expect(await ended(child)).toMatchObject({ stdout: 'found true\n', stderr: '', code: 0 })
  })

  test.skipIf(!can.linux)('leave nothing when the worker is terminated [needs Linux: /proc/self/fd]', async () => {
    const before = openDescriptors()
    const worker = startWorker(`${PROGRAM}
      setTimeout(() => parentPort.postMessage('waiting'), 20)
      await ${call}
      parentPort.postMessage('returned')`)
    expect(await message(worker)).toBe('waiting')
    await worker.terminate()
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before)
  })
})
