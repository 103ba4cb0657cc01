/** What options take, what they refuse, and what they do. */
import { readFileSync } from 'node:fs'
import {
  AF_INET,
  AF_UNIX,
  createConnection,
  errno,
  IPPROTO_TCP,
  IPPROTO_UDP,
  ifNametoindex,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  type SocketOptionsIn,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, closedPort, listenTcp, pair, tcpPair, thrown, udp } from '../support/sockets.js'

const isRoot = process.getuid?.() === 0
const hasLo = (() => {
  try {
    return ifNametoindex('lo') > 0
  } catch {
    return false
  }
})()

describe('options that are only read', () => {
  test('type and accepting', () => {
    using listener = listenTcp()
    using datagrams = udp()
    expect(listener.getOption('type')).toBe(SOCK_STREAM)
    expect(datagrams.getOption('type')).toBe(SOCK_DGRAM)
    expect(listener.getOption('accepting')).toBe(true)
    using plain = socket()
    expect(plain.getOption('accepting')).toBe(false)
  })

  test.skipIf(!can.linux)('domain, protocol and cookie [needs Linux]', () => {
    using datagrams = udp()
    using local = socket(AF_UNIX)
    expect(datagrams.getOption('domain')).toBe(AF_INET)
    expect(local.getOption('domain')).toBe(AF_UNIX)
    expect(datagrams.getOption('protocol')).toBe(IPPROTO_UDP)
    using stream = socket()
    expect(stream.getOption('protocol')).toBe(IPPROTO_TCP)
    const cookie = stream.getOption('cookie')
    expect(cookie).toBeTypeOf('bigint')
    using copy = stream.dup()
    expect(copy.getOption('cookie')).toBe(cookie)
    expect(datagrams.getOption('cookie')).not.toBe(cookie)
  })

  test('error is told once', async () => {
    using sock = socket()
    sock.setblocking(false)
    expect(sock.getOption('error')).toBe(0)
    expect(sock.connect_ex(['127.0.0.1', closedPort()])).toBeGreaterThan(0)
    // The refusal of loopback is there at once.
    const first = sock.getOption('error')
    expect([0, errno.ECONNREFUSED]).toContain(first)
    expect(sock.getOption('error')).toBe(0)
  })

  test.skipIf(!can.linux)('mtu, of what is connected [needs Linux]', () => {
    using sock = udp()
    expect(thrown(() => sock.getOption('mtu')).code).toBe('ENOTCONN')
    sock.connect(sock.getsockname())
    // That of lo, as far as an IPv4 packet can use it.
    const lo = Number(readFileSync('/sys/class/net/lo/mtu', 'utf8'))
    expect(sock.getOption('mtu')).toBe(Math.min(lo, 65_535))
  })

  test('cannot be set', () => {
    using sock = socket()
    for (const name of ['error', 'type', 'accepting', 'tcpInfo', 'cookie']) {
      expect(thrown(() => sock.setOption(name as 'linger', 1))).toMatchObject({
        code: 'ERR_INVALID_ARG_VALUE',
        message: `The argument "name" must be an option that can be set. Received '${name}'`,
      })
    }
  })
})

describe.skipIf(!can.linux)('options that are only set [needs Linux]', () => {
  test.skipIf(!isRoot)('force buffers past the limit [needs root]', () => {
    using sock = socket()
    for (const name of ['receiveBufferSize', 'sendBufferSize'] as const) {
      sock.setOption(name, 0x3fffffff)
      const most = sock.getOption(name)
      sock.setOption(`${name}Force`, most)
      expect(sock.getOption(name)).toBe(2 * most)
    }
  })

  test('cannot be read', () => {
    using sock = socket()
    expect(thrown(() => sock.getOption('sendBufferSizeForce' as 'linger'))).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: `The argument "name" must be an option that can be read. Received 'sendBufferSizeForce'`,
    })
  })
})

describe('null', () => {
  const values: [keyof SocketOptionsIn & ('linger' | 'receiveTimeout' | 'sendTimeout'), number][] = [
    ['linger', 3],
    ['receiveTimeout', 2],
    ['sendTimeout', 2],
  ]
  test.each(values)('turns %s off', (name, value) => {
    using sock = socket()
    expect(sock.getOption(name)).toBe(null)
    sock.setOption(name, value)
    expect(sock.getOption(name)).toBe(value)
    sock.setOption(name, null)
    expect(sock.getOption(name)).toBe(null)
  })

  test.skipIf(!can.linux || !hasLo)('frees a socket from its interface [needs Linux, lo]', () => {
    using sock = udp()
    sock.setOption('bindToDevice', ifNametoindex('lo'))
    expect(sock.getOption('bindToDevice')).toBe('lo')
    sock.setOption('bindToDevice', null)
    expect(sock.getOption('bindToDevice')).toBe(null)
  })

  test.skipIf(!can.linux)('is what peekOffset and userTimeout begin with [needs Linux]', () => {
    using stream = socket()
    expect(stream.getOption('userTimeout')).toBe(null)
    using local = socket(AF_UNIX)
    expect(local.getOption('peekOffset')).toBe(null)
  })
})

describe('a wrong value is refused, by the name of the option', () => {
  const cases: [keyof SocketOptionsIn, unknown, string][] = [
    ['noDelay', 'yes', 'ERR_INVALID_ARG_TYPE'],
    ['noDelay', 2, 'ERR_INVALID_ARG_TYPE'],
    ['noDelay', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['ttl', 0, 'ERR_OUT_OF_RANGE'],
    ['ttl', 256, 'ERR_OUT_OF_RANGE'],
    ['ttl', 1.5, 'ERR_OUT_OF_RANGE'],
    ['ttl', '64', 'ERR_INVALID_ARG_TYPE'],
    ['receiveBufferSize', 2 ** 31, 'ERR_OUT_OF_RANGE'],
    ['linger', -1, 'ERR_OUT_OF_RANGE'],
    ['linger', 1.5, 'ERR_OUT_OF_RANGE'],
    ['linger', true, 'ERR_INVALID_ARG_TYPE'],
    ['receiveTimeout', 0, 'ERR_OUT_OF_RANGE'],
    ['receiveTimeout', -1, 'ERR_OUT_OF_RANGE'],
    ['receiveTimeout', Number.NaN, 'ERR_OUT_OF_RANGE'],
    ['receiveTimeout', Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
    ['receiveTimeout', '1', 'ERR_INVALID_ARG_TYPE'],
    ['sendTimeout', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['multicastInterface', true, 'ERR_INVALID_ARG_TYPE'],
    ['multicastInterface', '', 'ERR_INVALID_ARG_VALUE'],
    ['multicastInterface', 0, 'ERR_OUT_OF_RANGE'],
    ['multicastInterface', 'no-such-interface', 'ENODEV'],
    ['multicastInterface', 'no\0such', 'ERR_INVALID_ARG_VALUE'],
  ]
  const ofLinux: typeof cases = [
    ['userTimeout', 0, 'ERR_OUT_OF_RANGE'],
    ['userTimeout', 3_000_000, 'ERR_OUT_OF_RANGE'],
    ['mark', -1, 'ERR_OUT_OF_RANGE'],
    ['mark', 2 ** 32, 'ERR_OUT_OF_RANGE'],
    ['congestionControl', 3, 'ERR_INVALID_ARG_TYPE'],
    ['congestionControl', 'no-such-one', 'ENOENT'],
    ['congestionControl', 'cubic and a longer name', 'ERR_OUT_OF_RANGE'],
    ['congestionControl', 'cubic\0', 'ERR_INVALID_ARG_VALUE'],
    ['bindToDevice', '', 'ERR_INVALID_ARG_VALUE'],
    ['bindToDevice', 'lo\0', 'ERR_INVALID_ARG_VALUE'],
    ['bindToDevice', 'no-such-device', 'ENODEV'],
    ['bindToDevice', 'an-interface-with-a-long-name', 'ENODEV'],
    ['bindToDevice', 0x7fffffff, 'ENXIO'],
    ['bindToDevice', {}, 'ERR_INVALID_ARG_TYPE'],
    ['maxPacingRate', -1, 'ERR_OUT_OF_RANGE'],
    ['maxPacingRate', 1.5, 'ERR_OUT_OF_RANGE'],
    ['peekOffset', -1, 'ERR_OUT_OF_RANGE'],
    ['peekOffset', '1', 'ERR_INVALID_ARG_TYPE'],
    ['localPortRange', 5, 'ERR_INVALID_ARG_TYPE'],
    ['localPortRange', [1], 'ERR_INVALID_ARG_TYPE'],
    ['localPortRange', [1, 65_536], 'ERR_OUT_OF_RANGE'],
    ['localPortRange', [1, 'x'], 'ERR_INVALID_ARG_TYPE'],
  ]

  function expectRefused(name: keyof SocketOptionsIn, value: unknown, code: string): void {
    using sock = socket()
    const error = thrown(() => sock.setOption(name, value as never))
    expect(error.code).toBe(code)
    if (code.startsWith('ERR_')) expect(error.message).toContain(`"${name}"`)
  }
  test.each(cases)('%s = %o', expectRefused)
  test.skipIf(!can.linux).each(ofLinux)('%s = %o [needs Linux]', expectRefused)

  test('a closed socket is EBADF, a socket that has no such option the kernel’s errno', () => {
    using local = socket(AF_UNIX)
    expect(['EOPNOTSUPP', 'ENOPROTOOPT', 'EINVAL']).toContain(thrown(() => local.setOption('noDelay', true)).code)
    expect(thrown(() => local.getOption('noDelay')).message).toContain("'noDelay'")
    expect(thrown(() => local.setOption('bindToDevice', 'nope0')).message).toMatch(/ENODEV.*'bindToDevice'/)
    local.close()
    expect(thrown(() => local.setOption('linger', 1)).code).toBe('EBADF')
    expect(thrown(() => local.getOption('linger')).code).toBe('EBADF')
  })
})

describe('options do what they say', () => {
  test('receiveTimeout bounds a blocking receive, as SO_RCVTIMEO does', () => {
    using ends = pair()
    const [sock, peer] = ends
    sock.setOption('receiveTimeout', 0.05)
    expect(sock.getsockopt(SOL_SOCKET, SO_RCVTIMEO, 16).readBigInt64LE(8)).toBeGreaterThanOrEqual(50_000n)
    const begin = performance.now()
    expect(thrown(() => sock.recv(1))).toMatchObject({ name: 'SocketError', code: 'EAGAIN' })
    expect(performance.now() - begin).toBeGreaterThan(45)
    sock.setOption('receiveTimeout', null)
    peer.send('x')
    expect(sock.recv(1).toString()).toBe('x')
  })

  test('receiveLowWater makes a stream wait for more', () => {
    using ends = tcpPair()
    ends.client.setOption('receiveLowWater', 5)
    ends.server.sendall('1234')
    ends.client.settimeout(0.05)
    expect(thrown(() => ends.client.recv(10)).code).toBe('ETIMEDOUT')
    ends.server.sendall('5')
    ends.client.settimeout(5)
    expect(ends.client.recv(10).toString()).toBe('12345')
  })

  test('linger 0 resets the connection', () => {
    using ends = tcpPair()
    ends.server.setOption('linger', 0)
    ends.server.close()
    expect(thrown(() => ends.client.recv(1)).code).toBe('ECONNRESET')
  })

  test.skipIf(!can.linux)('localPortRange chooses ports [needs Linux]', () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setOption('localPortRange', [41_000, 41_500])
    sock.bind(['127.0.0.1', 0])
    const [, port] = sock.getsockname()
    expect(port).toBeGreaterThanOrEqual(41_000)
    expect(port).toBeLessThanOrEqual(41_500)
    sock.setOption('localPortRange', null)
    expect(sock.getOption('localPortRange')).toBe(null)
  })

  test.skipIf(!can.linux || !hasLo)('bindToDevice keeps a socket to its interface [needs Linux, lo]', () => {
    using receiver = udp()
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setOption('bindToDevice', 'lo')
    sock.sendto('over lo', receiver.getsockname())
    expect(receiver.recv(10).toString()).toBe('over lo')
  })

  test.skipIf(!can.linux)('fastOpenConnect sends the first data along [needs Linux]', () => {
    using listener = listenTcp()
    listener.setOption('fastOpen', 5)
    using client = socket()
    client.setOption('fastOpenConnect', true)
    client.connect(listener.getsockname())
    client.sendall('first')
    const [conn] = listener.accept()
    using server = conn
    expect(server.recv(10).toString()).toBe('first')
  })

  test.skipIf(!can.linux)('deferAccept waits for data [needs Linux]', () => {
    using listener = listenTcp()
    listener.setOption('deferAccept', 3)
    using client = createConnection(listener.getsockname())
    listener.settimeout(0.05)
    expect(thrown(() => listener.accept()).code).toBe('ETIMEDOUT')
    client.sendall('here')
    listener.settimeout(5)
    const [conn] = listener.accept()
    expect(conn.recv(10).toString()).toBe('here')
    conn.close()
  })
})
