/** What a wait must notice while it makes progress, and what it must keep when JavaScript runs inside it. */
import { SO_SNDBUF, SOL_SOCKET, Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { pair, tcpPair } from './support/sockets.js'
import { ended, message, startChild, startWorker } from './support/worker.js'

describe('a call that makes small progress for ever', () => {
  test.each([
    ['recv with MSG_WAITALL', 'own.recv(1 << 20, berkeley.MSG_WAITALL)'],
    ['recvInto with MSG_WAITALL', 'own.recvInto(new Uint8Array(1 << 20), 0, berkeley.MSG_WAITALL)'],
  ])('%s ends with its worker', async (_, call) => {
    using ends = pair()
    const worker = startWorker(
      `const own = berkeley.fromfd(workerData)
       parentPort.postMessage('blocking')
       ${call}`,
      ends[0].fileno(),
    )
    await message(worker)
    const timer = setInterval(() => ends[1].send('x'), 5)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await worker.terminate()
    clearInterval(timer)
  })

  test('sendall ends with its worker', async () => {
    using both = tcpPair()
    both.client.setsockopt(SOL_SOCKET, SO_SNDBUF, 30_000)
    const worker = startWorker(
      `const own = berkeley.fromfd(workerData)
       parentPort.postMessage('blocking')
       own.sendall(Buffer.alloc(1 << 30))`,
      both.client.fileno(),
    )
    await message(worker)
    both.server.setblocking(false)
    const timer = setInterval(() => {
      try {
        both.server.recv(4096)
      } catch {
        // nothing yet
      }
    }, 5)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await worker.terminate()
    clearInterval(timer)
  })
})

describe('JavaScript that a debugger runs inside a blocked call', () => {
  /** A program whose main thread blocks in `call`, while a worker evaluates `expression` in it as a debugger does. */
  const debugged = (setUp: string, call: string, expression: string): string => `
    import { Worker } from 'node:worker_threads'
    Object.assign(globalThis, berkeley)
    ${setUp}
    const debug = "import { Session } from 'node:inspector';" +
      "const session = new Session(); session.connectToMainThread();" +
      "import { parentPort, workerData } from 'node:worker_threads';" +
      "parentPort.postMessage('ready'); setTimeout(() => {" +
      "session.post('Runtime.evaluate', { expression: workerData }) }, 100)"
    const worker = new Worker(debug, { eval: true, workerData: ${JSON.stringify(expression)} })
    worker.once('message', () => {
      ${call}
      process.exit()
    })`

  test('does not change what the call works on', async () => {
    const child = startChild(
      debugged(
        `globalThis.one = socketpair(); globalThis.two = socketpair()
         for (const end of [...one, ...two]) end.settimeout(10)
         two[0].send('for two')`,
        `console.log(one[1].recv(1000).toString())`,
        `one[0].sendall('for one'); two[1].recv(2)`,
      ),
    )
    const { stdout, stderr, code } = await ended(child)
    expect(stderr).toBe('')
    expect(stdout).toBe('for one\n')
    expect(code).toBe(0)
  })

  test('may wait itself, and a SIGINT then is no endless recursion', async () => {
    const child = startChild(
      debugged(
        `process.on('SIGINT', () => {})
         globalThis.one = socketpair(); one[1].settimeout(1)`,
        `try { one[1].recv(1) } catch (error) { console.log(error.code) }`,
        `try { const [nested] = socketpair(); nested.settimeout(0.2); process.kill(process.pid, 'SIGINT'); nested.recv(1) } catch {}`,
      ),
    )
    const { stdout, signal } = await ended(child)
    expect(signal).toBe(null)
    expect(stdout).toMatch(/^(EINTR|ETIMEDOUT)\n$/)
  })
})

describe('a descriptor that two workers adopted', () => {
  test('is closed by the last of them to end, not by the first', async () => {
    using ends = pair()
    const fd = ends[0].detach()
    const code = `
      const own = berkeley.Socket.adopt(workerData)
      parentPort.postMessage('adopted')
      parentPort.once('message', () => { own.send('still mine'); parentPort.postMessage('sent') })`
    const first = startWorker(code, fd)
    await message(first)
    const second = startWorker(code, fd)
    await message(second)
    await first.terminate()
    const sent = message(second)
    second.postMessage('go')
    expect(await sent).toBe('sent')
    ends[1].settimeout(10)
    expect(ends[1].recv(100).toString()).toBe('still mine')
    await second.terminate()
    expect(ends[1].recv(100)).toHaveLength(0)
  })

  test('closed in one is closed for the other, whose late close touches nothing', async () => {
    using ends = pair()
    const fd = ends[0].detach()
    const worker = startWorker(
      `const own = berkeley.Socket.adopt(workerData)
       parentPort.postMessage('adopted')
       parentPort.once('message', () => {
         try { own.close(); parentPort.postMessage('closed') } catch (error) { parentPort.postMessage(error.code) }
       })`,
      fd,
    )
    await message(worker)
    Socket.adopt(fd).close()
    using other = socket()
    expect(other.fileno()).toBe(fd)
    const answer = message(worker)
    worker.postMessage('close')
    expect(await answer).toBe('EBADF')
    other.bind(['127.0.0.1', 0])
    await worker.terminate()
    other.listen()
  })
})

test('a handler of SIGINT that comes after a receive that failed is heard by the next wait', async () => {
  const child = startChild(`
    import { writeSync } from 'node:fs'
    import { Worker } from 'node:worker_threads'
    const [near, far] = berkeley.socketpair()
    new Worker("setTimeout(() => require('node:fs').writeSync(" + far.fileno() + ", 'x'), 50)", { eval: true, execArgv: [] })
    // One that has had to wait says beforehand whether there is a handler.
    near.recv(1)
    near.close()
    const codeOf = (call) => {
      try {
        call()
      } catch (error) {
        return error.code
      }
    }
    writeSync(1, codeOf(() => near.recv(1)) + ' ')
    process.on('SIGINT', () => {})
    const listener = berkeley.createServer(['127.0.0.1', 0])
    new Worker("setTimeout(() => process.kill(process.pid, 'SIGINT'), 100)", { eval: true, execArgv: [] })
    writeSync(1, codeOf(() => listener.accept()))
    process.exit()`)
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
  expect(await ended(child)).toMatchObject({ code: 0, stdout: 'EBADF EINTR' })
  clearTimeout(kill)
})
