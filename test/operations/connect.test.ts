import { createServer as createNodeServer } from 'node:net'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errno,
  GaiError,
  SO_ERROR,
  SOCK_DGRAM,
  SOL_SOCKET,
  SocketTimeoutError,
  socket,
} from 'berkeley'
import { select } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { can, closedPort, FULL_BACKLOG, isNonblocking, listenTcp, temporaryFolder, thrown } from '../support/sockets.js'
import { message, startWorker } from '../support/worker.js'

/** Waits until a non-blocking connect has ended, by asking the kernel again. */
async function settled(sock: { connect_ex(address: readonly [string, number]): number }, address: [string, number]) {
  for (;;) {
    const result = sock.connect_ex(address)
    if (result !== errno.EALREADY && result !== errno.EINPROGRESS) return result
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('connect', () => {
  test.each([null, 5])('reaches a listener with the timeout %s and leaves O_NONBLOCK as it was', (timeout) => {
    using server = listenTcp()
    using client = socket()
    client.settimeout(timeout)
    client.connect(server.getsockname())
    expect(client.getpeername()).toEqual(server.getsockname())
    expect(isNonblocking(client.fileno())).toBe(timeout !== null)
    expect(client.connect_ex(server.getsockname())).toBe(timeout === null || !can.linux ? errno.EISCONN : 0)
    expect(client.connect_ex(server.getsockname())).toBe(errno.EISCONN)
  })

  test('resolves a name', () => {
    using server = listenTcp()
    using client = socket()
    client.connect(['localhost', server.getsockname()[1]])
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('reaches a server of node:net', async () => {
    const server = createNodeServer((conn) => conn.end('from node'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const worker = startWorker(
      `const client = berkeley.socket()
       client.connect(['127.0.0.1', workerData])
       parentPort.postMessage(client.recv(100, berkeley.MSG_WAITALL).toString())`,
      port,
    )
    expect(await message(worker)).toBe('from node')
    await worker.terminate()
    server.close()
  })

  test('a closed port is ECONNREFUSED, worded as Node words it', () => {
    const port = closedPort()
    using client = socket()
    const error = thrown(() => client.connect(['127.0.0.1', port]))
    expect(error.message).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`)
    expect(error).toMatchObject({
      name: 'SocketError',
      code: 'ECONNREFUSED',
      errno: errno.ECONNREFUSED,
      syscall: 'connect',
      address: ['127.0.0.1', port],
    })
  })

  test.skipIf(!can.linux)('a blocking socket can try again after a refusal [needs Linux]', () => {
    using client = socket()
    const address: [string, number] = ['127.0.0.1', closedPort()]
    expect(client.connect_ex(address)).toBe(errno.ECONNREFUSED)
    expect(client.connect_ex(address)).toBe(errno.ECONNREFUSED)
    using server = listenTcp()
    expect(client.connect_ex(server.getsockname())).toBe(0)
  })

  test('runs into its timeout where the backlog is full; connect_ex answers EAGAIN', () => {
    using server = socket()
    server.bind(['127.0.0.1', 0])
    server.listen(FULL_BACKLOG)
    const clients = Array.from({ length: 4 }, () => socket())
    for (const client of clients) client.setblocking(false)
    for (const client of clients) client.connect_ex(server.getsockname())
    using late = socket()
    late.settimeout(0.05)
    expect(thrown(() => late.connect(server.getsockname()))).toBeInstanceOf(SocketTimeoutError)
    using later = socket()
    later.settimeout(0.05)
    expect(later.connect_ex(server.getsockname())).toBe(errno.EAGAIN)
    for (const client of clients) client.close()
  })

  test.skipIf(!can.bindIPv6)('reaches ::1 [needs IPv6]', () => {
    using server = socket(AF_INET6)
    server.bind(['::1', 0])
    server.listen()
    using client = socket(AF_INET6)
    client.connect(server.getsockname())
    expect(client.getpeername()).toEqual(['::1', server.getsockname()[1], 0, 0])
    const [conn, address] = server.accept()
    conn.close()
    expect(address).toEqual(client.getsockname())
  })
})

describe('without waiting', () => {
  test('connect_ex answers EINPROGRESS, then what the kernel says', async () => {
    using server = listenTcp()
    using client = socket()
    client.setblocking(false)
    expect([0, errno.EINPROGRESS]).toContain(client.connect_ex(server.getsockname()))
    expect([0, errno.EISCONN]).toContain(await settled(client, server.getsockname()))
    expect(client.connect_ex(server.getsockname())).toBe(errno.EISCONN)
  })

  test('the refusal is there for the second connect, and for SO_ERROR, once', async () => {
    const address: [string, number] = ['127.0.0.1', closedPort()]
    using asked = socket()
    asked.setblocking(false)
    expect(asked.connect_ex(address)).toBe(errno.EINPROGRESS)
    expect(await settled(asked, address)).toBe(errno.ECONNREFUSED)
    using looked = socket()
    looked.setblocking(false)
    expect(thrown(() => looked.connect(address)).code).toBe('EINPROGRESS')
    expect(select([], [looked], [], 10)[1]).toEqual([looked])
    expect(looked.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(errno.ECONNREFUSED)
    expect(looked.getsockopt(SOL_SOCKET, SO_ERROR)).toBe(0)
  })
})

describe('unix', () => {
  const full = 'a full queue: EAGAIN without waiting and with a timeout; a blocking connect waits for room'
  test.skipIf(!can.unixClientsWait)(`${full} [needs a queue that can be waited for]`, async () => {
    using folder = temporaryFolder()
    using server = socket(AF_UNIX)
    server.bind(folder.path('s'))
    server.listen(0)
    const clients = Array.from({ length: 8 }, () => socket(AF_UNIX))
    for (const client of clients) client.setblocking(false)
    expect(clients.map((client) => client.connect_ex(folder.path('s')))).toContain(errno.EAGAIN)
    using timed = socket(AF_UNIX)
    timed.settimeout(5)
    expect(timed.connect_ex(folder.path('s'))).toBe(errno.EAGAIN)
    const worker = startWorker(
      `const client = berkeley.socket(berkeley.AF_UNIX)
       parentPort.postMessage('connecting')
       parentPort.postMessage(client.connect_ex(workerData))`,
      folder.path('s'),
    )
    expect(await message(worker)).toBe('connecting')
    const connected = message(worker)
    server.setblocking(true)
    server.accept()[0].close()
    server.accept()[0].close()
    expect(await connected).toBe(0)
    await worker.terminate()
    for (const client of clients) client.close()
  })

  const kept = 'a timeout is kept though a duplicate has switched O_NONBLOCK off'
  test.skipIf(!can.unixClientsWait)(`${kept} [needs a queue that can be waited for]`, () => {
    using folder = temporaryFolder()
    using server = socket(AF_UNIX)
    server.bind(folder.path('s'))
    server.listen(0)
    using first = socket(AF_UNIX)
    first.connect(folder.path('s'))
    using client = socket(AF_UNIX)
    using copy = client.dup()
    client.settimeout(5)
    copy.setblocking(true)
    expect(client.connect_ex(folder.path('s'))).toBe(errno.EAGAIN)
  })

  test('a path that is not there is ENOENT, with the path in the error', () => {
    using client = socket(AF_UNIX)
    expect(thrown(() => client.connect('/nowhere/at/all')).message).toBe('connect ENOENT /nowhere/at/all')
  })
})

describe('arguments', () => {
  test.each([
    [AF_INET, '127.0.0.1', 'ERR_INVALID_ARG_TYPE'],
    [AF_INET, ['127.0.0.1'], 'ERR_INVALID_ARG_TYPE'],
    [AF_INET, ['127.0.0.1', 1, 2], 'ERR_INVALID_ARG_TYPE'],
    [AF_INET, ['127.0.0.1', '80'], 'ERR_INVALID_ARG_TYPE'],
    [AF_INET, [null, 80], 'ERR_INVALID_ARG_TYPE'],
    [AF_INET, ['127.0.0.1', 65536], 'ERR_OUT_OF_RANGE'],
    [AF_INET, ['127.0.0.1', -1], 'ERR_OUT_OF_RANGE'],
    [AF_INET, ['127.0.0.1', 80.5], 'ERR_OUT_OF_RANGE'],
    [AF_INET, ['local\0host', 80], 'ERR_INVALID_ARG_VALUE'],
    [AF_INET, undefined, 'ERR_INVALID_ARG_TYPE'],
    [AF_INET6, ['::1', 80, 1 << 20], 'ERR_OUT_OF_RANGE'],
    [AF_INET6, ['::1', 80, 0, -1], 'ERR_OUT_OF_RANGE'],
    [AF_INET6, ['::1', 80, 0, 0, 0], 'ERR_INVALID_ARG_TYPE'],
    [AF_INET6, ['<broadcast>', 80], 'EAFNOSUPPORT'],
    [AF_UNIX, ['127.0.0.1', 80], 'ERR_INVALID_ARG_TYPE'],
    [AF_UNIX, 'a\0b', 'ERR_INVALID_ARG_VALUE'],
    [AF_UNIX, `/${'x'.repeat(200)}`, 'ENAMETOOLONG'],
    [AF_UNIX, `/${'x'.repeat(5000)}`, 'ENAMETOOLONG'],
  ])('family %i refuses %j with %s', (family, address, code) => {
    using client = socket(family as number, SOCK_DGRAM)
    for (const call of [
      () => client.connect(address as never),
      () => client.connect_ex(address as never),
      () => client.bind(address as never),
      () => client.sendto('x', address as never),
    ]) {
      expect(thrown(call).code).toBe(code)
    }
  })

  test('types are checked before names are resolved, and names before ranges', () => {
    using client = socket()
    expect(thrown(() => client.connect(['name.invalid', '80' as never])).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => client.connect(['name.invalid', 99_999]))).toBeInstanceOf(GaiError)
    client.close()
    expect(thrown(() => client.connect(['127.0.0.1', 99_999])).code).toBe('ERR_OUT_OF_RANGE')
    expect(client.connect_ex(['127.0.0.1', 9])).toBe(errno.EBADF)
  })
})
