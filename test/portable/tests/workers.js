/** Worker threads: blocking calls in them, their ends, sockets that move between them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AF_UNIX, SOCK_DGRAM, Socket, socketpair } from 'berkeley'
import { test } from '../suite.js'
import { entry, message, startWorker } from '../support/programs.js'
import { slowness } from '../support/runtime.js'
import { fill, listenTcp, pair } from '../support/sockets.js'

test('a worker blocks in recv while the main thread runs', async (t) => {
  const [mine, its] = pair(t)
  const worker = startWorker(
    t,
    `const conn = berkeley.Socket.adopt(workerData)
     parentPort.postMessage('ready')
     for (let data; (data = conn.recv(100)).length > 0; ) conn.sendall(data.toString().toUpperCase())
     parentPort.postMessage('end of stream')
     conn.close()`,
    its.detach(),
  )
  assert.equal(await message(worker), 'ready')
  for (let i = 0; i < 20; i++) {
    await mine.sendallAsync(`turn ${i}`)
    assert.equal(String(await mine.recvAsync(100)), `TURN ${i}`)
  }
  const exit = once(worker, 'exit')
  const last = message(worker)
  mine.close()
  assert.equal(await last, 'end of stream')
  assert.deepEqual(await exit, [0])
})

const UDP = 'const u = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM); u.bind(["127.0.0.1", 0])'

/** Calls that block in a worker; `own` is its socket. The peer's end of it is full where they send. */
const blocking = {
  recv: 'own.recv(10)',
  recvInto: 'own.recvInto(new Uint8Array(10))',
  recvmsg: 'own.recvmsg(10, 100)',
  recvmsgInto: 'own.recvmsgInto([new Uint8Array(10)])',
  recvFds: 'berkeley.recvFds(own, 10, 1)',
  recvmmsg: `${UDP}; u.recvmmsg(new berkeley.MessageBatch(2, 10))`,
  recvfromInto: `${UDP}; u.recvfromInto(new Uint8Array(10))`,
  'recv with a timeout': 'own.settimeout(60); own.recv(10)',
  'recv with MSG_WAITALL': 'own.recv(10, berkeley.MSG_WAITALL)',
  sendall: 'own.sendall(new Uint8Array(1 << 20))',
  send: 'own.send("x")',
  sendmsg: 'own.sendmsg(["x"])',
  sendFds: 'berkeley.sendFds(own, ["x"], [own])',
  sendfile: 'own.sendfile(file, 0, 10)',
  splice: 'own.splice(berkeley.socketpair()[0])',
  accept: 'const l = berkeley.createServer(["127.0.0.1", 0]); l.accept()',
  serveForever: 'new socketserver.TCPServer(["127.0.0.1", 0], () => {}).serveForever()',
  'a selector': 'const s = new selectors.DefaultSelector(); s.register(own, selectors.EVENT_READ); s.select()',
  select: 'select.select([own], [], [])',
  poll: 'const p = select.poll(); p.register(own, 1); p.poll()',
  recvfrom: `${UDP}; u.recvfrom(10)`,
  'readline of a file': 'own.makefile("r").readline()',
}

for (const [name, call] of Object.entries(blocking)) {
  test(`terminate() ends a worker in ${name}`, async (t) => {
    const [mine, its] = pair(t)
    const isSend = name.startsWith('send')
    const file = openSync(fileURLToPath(import.meta.url), 'r')
    t.after(() => closeSync(file))
    if (isSend) fill(its)
    const worker = startWorker(
      t,
      // All modules are there before it is ended: a file that a runtime reads then stays open.
      `import * as select from '${entry('berkeley/select')}'
       import * as selectors from '${entry('berkeley/selectors')}'
       import * as socketserver from '${entry('berkeley/socketserver')}'
       const [fd, file] = workerData
       const own = berkeley.Socket.adopt(fd)
       parentPort.postMessage('blocking');
       ${call}
       parentPort.postMessage('it did not block')`,
      [its.detach(), file],
    )
    assert.equal(await message(worker), 'blocking')
    await new Promise((resolve) => setTimeout(resolve, 30))
    const began = performance.now()
    await worker.terminate()
    const took = performance.now() - began
    assert.ok(took < 1500 * slowness, `${took} ms`)
    if (isSend) while (mine.recv(65_536).length > 0);
    // The worker's own sockets were closed with it.
    else assert.equal((await mine.recvAsync(1)).length, 0)
  })
}

test('terminate() ends a worker with promises that wait', async (t) => {
  const [mine, its] = pair(t)
  const worker = startWorker(
    t,
    `const own = berkeley.Socket.adopt(workerData)
     own.recvAsync(10)
     berkeley.createServer(['127.0.0.1', 0]).acceptAsync()
     parentPort.postMessage('waiting')`,
    its.detach(),
  )
  assert.equal(await message(worker), 'waiting')
  await worker.terminate()
  assert.equal((await mine.recvAsync(1)).length, 0)
})

test('a worker ends when none of its calls waits any more', async (t) => {
  const [mine, its] = pair(t)
  const worker = startWorker(
    t,
    `const own = berkeley.Socket.adopt(workerData)
     parentPort.postMessage(String(await own.recvAsync(10)))
     own.close()`,
    its.detach(),
  )
  const exit = once(worker, 'exit')
  const told = message(worker)
  mine.send('go')
  assert.equal(await told, 'go')
  assert.deepEqual(await exit, [0])
})

test('process.exit() in a worker ends it, whatever waits', async (t) => {
  const [mine, its] = pair(t)
  const worker = startWorker(
    t,
    `const own = berkeley.Socket.adopt(workerData)
     own.recvAsync(10)
     setTimeout(() => process.exit(3), 10)`,
    its.detach(),
  )
  assert.deepEqual(await once(worker, 'exit'), [3])
  assert.equal((await mine.recvAsync(1)).length, 0)
})

test('a socket moves to a worker and back', async (t) => {
  const [mine, its] = pair(t)
  const worker = startWorker(
    t,
    `const own = berkeley.Socket.adopt(workerData)
     own.sendall('from the worker')
     parentPort.postMessage(own.detach())`,
    its.detach(),
  )
  const exit = once(worker, 'exit') // which may come in the same turn as the message
  const back = t.add(Socket.adopt(await message(worker)))
  await exit
  assert.equal(String(mine.recv(100)), 'from the worker')
  back.sendall('from here')
  assert.equal(String(mine.recv(100)), 'from here')
})

test(
  'eight workers at once, blocking and with promises',
  async (t) => {
    const code = `
    const own = berkeley.Socket.adopt(workerData)
    for (let i = 0; i < 50; i++) {
      own.sendall('sync')
      if (String(own.recv(10)) !== 'SYNC') throw new Error('wrong answer')
      await own.sendallAsync('async')
      if (String(await own.recvAsync(10)) !== 'ASYNC') throw new Error('wrong answer')
    }
    own.close()
    parentPort.postMessage('done')`
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const [mine, its] = pair(t)
        const worker = startWorker(t, code, its.detach())
        const exit = once(worker, 'exit')
        const done = message(worker)
        for await (const data of mine) await mine.sendallAsync(data.toString().toUpperCase())
        assert.equal(await done, 'done')
        assert.deepEqual(await exit, [0])
      }),
    )
  },
  { timeout: 20 },
)

test('workers one after the other leave nothing open', async (t) => {
  for (let i = 0; i < 5; i++) {
    const worker = startWorker(
      t,
      `const [first, second] = berkeley.socketpair()
       const received = second.recvAsync(10)
       first.send('x')
       parentPort.postMessage(String(await received))`,
    )
    const exit = once(worker, 'exit')
    assert.equal(await message(worker), 'x')
    await exit
  }
})

test('a worker accepts from a listener of the main thread', async (t) => {
  const listener = listenTcp(t)
  const worker = startWorker(
    t,
    `const listener = berkeley.fromfd(workerData)
     parentPort.postMessage('ready')
     for (let i = 0; i < 3; i++) {
       const [conn] = listener.accept()
       conn.sendall('hello ' + i)
       conn.close()
     }
     listener.close()`,
    listener.fileno(),
  )
  await message(worker)
  const exit = once(worker, 'exit')
  for (let i = 0; i < 3; i++) {
    const client = t.add(new Socket())
    await client.connectAsync(listener.getsockname())
    assert.equal(String(await client.recvAsync(100)), `hello ${i}`)
  }
  assert.deepEqual(await exit, [0])
})

test('two workers talk to each other', async (t) => {
  const ends = socketpair(AF_UNIX, SOCK_DGRAM)
  const code = `
    const own = berkeley.Socket.adopt(workerData.fd)
    if (workerData.begins) own.send('0')
    let last = 0
    while (last < 99) {
      last = Number(own.recv(10)) + 1
      if (last <= 99) own.send(String(last))
    }
    own.close()`
  const exits = ends.map((end, i) => once(startWorker(t, code, { fd: end.detach(), begins: i === 0 }), 'exit'))
  for (const exit of exits) assert.deepEqual(await exit, [0])
})
