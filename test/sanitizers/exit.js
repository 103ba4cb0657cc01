/** A process that ends with everything pending, in all its threads; how is the argument. */
import { isMainThread } from 'node:worker_threads'
import * as berkeley from 'berkeley'
import { begin, begun, done, sleep } from './support.js'

/** @typedef {import('./support.js').Socket} Socket */

const [way] = process.argv.slice(2)
const ignore = () => {}

function everything() {
  const pairs = Array.from({ length: 20 }, () => berkeley.socketpair())
  for (const [one, other] of pairs) {
    one.recvAsync(1).catch(ignore)
    other.sendallAsync(Buffer.alloc(1 << 20)).catch(ignore)
  }
  berkeley.getaddrinfoAsync('localhost', 80).catch(ignore)
  const [left, right] = berkeley.socketpair()
  const echo = async (/** @type {Socket} */ sock) => {
    for (;;) await sock.sendallAsync(await sock.recvAsync(100))
  }
  echo(left).catch(ignore)
  echo(right).catch(ignore)
  left.send('round and round')
  return [left, right, ...pairs.flat()]
}

/** @type {Record<string, (kept: Socket[], workers: import('node:worker_threads').Worker[]) => unknown>} */
const WAYS = {
  /** In the middle of a turn of the engine. */
  exit: () => process.exit(0),
  /** In a thread that blocks, others wait. */
  later: async () => {
    await sleep(100)
    process.exit(0)
  },
  /** Nothing but what waits keeps the process. */
  close: (kept, workers) => {
    for (const sock of kept) sock.close()
    for (const worker of workers) worker.terminate()
  },
}

const kept = everything()
if (isMainThread) {
  const workers = [await begin(import.meta.url), await begin(import.meta.url)]
  done()
  await WAYS[String(way)]?.(kept, workers)
} else {
  begun()
  await sleep(5)
  berkeley.socketpair()[0].recv(1)
}
