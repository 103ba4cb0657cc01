/** What becomes of descriptors: tokens, collection, the end of a worker. */
import { closeSync, openSync, readdirSync } from 'node:fs'
import { close, Socket, socket, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, listenTcp, thrown } from './support/sockets.js'
import { ended, message, startChild, startWorker } from './support/worker.js'

const openDescriptors = (): number => readdirSync('/proc/self/fd').length

describe('a descriptor number that was given to somebody else', () => {
  test('is not closed by the socket that had it', () => {
    const sock = socket()
    const fd = sock.fileno()
    close(fd)
    const file = openSync('package.json', 'r')
    expect(file).toBe(fd)
    expect(thrown(() => sock.close())).toMatchObject({ code: 'EBADF', syscall: 'close' })
    closeSync(file)
  })

  test('is not closed by the socket that had it, even where it is a socket again', () => {
    const first = socket()
    close(first.fileno())
    const second = socket()
    expect(second.fileno()).toBe(first.fileno())
    expect(thrown(() => first.close()).code).toBe('EBADF')
    second.bind(['127.0.0.1', 0])
    second.close()
  })

  test('descriptor 0 is a descriptor like any other', async () => {
    const child = startChild(`
      import { closeSync } from 'node:fs'
      closeSync(0)
      const sock = berkeley.socket()
      console.log(sock.fileno(), sock.closed)
      sock.bind(['127.0.0.1', 0])
      sock.close()
      console.log(sock.fileno(), sock.closed)`)
    expect((await ended(child)).stdout).toBe('0 false\n-1 true\n')
  })
})

describe.skipIf(!can.linux)('nothing leaks [needs Linux: /proc/self/fd]', () => {
  test('errors in the middle of a call close what they opened', () => {
    using server = listenTcp()
    const before = openDescriptors()
    for (let i = 0; i < 50; i++) {
      thrown(() => Socket.adopt(4711))
      thrown(() => socketpair(2 as never))
      using client = socket()
      client.connect(server.getsockname())
      server.accept()[0].close()
    }
    expect(openDescriptors()).toBe(before)
  })

  test('a worker that ends, however it ends, leaves no descriptor', async () => {
    const before = openDescriptors()
    const open = `
      const kept = []
      for (let i = 0; i < 20; i++) kept.push(...berkeley.socketpair())`
    for (const end of ['', 'process.exit(0)', 'throw new Error("on purpose")', 'kept[0].recv(1)']) {
      const worker = startWorker(`${open}\nparentPort.postMessage('open')\n${end}`)
      worker.on('error', () => {})
      const exited = new Promise((resolve) => worker.once('exit', resolve))
      // Of the others the error may come before the message.
      if (end.includes('recv')) {
        await message(worker)
        await worker.terminate()
      }
      await exited
    }
    // Closing a worker's own pipes and its loop is not ours, and not done when 'exit' comes.
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before)
  })

  test('a descriptor that was detached in a worker lives on in the thread that adopts it', async () => {
    const worker = startWorker(`
      const [mine, yours] = berkeley.socketpair()
      mine.send('from the worker')
      mine.shutdown(berkeley.SHUT_WR)
      parentPort.postMessage(yours.detach())`)
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    const fd = await message<number>(worker)
    await exited
    using adopted = Socket.adopt(fd)
    expect(adopted.recv(100).toString()).toBe('from the worker')
    expect(adopted.recv(100)).toHaveLength(0)
  })
})

describe('a socket that is collected while open', () => {
  const collect = `
    let peer
    ;(() => { const [mine, yours] = berkeley.socketpair(); peer = yours; mine.send('x') })()
    peer.recv(1)
    peer.settimeout(20)
    const timer = setInterval(() => globalThis.gc(), 1)
    process.on('warning', (warning) => {
      console.log(JSON.stringify([warning.name, warning.code, warning.message, warning.detail]))
      console.log(peer.recv(1).length)
      clearInterval(timer)
    })`

  const withGc = `
    import v8 from 'node:v8'
    import vm from 'node:vm'
    v8.setFlagsFromString('--expose-gc')
    globalThis.gc = vm.runInNewContext('gc')
`

  test.each([
    ['0', /BERKELEY_TRACE=1 shows/],
    ['1', /opened here[\s\S]*eval/],
  ])('is closed with a warning (BERKELEY_TRACE=%s)', async (trace, detail) => {
    process.env.BERKELEY_TRACE = trace
    const child = startChild(withGc + collect)
    delete process.env.BERKELEY_TRACE
    const { stdout, code } = await ended(child)
    const [warning, length] = stdout.trim().split('\n') as [string, string]
    const [name, warningCode, text, where] = JSON.parse(warning) as string[]
    expect([name, warningCode, length, code]).toEqual(['ResourceWarning', 'BERKELEY_UNCLOSED_SOCKET', '0', 0])
    expect(text).toMatch(/^a socket was collected before it was closed \(descriptor \d+\)$/)
    expect(where).toMatch(detail)
  })

  test('a closed or detached one gives no warning', async () => {
    const child = startChild(`${withGc}
      process.on('warning', (warning) => console.log(warning.name, warning.message))
      ;(() => { const [a, b] = berkeley.socketpair(); a.close(); berkeley.close(b.detach()) })()
      let turns = 0
      const timer = setInterval(() => { gc(); if (++turns === 20) clearInterval(timer) }, 1)`)
    expect(await ended(child)).toMatchObject({ stdout: '', code: 0 })
  })
})
