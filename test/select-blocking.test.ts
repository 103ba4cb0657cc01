/** select, poll and epoll really block, and can all the same be ended: as every blocking call. */
import { describe, expect, test } from 'vitest'
import { has } from './support/selectors.js'
import { ended, entryOf, interrupt, message, startChild, startWorker } from './support/worker.js'

const PROGRAM = `
  import { epoll, EPOLLIN, poll, POLLIN, select } from '${entryOf('select')}'
  import * as selectors from '${entryOf('selectors')}'
  const [one, other] = berkeley.socketpair()
  const list = poll()
  list.register(one, POLLIN)
  const registered = (selector) => { selector.register(one, selectors.EVENT_READ); return selector }
`

/** What a thread waits in: for ever, or, with a time, for so many seconds. */
const BLOCKED: Record<string, (seconds: string) => string> = {
  'select of nothing': (seconds) => `select([], [], [], ${seconds})`,
  select: (seconds) => `select([one], [], [one], ${seconds})`,
  'Poll.poll': (seconds) => `list.poll(${seconds} === null ? null : ${seconds} * 1000)`,
  'a SelectSelector': (seconds) => `registered(new selectors.SelectSelector()).select(${seconds})`,
  'a PollSelector': (seconds) => `registered(new selectors.PollSelector()).select(${seconds})`,
  'a DefaultSelector': (seconds) => `registered(new selectors.DefaultSelector()).select(${seconds})`,
}
if (has.epoll) {
  BLOCKED['Epoll.poll'] = (seconds) => `{ const q = epoll(); q.register(one, EPOLLIN); q.poll(${seconds}) }`
}

describe.each(Object.entries(BLOCKED))('a thread in %s', (_, call) => {
  test.each(['null', '3600'])('ends with its worker, whatever the time (%s)', async (seconds) => {
    const worker = startWorker(`${PROGRAM}
      parentPort.postMessage('blocking')
      ${call(seconds)}
      parentPort.postMessage('returned')`)
    expect(await message(worker)).toBe('blocking')
    let returned = false
    worker.on('message', () => {
      returned = true
    })
    // Long enough for the worker to be inside the call; sooner is no harm.
    await new Promise((resolve) => setTimeout(resolve, 120))
    await worker.terminate()
    expect(returned).toBe(false)
  })

  test('lets an installed SIGINT handler run: EINTR', async () => {
    const child = startChild(`${PROGRAM}
      process.once('SIGINT', () => {
        console.log('handled')
        clearTimeout(alive)
      })
      console.log('blocking')
      try { ${call('null')} } catch (error) { console.log(error.code) }
      const alive = setTimeout(() => {}, 10_000)`)
    const end = ended(child)
    child.stdout?.once('data', () => interrupt(child))
    expect(await end).toMatchObject({ code: 0, signal: null, stdout: 'blocking\nEINTR\nhandled\n' })
  })

  test('keeps its time whatever other signals come', async () => {
    const child = startChild(`${PROGRAM}
      process.on('SIGUSR2', () => {})
      console.log('blocking')
      const started = performance.now()
      ${call('0.3')}
      const took = performance.now() - started
      console.log(took >= 299 && took < 10_000 ? 'in time' : took)
      // Until no more signals come: while Node ends, they have no handler.
      setTimeout(() => {}, 200)`)
    const end = ended(child)
    let timer: NodeJS.Timeout | undefined
    child.stdout?.on('data', (text: string) => {
      clearInterval(timer)
      if (!text.includes('in time')) timer = setInterval(() => child.kill('SIGUSR2'), 7)
    })
    expect(await end).toMatchObject({ code: 0, signal: null, stdout: 'blocking\nin time\n' })
  })
})

test('a vm time-out ends a poll', async () => {
  const child = startChild(`${PROGRAM}
    import vm from 'node:vm'
    try {
      vm.runInNewContext('list.poll()', { list }, { timeout: 100 })
    } catch (error) {
      console.log(error.code)
    }`)
  expect((await ended(child)).stdout).toBe('ERR_SCRIPT_EXECUTION_TIMEOUT\n')
})

test('a poll that JavaScript interrupts through a debugger keeps its own descriptors', async () => {
  const child = startChild(`${PROGRAM}
    import { Worker } from 'node:worker_threads'
    const [first, second] = berkeley.socketpair()
    const nested = poll()
    nested.register(second, POLLIN)
    first.send('x')
    // A poll knows numbers only: what nobody holds is collected, and closed.
    Object.assign(globalThis, { nested, other, first, second })
    const debug = "import { Session } from 'node:inspector';" +
      "const session = new Session(); session.connectToMainThread();" +
      "import { parentPort } from 'node:worker_threads';" +
      "parentPort.postMessage('ready'); setTimeout(() => {" +
      "session.post('Runtime.evaluate', { expression: 'nested.poll(0); other.send(\\"x\\")' }) }, 100)"
    const worker = new Worker(debug, { eval: true })
    worker.once('message', () => {
      console.log(JSON.stringify(list.poll(10_000)) === JSON.stringify([[one.fileno(), POLLIN]]))
      process.exit()
    })`)
  expect(await ended(child)).toMatchObject({ stdout: 'true\n', stderr: '', code: 0 })
})
