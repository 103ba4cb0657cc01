/** Handlers for the threads of servers. */
import { entryOf } from './worker.js'

/** The URL of a module with this code, which has `BaseRequestHandler`, `berkeley` and `worker_threads` in scope. */
export const moduleOf = (code: string): string =>
  `data:text/javascript,${encodeURIComponent(`
import * as berkeley from '${entryOf('index')}'
import { BaseRequestHandler } from '${entryOf('socketserver')}'
import { threadId } from 'node:worker_threads'
${code}`)}`

/** Handlers that do what the client asks for. */
export const handlers = moduleOf(`
export class Echo extends BaseRequestHandler {
  handle() {
    for (let data; (data = this.request.recv(65536)).length > 0; ) this.request.sendall(data)
  }
}

/** One command, one answer. */
export class Commands extends BaseRequestHandler {
  handle() {
    const [command, argument] = this.request.recv(1000).toString().split(' ')
    const answer = commands[command](this, argument)
    if (answer !== undefined) this.request.sendall(String(answer))
  }
}

const commands = {
  thread: () => threadId,
  data: ({ server }) => JSON.stringify(server.data),
  address: ({ server, clientAddress }) => JSON.stringify([server.serverAddress, clientAddress]),
  fail: () => { throw new RangeError('failed in the thread') },
  refused: () => berkeley.socket().connect(['127.0.0.1', 1]),
  odd: () => { throw Object.assign(() => {}, { odd: true }) },
  exit: () => process.exit(3),
  crash: () => { setImmediate(() => { throw new Error('uncaught') }); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); return 'crashes later' },
  reject: () => void Promise.reject(new Error('unhandled')),
  close: ({ request }) => { request.sendall('closed by the handler'); request.close() },
  shutdown: ({ server }) => { server.shutdown(); return 'shut down' },
  wait: ({ request }, seconds) => { request.sendall('waiting'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000); return ', done' },
  block: ({ request }) => { request.sendall('blocking'); return request.recv(1).length },
  spin: ({ request }) => { request.sendall('spinning'); for (;;); },
  timeout: ({ request }) => request.gettimeout(),
}

export const sleeper = async (conn) => {
  await conn.sendallAsync('asleep')
  await conn.recvAsync(1)
  await conn.sendallAsync(', awake')
}

export class Datagrams extends BaseRequestHandler {
  handle() {
    const [data, sock] = this.request
    if (data.toString() === 'fail') throw new Error('failed in the thread')
    sock.sendto(data.toString().toUpperCase(), this.clientAddress)
  }
}
`)
