/** Look-ups that take their time, as promises: what waits, what ends, what is left behind. */
import { describe, expect, test } from 'vitest'
import { canPreload, START, startSlowChild } from './support/slow-resolver.js'
import { ended } from './support/worker.js'

/** What a child program prints, which ends by itself and without a complaint. */
async function printedBy(code: string, env?: Record<string, string>): Promise<unknown> {
  const { stdout, stderr, code: status } = await ended(startSlowChild(code, env))
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout) as unknown
}

const PRINT = 'const print = (value) => writeSync(1, JSON.stringify(value))\n'
/** Every look-up, of something that takes a minute to find. */
const ENDLESS = `
  const endless = {
    getaddrinfo: (options) => berkeley.getaddrinfoAsync('60000ms.slow.invalid', 80, options),
    getnameinfo: (options) => berkeley.getnameinfoAsync(['127.0.0.66', 80], 0, options),
    gethostbyname: (options) => berkeley.gethostbynameAsync('60000ms.slow.invalid', options),
    gethostbynameEx: (options) => berkeley.gethostbynameExAsync('60000ms.slow.invalid', options),
    gethostbyaddr: (options) => berkeley.gethostbyaddrAsync('127.0.0.66', options),
    getfqdn: (options) => berkeley.getfqdnAsync('127.0.0.66', options),
  }
  const code = (promise) => promise.then((value) => value, (error) => error.code ?? error)
`

describe.skipIf(!canPreload)('a slow look-up [needs Linux and cc]', () => {
  test.each(['libuv', 'thread'])('lets the event loop go on, which is woken by %s', async (waker) => {
    const printed = await printedBy(
      `${PRINT}
      let ticks = 0
      const timer = setInterval(() => ticks++, 10)
      const start = performance.now()
      const found = await berkeley.getaddrinfoAsync('500ms.slow.invalid', 80, { type: berkeley.SOCK_STREAM })
      print([found, performance.now() - start >= 499, ticks > 10])
      clearInterval(timer)`,
      { BERKELEY_WAKER: waker },
    )
    expect(printed).toEqual([[[2, 1, 6, '', ['127.0.0.1', 80]]], true, true])
  })

  test('keeps the process alive, and nothing does after it', async () => {
    const printed = await printedBy(`${PRINT}
      berkeley.gethostbynameAsync('300ms.slow.invalid').then(print)`)
    expect(printed).toBe('127.0.0.1')
  })

  test('of an unreferenced socket does not keep the process alive', async () => {
    const start = performance.now()
    const printed = await printedBy(`${PRINT}
      berkeley.socket().unref().connectAsync(['60000ms.slow.invalid', 80]).then(print, print)
      print('asked')`)
    expect(printed).toBe('asked')
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  test('ends with its time-out, and so does the process', async () => {
    const printed = await printedBy(`${PRINT}${ENDLESS}
      const start = performance.now()
      const codes = await Promise.all(Object.values(endless).map((call) => code(call({ timeout: 0.2 }))))
      const took = performance.now() - start
      const error = await endless.getnameinfo({ timeout: 0 }).catch((error) => error)
      print([codes, took >= 200, took < 15_000, error.message, error instanceof berkeley.SocketTimeoutError])`)
    const codes = Array(6).fill('ETIMEDOUT')
    expect(printed).toEqual([codes, true, true, 'getnameinfo ETIMEDOUT 127.0.0.66', true])
  })

  test('ends with its signal, and so does the process', async () => {
    const printed = await printedBy(`${PRINT}${ENDLESS}
      const { getEventListeners } = await import('node:events')
      const controller = new AbortController()
      const { signal } = controller
      const calls = Object.values(endless).map((call) => code(call({ signal, timeout: 30 })))
      const listeners = getEventListeners(signal, 'abort').length
      setTimeout(() => controller.abort('enough'), 100)
      print([await Promise.all(calls), listeners, getEventListeners(signal, 'abort').length])`)
    expect(printed).toEqual([Array(6).fill('enough'), 1, 0])
  })

  test('that was given up has no say in what comes after it', async () => {
    const printed = await printedBy(`${PRINT}
      const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      const answers = []
      for (let i = 0; i < 30; i++) {
        const controller = new AbortController()
        const given = berkeley.gethostbynameAsync('50ms.slow.invalid', { signal: controller.signal })
        given.catch((reason) => answers.push(reason))
        await soon(i % 3)
        controller.abort(i)
      }
      const last = await berkeley.gethostbynameAsync('10ms.slow.invalid')
      await soon(200)
      print([answers, last])`)
    expect(printed).toEqual([Array.from({ length: 30 }, (_, i) => i), '127.0.0.1'])
  })

  test('is one of sixteen at a time; the others have their turn', async () => {
    const printed = await printedBy(`${PRINT}
      const start = performance.now()
      const calls = Array.from({ length: 200 }, async (_, i) => {
        const [[, , , , [, port]]] = await berkeley.getaddrinfoAsync((i % 40) + 'ms.slow.invalid', i)
        return port
      })
      const ports = await Promise.all(calls)
      const took = performance.now() - start
      const slow = performance.now()
      await Promise.all(Array.from({ length: 40 }, () => berkeley.gethostbynameAsync('100ms.slow.invalid')))
      const rounds = performance.now() - slow
      print([ports.every((port, i) => port === i), took, rounds >= 299, rounds])`)
    // One after another, the first would take 3.9 s and the second 4 s.
    const under = (ms: number): unknown =>
      expect.toSatisfy((took: number) => took < ms, `less than ${ms} milliseconds`) as unknown
    expect(printed).toEqual([true, under(3000), true, under(3000)])
  })

  test('does not keep a synchronous one waiting, however many there are', async () => {
    const printed = await printedBy(`${PRINT}
      for (let i = 0; i < 100; i++) berkeley.gethostbynameAsync('60000ms.slow.invalid').catch(() => {})
      const start = performance.now()
      const found = [berkeley.gethostbyname('20ms.slow.invalid'), berkeley.gethostbynameEx('localhost')[0]]
      print([found, performance.now() - start < 15_000])
      process.exit()`)
    expect(printed).toEqual([['127.0.0.1', 'localhost'], true])
  })

  test('that was given up makes room for others', async () => {
    const printed = await printedBy(`${PRINT}
      const controller = new AbortController()
      const { signal } = controller
      const given = Array.from({ length: 40 }, () => berkeley.gethostbynameAsync('60000ms.slow.invalid', { signal }))
      const next = berkeley.gethostbynameAsync('10ms.slow.invalid')
      controller.abort('enough')
      const settled = await Promise.allSettled(given)
      print([settled.every(({ reason }) => reason === 'enough'), await next])`)
    expect(printed).toEqual([true, '127.0.0.1'])
  })

  test('is EAGAIN where no thread can be made; numeric hosts need none', async () => {
    const printed = await printedBy(`${PRINT}
      process.env.NO_THREADS = '1'
      const calls = [
        berkeley.gethostbynameAsync('127.1'),
        berkeley.gethostbynameAsync('localhost'),
        berkeley.gethostbyaddrAsync('127.0.0.1'),
      ]
      const code = (promise) => promise.then((value) => value, (error) => error.code + ' ' + error.syscall)
      const answers = await Promise.all(calls.map(code))
      delete process.env.NO_THREADS
      print([...answers, await berkeley.gethostbynameAsync('localhost')])`)
    expect(printed).toEqual(['127.0.0.1', 'EAGAIN gethostbyname', 'EAGAIN gethostbyaddr', '127.0.0.1'])
  })

  test.each([1, 100])(
    'ends with its worker: %i of them, which leave no descriptor and no turn behind',
    async (count) => {
      const printed = await printedBy(`${PRINT}${START}
      import { readdirSync } from 'node:fs'
      const open = () => readdirSync('/proc/self/fd').length
      await berkeley.gethostbynameAsync('localhost')
      let before
      for (let i = 0; i < 5; i++) {
        const worker = await start(
          'for (let i = 0; i < ${count}; i++) berkeley.gethostbynameAsync("60000ms.slow.invalid")\\n' +
          'await berkeley.gethostbynameAsync("127.0.0.1")\\nparentPort.postMessage("asked")')
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
        // The first worker of a process leaves one that is Node's.
        before ??= open()
      }
      print([open() - before, await berkeley.gethostbynameAsync('10ms.slow.invalid')])
      process.exit()`)
      expect(printed).toEqual([0, '127.0.0.1'])
    },
  )

  test('that ends while its worker does harms nobody', async () => {
    const printed = await printedBy(`${PRINT}${START}
      for (let i = 0; i < 12; i++) {
        const worker = await start(
          'for (let i = 0; i < 40; i++) berkeley.gethostbynameAsync(i + "ms.slow.invalid").catch(() => {})')
        await soon(i * 3)
        await worker.terminate()
      }
      print(await berkeley.gethostbynameAsync('10ms.slow.invalid'))`)
    expect(printed).toBe('127.0.0.1')
  })

  test('ends with the process', async () => {
    const child = startSlowChild(`
      for (let i = 0; i < 40; i++) berkeley.gethostbynameAsync('60000ms.slow.invalid')
      setTimeout(() => process.exit(7), 100)`)
    expect(await ended(child)).toMatchObject({ code: 7, stderr: '' })
  })
})

describe.skipIf(!canPreload)('the descriptor that tells [needs Linux and cc]', () => {
  test('is not inherited, and is there only from the first look-up on that waits', async () => {
    const printed = await printedBy(`${PRINT}
      import { readdirSync, readlinkSync } from 'node:fs'
      import { spawnSync } from 'node:child_process'
      const open = () => readdirSync('/proc/self/fd').length
      const before = open()
      await berkeley.gethostbynameAsync('127.0.0.1')
      const numeric = open()
      const inherited = () => spawnSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).stdout.split('\\n').length
      const children = inherited()
      await berkeley.gethostbynameAsync('localhost')
      print([numeric - before, open() > numeric, inherited() - children])`)
    expect(printed).toEqual([0, true, 0])
  })
})
