import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  errno,
  GaiError,
  hasDualstackIPv6,
  hasIPv6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  listenFds,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
  setdefaulttimeout,
  socket,
} from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { regularFile } from './support/descriptors.js'
import { can, closedPort, FULL_BACKLOG, listenTcp, temporaryFolder, thrown } from './support/sockets.js'
import { ended, startChild } from './support/worker.js'

afterEach(() => setdefaulttimeout(null))

describe('createServer', () => {
  test('listens with SO_REUSEADDR', () => {
    using server = createServer(['127.0.0.1', 0])
    expect(server.getsockopt(SOL_SOCKET, SO_REUSEADDR)).not.toBe(0)
    using client = createConnection(server.getsockname())
    const [conn, address] = server.accept()
    conn.close()
    expect(address).toEqual(client.getsockname())
  })

  test('can have its port again while an old connection lingers', () => {
    const first = createServer(['127.0.0.1', 0])
    const address = first.getsockname()
    const client = createConnection(address)
    const [conn] = first.accept()
    conn.close()
    client.recv(1)
    client.close()
    first.close()
    createServer(address).close()
  })

  test('shares a port with reusePort, and not without', () => {
    using first = createServer(['127.0.0.1', 0], { reusePort: true })
    expect(first.getsockopt(SOL_SOCKET, SO_REUSEPORT as number)).not.toBe(0)
    using second = createServer(first.getsockname(), { reusePort: true })
    expect(second.getsockname()).toEqual(first.getsockname())
    expect(thrown(() => createServer(first.getsockname()))).toMatchObject({
      code: 'EADDRINUSE',
      message: `bind EADDRINUSE 127.0.0.1:${first.getsockname()[1]}`,
    })
  })

  test.skipIf(!can.bindIPv6)('takes IPv4 too with dualstackIPv6, and only then [needs IPv6]', () => {
    expect(hasDualstackIPv6()).toBe(true)
    using both = createServer(['', 0], { family: AF_INET6, dualstackIPv6: true })
    expect(both.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).toBe(0)
    using client = createConnection(['127.0.0.1', both.getsockname()[1]])
    const [conn, address] = both.accept()
    conn.close()
    expect(address.slice(0, 2)).toEqual([`::ffff:127.0.0.1`, client.getsockname()[1]])
    using alone = createServer(['', 0], { family: AF_INET6 })
    expect(alone.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).toBe(1)
  })

  test('serves a unix path and unlinks nothing', () => {
    using folder = temporaryFolder()
    const server = createServer(folder.path('s'), { family: AF_UNIX, backlog: 3 })
    expect(server.getsockname()).toBe(folder.path('s'))
    expect(thrown(() => createServer(folder.path('s'), { family: AF_UNIX })).code).toBe('EADDRINUSE')
    server.close()
    expect(existsSync(folder.path('s'))).toBe(true)
  })

  test.each([
    [{ dualstackIPv6: true }, 'ERR_INVALID_ARG_VALUE'],
    [{ backlog: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ backlog: 'many' }, 'ERR_INVALID_ARG_TYPE'],
    [{ reusePort: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ family: undefined }, 'ERR_INVALID_ARG_TYPE'],
    [{ family: '2' }, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [7, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the options %j', (options, code) => {
    expect(thrown(() => createServer(['127.0.0.1', 0], options as never)).code).toBe(code)
    expect(thrown(() => createServer(['name.invalid', 0], options as never)).code).toBe(code)
  })

  test('takes the default where another option is undefined', () => {
    const options = { backlog: undefined, reusePort: undefined, dualstackIPv6: undefined }
    createServer(['127.0.0.1', 0], options as never).close()
  })

  test('closes its socket where a step fails', () => {
    const probe = socket()
    const fd = probe.fileno()
    probe.close()
    for (let i = 0; i < 20; i++) thrown(() => createServer(['192.0.2.1', 0]))
    using after = socket()
    expect(after.fileno()).toBe(fd)
  })
})

describe('createConnection', () => {
  test('connects by name, tries every address and keeps the timeout', () => {
    using server = listenTcp()
    using client = createConnection(['localhost', server.getsockname()[1]], { timeout: 7.5 })
    expect(client.gettimeout()).toBe(7.5)
    expect(client.getpeername()).toEqual(server.getsockname())
  })

  test('takes the default timeout where none is given, and null for none', () => {
    using server = listenTcp()
    setdefaulttimeout(3)
    using plain = createConnection(server.getsockname())
    using blocking = createConnection(server.getsockname(), { timeout: null })
    expect([plain.gettimeout(), blocking.gettimeout()]).toEqual([3, null])
  })

  test.skipIf(!can.bindSecondLoopback)('binds to the source address [needs 127.0.0.2]', () => {
    using server = listenTcp()
    using client = createConnection(server.getsockname(), { sourceAddress: ['127.0.0.2', 0] })
    expect(client.getsockname()[0]).toBe('127.0.0.2')
  })

  test('throws the last error, or with allErrors all of them', () => {
    const address: [string, number] = ['127.0.0.1', closedPort()]
    expect(thrown(() => createConnection(address))).toMatchObject({ code: 'ECONNREFUSED', address })
    const all = thrown(() => createConnection(address, { allErrors: true })) as AggregateError
    expect(all).toBeInstanceOf(AggregateError)
    expect(all.errors).toMatchObject([{ code: 'ECONNREFUSED', errno: errno.ECONNREFUSED }])
  })

  test.each([
    [['127.0.0.1'], 'ERR_INVALID_ARG_TYPE'],
    ['127.0.0.1', 'ERR_INVALID_ARG_TYPE'],
    [[42, 80], 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the address %j', (address, code) => {
    expect(thrown(() => createConnection(address as never)).code).toBe(code)
  })

  test.each([
    [{ timeout: -1 }, 'timeout', 'ERR_OUT_OF_RANGE'],
    [{ timeout: 'soon' }, 'timeout', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: 'here' }, 'sourceAddress', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: null }, 'sourceAddress', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: ['127.0.0.1'] }, 'sourceAddress', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: [null, 0] }, 'sourceAddress[0]', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: ['127.0.0.1', '0'] }, 'sourceAddress[1]', 'ERR_INVALID_ARG_TYPE'],
    [{ sourceAddress: ['127.0.0.1', 0.5] }, 'sourceAddress[1]', 'ERR_OUT_OF_RANGE'],
    [{ sourceAddress: ['127.0.0.1', 65536] }, 'sourceAddress[1]', 'ERR_OUT_OF_RANGE'],
    [{ allErrors: 'no' }, 'allErrors', 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the options %j before it looks the name up', (options, name, code) => {
    const error = thrown(() => createConnection(['name.invalid', 80], options as never))
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"options.${name}"`)
  })

  test('reads every option once', () => {
    using server = listenTcp()
    const reads: string[] = []
    const given = { timeout: 5, sourceAddress: ['127.0.0.1', 0], allErrors: true }
    const options = new Proxy(given, {
      get(target, name) {
        reads.push(String(name))
        return Reflect.get(target, name)
      },
    })
    createConnection(server.getsockname(), options as never).close()
    expect(reads.sort()).toEqual(['allErrors', 'sourceAddress', 'timeout'])
  })

  test('ends with a Ctrl-C, and goes on to no other address', async () => {
    const child = startChild(`
      import { readdirSync } from 'node:fs'
      process.on('SIGINT', () => {})
      const count = () => readdirSync('/dev/fd').length
      const server = berkeley.createServer(['127.0.0.1', 0], { backlog: ${FULL_BACKLOG} })
      const waiting = []
      // A full queue: the kernel drops what comes, and connecting waits.
      for (let i = 0; i < 3; i++) {
        const sock = berkeley.socket()
        sock.setblocking(false)
        sock.connect_ex(server.getsockname())
        waiting.push(sock)
      }
      setTimeout(() => {}, 1e9).unref()
      console.log('calling')
      const before = count()
      try {
        berkeley.createConnection(server.getsockname(), { allErrors: true })
      } catch (error) {
        console.log(JSON.stringify([error.name, error.code, count() - before]))
      }
      process.exit()`)
    let stdout = ''
    child.stdout?.on('data', (text: Buffer) => {
      stdout += String(text)
      if (stdout === 'calling\n') setTimeout(() => child.kill('SIGINT'), 300)
    })
    expect(await ended(child)).toMatchObject({ code: 0, stderr: '' })
    expect(stdout).toBe('calling\n["SocketError","EINTR",0]\n')
  })

  test('a name that is nobody’s is a GaiError', () => {
    expect(thrown(() => createConnection(['name.invalid', 80]))).toBeInstanceOf(GaiError)
  })
})

describe('listenFds', () => {
  const serve = `
    import { listenFds } from 'berkeley'
    const passed = listenFds()
    console.log(JSON.stringify([
      passed.map((sock) => [sock.fileno(), sock.family, sock.getInheritable()]),
      listenFds().length,
      Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')),
    ]))
    for (const sock of passed) { const [conn] = sock.accept(); conn.sendall('served'); conn.close(); sock.close() }`

  test('gives the sockets that were passed, once', async () => {
    using first = listenTcp()
    using second = listenTcp()
    using clients = {
      one: createConnection(first.getsockname()),
      two: createConnection(second.getsockname()),
      [Symbol.dispose]() {},
    }
    // A shell knows its own process id before it becomes Node, as systemd does.
    const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" --input-type=module -e "$1"', process.execPath, serve], {
      env: { ...process.env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' },
      stdio: ['ignore', 'pipe', 'pipe', first.fileno(), second.fileno()],
    })
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([
      [
        [3, AF_INET, false],
        [4, AF_INET, false],
      ],
      0,
      [],
    ])
    for (const client of [clients.one, clients.two]) {
      expect(client.recv(10).toString()).toBe('served')
      client.close()
    }
  })

  test('takes none where one is not a socket, and says which', async () => {
    using first = listenTcp()
    using file = regularFile()
    const code = `
      import { fstatSync } from 'node:fs'
      import { listenFds } from 'berkeley'
      const attempt = () => { try { return listenFds() } catch (error) { return error.code + ' ' + error.message } }
      console.log(JSON.stringify([attempt(), attempt(), fstatSync(3).isSocket()]))`
    const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" --input-type=module -e "$1"', process.execPath, code], {
      env: { ...process.env, LISTEN_FDS: '2' },
      stdio: ['ignore', 'pipe', 'pipe', first.fileno(), file.fd],
    })
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    const said = 'ENOTSOCK getsockopt ENOTSOCK descriptor 4 of LISTEN_FDS'
    expect(JSON.parse(stdout)).toEqual([said, said, true])
  })

  test('gives none to a process that they were not meant for', () => {
    process.env.LISTEN_PID = String(process.pid + 1)
    process.env.LISTEN_FDS = '1'
    expect(listenFds()).toEqual([])
    process.env.LISTEN_PID = String(process.pid)
    process.env.LISTEN_FDS = 'many'
    expect(thrown(() => listenFds()).code).toBe('ERR_INVALID_ARG_VALUE')
    delete process.env.LISTEN_PID
    delete process.env.LISTEN_FDS
    expect(listenFds()).toEqual([])
  })
})

test('hasIPv6 says what the platform knows', () => {
  expect(hasIPv6).toBe(true)
})
