import { existsSync } from 'node:fs'
import { AF_INET, AF_INET6, AF_UNIX, errno, SHUT_RDWR, SHUT_WR, SOCK_DGRAM, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, listenTcp, pair, temporaryFolder, thrown } from '../support/sockets.js'

describe('bind and getsockname', () => {
  test('takes a literal and a variable address', () => {
    using literal = socket()
    literal.bind(['127.0.0.1', 0])
    const address: [string, number] = ['127.0.0.1', 0]
    using variable = socket()
    variable.bind(address)
    for (const sock of [literal, variable]) {
      const [host, port] = sock.getsockname()
      expect(host).toBe('127.0.0.1')
      expect(port).toBeGreaterThan(0)
    }
  })

  test("'' is any address, '<broadcast>' the broadcast one", () => {
    using any = socket(AF_INET, SOCK_DGRAM)
    any.bind(['', 0])
    expect(any.getsockname()[0]).toBe('0.0.0.0')
    using sock = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => sock.sendto('x', ['<broadcast>', 9])).message).toBe('sendto EACCES <broadcast>:9')
  })

  test.skipIf(!can.bindIPv6)('IPv6 has flow information and scope id [needs IPv6]', () => {
    using short = socket(AF_INET6)
    short.bind(['::1', 0])
    expect(short.getsockname()).toEqual(['::1', expect.any(Number), 0, 0])
    using any = socket(AF_INET6, SOCK_DGRAM)
    any.bind(['', 0, 0, 0])
    expect(any.getsockname()[0]).toBe('::')
    any.connect(['::1', 9, 5, 0])
    expect(any.getpeername()).toEqual(['::1', 9, expect.any(Number), 0])
  })

  test('an address in use is EADDRINUSE, one that is not ours EADDRNOTAVAIL', () => {
    using server = listenTcp()
    using other = socket()
    expect(thrown(() => other.bind(server.getsockname()))).toMatchObject({
      code: 'EADDRINUSE',
      errno: errno.EADDRINUSE,
      syscall: 'bind',
      address: server.getsockname(),
    })
    expect(thrown(() => other.bind(['192.0.2.1', 0])).code).toBe('EADDRNOTAVAIL')
  })
})

describe('unix names', () => {
  test('a path comes back as a string, and is not unlinked', () => {
    using folder = temporaryFolder()
    const path = folder.path('grün')
    const sock = socket(AF_UNIX)
    sock.bind(path)
    expect(sock.getsockname()).toBe(path)
    sock.close()
    expect(existsSync(path)).toBe(true)
  })

  test.skipIf(!can.nameBytes)('a path that is not UTF-8 goes in and comes out as a Buffer [needs such files]', () => {
    using folder = temporaryFolder()
    using sock = socket(AF_UNIX)
    const path = Buffer.concat([Buffer.from(folder.path('')), Buffer.of(0xff, 0xfe)])
    sock.bind(path)
    expect(sock.getsockname()).toEqual(path)
  })

  test('the longest path works, one byte more is ENAMETOOLONG and never cut', () => {
    using folder = temporaryFolder()
    const limit = can.linux ? 107 : 103
    const longest = folder.path('x').padEnd(limit, 'x')
    using sock = socket(AF_UNIX)
    sock.bind(longest)
    expect(sock.getsockname()).toBe(longest)
    using other = socket(AF_UNIX)
    expect(thrown(() => other.bind(`${longest}y`)).code).toBe('ENAMETOOLONG')
    expect(existsSync(longest)).toBe(true)
  })

  test.skipIf(!can.linux)(
    'an abstract name comes out as a Buffer; "" binds to one of the kernel’s [needs Linux]',
    () => {
      const name = `\0berkeley-test-${process.pid}`
      using sock = socket(AF_UNIX)
      sock.bind(name)
      expect(sock.getsockname()).toEqual(Buffer.from(name))
      const long = Buffer.alloc(108, 0x61)
      long[0] = 0
      using longest = socket(AF_UNIX)
      longest.bind(long)
      expect(longest.getsockname()).toEqual(long)
      using longer = socket(AF_UNIX)
      expect(thrown(() => longer.bind(Buffer.alloc(109))).code).toBe('ENAMETOOLONG')
      using automatic = socket(AF_UNIX)
      automatic.bind('')
      expect((automatic.getsockname() as Buffer)[0]).toBe(0)
      using client = socket(AF_UNIX)
      sock.listen()
      client.connect(Buffer.from(name))
      expect(client.getpeername()).toEqual(Buffer.from(name))
    },
  )

  test('an unnamed socket has the name ""', () => {
    using ends = pair()
    expect(ends[0].getsockname()).toBe('')
    expect(ends[0].getpeername()).toBe('')
  })
})

describe('listen and shutdown', () => {
  test.each([-5, 0, 1, 2 ** 31 - 1])('a backlog of %i is taken', (backlog) => {
    using server = socket()
    server.bind(['127.0.0.1', 0])
    server.listen(backlog)
    using client = socket()
    client.connect(server.getsockname())
    const [conn, address] = server.accept()
    conn.close()
    expect(address).toEqual(client.getsockname())
  })

  test('a wrong backlog is refused, a datagram socket does not listen', () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => sock.listen(1.5)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => sock.listen())).toMatchObject({ code: 'EOPNOTSUPP', errno: errno.EOPNOTSUPP })
  })

  test('shutdown ends one direction', () => {
    using ends = pair()
    ends[0].shutdown(SHUT_WR)
    expect(ends[1].recv(1)).toHaveLength(0)
    ends[1].send('back')
    expect(ends[0].recv(10).toString()).toBe('back')
    expect(thrown(() => ends[0].send('x')).code).toBe('EPIPE')
  })

  test('shutdown needs a connection and a known direction', () => {
    using sock = socket()
    expect(thrown(() => sock.shutdown(SHUT_RDWR)).code).toBe('ENOTCONN')
    using ends = pair()
    expect(thrown(() => ends[0].shutdown(17)).code).toBe('EINVAL')
  })

  test('getpeername needs a connection', () => {
    using sock = socket()
    expect(thrown(() => sock.getpeername())).toMatchObject({ code: 'ENOTCONN', syscall: 'getpeername' })
    sock.close()
    for (const call of [() => sock.getsockname(), () => sock.listen(), () => sock.shutdown(SHUT_WR)]) {
      expect(thrown(call).code).toBe('EBADF')
    }
  })
})
