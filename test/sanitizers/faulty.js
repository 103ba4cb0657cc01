/** Commits one of the faults of faulty.cc, as the first argument says; the second is the path of that addon. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const [fault = '', path = ''] = process.argv.slice(2)
const addon = createRequire(import.meta.url)(path)
const start = (/** @type {string[]} */ argv) => new Worker(new URL(import.meta.url), { argv })

if (isMainThread && fault.endsWith('InWorker')) {
  await once(start([fault.replace('InWorker', ''), path]), 'exit')
} else if (fault === 'raceOfEnvironments') {
  // Both at the same time: whatever passes from thread to thread in Node would put one after the other.
  if (isMainThread) await once(start([fault, path]), 'message')
  else parentPort?.postMessage('begun')
  for (const end = Date.now() + 100; Date.now() < end; ) addon.raceOfEnvironments()
} else if (fault === 'leakAtExit') {
  // Node frees nothing then, and what it leaves must not hide it.
  addon.leak()
  process.exit()
} else {
  addon[fault]()
}
