/** Processes: what keeps one alive, how it ends, what it hands to another; signals. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection } from 'berkeley'
import { test } from '../suite.js'
import { startChild } from '../support/programs.js'
import { slowness } from '../support/runtime.js'
import { listenTcp, pair } from '../support/sockets.js'

/** @param {{ code: number | null, signal: string | null, stdout: string, stderr: string }} end */
const how = ({ code, signal, stderr }) => ({ code, signal, stderr })
const WELL = { code: 0, signal: null, stderr: '' }

test('a process ends when nothing waits', async (t) => {
  const child = startChild(t, `berkeley.socketpair(); console.log('made')`)
  assert.deepEqual(how(await child.ended()), WELL)
  assert.equal(child.stdout, 'made\n')
})

test('a waiting call keeps the process alive, until it is done', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = berkeley.socketpair()
     second.recvAsync(10).then((data) => console.log(String(data)))
     setTimeout(() => first.send('alive'), 100).unref()
     setTimeout(() => {}, 150)`,
  )
  assert.deepEqual(how(await child.ended()), WELL)
  assert.equal(child.stdout, 'alive\n')
})

test('a waiting call alone keeps the process alive', async (t) => {
  const [mine, its] = pair(t)
  const child = startChild(
    t,
    `const own = berkeley.Socket.adopt(3)
     console.log('waiting')
     own.recvAsync(10).then((data) => console.log(String(data)))`,
    { stdio: [its.fileno()] },
  )
  await child.printed('waiting')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(child.stdout, 'waiting\n')
  mine.send('now')
  assert.deepEqual(how(await child.ended()), WELL)
  assert.equal(child.stdout, 'waiting\nnow\n')
})

test('unref(): a waiting call does not keep the process alive', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = (globalThis.kept = berkeley.socketpair())
     second.unref()
     second.recvAsync(10)
     console.log('end')`,
  )
  assert.deepEqual(how(await child.ended()), WELL)
})

test('ref() after unref()', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = berkeley.socketpair()
     second.unref()
     second.recvAsync(10).then((data) => console.log(String(data)))
     second.ref()
     const timer = setTimeout(() => first.send('kept'), 50)
     timer.unref()`,
  )
  assert.deepEqual(how(await child.ended()), WELL)
  assert.equal(child.stdout, 'kept\n')
})

test('process.exit() with calls that wait', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = (globalThis.kept = berkeley.socketpair())
     second.recvAsync(10)
     berkeley.createServer(['127.0.0.1', 0]).acceptAsync()
     berkeley.getaddrinfoAsync('localhost', 80)
     setTimeout(() => process.exit(7), 10)`,
  )
  assert.deepEqual(how(await child.ended()), { code: 7, signal: null, stderr: '' })
})

test('process.exit() with workers that block', async (t) => {
  const child = startChild(
    t,
    `import { Worker, isMainThread } from 'node:worker_threads'
     import { fileURLToPath } from 'node:url'
     if (isMainThread) {
       const workers = [1, 2, 3].map(() => new Worker(new URL(import.meta.url)))
       let ready = 0
       for (const worker of workers) worker.on('message', () => {
         if (++ready === 3) setTimeout(() => process.exit(5), 30)
       })
     } else {
       const [first] = (globalThis.kept = berkeley.socketpair())
       parentPort.postMessage('blocking')
       first.recv(1)
     }`,
  )
  const began = performance.now()
  assert.deepEqual(how(await child.ended()), { code: 5, signal: null, stderr: '' })
  assert.ok(performance.now() - began < 8000 * slowness)
})

test('an error that nobody catches ends the process with status 1', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = berkeley.socketpair()
     second.recvAsync(10).then(() => { throw new Error('nobody catches this') })
     first.send('x')
     setTimeout(() => {}, 60_000)`,
  )
  const { code, signal, stderr } = await child.ended()
  assert.deepEqual([code, signal], [1, null])
  assert.match(stderr, /nobody catches this/)
})

test('a child gets a socket with its standard streams', async (t) => {
  const [mine, its] = pair(t)
  const child = startChild(
    t,
    `const own = berkeley.Socket.adopt(3)
     own.setblocking(true)
     own.sendall(String(own.recv(100)).toUpperCase())
     own.close()`,
    { stdio: [its.fileno()] },
  )
  its.close()
  mine.sendall('handed over')
  assert.equal(String(await mine.recvAsync(100)), 'HANDED OVER')
  assert.equal((await mine.recvAsync(1)).length, 0)
  assert.deepEqual(how(await child.ended()), WELL)
})

test('listenFds takes what the service manager has opened', async (t) => {
  const listener = listenTcp(t)
  const child = startChild(
    t,
    `Object.assign(process.env, { LISTEN_FDS: '1', LISTEN_PID: String(process.pid) })
     const [listener, ...others] = berkeley.listenFds()
     listener.setblocking(true)
     const [conn] = listener.accept()
     conn.sendall(others.length + ' others, ' + listener.getsockname()[1])
     conn.close()
     listener.close()`,
    { stdio: [listener.fileno()] },
  )
  const client = t.add(createConnection(listener.getsockname()))
  assert.equal(String(await client.recvAsync(100)), `0 others, ${listener.getsockname()[1]}`)
  assert.deepEqual(how(await child.ended()), WELL)
})

test('Ctrl-C ends a process that blocks', async (t) => {
  const child = startChild(
    t,
    `const [first] = (globalThis.kept = berkeley.socketpair())
     console.log('blocking')
     first.recv(1)`,
  )
  await child.printed('blocking')
  await new Promise((resolve) => setTimeout(resolve, 50))
  child.signal('SIGINT')
  const { code, signal } = await child.ended()
  assert.ok(signal === 'SIGINT' || code === 130, JSON.stringify({ code, signal }))
})

test('a handler of SIGINT ends the call with EINTR, and is heard', async (t) => {
  const child = startChild(
    t,
    `const [first, second] = (globalThis.kept = berkeley.socketpair())
     process.on('SIGINT', () => console.log('heard'))
     const tell = () => {
       console.log('blocking')
       try {
         first.recv(1)
       } catch (error) {
         console.log(error.code, error.syscall)
       }
       setTimeout(() => process.exit(0), 100)
     }
     setTimeout(tell, 20)`,
  )
  await child.printed('blocking')
  await new Promise((resolve) => setTimeout(resolve, 50))
  child.signal('SIGINT')
  const { code, stdout, stderr } = await child.ended()
  assert.deepEqual([code, stdout, stderr], [0, 'blocking\nEINTR recv\nheard\n', ''])
})

test('other signals do not disturb a call that blocks', async (t) => {
  const [mine, its] = pair(t)
  const child = startChild(
    t,
    `process.on('SIGUSR2', () => console.log('heard'))
     const own = berkeley.Socket.adopt(3)
     own.setblocking(true)
     setTimeout(() => {
       console.log('blocking')
       console.log(String(own.recv(10)))
       setTimeout(() => process.exit(0), 100)
     }, 20)`,
    { stdio: [its.fileno()] },
  )
  await child.printed('blocking')
  for (let i = 0; i < 5; i++) {
    child.signal('SIGUSR2')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  mine.send('whole')
  const { code, stdout, stderr } = await child.ended()
  assert.equal(stderr, '')
  assert.equal(code, 0)
  assert.match(stdout, /^blocking\nwhole\n(heard\n)+$/)
})

test('signals do not disturb promises', async (t) => {
  const child = startChild(
    t,
    `process.on('SIGUSR2', () => first.send('by the handler'))
     const [first, second] = berkeley.socketpair()
     second.recvAsync(100).then((data) => { console.log(String(data)); process.exit(0) })
     console.log('waiting')`,
  )
  await child.printed('waiting')
  child.signal('SIGUSR2')
  await once(child.process, 'exit')
  assert.equal((await child.ended()).stdout, 'waiting\nby the handler\n')
})
