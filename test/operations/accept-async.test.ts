import { spawn } from 'node:child_process'
import { connect as connectNode } from 'node:net'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errno,
  fromfd,
  SHUT_RDWR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  Socket,
  setdefaulttimeout,
  socket,
} from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { isPending, rejection, settles } from '../support/async.js'
import { hasPython } from '../support/python.js'
import { Closing, can, isNonblocking, listenTcp, temporaryFolder } from '../support/sockets.js'
import { ended, entryOf, message, startChild, startWorker } from '../support/worker.js'

afterEach(() => setdefaulttimeout(null))

describe('acceptAsync', () => {
  const families: [string, number, string, boolean][] = [
    ['IPv4', AF_INET, '127.0.0.1', true],
    ['IPv6', AF_INET6, '::1', can.bindIPv6],
  ]
  for (const [name, family, host, possible] of families) {
    test.skipIf(!possible)(`gives the connection and its peer’s address [needs ${name}]`, async () => {
      using server = socket(family)
      server.bind([host, 0])
      server.listen()
      using client = socket(family)
      const waiting = server.acceptAsync()
      expect(await isPending(waiting)).toBe(true)
      client.connect(server.getsockname() as [string, number])
      const [conn, address] = await settles(waiting)
      expect(address).toEqual(client.getsockname())
      expect(conn).toBeInstanceOf(Socket)
      expect(conn).toMatchObject({ family, type: server.type, proto: server.proto, closed: false })
      expect(conn.getpeername()).toEqual(address)
      client.send('x')
      expect(String(await settles(conn.recvAsync(1)))).toBe('x')
      conn.close()
    })
  }

  const types = [undefined, ...(can.seqpacket ? [SOCK_SEQPACKET] : [])]
  test.each(types)('serves unix clients, named and not (type %s)', async (type) => {
    using folder = temporaryFolder()
    using server = type === undefined ? socket(AF_UNIX) : socket(AF_UNIX, type)
    server.bind(folder.path('s'))
    server.listen()
    for (const path of [undefined, folder.path('c')]) {
      using client = socket(AF_UNIX, server.type)
      if (path !== undefined) client.bind(path)
      const waiting = server.acceptAsync()
      client.connect(folder.path('s'))
      const [conn, address] = await settles(waiting)
      conn.close()
      expect(address).toBe(path ?? '')
    }
  })

  test('gives connections in the order they came, to calls in the order they were made', async () => {
    using closing = new Closing()
    const server = closing.add(listenTcp())
    server.listen(64)
    const order: number[] = []
    const accept = async (index: number): Promise<number> => {
      const [conn, [, port]] = await server.acceptAsync()
      order.push(index)
      conn.close()
      return port
    }
    const waiting = Array.from({ length: 50 }, (_, index) => accept(index))
    const ports: number[] = []
    for (let i = 0; i < 50; i++) {
      const client = closing.add(socket())
      client.connect(server.getsockname())
      ports.push(client.getsockname()[1])
      if (i % 7 === 0) await isPending(waiting[49] as Promise<number>)
    }
    expect(await settles(Promise.all(waiting))).toEqual(ports)
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })

  test('takes what came before anybody asked', async () => {
    using closing = new Closing()
    const server = closing.add(listenTcp())
    const clients = Array.from({ length: 5 }, () => closing.add(socket()))
    for (const client of clients) client.connect(server.getsockname())
    for (const client of clients) {
      const [conn, address] = await settles(server.acceptAsync())
      conn.close()
      expect(address).toEqual(client.getsockname())
    }
    expect(await isPending(server.acceptAsync().catch(() => {}))).toBe(true)
  })

  test('a client that went away before it was accepted is still a connection, and nobody is stuck', async () => {
    using server = listenTcp()
    const waiting = server.acceptAsync()
    expect(await isPending(waiting)).toBe(true)
    for (let i = 0; i < 2; i++) {
      using client = socket()
      client.connect(server.getsockname())
    }
    for (const promise of [waiting, server.acceptAsync()]) {
      using conn = (await settles(promise))[0]
      expect(await settles(conn.recvAsync(1))).toHaveLength(0)
    }
    expect(await isPending(server.acceptAsync().catch(() => {}))).toBe(true)
  })

  test.each([null, 0.5, 0])('the new socket has the default timeout %s, whatever its listener has', async (timeout) => {
    using server = listenTcp()
    server.settimeout(5)
    using client = socket()
    client.connect(server.getsockname())
    setdefaulttimeout(timeout)
    using conn = (await settles(server.acceptAsync()))[0]
    expect(conn.gettimeout()).toBe(timeout)
    expect(isNonblocking(conn.fileno())).toBe(timeout !== null)
  })

  test('on what does not listen it fails at once', async () => {
    using stream = socket()
    using datagram = socket(AF_INET, SOCK_DGRAM)
    for (let i = 0; i < 3; i++) {
      const error = await settles(rejection(stream.acceptAsync()), 1000)
      expect(error).toMatchObject({ code: 'EINVAL', errno: errno.EINVAL, syscall: 'accept' })
    }
    expect((await rejection(datagram.acceptAsync())).code).toBe('EOPNOTSUPP')
    stream.bind(['127.0.0.1', 0])
    stream.listen()
    const waiting = stream.acceptAsync()
    using client = socket()
    client.connect(stream.getsockname())
    using conn = (await settles(waiting))[0]
    // A connection is no listener either, though something comes in.
    client.send('x')
    expect((await rejection(conn.acceptAsync())).code).toBe('EINVAL')
    expect(String(await settles(conn.recvAsync(1)))).toBe('x')
  })

  test('listen() on a duplicate is known to the kernel alone, and enough', async () => {
    using server = socket()
    server.bind(['127.0.0.1', 0])
    using copy = server.dup()
    copy.listen()
    const waiting = server.acceptAsync()
    expect(await isPending(waiting)).toBe(true)
    using client = socket()
    client.connect(server.getsockname())
    ;(await settles(waiting))[0].close()
  })

  test.skipIf(!can.linux)('a listener that is shut down ends those that wait with EINVAL [Linux]', async () => {
    using server = listenTcp()
    const waiting = server.acceptAsync()
    expect(await isPending(waiting)).toBe(true)
    server.shutdown(SHUT_RDWR)
    expect((await settles(rejection(waiting))).code).toBe('EINVAL')
  })

  test('several threads accept on one listener: each connection goes to one, and none is stuck', async () => {
    using server = listenTcp()
    const code = `
      const server = berkeley.fromfd(workerData)
      server.listen(16)
      parentPort.postMessage('ready')
      for (;;) {
        const [conn] = await server.acceptAsync()
        await conn.sendallAsync('x')
        conn.close()
      }`
    const workers = [0, 1, 2].map(() => startWorker(code, server.fileno()))
    await Promise.all(workers.map((worker) => message(worker)))
    for (let i = 0; i < 100; i++) {
      using client = socket()
      await settles(client.connectAsync(server.getsockname()))
      expect(String(await settles(client.recvAsync(10)))).toBe('x')
      expect(await settles(client.recvAsync(10))).toHaveLength(0)
    }
    await Promise.all(workers.map((worker) => worker.terminate()))
  })

  test('a duplicate of the listener accepts beside it', async () => {
    using server = listenTcp()
    using copy = fromfd<typeof AF_INET>(server.fileno())
    const waiting = [server.acceptAsync(), copy.acceptAsync()]
    for (let i = 0; i < 2; i++) {
      using client = socket()
      client.connect(server.getsockname())
    }
    for (const [conn] of await settles(Promise.all(waiting))) conn.close()
  })
})

describe('clients', () => {
  test('of node:net', async () => {
    using server = listenTcp()
    const client = connectNode(server.getsockname()[1], '127.0.0.1')
    client.end('from node')
    using conn = (await settles(server.acceptAsync()))[0]
    expect(String(await settles(conn.recvAsync(100)))).toBe('from node')
    await conn.sendallAsync('to node')
    conn.close()
    let received = ''
    for await (const chunk of client) received += String(chunk)
    expect(received).toBe('to node')
  })

  test.skipIf(!hasPython)('of CPython [needs python3]', async () => {
    using server = listenTcp()
    const code = `
import socket, sys
for i in range(20):
    with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as conn:
        data = bytes([i]) * 5000 * i
        conn.sendall(data)
        conn.shutdown(socket.SHUT_WR)
        back = b''
        while part := conn.recv(65536): back += part
        assert back == data, i`
    const child = spawn('python3', ['-c', code, String(server.getsockname()[1])], { stdio: 'inherit' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    for (let i = 0; i < 20; i++) {
      using conn = (await settles(server.acceptAsync()))[0]
      for (let data = await conn.recvAsync(3000); data.length > 0; data = await conn.recvAsync(3000)) {
        await conn.sendallAsync(data)
      }
    }
    expect(await settles(ended)).toBe(0)
  })
})

test('of two processes that share a blocking listener neither hangs in accept(2)', async () => {
  const child = startChild(
    `
    import { spawn } from 'node:child_process'
    const listener = berkeley.createServer(['127.0.0.1', 0])
    const serve = "for await (const [conn] of berkeley.Socket.adopt(3)) { conn.sendall('x'); conn.close() }"
    const code = "import * as berkeley from '" + process.argv[1] + "'; " + serve
    const other = spawn(process.execPath, ['--input-type=module', '-e', code],
      { stdio: ['ignore', 'inherit', 'inherit', listener.fileno()] })
    console.log(other.pid)
    process.on('exit', () => other.kill('SIGKILL'))
    const accept = async () => { for await (const [conn] of listener) { conn.sendall('x'); conn.close() } }
    accept()
    for (let i = 0; i < 10000; i++) {
      const conn = await berkeley.createConnectionAsync(listener.getsockname())
      await conn.recvAsync(1)
      conn.close()
    }
    console.log('all served')
    process.exit()`,
    entryOf('index'),
  )
  let other = ''
  child.stdout?.once('data', (text) => {
    other = String(text)
  })
  const watchdog = setTimeout(() => {
    child.kill('SIGKILL')
    process.kill(Number.parseInt(other, 10), 'SIGKILL')
  }, 60_000)
  const { stdout, ...rest } = await ended(child)
  clearTimeout(watchdog)
  expect(rest).toMatchObject({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^\d+\nall served\n$/)
}, 70_000)
