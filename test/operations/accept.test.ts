import { connect as connectNode } from 'node:net'
import { AF_INET, AF_UNIX, errno, fromfd, SOCK_DGRAM, SocketTimeoutError, setdefaulttimeout, socket } from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { isNonblocking, listenTcp, temporaryFolder, thrown } from '../support/sockets.js'
import { message, startWorker } from '../support/worker.js'

afterEach(() => setdefaulttimeout(null))

describe('accept', () => {
  test('gives the connection and the address of its peer', () => {
    using server = listenTcp()
    using client = socket()
    client.connect(server.getsockname())
    const [conn, address] = server.accept()
    expect(address).toEqual(client.getsockname())
    expect(conn.getpeername()).toEqual(address)
    expect(conn).toMatchObject({ family: server.family, type: server.type, proto: server.proto })
    client.send('x')
    expect(conn.recv(1).toString()).toBe('x')
    conn.close()
  })

  test('has its listener’s proto', () => {
    using server = socket(AF_INET, 1, 6)
    server.bind(['127.0.0.1', 0])
    server.listen()
    using client = socket()
    client.connect(server.getsockname())
    using conn = server.accept()[0]
    expect(conn.proto).toBe(6)
  })

  test('waits for a client of node:net', async () => {
    const worker = startWorker(`
      const server = berkeley.createServer(['127.0.0.1', 0])
      parentPort.postMessage(server.getsockname()[1])
      const [conn] = server.accept()
      parentPort.postMessage(conn.recv(100).toString())`)
    const port = await message<number>(worker)
    const received = message(worker)
    connectNode(port, '127.0.0.1').end('from node')
    expect(await received).toBe('from node')
    await worker.terminate()
  })

  test('without waiting it is EAGAIN; with a timeout, SocketTimeoutError', () => {
    using server = listenTcp()
    server.setblocking(false)
    expect(thrown(() => server.accept())).toMatchObject({ code: 'EAGAIN', syscall: 'accept' })
    server.settimeout(0.02)
    expect(thrown(() => server.accept())).toBeInstanceOf(SocketTimeoutError)
  })

  test.each([null, 0.5, 0])('the new socket has the default timeout, whatever its listener has: %s', (timeout) => {
    using server = listenTcp()
    server.settimeout(5)
    using client = socket()
    client.connect(server.getsockname())
    setdefaulttimeout(timeout)
    using conn = server.accept()[0]
    expect(conn.gettimeout()).toBe(timeout)
    expect(isNonblocking(conn.fileno())).toBe(timeout !== null)
  })

  test('leaves the listener blocking', () => {
    using server = listenTcp()
    using client = socket()
    client.connect(server.getsockname())
    server.accept()[0].close()
    expect(isNonblocking(server.fileno())).toBe(false)
  })

  test('on what does not listen it fails at once', () => {
    using stream = socket()
    using datagram = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => stream.accept())).toMatchObject({ code: 'EINVAL', errno: errno.EINVAL })
    expect(thrown(() => datagram.accept()).code).toBe('EOPNOTSUPP')
    stream.close()
    expect(thrown(() => stream.accept()).code).toBe('EBADF')
  })

  test('an unnamed unix client has the address ""', () => {
    using folder = temporaryFolder()
    using server = socket(AF_UNIX)
    server.bind(folder.path('s'))
    server.listen()
    using client = socket(AF_UNIX)
    client.connect(folder.path('s'))
    const [conn, address] = server.accept()
    conn.close()
    expect(address).toBe('')
  })

  test('several workers accept on one descriptor, and none is stuck when another wins', async () => {
    using server = listenTcp()
    const code = `
      const server = berkeley.fromfd(workerData)
      server.listen(16)
      parentPort.postMessage('ready')
      for (;;) {
        const [conn] = server.accept()
        conn.send('x')
        conn.close()
        parentPort.postMessage('accepted')
      }`
    const workers = [0, 1, 2].map(() => startWorker(code, server.fileno()))
    await Promise.all(workers.map((worker) => message(worker)))
    for (let i = 0; i < 60; i++) {
      using client = socket()
      client.settimeout(10)
      client.connect(server.getsockname())
      expect(client.recv(1).toString()).toBe('x')
    }
    await Promise.all(workers.map((worker) => worker.terminate()))
  })

  test('a timeout is kept though a duplicate has switched O_NONBLOCK off', () => {
    using server = listenTcp()
    using copy = server.dup()
    copy.settimeout(0.05)
    server.settimeout(null)
    expect(thrown(() => copy.accept())).toBeInstanceOf(SocketTimeoutError)
    copy.setblocking(false)
    server.setblocking(true)
    expect(thrown(() => copy.accept()).code).toBe('EAGAIN')
  })

  test('workers that accept on duplicates of one listener can all be ended, whoever won', async () => {
    using server = listenTcp()
    const code = `
      const server = berkeley.fromfd(workerData)
      parentPort.postMessage('ready')
      for (;;) server.accept()[0].close()`
    const workers = [0, 1, 2, 3, 4].map(() => startWorker(code, server.fileno()))
    await Promise.all(workers.map((worker) => message(worker)))
    for (let i = 0; i < 2000; i++) {
      using client = socket()
      client.settimeout(10)
      client.connect(server.getsockname())
      expect(client.recv(1)).toHaveLength(0)
    }
    await Promise.all(workers.map((worker) => worker.terminate()))
  })

  test('an adopted listener is known to listen', () => {
    using server = listenTcp()
    using copy = fromfd<typeof AF_INET>(server.fileno())
    using client = socket()
    client.connect(server.getsockname())
    const [conn, address] = copy.accept()
    conn.close()
    expect(address).toEqual(client.getsockname())
  })
})
