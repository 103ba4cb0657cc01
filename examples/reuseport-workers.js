/**
 * A server on every CPU, I: each worker listens on the same port for itself, by SO_REUSEPORT. Linux spreads the
 * connections over the listeners, by a hash of the addresses; nothing is passed between threads. (macOS has the option
 * too, but gives all connections to one of them: there use pass-to-workers.js.)
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createServer, SO_REUSEPORT, SOL_SOCKET, socket } from 'berkeley'

const CLIENTS = 200

async function main() {
  // Holds the port without listening, so that all workers get the same one.
  const reserved = socket()
  reserved.setsockopt(SOL_SOCKET, SO_REUSEPORT, true)
  reserved.bind(['127.0.0.1', 0])
  const address = reserved.getsockname()

  const count = Math.max(2, availableParallelism())
  const workers = Array.from({ length: count }, () => new Worker(new URL(import.meta.url), { workerData: address }))
  await Promise.all(workers.map((worker) => once(worker, 'message'))) // each listens
  console.log(`${count} workers listen on ${address[0]} port ${address[1]}`)

  const answers = await Promise.all(Array.from({ length: CLIENTS }, (_, number) => ask(address, `${number}`)))
  console.log(`${answers.filter((answer, number) => answer === `hello, ${number}`).length} right answers`)

  const served = workers.map((worker) => once(worker, 'message'))
  for (const worker of workers) worker.postMessage('stop')
  const numbers = (await Promise.all(served)).flat()
  console.log(`served: ${numbers.join(' + ')} = ${numbers.reduce((sum, number) => sum + number)}`)
  reserved.close()
}

async function ask(address, name) {
  const conn = socket()
  await conn.connectAsync(address)
  await conn.sendallAsync(name)
  const answer = await conn.recvAsync(100)
  conn.close()
  return answer.toString()
}

async function work() {
  const listener = createServer(workerData, { reusePort: true, backlog: 128 })
  parentPort.once('message', () => listener.close()) // ends the loop below
  parentPort.postMessage('listening')
  let served = 0
  for await (const [conn] of listener) {
    served++
    answer(conn)
  }
  parentPort.postMessage(served)
}

async function answer(conn) {
  try {
    for await (const name of conn) await conn.sendallAsync(`hello, ${name}`)
  } catch (error) {
    console.log(error.message) // that client's trouble, not the server's
  } finally {
    conn.close()
  }
}

await (isMainThread ? main() : work())
