/** Loops that block their thread, and how they end: in workers and processes of their own. */
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { socket } from 'berkeley'
import { shutdownServer, shutdownServerAsync, TCPServer } from 'berkeley/socketserver'
import { describe, expect, test } from 'vitest'
import { Program, startPython } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { ask, connectTo, openDescriptors, until } from '../support/servers.js'
import { thrown } from '../support/sockets.js'
import { handlers } from '../support/thread-handlers.js'
import { ended, entryOf, message, printed, startChild, startWorker } from '../support/worker.js'

const IMPORTS = `import * as servers from '${entryOf('socketserver')}'\n`
type Address = [host: string, port: number]
type Flag = Int32Array<SharedArrayBuffer>

/** A worker that blocks in a server's loop. */
interface Started {
  worker: Worker
  address: Address
  flag: Flag
  exited: Promise<unknown[]>
}

/** Starts one whose server `code` makes. It says `ended` after the loop. */
async function startServer(code: string, workerData?: unknown): Promise<Started> {
  const worker = startWorker(
    `${IMPORTS}${code}
parentPort.postMessage([server.serverAddress, server.shutdownFlag])
server.serveForever(0.01)
parentPort.postMessage('ended')
server.serverClose()`,
    workerData,
  )
  const exited = once(worker, 'exit')
  const [address, flag] = await message<[Address, Flag]>(worker)
  return { worker, address, flag, exited }
}

const UPPER = `
class Upper extends servers.BaseRequestHandler {
  handle() {
    const text = this.request.recv(100).toString()
    if (text === 'shutdown') this.server.shutdown()
    if (text === 'fail') throw new Error('failed')
    this.request.sendall(text.toUpperCase())
  }
}
`

describe('one thread', () => {
  const server = `${UPPER}
const server = new servers.TCPServer(['127.0.0.1', 0], Upper)
server.handleError = (request, address, error) => parentPort.postMessage(error.message)`

  test('serves one after the other, and goes on after an error', async () => {
    const { worker, address, flag, exited } = await startServer(server)
    const failed = message(worker)
    expect(await ask(address, 'fail')).toBe('')
    expect(await failed).toBe('failed')
    const texts = Array.from({ length: 4 }, (_, index) => `text ${index}`)
    for (const text of texts) expect(await ask(address, text)).toBe(text.toUpperCase())
    const over = message(worker)
    expect(await shutdownServerAsync(flag)).toBe(true)
    expect(await over).toBe('ended')
    expect(await exited).toEqual([0])
  })

  test('a handler ends the loop, after its own request', async () => {
    const { worker, address, exited } = await startServer(server)
    const over = message(worker)
    expect(await ask(address, 'shutdown')).toBe('SHUTDOWN')
    expect(await over).toBe('ended')
    await exited
  })

  test('another thread ends it and waits for that, blocking', async () => {
    const { flag, exited } = await startServer(server)
    expect(shutdownServer(flag, { timeout: 10 })).toBe(true)
    await exited
    expect(shutdownServer(flag)).toBe(true)
  })

  test('its worker can be terminated, and leaves nothing open', async () => {
    const before = openDescriptors()
    const { worker, address } = await startServer(server)
    expect(await ask(address, 'hello')).toBe('HELLO')
    await worker.terminate()
    await until(() => openDescriptors() <= before)
  })

  test('in its own thread a shutdown does not wait: a loop that has not begun ends at once', () => {
    using here = new TCPServer(['127.0.0.1', 0], class {})
    expect(shutdownServer(here.shutdownFlag, { timeout: 0 })).toBe(false)
    here.serveForever()
    let answer: boolean | undefined
    here.serviceActions = () => {
      answer ??= shutdownServer(here.shutdownFlag)
    }
    here.serveForever(0.01)
    expect(answer).toBe(false)
    expect(shutdownServer(here.shutdownFlag)).toBe(true)
    here.shutdown()
    here.serveForever()
  })

  test('who waits for a loop that never begins has a time-out; closing the server ends the waiting', async () => {
    const here = new TCPServer(['127.0.0.1', 0], class {})
    expect(await shutdownServerAsync(here.shutdownFlag, { timeout: 0.01 })).toBe(false)
    const waiting = shutdownServerAsync(here.shutdownFlag)
    const controller = new AbortController()
    const aborted = shutdownServerAsync(here.shutdownFlag, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    here.serverClose()
    expect(await waiting).toBe(true)
    await expect(shutdownServerAsync([] as never)).rejects.toThrow(/"flag" argument must be a server's shutdownFlag/)
    expect(() => shutdownServer(new Int32Array(3) as never)).toThrow(TypeError)
  })

  test('an asynchronous handler is refused, and its rejection is of no more interest', () => {
    const errors: string[] = []
    class Server extends TCPServer {
      override handleError(_request: unknown, _address: unknown, error: unknown): void {
        errors.push((error as Error).message)
        this.shutdown()
      }
    }
    using server = new Server(['127.0.0.1', 0], async () => {
      throw new Error('unseen')
    })
    using client = socket()
    client.connect(server.serverAddress)
    server.serveForever(0.01)
    expect(errors).toEqual([expect.stringMatching(/^the handler returned a promise/)])
  })
})

describe('signals', () => {
  const code = `${IMPORTS}${UPPER}
const server = new servers.TCPServer(['127.0.0.1', 0], Upper)
process.stdout.write('port ' + server.serverAddress[1] + '\\n')
try {
  server.serveForever()
} catch (error) {
  console.log(error.code, server.fileno() >= 0)
}
server.serverClose()`

  test('Ctrl-C ends a process that does not handle it', async () => {
    const child = startChild(code)
    await printed(child, 'port')
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
  })

  test('where JavaScript handles it, serveForever throws EINTR, as KeyboardInterrupt comes out of Python’s', async () => {
    const child = startChild(`process.on('SIGINT', () => console.log('heard'))\n${code}`)
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGINT'), 100))
    const { code: exit, stdout, stderr } = await ended(child)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain('EINTR true')
  })
})

describe('with threads', () => {
  const server = `
const server = new servers.ThreadingTCPServer(['127.0.0.1', 0], { module: workerData, name: 'Commands' }, { threads: 2 })
const errors = []
server.handleError = (request, address, error) => parentPort.postMessage([error.name, error.message, request.closed])`

  test('serves more than one at a time, though its thread is blocked', async () => {
    const { address, flag, exited } = await startServer(server, handlers)
    const first = connectTo(address)
    first.write('block')
    expect((await once(first, 'data'))[0]).toBe('blocking')
    const threads = new Set<string>()
    for (let i = 0; i < 5; i++) threads.add(await ask(address, 'thread'))
    expect(threads.size).toBe(1)
    first.end('!')
    expect((await once(first, 'data'))[0]).toBe('1')
    expect(await shutdownServerAsync(flag)).toBe(true)
    await exited
  })

  test('hears errors, and of threads that die, and replaces them', async () => {
    const { worker, address, flag, exited } = await startServer(server, handlers)
    let heard = message(worker)
    expect(await ask(address, 'fail')).toBe('')
    expect(await heard).toEqual(['RangeError', 'failed in the thread', false])
    for (let i = 0; i < 3; i++) {
      heard = message(worker)
      expect(await ask(address, 'exit')).toBe('')
      expect(await heard).toEqual(['Error', 'the worker thread ended before the handler was done', false])
    }
    heard = message(worker)
    expect(await ask(address, 'reject')).toBe('')
    expect(await heard).toEqual(['Error', 'unhandled', false])
    expect(Number(await ask(address, 'thread'))).toBeGreaterThan(0)
    await shutdownServerAsync(flag)
    await exited
  })

  test('hundreds of connections, and not one descriptor more afterwards', async () => {
    const before = openDescriptors()
    const { address, flag, exited } = await startServer(server.replace('Commands', 'Echo'), handlers)
    const texts = Array.from({ length: 200 }, (_, index) => `client ${index} `.repeat(100))
    expect(await Promise.all(texts.map((text) => ask(address, text)))).toEqual(texts)
    await shutdownServerAsync(flag)
    await exited
    await until(() => openDescriptors() <= before)
  })

  test('a handler shuts it down; serverClose waits for the others', async () => {
    const { worker, address, exited } = await startServer(server, handlers)
    const client = connectTo(address)
    client.write('block')
    await once(client, 'data')
    const over = message(worker)
    expect(await ask(address, 'shutdown')).toBe('shut down')
    expect(await over).toBe('ended')
    client.end('!')
    expect((await once(client, 'data'))[0]).toBe('1')
    expect(await exited).toEqual([0])
  })

  test.each(['block', 'spin'])('serverClose ends what takes longer than closeTimeout: %s', async (command) => {
    const before = openDescriptors()
    const { address, flag, exited } = await startServer(`${server}\nserver.closeTimeout = 0.05`, handlers)
    const client = connectTo(address)
    client.on('error', () => {})
    client.write(command)
    await once(client, 'data')
    const closed = once(client, 'close')
    await shutdownServerAsync(flag)
    await exited
    client.resume()
    await closed
    await until(() => openDescriptors() <= before)
  })

  test('handlers that cannot be loaded are thrown by serveForever', async () => {
    const worker = startWorker(
      `${IMPORTS}
const server = new servers.ThreadingTCPServer(['127.0.0.1', 0], { module: workerData, name: 'Nothing' })
try { server.serveForever() } catch (error) { parentPort.postMessage(error.message) }
server.serverClose()`,
      handlers,
    )
    const exited = once(worker, 'exit')
    expect(await message(worker)).toMatch(/exports no class or function named Nothing/)
    await exited
  })

  test.each([
    ['blockOnClose = false', 'the process waits for the handler', 'later'],
    ['daemonThreads = true', 'the process does not', undefined],
  ])('%s: serverClose returns at once, and %s', async (attribute, _, answer) => {
    const child = startChild(
      `${IMPORTS}
const module = 'data:text/javascript,' + encodeURIComponent(\`
export const slow = async (conn) => {
  await conn.sendallAsync('started')
  await conn.recvAsync(1)
  await conn.sendallAsync('later')
}\`)
const server = new servers.ThreadingTCPServer(['127.0.0.1', 0], { module, name: 'slow' })
server.${attribute}
process.stdout.write('port ' + server.serverAddress[1] + '\\n')
process.stdin.once('data', () => { server.shutdown(); process.stdin.destroy() })
await server.serveForeverAsync()
server.serverClose()
console.log('closed')`,
    )
    const [line] = (await once((child.stdout as NonNullable<typeof child.stdout>).setEncoding('utf8'), 'data')) as [
      string,
    ]
    const client = connectTo(['127.0.0.1', Number(/port (\d+)/.exec(line)?.[1])])
    client.on('error', () => {})
    expect((await once(client, 'data'))[0]).toBe('started')
    let rest: string | undefined
    client.on('data', (data) => {
      rest = String(data)
    })
    child.stdin?.end('end\n')
    expect((await once(child.stdout as NonNullable<typeof child.stdout>, 'data'))[0]).toBe('closed\n')
    const exit = once(child, 'exit')
    if (answer !== undefined) client.write('!')
    expect(await exit).toEqual([0, null])
    if (!client.closed) await once(client.resume(), 'close')
    expect(rest).toBe(answer)
  })
})

test.skipIf(!hasPython)('the same conversation with CPython’s ThreadingTCPServer [needs python3]', async () => {
  await using theirs = startPython(`
import socketserver, threading
class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line.upper())
server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Upper)
print('port', server.server_address[1])
server.serve_forever()
`)
  const [, port] = await theirs.printed(/port (\d+)/)
  await using ours = new Program(process.execPath, [
    '--input-type=module',
    '-e',
    `${IMPORTS}
const module = 'data:text/javascript,' + encodeURIComponent(\`
export function upper(conn) {
  for (let data; (data = conn.recv(1000)).length > 0; ) conn.sendall(data.toString().toUpperCase())
}\`)
const server = new servers.ThreadingTCPServer(['127.0.0.1', 0], { module, name: 'upper' })
process.stdout.write('port ' + server.serverAddress[1] + '\\n')
server.serveForever()`,
  ])
  const [, ownPort] = await ours.printed(/port (\d+)/)
  for (const text of ['one\ntwo\n', 'three\n', '']) {
    const answers = await Promise.all([port, ownPort].map((one) => ask(['127.0.0.1', Number(one)], text)))
    expect(answers).toEqual([text.toUpperCase(), text.toUpperCase()])
  }
})

test('seconds that are none are refused by their name, before anything waits', () => {
  using server = new TCPServer(['127.0.0.1', 0], () => {})
  for (const [bad, code] of [
    ['x', 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
  ] as [never, string][]) {
    expect(thrown(() => server.serveForever(bad))).toMatchObject({
      code,
      message: expect.stringContaining('"pollInterval"'),
    })
    server.timeout = bad
    expect(thrown(() => server.handleRequest())).toMatchObject({ code, message: expect.stringContaining('"timeout"') })
  }
})
