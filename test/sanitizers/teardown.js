/**
 * Threads that come and go by the dozen, each with everything pending. `main`: the main thread has the addon, too;
 * `workers`: only they have it.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { begin, begun, done, sleep } from './support.js'

/** @typedef {import('./support.js').Socket} Socket */

const [mode] = process.argv.slice(2)

/** How a thread ends; the main thread does it where it is `terminate`. */
const ENDS = ['terminate', 'exit', 'error', 'return', 'at once']

/** What waits, so that it is not collected. @type {Socket[]} */
let kept = []

async function everything() {
  const berkeley = await import('berkeley')
  const ignore = () => {}
  const listener = berkeley.createServer(['127.0.0.1', 0])
  listener.acceptAsync().catch(ignore)
  const client = berkeley.socket()
  client
    .connectAsync(listener.getsockname())
    .then(() => client.recvAsync(1))
    .catch(ignore)
  berkeley.getaddrinfoAsync('localhost', 80).catch(ignore)
  const pairs = Array.from({ length: 5 }, () => berkeley.socketpair())
  for (const [one, other] of pairs) {
    one.recvAsync(1).catch(ignore)
    one.recvAsync(1, { timeout: 100 }).catch(ignore)
    other.recvmmsgAsync(new berkeley.MessageBatch(4, 100)).catch(ignore)
    one.sendallAsync(Buffer.alloc(1 << 20)).catch(ignore)
  }
  const [left, right] = berkeley.socketpair()
  const echo = async (/** @type {Socket} */ sock) => {
    for (;;) await sock.sendallAsync(await sock.recvAsync(100))
  }
  echo(left).catch(ignore)
  echo(right).catch(ignore)
  left.send('round and round')
  berkeley.sendFds(left, ['x'], [right])
  kept = [listener, client, left, right, ...pairs.flat()]
}

async function main() {
  if (mode === 'main') await everything()
  for (let round = 0; round < 5; round++) {
    const workers = await Promise.all(
      ENDS.map(async (end) => {
        const options = { workerData: end }
        if (end !== 'at once') return await begin(import.meta.url, options)
        // While it still loads.
        const worker = new Worker(new URL(import.meta.url), options)
        await sleep(5 * round)
        return worker
      }),
    )
    await Promise.all(
      workers.map(async (worker, index) => {
        worker.on('error', ({ message }) => assert.equal(message, 'on purpose'))
        const exited = once(worker, 'exit').catch(() => {})
        if (ENDS[index] === 'terminate' || ENDS[index] === 'at once') worker.terminate()
        else worker.postMessage('end')
        await exited
      }),
    )
  }
  for (const sock of kept) sock.close()
  done()
}

if (isMainThread) {
  await main()
} else {
  await everything()
  begun()
  parentPort?.once('message', () => {
    if (workerData === 'error') throw new Error('on purpose')
    if (workerData === 'exit') process.exit(1)
    parentPort?.close()
    // Nothing keeps it from its end but what waits.
    for (const sock of kept) sock.close()
  })
}
