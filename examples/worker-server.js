/**
 * A blocking server in a worker thread: plain sequential code there, while the event loop of the main thread stays
 * free. Here the main thread counts its own timers and is a client, with node:net.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createServer } from 'berkeley'

function serve() {
  const listener = createServer(['127.0.0.1', 0])
  // A message leaves at once. console.log of a worker waits for its event loop, which never turns here.
  parentPort.postMessage(listener.getsockname())
  while (true) {
    const [conn] = listener.accept()
    const name = conn.recv(1024)
    conn.sendall(`hello, ${name}`)
    conn.close()
  }
}

async function ask(address, name) {
  const conn = connect(address[1], address[0])
  conn.end(name)
  const [answer] = await once(conn.setEncoding('utf8'), 'data')
  return answer
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  worker.on('error', (error) => {
    throw error
  })
  const [address] = await once(worker, 'message')
  console.log(`listening on ${address[0]} port ${address[1]}`)

  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  for (const name of ['Ada', 'Grace', 'Radia']) console.log(await ask(address, name))
  while (ticks === 0) await new Promise((resolve) => setImmediate(resolve))
  clearInterval(timer)
  console.log('the event loop was free meanwhile')

  await worker.terminate() // ends the worker in its accept, and closes its sockets
  console.log('the server is ended')
} else {
  serve()
}
