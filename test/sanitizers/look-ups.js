/**
 * Look-ups on the threads of the pool, over a resolver that takes as long as it is told (fixtures/slow-resolver.c): from
 * several threads, for promises and not, given up, and left behind by threads that are ended.
 */
import assert from 'node:assert/strict'
import { isMainThread, workerData } from 'node:worker_threads'
import * as berkeley from 'berkeley'
import { begin, begun, done, fails, run, sleep } from './support.js'

const slow = (/** @type {number} */ ms) => `${ms}ms.slow.invalid`

async function ask() {
  const many = Array.from({ length: 20 }, (_, index) => berkeley.getaddrinfoAsync(slow(index % 5), 80))
  const signal = AbortSignal.timeout(5)
  const given = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0
      ? fails(berkeley.getaddrinfoAsync(slow(400), 80, { timeout: 0.01 }), 'ETIMEDOUT')
      : fails(berkeley.getaddrinfoAsync(slow(400), 80, { signal }), 'ABORT_ERR', 'AbortError', 'TimeoutError'),
  )
  for (let i = 0; i < 5; i++) assert.equal(berkeley.gethostbyname(slow(i)), '127.0.0.1')
  for (const found of await Promise.all(many)) assert.deepEqual(found[0]?.at(-1), ['127.0.0.1', 80])
  await Promise.all(given)
  await berkeley.getnameinfoAsync(['127.0.0.1', 80], 0)
  await fails(berkeley.getaddrinfoAsync('name.invalid', 80, { flags: berkeley.AI_NUMERICHOST }), 'EAI_NONAME')
}

if (isMainThread) {
  await Promise.all([ask(), run(import.meta.url), run(import.meta.url)])
  // Those that are ended while threads work for them: some tasks under way, others in the line.
  for (const role of ['waits', 'blocks', 'waits', 'blocks']) {
    const workers = await Promise.all([1, 2].map(() => begin(import.meta.url, { workerData: role })))
    await sleep(20)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  // By now their tasks have ended, without them.
  await sleep(500)
  done()
} else if (workerData === 'waits') {
  for (let i = 0; i < 20; i++) berkeley.getaddrinfoAsync(slow(100 + i), 80)
  begun()
} else if (workerData === 'blocks') {
  begun()
  berkeley.getaddrinfo(slow(300), 80)
} else {
  await ask()
}
