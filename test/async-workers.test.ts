/** Engines in many threads at once, and threads that end while their calls wait. */
import { describe, expect, test } from 'vitest'
import { can, FULL_BACKLOG } from './support/sockets.js'
import { entryOf, runProcess, wakers } from './support/worker.js'

/** A worker in which every kind of call waits, and traffic goes round that never stops. It tells when it has begun. */
const BUSY = `
  import * as berkeley from '${entryOf('index')}'
  import { unlinkSync } from 'node:fs'
  import { tmpdir } from 'node:os'
  import { join } from 'node:path'
  import { parentPort, workerData } from 'node:worker_threads'
  const ignore = () => {}
  const name = 'bk-workers-' + process.pid + '-' + workerData
  const path = process.platform === 'linux' ? '\\0' + name : join(tmpdir(), name)
  const listener = berkeley.createServer(['127.0.0.1', 0])
  listener.acceptAsync().catch(ignore)
  const full = berkeley.createServer(['127.0.0.1', 0], { backlog: ${FULL_BACKLOG} })
  const first = berkeley.socket()
  first.connect(full.getsockname())
  const client = berkeley.socket()
  client.connectAsync(full.getsockname(), { timeout: 100 }).catch(ignore)
  client.recvAsync(1).catch(ignore)
  const named = berkeley.socket()
  named.connectAsync(['localhost', 9]).catch(ignore)
  const peer = berkeley.socket(berkeley.AF_UNIX, berkeley.SOCK_DGRAM)
  peer.bind(path)
  const sender = berkeley.socket(berkeley.AF_UNIX, berkeley.SOCK_DGRAM)
  for (let i = 0; i < 1000; i++) sender.sendtoAsync('x', path).catch(ignore)
  if (path[0] === '/') unlinkSync(path)
  const pairs = Array.from({ length: 10 }, () => berkeley.socketpair())
  const { signal } = new AbortController()
  for (const [one] of pairs) {
    one.recvAsync(1).catch(ignore)
    one.recvAsync(1, { timeout: 100, signal }).catch(ignore)
    one.sendallAsync(Buffer.alloc(1 << 20)).catch(ignore)
  }
  const [left, right] = berkeley.socketpair()
  const echo = async (sock) => { for (;;) await sock.sendallAsync(await sock.recvAsync(100)) }
  echo(left).catch(ignore)
  echo(right).catch(ignore)
  left.send('round and round')
  const short = async () => { for (;;) await right.recvAsync(1, { timeout: 1e-3 }).catch(ignore) }
  short()
  // What nobody holds and nothing waits for may be collected, with a warning.
  globalThis.kept = [listener, full, first, client, named, peer, sender, pairs]
  parentPort.postMessage('begun')
  parentPort.on('message', () => process.exit(0))`

/** In the main thread: `start()` gives such a worker, when it has begun. */
const STARTER = `
  import { Worker } from 'node:worker_threads'
  import { once } from 'node:events'
  import { readdirSync } from 'node:fs'
  const descriptors = () => readdirSync('/dev/fd').length
  const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(BUSY)}))
  let count = 0
  async function start() {
    const worker = new Worker(url, { workerData: count++ })
    await once(worker, 'message')
    return worker
  }
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  async function until(condition) { for (let i = 0; i < 500 && !condition(); i++) await sleep(10) }`

describe.each(wakers)('with the waker %s', (waker) => {
  test.skipIf(!can.linux)('a thread has the waker that it asked for [needs Linux: /proc]', async () => {
    const { stdout } = await runProcess(
      waker,
      `import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
       const isA = (kind) => (fd) => {
         try { return kind.test(readlinkSync('/proc/self/fd/' + fd)) } catch { return false }
       }
       const isEpoll = isA(/\\[eventpoll\\]/)
       const watched = () => readdirSync('/proc/self/fd').filter(isEpoll).flatMap((fd) =>
         [...readFileSync('/proc/self/fdinfo/' + fd, 'utf8').matchAll(/^tfd:\\s*(\\d+)/gm)].map(([, fd]) => fd)).filter(isA(/\\[event(poll|fd)\\]/))
       // Newer versions of Node come here before their event loop has polled, and so watched its own.
       await new Promise((resolve) => setImmediate(resolve))
       const before = watched().length
       const [one, two] = berkeley.socketpair()
       const waiting = one.recvAsync(1)
       setTimeout(() => two.send('x'), 1)
       await waiting
       // libuv's poller watches the engine's.
       console.log(watched().length - before)`,
    )
    expect(stdout).toBe(waker === 'libuv' ? '1\n' : '0\n')
  })

  test.skipIf(!can.linux)(
    'workers that are ended in the middle of everything, 50 in all, leave nothing [needs Linux: /proc]',
    async () => {
      const outcome = await runProcess(
        waker,
        `${STARTER}
       // The main thread has an engine of its own, whose calls go on all the while.
       const [one, two] = berkeley.socketpair()
       await one.recvAsync(1, { timeout: 0.001 }).catch(() => {})
       await (await start()).terminate()
       const before = descriptors()
       for (const together of [8, 8, 8, 8, 4, 4, 2, 2, 2, 2, 1, 1, 1]) {
         const workers = await Promise.all(Array.from({ length: together }, start))
         if (together === 1) await sleep(3)
         await Promise.all(workers.map(async (worker, index) => {
           const exited = once(worker, 'exit')
           if (index % 3 === 2) worker.postMessage('exit')
           else worker.terminate()
           await exited
         }))
         const waiting = one.recvAsync(10)
         two.send('main')
         if (String(await waiting) !== 'main') throw new Error('the main thread got something else')
       }
       // Closing a worker's loop is not done when 'exit' comes.
       await until(() => descriptors() <= before)
       console.log(count, descriptors() <= before)`,
        55_000,
      )
      expect(outcome).toEqual({ code: 0, signal: null, stdout: '52 true\n', stderr: '' })
    },
    60_000,
  )

  test.each(['process.exit(3)', 'setTimeout(() => process.exit(3), 10)'])(
    'a process with workers whose calls wait ends at once by %s',
    async (end) => {
      const outcome = await runProcess(
        waker,
        `${STARTER}
         await Promise.all(Array.from({ length: 4 }, start))
         const [one, two] = berkeley.socketpair()
         one.recvAsync(1)
         console.log('begun')
         ${end}`,
      )
      expect(outcome).toEqual({ code: 3, signal: null, stdout: 'begun\n', stderr: '' })
    },
  )

  test('eight workers echo for each other’s sockets at once, every byte', async () => {
    const outcome = await runProcess(
      waker,
      `${STARTER.replace(/const url =.*/, '')}
       const code = \`
         import * as berkeley from '${entryOf('index')}'
         import { parentPort, workerData } from 'node:worker_threads'
         const sock = berkeley.Socket.adopt(workerData)
         for (let data = await sock.recvAsync(5000); data.length > 0; data = await sock.recvAsync(5000)) {
           await sock.sendallAsync(data)
         }
         sock.close()\`
       const url = new URL('data:text/javascript,' + encodeURIComponent(code))
       const results = await Promise.all(Array.from({ length: 8 }, async (_, index) => {
         const [mine, yours] = berkeley.socketpair()
         const worker = new Worker(url, { workerData: yours.detach() })
         const exited = once(worker, 'exit')
         for (let round = 1; round <= 50; round++) {
           const data = Buffer.alloc(round * 997, index * 50 + round)
           const back = mine.recvAsync(data.length, { flags: berkeley.MSG_WAITALL })
           await mine.sendallAsync(data)
           if (!(await back).equals(data)) return 'wrong'
         }
         mine.close()
         return (await exited)[0]
       }))
       console.log(results.join())`,
    )
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '0,0,0,0,0,0,0,0\n', stderr: '' })
  })
})
