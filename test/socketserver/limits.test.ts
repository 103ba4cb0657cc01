/** Servers at the limits of the system, and what is left of a process after them. */
import { describe, expect, test } from 'vitest'
import { can } from '../support/sockets.js'
import { handlers } from '../support/thread-handlers.js'
import { type Ended, ended, entryOf, startChild, startWrapped } from '../support/worker.js'

const IMPORTS = `import * as servers from '${entryOf('socketserver')}'\n`
const LOW = ['sh', '-c', 'ulimit -n "$0"; exec "$@"']

/** Runs code in a process that may have so many descriptors. */
const runWith = (descriptors: number, code: string): Promise<Ended> =>
  ended(startWrapped([...LOW, String(descriptors)], IMPORTS + code))

/** Holds all descriptors but `left` of this process; gives them back. */
const EXHAUST = `
const held = []
const exhaust = (left) => {
  try { for (;;) held.push(berkeley.socket()) } catch (error) { if (error.code !== 'EMFILE') throw error }
  for (let i = 0; i < left; i++) held.pop().close()
}
const giveBack = () => { for (const sock of held.splice(0)) sock.close() }
`

describe.skipIf(!can.linux)('where descriptors are exhausted [needs ulimit]', () => {
  test('the asynchronous loop rests, warns once, and serves when there are some again', async () => {
    const { code, stdout, stderr } = await runWith(
      100,
      `${EXHAUST}
const warnings = []
process.removeAllListeners('warning')
process.on('warning', ({ code }) => warnings.push(code))
const server = new servers.AsyncTCPServer(['127.0.0.1', 0], async (conn) => conn.sendallAsync(await conn.recvAsync(10)))
let tries = 0
const getRequestAsync = server.getRequestAsync
server.getRequestAsync = function (options) { tries++; return getRequestAsync.call(this, options) }
const served = server.serveForeverAsync()
const client = berkeley.socket()
exhaust(0)
await client.connectAsync(server.serverAddress)
await client.sendallAsync('hello')
const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, 500))
const { user, system } = process.cpuUsage(before)
console.log(tries >= 2 && tries < 10, user + system < 250_000)
giveBack()
console.log((await client.recvAsync(10, { timeout: 10 })).toString())
client.close()
await server.shutdown()
await served
console.log(warnings.join())`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('true true\nhello\nBERKELEY_ACCEPT_FAILED\n')
  })

  test('the blocking loop rests too', async () => {
    const { code, stdout, stderr } = await runWith(
      100,
      `${EXHAUST}
class Server extends servers.TCPServer {
  turns = 0
  serviceActions() {
    this.turns++
    if (this.turns === 4) giveBack()
  }
}
const server = new Server(['127.0.0.1', 0], (conn) => {
  conn.sendall(conn.recv(10))
  server.shutdown()
})
const client = berkeley.socket()
exhaust(0)
client.connect(server.serverAddress)
client.sendall('hello')
const started = performance.now()
server.serveForever()
console.log(server.turns, performance.now() - started >= 150)
console.log(client.recv(10).toString())
server.serverClose()`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('5 true\nhello\n')
  })

  test('a thread that cannot be started is an error of that request, and leaves nothing open', async () => {
    const { code, stdout, stderr } = await runWith(
      100,
      `${EXHAUST}
import { readdirSync } from 'node:fs'
const errors = []
class Server extends servers.ThreadingTCPServer {
  handleError(request, address, error) { errors.push(error.code) }
}
const server = new Server(['127.0.0.1', 0], { module: ${JSON.stringify(handlers)}, name: 'Echo' })
const client = berkeley.socket()
client.connect(server.serverAddress)
exhaust(1)
server.handleRequest()
console.log(errors.join(), client.recv(10).length)
giveBack()
client.close()
const before = readdirSync('/dev/fd').length
server.serverClose()
console.log(before - readdirSync('/dev/fd').length)`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('EMFILE 0\n1\n')
  })
})

describe('a process ends by itself', () => {
  test.each([
    ['an asynchronous server', 'new servers.AsyncTCPServer(address, (conn) => conn.sendallAsync("hello"))', 'shutdown'],
    [
      'a server with threads',
      `new servers.ThreadingTCPServer(address, { module: ${JSON.stringify(handlers)}, name: 'sleeper' })`,
      'serverCloseAsync',
    ],
  ])('after the shutdown of %s', async (_, make, close) => {
    const { code, signal, stdout, stderr } = await ended(
      startChild(`${IMPORTS}
const address = ['127.0.0.1', 0]
const server = ${make}
const served = server.serveForeverAsync()
const client = await berkeley.createConnectionAsync(server.serverAddress)
console.log((await client.recvAsync(10)).length > 0)
client.close()
await server.${close}()
await served
console.log('served')`),
    )
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
    expect(stdout).toBe('true\nserved\n')
  })

  test('with free threads that nobody has ended', async () => {
    const { code, stdout } = await ended(
      startChild(`${IMPORTS}
const server = new servers.ThreadingTCPServer(['127.0.0.1', 0], { module: ${JSON.stringify(handlers)}, name: 'Echo' })
const client = berkeley.socket()
await client.connectAsync(server.serverAddress)
await client.sendallAsync('hello')
await server.handleRequestAsync()
console.log((await client.recvAsync(10)).toString())
client.close()`),
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello\n' })
  })
})
