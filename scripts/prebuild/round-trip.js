/**
 * What a binary has to do wherever it is loaded: bytes through a pair of sockets, synchronously, with a promise and in a
 * worker. `node round-trip.js dist/index.js`, with BERKELEY_ADDON; prints `ok`.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const entry = isMainThread ? process.argv[2] : workerData
const { socketpair } = await import(entry)
const [near, far] = socketpair()
for (const text of ['synchronous', 'asynchronous']) {
  const received = text === 'asynchronous' ? far.recvAsync(100) : undefined
  near.sendall(text)
  const bytes = received === undefined ? far.recv(100) : await received
  if (bytes.toString() !== text) throw new Error(`received ${bytes} for ${text}`)
}
near.close()
far.close()
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: entry })
  await new Promise((resolve, reject) => {
    worker
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(`${code}`))))
  })
  console.log('ok')
}
