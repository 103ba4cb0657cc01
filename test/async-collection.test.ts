/** Sockets of which only a waiting call knows: kept while it waits, collected after. One process tries every kind. */
import { expect, test } from 'vitest'
import { can } from './support/sockets.js'
import { entryOf, runProcess } from './support/worker.js'

/**
 * Each begins a call of `mine`, which nothing else holds: the promise, what ends the call, and how many sockets nobody
 * holds. What ends it may not share a scope with a function that has `mine`, or it would hold it.
 */
const KINDS = `
  const kinds = {
    recvAsync() { const [mine, peer] = ends(); return [mine.recvAsync(5), () => hello(peer), 1] },
    'recvAsync, bounded'() {
      const [mine, peer] = ends()
      return [mine.recvAsync(5, { timeout: 100, signal }), () => hello(peer), 1]
    },
    'recvAsync, MSG_WAITALL'() {
      const [mine, peer] = ends()
      return [mine.recvAsync(10, { flags: MSG_WAITALL }), () => { hello(peer); hello(peer) }, 1]
    },
    recvfromIntoAsync() {
      const [mine, peer] = ends()
      return [mine.recvfromIntoAsync(Buffer.alloc(5)), () => hello(peer), 1]
    },
    recvmsgAsync() { const [mine, peer] = ends(); return [mine.recvmsgAsync(5), () => hello(peer), 1] },
    recvmmsgAsync() {
      const [mine, peer] = ends(SOCK_DGRAM)
      return [mine.recvmmsgAsync(new MessageBatch(2, 10)), () => hello(peer), 1]
    },
    'receiving in a loop'() { const [mine, peer] = ends(); return [firstOf(mine), () => hello(peer), 1] },
    'a line of makefile'() {
      const [mine, peer] = ends()
      return [mine.makefile('r').readlineAsync(), () => { hello(peer); peer.send('\\n') }, 1]
    },
    selectAsync() {
      const [mine, peer] = ends()
      return [selectAsync([mine], [], []).then(([{ length }]) => length), () => hello(peer), 1]
    },
    acceptAsync() {
      const [mine, address] = listening()
      return [mine.acceptAsync().then(([conn]) => conn.close()), () => createConnection(address).close(), 1]
    },
    'accepting in a loop'() {
      const [mine, address] = listening()
      return [firstOf(mine).then(([conn]) => conn.close()), () => createConnection(address).close(), 1]
    },
    sendAsync() { const [mine, peer] = full(); return [mine.sendAsync('x'), () => drain(peer), 1] },
    sendallAsync() { const [mine, peer] = full(); return [mine.sendallAsync('x'), () => drain(peer), 1] },
    sendmsgAsync() { const [mine, peer] = full(); return [mine.sendmsgAsync(['x']), () => drain(peer), 1] },
    sendfileAsync() {
      const [mine, peer] = full()
      return [mine.sendfileAsync(file, { count: 5 }), () => drain(peer), 1]
    },
    'sendtoAsync of a datagram, to a queue that is full'() {
      const [mine, peer] = [socket(AF_UNIX, SOCK_DGRAM), hold(socket(AF_UNIX, SOCK_DGRAM))]
      peer.bind(path + 'datagrams')
      fill(mine, path + 'datagrams')
      return [mine.sendtoAsync('x', path + 'datagrams'), () => drain(peer), 1]
    },
    'sendtoAsync to a name'() {
      return [socket(AF_INET, SOCK_DGRAM).sendtoAsync('x', ['localhost', 9]), () => {}, 1]
    },
    'connectAsync to a name'() {
      const [listener, [, port]] = listening()
      hold(listener)
      return [socket().connectAsync(['localhost', port]), () => {}, 1]
    },
    'connectAsync to a listener that is full'() {
      const [listener, first] = [hold(socket(AF_UNIX)), hold(socket(AF_UNIX))]
      listener.bind(path)
      listener.listen(0)
      first.connect(path)
      return [socket(AF_UNIX).connectAsync(path), () => listener.accept()[0].close(), 1]
    },
    'spliceAsync without bytes'() {
      const [[from, giver], [to]] = [ends(), ends()]
      return [from.spliceAsync(to, { count: 5 }), () => hello(giver), 2]
    },
    'spliceAsync without room'() {
      const [[from, giver], [to, taker]] = [ends(), full()]
      hello(giver)
      return [from.spliceAsync(to, { count: 5 }), () => drain(taker), 2]
    },
    'sendZeroCopyAsync, waiting for its turn'() {
      const [mine, peer] = slow()
      fill(mine)
      return [mine.sendZeroCopyAsync(Buffer.alloc(10)), (isDone) => drainUntil(peer, isDone), 1]
    },
    'sendZeroCopyAsync, waiting for its memory'() {
      const [mine, peer] = slow()
      return [mine.sendZeroCopyAsync(Buffer.alloc(300_000)), (isDone) => drainUntil(peer, isDone), 1]
    },
  }`

const PROGRAM = `
  import { openSync } from 'node:fs'
  import { selectAsync } from '${entryOf('select')}'
  const { AF_INET, AF_UNIX, IPPROTO_TCP, MSG_DONTWAIT, MSG_WAITALL, SO_RCVBUF, SO_SNDBUF, SOCK_DGRAM } = berkeley
  const { SOCK_STREAM, SOL_SOCKET, TCP_MAXSEG, createConnection, createServer, MessageBatch, socket } = berkeley
  const path = '\\0collection' + process.pid
  const { signal } = new AbortController()
  const file = openSync('package.json')
  const kept = []
  const hold = (sock) => { kept.push(sock); return sock }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  function until(call) { try { for (;;) call() } catch (error) { if (error.code !== 'EAGAIN') throw error } }
  const drain = (sock) => until(() => sock.recv(1 << 16, MSG_DONTWAIT))
  async function drainUntil(sock, isDone) { while (!isDone()) { drain(sock); await turn() } }
  function fill(sock, address) {
    const data = Buffer.alloc(address === undefined ? 1 << 16 : 1)
    until(() => address === undefined ? sock.send(data, MSG_DONTWAIT) : sock.sendto(data, address, MSG_DONTWAIT))
  }
  const hello = (sock) => sock.send('hello')
  const firstOf = async (iterable) => { for await (const one of iterable) return one }

  function ends(type = SOCK_STREAM) { const [mine, peer] = berkeley.socketpair(AF_UNIX, type); return [mine, hold(peer)] }
  function full() { const both = ends(); fill(both[0]); return both }
  function listening() { const listener = createServer(['127.0.0.1', 0]); return [listener, listener.getsockname()] }
  /** A connection whose peer has little room. */
  function slow() {
    const [listener, address] = listening()
    listener.setsockopt(SOL_SOCKET, SO_RCVBUF, 32_768)
    const client = socket()
    client.setsockopt(SOL_SOCKET, SO_SNDBUF, 4 << 20)
    client.setsockopt(IPPROTO_TCP, TCP_MAXSEG, 1400)
    client.connect(address)
    const server = hold(listener.accept()[0])
    listener.close()
    return [client, server]
  }
  ${KINDS}

  let collected = 0
  process.removeAllListeners('warning')
  process.on('warning', () => collected++)
  async function collect(enough = () => false) {
    for (let i = 0; i < 10 && !enough(); i++) { gc(); await turn(); await turn() }
  }
  for (const [name, begin] of Object.entries(kinds)) {
    const before = collected
    let isDone = false
    const [promise, end, drops] = begin()
    const ended = promise.then(() => { isDone = true })
    let early = 0
    await collect(() => {
      // Names are looked up meanwhile.
      if (!isDone) early = collected - before
      return isDone
    })
    await end(() => isDone)
    await ended
    await collect(() => collected - before >= drops)
    console.log(name + ': ' + early + ' early, ' + (before + drops - collected) + ' never')
  }`

test.skipIf(!can.linux)(
  'no socket is collected while a call of its waits, and every one afterwards [needs Linux: MSG_ZEROCOPY]',
  async () => {
    const { stdout, stderr, code } = await runProcess('libuv', PROGRAM, 55_000)
    expect([stderr, code]).toEqual(['', 0])
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(23)
    expect(lines.filter((line) => !line.endsWith(': 0 early, 0 never'))).toEqual([])
  },
  60_000,
)
