/** What becomes of the descriptors of epoll and kqueue objects: collection, the end of a worker. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { has } from './support/selectors.js'
import { can } from './support/sockets.js'
import { ended, entryOf, message, startChild, startWorker } from './support/worker.js'

const NAME = has.kqueue ? 'kqueue' : 'epoll'

const PROGRAM = `
  import { ${NAME} as open } from '${entryOf('select')}'
  import { DefaultSelector, EVENT_READ } from '${entryOf('selectors')}'
  import { existsSync, readlinkSync } from 'node:fs'
  import v8 from 'node:v8'
  import vm from 'node:vm'
  v8.setFlagsFromString('--expose-gc')
  globalThis.gc = vm.runInNewContext('gc')
`

describe.skipIf(!has.epoll && !has.kqueue)('a queue that is collected while open [needs epoll or kqueue]', () => {
  test.each([
    ['0', /BERKELEY_TRACE=1 shows/],
    ['1', /opened here[\s\S]*eval/],
  ])('is closed with a warning (BERKELEY_TRACE=%s)', async (trace, detail) => {
    process.env.BERKELEY_TRACE = trace
    const child = startChild(`${PROGRAM}
      const fd = (() => open().fileno())()
      const timer = setInterval(() => gc(), 1)
      process.on('warning', ({ name, code, message, detail }) => {
        clearInterval(timer)
        // The number may be another file's by now; only Linux tells.
        const path = '/proc/self/fd/' + fd
        const isOpen = existsSync(path) && readlinkSync(path).includes('eventpoll')
        console.log(JSON.stringify({ name, code, message, detail, isOpen }))
      })`)
    delete process.env.BERKELEY_TRACE
    const { stdout, code } = await ended(child)
    const warning = JSON.parse(stdout) as Record<string, string>
    expect(code).toBe(0)
    expect(warning).toMatchObject({
      name: 'ResourceWarning',
      code: `BERKELEY_UNCLOSED_${NAME.toUpperCase()}`,
      isOpen: false,
    })
    expect(warning.message).toMatch(/^an? (epoll|kqueue) object was collected before it was closed \(descriptor \d+\)$/)
    expect(warning.detail).toMatch(detail)
  })

  test('gives no warning where it was closed, or waits', async () => {
    const child = startChild(`${PROGRAM}
      process.on('warning', ({ name, message }) => console.log(name, message))
      const [one, other] = berkeley.socketpair()
      const waiting = (() => {
        open().close()
        { new DefaultSelector().close() }
        const selector = new DefaultSelector()
        selector.register(one, EVENT_READ)
        return selector.selectAsync().then((ready) => { selector.close(); return ready.length })
      })()
      let turns = 0
      const timer = setInterval(() => {
        gc()
        if (++turns === 10) other.send('x')
        if (turns === 20) clearInterval(timer)
      }, 1)
      console.log('ready', await waiting)`)
    expect(await ended(child)).toMatchObject({ stdout: 'ready 1\n', code: 0 })
  })
})

test.skipIf(!can.linux)('a worker that ends leaves no queue [needs Linux: /proc/self/fd]', async () => {
  const openDescriptors = (): number => readdirSync('/proc/self/fd').length
  const before = openDescriptors()
  for (const end of ['', 'process.exit(0)', 'kept[0].select()', 'await kept[0].selectAsync()']) {
    const worker = startWorker(`${PROGRAM}
      const kept = []
      for (let i = 0; i < 20; i++) kept.push(new DefaultSelector(), open())
      parentPort.postMessage('open')
      ${end}`)
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    await message(worker)
    if (end.includes('select')) {
      // Long enough for the worker to wait; sooner is no harm.
      await new Promise((resolve) => setTimeout(resolve, 50))
      await worker.terminate()
    }
    await exited
  }
  await expect.poll(openDescriptors).toBeLessThanOrEqual(before)
})
