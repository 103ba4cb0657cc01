// The installed package in threads: in a worker of the program's own, and in those of a server.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { createConnectionAsync, socketpair } from 'berkeley'
import { StreamRequestHandler, ThreadingTCPServer } from 'berkeley/socketserver'

export class Greeter extends StreamRequestHandler {
  /** @override */
  handle() {
    const name = this.rfile.readline().toString().trim()
    this.wfile.write(Buffer.from(`hello, ${name}`))
  }
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: 'alone' })
  const [code] = await once(worker, 'exit')
  assert.equal(code, 7)

  const server = new ThreadingTCPServer(['127.0.0.1', 0], { module: import.meta.url, name: 'Greeter' }, { threads: 1 })
  const served = server.serveForeverAsync()
  const client = await createConnectionAsync(server.serverAddress)
  await client.sendallAsync('Ada\n')
  assert.equal((await client.recvAsync(100)).toString(), 'hello, Ada')
  client.close()
  assert.equal(await server.serverCloseAsync({ timeout: 5 }), 0)
  await served
  console.log('ok')
} else if (workerData === 'alone') {
  const [near, far] = socketpair()
  near.sendall('in a worker')
  assert.equal(far.recv(100).toString(), 'in a worker')
  process.exit(7)
}
