/** The engine over io_uring, whose requests hold files open: closing, ending, and what is told when. */
import { describe, expect, test } from 'vitest'
import { Program } from './support/process.js'
import { canUring } from './support/uring.js'
import { entryOf } from './support/worker.js'

const START = `
  import * as berkeley from '${entryOf('index')}'
  import { once } from 'node:events'
  import { closeSync, readdirSync, readlinkSync } from 'node:fs'
  import { setImmediate, setTimeout } from 'node:timers/promises'
  import { Worker } from 'node:worker_threads'
  const { IPPROTO_TCP, MSG_OOB, TCP_NODELAY } = berkeley
  if (berkeley.getengine() !== 'io_uring') throw new Error(berkeley.getengine())
  const tcpPair = () => {
    const listener = berkeley.createServer(['127.0.0.1', 0])
    const client = berkeley.createConnection(listener.getsockname())
    const [server] = listener.accept()
    listener.close()
    client.settimeout(5)
    return [client, server]
  }
  const opened = () => readdirSync('/proc/self/fd').length
  const workerOf = (code) => new Worker("import('${entryOf('index')}').then(async (berkeley) => {" + code + '})', { eval: true, execArgv: [] })
`

/** What a program prints that runs over io_uring. */
async function printed(code: string): Promise<string> {
  await using program = new Program(process.execPath, ['--input-type=module', '--eval', START + code], {
    BERKELEY_ENGINE: 'io_uring',
  })
  const { code: status, signal, stdout, stderr } = await program.ended()
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
  return stdout.trim()
}

describe.skipIf(!canUring)('over io_uring [needs io_uring]', () => {
  test('the peer of a socket that is closed while calls wait gets the end at once', async () => {
    const output = await printed(`
      const [client, server] = tcpPair()
      const waiting = server.recvAsync(10)
      await setImmediate()
      server.close()
      // Synchronous: nothing of this thread runs in between.
      console.log(client.recv(10).length, (await waiting.catch((error) => error)).code)
      client.close()`)
    expect(output).toBe('0 ECANCELED')
  })

  test('what came before the end is received before the end, where both are told at once', async () => {
    const output = await printed(`
      for (const pairOf of [tcpPair, berkeley.socketpair]) {
        for (const end of [(peer) => peer.close(), (peer) => peer.shutdown(berkeley.SHUT_WR)]) {
          const [peer, sock] = pairOf()
          const waiting = sock.recvAsync(10)
          await setImmediate()
          peer.send('abc')
          end(peer)
          sock.shutdown(berkeley.SHUT_WR)
          console.log(String(await waiting), (await sock.recvAsync(10)).length)
        }
      }`)
    expect(output).toBe('abc 0\nabc 0\nabc 0\nabc 0')
  })

  test('the peer of a socket of a worker that is ended gets the end', async () => {
    const output = await printed(`
      const [client, server] = tcpPair()
      const worker = workerOf(\`
        const server = berkeley.Socket.adopt(\${server.detach()})
        server.recvAsync(10).catch(() => {})
        setImmediate(() => require('node:worker_threads').parentPort.postMessage(berkeley.getengine()))\`)
      const [engine] = await once(worker, 'message')
      await worker.terminate()
      console.log(engine, client.recv(10).length)`)
    expect(output).toBe('io_uring 0')
  })

  test('three workers have rings of their own, of which none is left', async () => {
    const output = await printed(`
      const round = async (count) => {
        const workers = Array.from({ length: count }, () => workerOf(\`
          const [one, two] = berkeley.socketpair()
          const received = one.recvAsync(10)
          two.send('x')
          one.recvAsync(10).catch(() => {})
          require('node:worker_threads').parentPort.postMessage(String(await received))\`))
        const answers = await Promise.all(workers.map((worker) => once(worker, 'message')))
        await Promise.all(workers.map((worker) => worker.terminate()))
        return answers.join('')
      }
      await round(1)
      const before = opened()
      console.log(await round(3))
      for (let i = 0; i < 500 && opened() > before; i++) await setTimeout(10)
      console.log(opened() <= before)`)
    expect(output).toBe(`${'x'.repeat(3)}\ntrue`)
  })

  test('a process that is started has nothing of the ring', async () => {
    const output = await printed(`
      import { execFileSync } from 'node:child_process'
      const [one, two] = berkeley.socketpair()
      const received = one.recvAsync(10)
      const own = readdirSync('/proc/self/fd').map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })
      console.log(own.includes('anon_inode:[io_uring]'))
      console.log(/io_uring|eventfd/.test(execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })))
      two.send('x')
      console.log(String(await received))`)
    expect(output).toBe('true\nfalse\nx')
  })

  test('every one of 1,500 that wait is told, though all are ready at once', async () => {
    const output = await printed(`
      const pairs = Array.from({ length: 750 }, () => berkeley.socketpair())
      const received = pairs.flat().map((socket) => socket.recvAsync(10))
      await setImmediate()
      for (const [one, two] of pairs) {
        one.send('a')
        two.send('b')
      }
      const texts = await Promise.all(received)
      console.log(texts.filter((data) => String(data) === 'a').length, texts.filter((data) => String(data) === 'b').length)
      for (const socket of pairs.flat()) socket.close()
      console.log(berkeley.getengine())`)
    expect(output).toBe('750 750\nio_uring')
  })

  test('urgent data among other data keeps none of it back', async () => {
    const output = await printed(`
      const [client, server] = tcpPair()
      client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
      const received = server.recvAsync(10)
      await setImmediate()
      client.send('abc')
      client.send('!', MSG_OOB)
      client.send('def')
      let text = String(await received)
      while (text.length < 6) text += String(await server.recvAsync(10, { timeout: 5 }))
      console.log(text)
      client.send('more')
      console.log(String(await server.recvAsync(10, { timeout: 5 })))
      client.close()
      console.log((await server.recvAsync(10, { timeout: 5 })).length)`)
    expect(output).toBe('abcdef\nmore\n0')
  })

  test('bytes keep their order where a batch tells of a socket twice', async () => {
    const output = await printed(`
      const [one, two] = berkeley.socketpair()
      const [other, last] = berkeley.socketpair()
      const untilEmpty = (sock, call) => {
        sock.setblocking(false)
        try { for (;;) call() } catch (error) { if (error.code !== 'EAGAIN') throw error }
      }
      const fill = () => untilEmpty(one, () => one.send(Buffer.alloc(65_536)))
      fill()
      one.settimeout(null)
      const sent = one.sendAsync('x')
      const first = one.recvAsync(3)
      await setImmediate()
      // Readable and writable, which is noted with the thread's next request; then readable only.
      two.send('one')
      untilEmpty(two, () => two.recv(1 << 20))
      other.recvAsync(1).catch(() => {})
      fill()
      two.send('two')
      one.settimeout(1)
      const second = one.recvAsync(3).catch((error) => error.code)
      console.log(String(await first), String(await second), await sent)
      for (const sock of [one, two, other, last]) sock.close()`)
    expect(output).toBe('one two 1')
  })

  test('a descriptor that was closed behind its back does not stand in the way of the next one of its number', async () => {
    const output = await printed(`
      const [one, two] = berkeley.socketpair()
      const waiting = one.recvAsync(10).catch((error) => error.code)
      await setImmediate()
      const number = one.fileno()
      closeSync(number)
      const [three, four] = berkeley.socketpair()
      console.log(three.fileno() === number)
      const received = three.recvAsync(10)
      four.send('next')
      console.log(String(await received), await waiting)`)
    expect(output).toBe('true\nnext ECANCELED')
  })

  test('a thread that has nothing to do does nothing', async () => {
    const output = await printed(`
      const [one, two] = berkeley.socketpair()
      for (let i = 0; i < 300; i++) {
        const received = one.recvAsync(10)
        two.send('x')
        await received
      }
      const waiting = one.recvAsync(10)
      await setTimeout(50)
      const before = process.cpuUsage()
      await setTimeout(300)
      const { user, system } = process.cpuUsage(before)
      console.log(user + system < 150_000)
      two.send('y')
      console.log(String(await waiting))`)
    expect(output).toBe('true\ny')
  })
})
