/** Sockets that are forgotten, what is shown of them, and how the package is imported. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import * as berkeley from 'berkeley'
import { getengine, getspin, setengine, setspin, socket } from 'berkeley'
import { test } from '../suite.js'
import { startChild } from '../support/programs.js'
import { collect } from '../support/runtime.js'
import { listenTcp, pair, tcpPair } from '../support/sockets.js'

test(
  'sockets that are collected while open are closed, with a warning',
  async (t) => {
    const child = startChild(
      t,
      `import { openDescriptors } from ${JSON.stringify(import.meta.resolve('../support/open-descriptors.js'))}
       import { collect } from ${JSON.stringify(import.meta.resolve('../support/runtime.js'))}
       let code
       process.on('warning', (warning) => { code = warning.code })
       const before = openDescriptors().size
       const forget = () => { for (let i = 0; i < 100; i++) berkeley.socket() }
       forget()
       // Some engines look for addresses on the stack, and hold what looks like one.
       const left = () => openDescriptors().size - before
       for (let i = 0; i < 200 && (left() > 5 || !code); i++) {
         collect()
         await new Promise((resolve) => setTimeout(resolve, 5))
       }
       console.log(left() <= 5, code)
       process.exit(0)`,
    )
    assert.deepEqual([(await child.ended()).stdout], ['true BERKELEY_UNCLOSED_SOCKET\n'])
  },
  { needs: ['gc'] },
)

test(
  'a socket on which a call waits is not collected',
  async (t) => {
    const [, second] = pair(t)
    const begin = () => {
      const copy = second.dup()
      return copy.recvAsync(10).finally(() => copy.close())
    }
    const received = begin()
    for (let i = 0; i < 5; i++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const [first] = pair(t)
    first.close()
    second.settimeout(1)
    assert.equal(await Promise.race([received, new Promise((resolve) => setTimeout(resolve, 10, 'waits'))]), 'waits')
    second.shutdown(berkeley.SHUT_RD)
    assert.equal((await received).length, 0)
  },
  { needs: ['gc'] },
)

test('many sockets that wait, and are closed', async (t) => {
  const waiting = Array.from({ length: 200 }, () => pair(t)).map(([first]) => first)
  const calls = waiting.map((sock) => sock.recvAsync(1))
  for (const sock of waiting) sock.close()
  const results = await Promise.allSettled(calls)
  for (const result of results) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'ECANCELED')
  }
})

test('close() in the callback of the same socket', async (t) => {
  const listener = listenTcp(t)
  const accepting = listener.acceptAsync().then(([conn]) => {
    listener.close()
    conn.close()
  })
  t.add(socket()).connect(listener.getsockname())
  await accepting
  assert.equal(listener.closed, true)
})

test('console.log shows descriptor, family, type and addresses', (t) => {
  const { client } = tcpPair(t)
  const shown = inspect(client)
  assert.match(shown, /^Socket \[fd \d+, AF_INET, SOCK_STREAM, local .+, remote .+\]$/)
  assert.ok(shown.includes(`fd ${client.fileno()}`))
  assert.ok(shown.includes(String(client.getsockname()[1])))
  client.close()
  assert.equal(inspect(client), 'Socket [closed]')
})

test('require() gives the same package', () => {
  const required = createRequire(import.meta.url)('berkeley')
  assert.equal(required.socket, berkeley.socket)
  assert.equal(required.Socket, berkeley.Socket)
})

test('every entry point can be imported and required', async () => {
  const require = createRequire(import.meta.url)
  for (const name of ['berkeley', 'berkeley/select', 'berkeley/selectors', 'berkeley/socketserver']) {
    const imported = await import(name)
    assert.deepEqual(Object.keys(require(name)).sort(), Object.keys(imported).sort(), name)
  }
  assert.match(require('berkeley/package.json').version, /^\d+\.\d+\.\d+/)
})

test('a program of CommonJS', async (t) => {
  const child = startChild(
    t,
    `import { createRequire } from 'node:module'
     const { socketpair } = createRequire(${JSON.stringify(import.meta.url)})('berkeley')
     const [first, second] = socketpair()
     first.sendall('required')
     console.log(String(second.recv(10)))`,
  )
  const { code, stdout } = await child.ended()
  assert.deepEqual([code, stdout], [0, 'required\n'])
})

test('the engine is the one of the system, or the one that was asked for', () => {
  const asked = process.env.BERKELEY_ENGINE
  assert.ok(['epoll', 'kqueue', 'io_uring'].includes(getengine()), getengine())
  if (asked !== undefined) assert.equal(getengine(), asked)
})

test('the engine is chosen once, and may spin', async (t) => {
  const engine = getengine()
  assert.equal(setengine(engine === 'io_uring' ? 'epoll' : 'io_uring'), engine)
  t.after(() => setspin(0))
  assert.equal(getspin(), 0)
  setspin(50)
  assert.equal(getspin(), 50)
  const [first, second] = pair(t)
  for (let i = 0; i < 20; i++) {
    const received = second.recvAsync(10)
    await first.sendAsync('x')
    assert.equal(String(await received), 'x')
  }
  assert.throws(() => setspin(-1), { name: 'RangeError' })
})

test('Symbol.asyncDispose closes', async () => {
  const [first, second] = berkeley.socketpair()
  await first[Symbol.asyncDispose]()
  assert.equal((await second.recvAsync(1)).length, 0)
  await second[Symbol.asyncDispose]()
  assert.deepEqual([first.closed, second.closed], [true, true])
})

test('the events of a stream come while it is used from elsewhere', async (t) => {
  const { client, server } = tcpPair(t)
  const stream = client.toDuplex()
  server.sendall('x')
  await once(stream, 'readable')
  assert.equal(String(stream.read()), 'x')
  stream.destroy()
  await once(stream, 'close')
})
