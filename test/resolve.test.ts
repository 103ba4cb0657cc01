import {
  AF_INET,
  AF_INET6,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  EAI_NONAME,
  EAI_SERVICE,
  GaiError,
  getaddrinfo,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  gethostname,
  getnameinfo,
  HostError,
  IPPROTO_TCP,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
  SocketError,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { answerOf, differences, hasPython } from './support/python.js'
import { closedPort, listenTcp, thrown } from './support/sockets.js'

const NUMERIC = (NI_NUMERICHOST ?? 0) | (NI_NUMERICSERV ?? 0)
/** A name that no resolver knows; without a name server that answers, it is not known that nobody does. */
const UNKNOWN = 'nonexistent.invalid'
const HOST_CODE = /^(HOST_NOT_FOUND|TRY_AGAIN|NO_RECOVERY|NO_DATA)$/
const NOT_FOUND = /^EAI_(NONAME|AGAIN|NODATA|FAIL)$/

describe('getaddrinfo', () => {
  test.skipIf(!hasPython)('answers as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    const hosts: [string, string | Buffer | null][] = [
      ["'127.0.0.1'", '127.0.0.1'],
      ["'127.1'", '127.1'],
      ["'::1'", '::1'],
      ["'::ffff:1.2.3.4'", '::ffff:1.2.3.4'],
      ["'fe80::1%1'", 'fe80::1%1'],
      ["'localhost'", 'localhost'],
      ["b'localhost'", Buffer.from('localhost')],
      ["'LOCALHOST'", 'LOCALHOST'],
      ["'255.255.255.255'", '255.255.255.255'],
      ["''", ''],
      ['None', null],
    ]
    const ports: [string, string | number | bigint | Buffer | null][] = [
      ['80', 80],
      ['0', 0],
      ["'80'", '80'],
      ["'http'", 'http'],
      ["b'http'", Buffer.from('http')],
      ["''", ''],
      ['None', null],
      ['-1', -1],
      ['65535', 65535],
      ['65536', 65536],
      ['65616', 65616],
      ['2**31', 2 ** 31],
      ['2**32 + 80', 2 ** 32 + 80],
      ['2**62', 2n ** 62n],
      ['str(10**30)', 10n ** 30n],
      ['str(-10**30)', -(10n ** 30n)],
      ["'nonexistent'", 'nonexistent'],
      ["'80x'", '80x'],
      ["' 80'", ' 80'],
    ]
    for (const [pythonHost, host] of hosts) {
      for (const [pythonPort, port] of ports) {
        calls[`socket.getaddrinfo(${pythonHost}, ${pythonPort})`] = () => getaddrinfo(host, port)
      }
    }
    expect(differences(calls)).toEqual({})
  })

  test.skipIf(!hasPython)('narrows as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      for (const family of [0, AF_INET, AF_INET6, 9999, -1]) {
        calls[`socket.getaddrinfo('${host}', 80, family=${family})`] = () => getaddrinfo(host, 80, { family })
      }
      for (const type of [0, SOCK_STREAM, SOCK_DGRAM, 9999]) {
        calls[`socket.getaddrinfo('${host}', 80, type=${type})`] = () => getaddrinfo(host, 80, { type })
      }
      for (const proto of [0, IPPROTO_TCP, 9999]) {
        calls[`socket.getaddrinfo('${host}', 80, proto=${proto})`] = () => getaddrinfo(host, 80, { proto })
      }
      for (const flags of [AI_CANONNAME, AI_PASSIVE, AI_NUMERICHOST, AI_NUMERICSERV, 1 << 29]) {
        calls[`socket.getaddrinfo('${host}', 80, flags=${flags})`] = () => getaddrinfo(host, 80, { flags })
        calls[`socket.getaddrinfo(None, 'http', 0, 1, 6, ${flags})`] = () =>
          getaddrinfo(null, 'http', { type: SOCK_STREAM, proto: IPPROTO_TCP, flags })
      }
    }
    expect(differences(calls)).toEqual({})
  })

  test('gives what opens a socket', () => {
    using server = listenTcp()
    const [host, port] = server.getsockname()
    const found = getaddrinfo(host, port, { family: AF_INET, type: SOCK_STREAM })
    const [, type, proto, , sockaddr] = found[0] as (typeof found)[0]
    expect(found).toEqual([[AF_INET, SOCK_STREAM, IPPROTO_TCP, '', ['127.0.0.1', port]]])
    using client = socket(AF_INET, type, proto)
    client.connect(sockaddr)
    expect(client.getpeername()).toEqual([host, port])
  })

  test('IPv6 addresses have flow information and a scope id', () => {
    expect(getaddrinfo('fe80::1%7', 80, { type: SOCK_STREAM })[0]?.[4]).toEqual(['fe80::1', 80, 0, 7])
  })

  test('a failure is a GaiError with the host, the code and its number', () => {
    const error = thrown(() => getaddrinfo('127.0.0.1', -1))
    expect(error).toBeInstanceOf(GaiError)
    expect(error).toBeInstanceOf(SocketError)
    expect(error).toMatchObject({
      name: 'GaiError',
      code: 'EAI_SERVICE',
      errno: EAI_SERVICE,
      syscall: 'getaddrinfo',
      address: '127.0.0.1',
      message: 'getaddrinfo EAI_SERVICE 127.0.0.1',
    })
    const noName = thrown(() => getaddrinfo('localhost', 80, { flags: AI_NUMERICHOST }))
    expect(noName).toMatchObject({ code: 'EAI_NONAME', errno: EAI_NONAME, address: 'localhost' })
    expect(thrown(() => getaddrinfo(null, null))).toMatchObject({
      code: 'EAI_NONAME',
      message: 'getaddrinfo EAI_NONAME',
    })
    expect(thrown(() => getaddrinfo(UNKNOWN, 80)).code).toMatch(NOT_FOUND)
  })

  test('takes integers and bigints of any size as ports, and never answers them with a RangeError', () => {
    for (const port of [2 ** 31, 2 ** 53, 1e300, -1e300, 2n ** 64n, 2n ** 200n, -(2n ** 200n), 80n]) {
      const answer = answerOf(() => getaddrinfo('127.0.0.1', port))
      expect(answer[0]).toMatch(/^(ok|gaierror)$/)
      expect(answer).toEqual(answerOf(() => getaddrinfo('127.0.0.1', BigInt(port).toString())))
    }
    expect(getaddrinfo('127.0.0.1', -0, { type: SOCK_STREAM })[0]?.[4]).toEqual(['127.0.0.1', 0])
  })

  test.each(['80\0', '\0', 'http\0x', Buffer.from('80\0')])('no service has the name %j: a NUL is in it', (port) => {
    const error = thrown(() => getaddrinfo('127.0.0.1', port))
    expect(error).toBeInstanceOf(GaiError)
    expect(error).toMatchObject({ code: 'EAI_SERVICE', errno: EAI_SERVICE, syscall: 'getaddrinfo' })
    const misuse = thrown(() => getaddrinfo('127.0.0.1', port, { type: '1' as unknown as number }))
    expect(misuse).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test.each([
    ['host', () => getaddrinfo(undefined as unknown as null, 80), 'ERR_INVALID_ARG_TYPE'],
    ['host', () => getaddrinfo(2130706433 as unknown as null, 80), 'ERR_INVALID_ARG_TYPE'],
    ['host', () => getaddrinfo('local\0host', 80), 'ERR_INVALID_ARG_VALUE'],
    ['host', () => getaddrinfo(Buffer.from('local\0host'), 80), 'ERR_INVALID_ARG_VALUE'],
    ['port', () => getaddrinfo('127.0.0.1', undefined as unknown as null), 'ERR_INVALID_ARG_TYPE'],
    ['port', () => getaddrinfo('127.0.0.1', true as unknown as null), 'ERR_INVALID_ARG_TYPE'],
    ['port', () => getaddrinfo('127.0.0.1', {} as unknown as null), 'ERR_INVALID_ARG_TYPE'],
    ['port', () => getaddrinfo('127.0.0.1', 80.5), 'ERR_OUT_OF_RANGE'],
    ['port', () => getaddrinfo('127.0.0.1', Number.NaN), 'ERR_OUT_OF_RANGE'],
    ['options', () => getaddrinfo('127.0.0.1', 80, null as unknown as object), 'ERR_INVALID_ARG_TYPE'],
    ['options', () => getaddrinfo('127.0.0.1', 80, AF_INET as unknown as object), 'ERR_INVALID_ARG_TYPE'],
    ['options.family', () => getaddrinfo('::', 80, { family: undefined as unknown as number }), 'ERR_INVALID_ARG_TYPE'],
    ['options.type', () => getaddrinfo('::', 80, { type: '1' as unknown as number }), 'ERR_INVALID_ARG_TYPE'],
    ['options.proto', () => getaddrinfo('::', 80, { proto: 2 ** 31 }), 'ERR_OUT_OF_RANGE'],
    ['options.flags', () => getaddrinfo('::', 80, { flags: 0.5 }), 'ERR_OUT_OF_RANGE'],
  ])('refuses a wrong "%s"', (name, call, code) => {
    const error = thrown(call)
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"${name}"`)
  })
})

describe('getnameinfo', () => {
  test.skipIf(!hasPython)('answers as CPython does [needs python3]', () => {
    const addresses: [string, Parameters<typeof getnameinfo>[0]][] = [
      ["('127.0.0.1', 80)", ['127.0.0.1', 80]],
      ["('127.1', 80)", ['127.1', 80]],
      ["('127.0.0.1', -1)", ['127.0.0.1', -1]],
      ["('127.0.0.1', 65536)", ['127.0.0.1', 65536]],
      ["('127.0.0.1', 2**31)", ['127.0.0.1', 2 ** 31]],
      ["('127.0.0.1', 80, 0)", ['127.0.0.1', 80, 0]],
      ["('127.0.0.1', 80, 0, 0)", ['127.0.0.1', 80, 0, 0]],
      ["('::1', 80)", ['::1', 80]],
      ["('::1', 80, 0xfffff)", ['::1', 80, 0xfffff]],
      ["('::1', 80, 0x100000)", ['::1', 80, 0x100000]],
      ["('::1', 80, -1)", ['::1', 80, -1]],
      ["('fe80::1', 80, 0, 1)", ['fe80::1', 80, 0, 1]],
      ["('fe80::1%1', 80)", ['fe80::1%1', 80]],
      ["('::1', 80, 0, 2**32 - 1)", ['::1', 80, 0, 2 ** 32 - 1]],
      ["('localhost', 80)", ['localhost', 80]],
      ["('', 80)", ['', 80]],
      ["('<broadcast>', 80)", ['<broadcast>', 80]],
    ]
    const calls: Record<string, () => unknown> = {}
    for (const [expression, sockaddr] of addresses) {
      for (const flags of [NUMERIC, 1 << 29, -1]) {
        calls[`socket.getnameinfo(${expression}, ${flags})`] = () => getnameinfo(sockaddr, flags)
      }
    }
    for (const flags of [0, NI_NAMEREQD ?? 0]) {
      calls[`socket.getnameinfo(('127.0.0.1', 80), ${flags})`] = () => getnameinfo(['127.0.0.1', 80], flags)
    }
    expect(differences(calls)).toEqual({})
  })

  test('only numeric hosts are taken', () => {
    expect(thrown(() => getnameinfo(['localhost', 80], 0))).toMatchObject({
      name: 'GaiError',
      code: 'EAI_NONAME',
      errno: EAI_NONAME,
      syscall: 'getnameinfo',
      address: 'localhost',
    })
  })

  test('an IPv4 address with more than a port is EINVAL', () => {
    expect(thrown(() => getnameinfo(['127.0.0.1', 80, 0, 0], 0))).toMatchObject({ name: 'SocketError', code: 'EINVAL' })
  })

  test.each([
    ['sockaddr', () => getnameinfo('127.0.0.1' as unknown as [string, number], 0), 'ERR_INVALID_ARG_TYPE'],
    ['sockaddr', () => getnameinfo(['127.0.0.1'] as unknown as [string, number], 0), 'ERR_INVALID_ARG_TYPE'],
    ['sockaddr', () => getnameinfo(['::', 0, 0, 0, 0] as unknown as [string, number], 0), 'ERR_INVALID_ARG_TYPE'],
    ['sockaddr[0]', () => getnameinfo([null as unknown as string, 0], 0), 'ERR_INVALID_ARG_TYPE'],
    ['sockaddr[0]', () => getnameinfo(['127.0.0.1\0', 0], 0), 'ERR_INVALID_ARG_VALUE'],
    ['sockaddr[1]', () => getnameinfo(['::', '0' as unknown as number], 0), 'ERR_INVALID_ARG_TYPE'],
    ['sockaddr[1]', () => getnameinfo(['::', 2 ** 31], 0), 'ERR_OUT_OF_RANGE'],
    ['sockaddr[2]', () => getnameinfo(['::', 0, 0x100000], 0), 'ERR_OUT_OF_RANGE'],
    ['sockaddr[2]', () => getnameinfo(['::', 0, 0.5], 0), 'ERR_OUT_OF_RANGE'],
    ['sockaddr[3]', () => getnameinfo(['::', 0, 0, -1], 0), 'ERR_OUT_OF_RANGE'],
    ['flags', () => getnameinfo(['::', 0], undefined as unknown as number), 'ERR_INVALID_ARG_TYPE'],
  ])('refuses a wrong "%s"', (name, call, code) => {
    const error = thrown(call)
    expect(error.code).toBe(code)
    expect(error.message).toContain(`"${name}"`)
  })
})

describe('gethostbyname and its kin', () => {
  const HOSTS = ['localhost', 'LOCALHOST', '127.0.0.1', '127.1', '255.255.255.255', '', '<broadcast>', '192.0.2.1']

  test.skipIf(!hasPython)('answer as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const host of HOSTS) {
      const literal = JSON.stringify(host)
      calls[`socket.gethostbyname(${literal})`] = () => gethostbyname(host)
      calls[`socket.gethostbyname_ex(${literal})`] = () => gethostbynameEx(host)
    }
    calls["socket.gethostbyname(b'localhost')"] = () => gethostbyname(Buffer.from('localhost'))
    for (const host of ['localhost', '127.0.0.1', '']) {
      calls[`socket.gethostbyaddr(${JSON.stringify(host)})`] = () => gethostbyaddr(host)
    }
    calls['socket.gethostbyname(socket.gethostname())'] = () => gethostbyname(gethostname())
    expect(differences(calls)).toEqual({})
  })

  test('the wildcard and the broadcast address have texts of their own', () => {
    expect(gethostbyname('')).toBe('0.0.0.0')
    expect(gethostbyname('<broadcast>')).toBe('255.255.255.255')
  })

  test('an entry is a name, aliases and addresses', () => {
    expect(gethostbynameEx('127.0.0.1')).toEqual(['127.0.0.1', [], ['127.0.0.1']])
    const [hostname, aliases, addresses] = gethostbyaddr('127.0.0.1')
    expect([hostname, ...aliases]).toContain('localhost')
    expect(addresses).toEqual(['127.0.0.1'])
  })

  test('an unknown name is a HostError, which is a GaiError', () => {
    for (const call of [gethostbyname, gethostbynameEx, gethostbyaddr]) {
      const error = thrown(() => call(UNKNOWN))
      expect(error).toBeInstanceOf(HostError)
      expect(error).toBeInstanceOf(GaiError)
      const syscall = call === gethostbyaddr ? 'gethostbyaddr' : 'gethostbyname'
      expect(error).toMatchObject({ name: 'HostError', syscall, address: UNKNOWN })
      expect(error.code).toMatch(HOST_CODE)
      expect(error.message).toBe(`${syscall} ${error.code} ${UNKNOWN}`)
    }
  })

  test('a name without an IPv4 address is NO_DATA', () => {
    for (const call of [gethostbyname, gethostbynameEx]) {
      expect(thrown(() => call('::1'))).toMatchObject({ name: 'HostError', code: 'NO_DATA', errno: 4 })
    }
  })

  test('what only the host database refuses is a HostError', () => {
    const error = thrown(() => gethostbynameEx('<broadcast>'))
    expect(error).toBeInstanceOf(SocketError)
    expect(error).toMatchObject({ name: 'HostError', syscall: 'gethostbyname', address: '<broadcast>' })
    expect(error.code).toMatch(HOST_CODE)
    expect(error.errno).toBeGreaterThanOrEqual(1)
    expect(error.errno).toBeLessThanOrEqual(4)
  })

  test('other types are refused', () => {
    for (const call of [gethostbyname, gethostbynameEx, gethostbyaddr]) {
      for (const host of [1, null, undefined, ['localhost']]) {
        expect(thrown(() => call(host as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
      }
      expect(thrown(() => call('local\0host'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    }
  })

  test('a look-up leaves the address that was encoded before it as it was', () => {
    const port = closedPort()
    using first = socket()
    using second = socket()
    expect(first.connect_ex(['127.0.0.1', port])).toBeGreaterThan(0)
    expect(gethostbyname('192.0.2.9')).toBe('192.0.2.9')
    expect(getaddrinfo('192.0.2.9', 1)).not.toEqual([])
    second.bind(['127.0.0.1', 0])
    expect(second.getsockname()[0]).toBe('127.0.0.1')
  })
})

describe('getfqdn', () => {
  test.skipIf(!hasPython)('answers as CPython does [needs python3]', () => {
    const calls: Record<string, () => unknown> = { 'socket.getfqdn()': () => getfqdn() }
    for (const name of ['', '0.0.0.0', '::', 'localhost', ' localhost ', '127.0.0.1', UNKNOWN]) {
      calls[`socket.getfqdn('${name}')`] = () => getfqdn(name)
    }
    expect(differences(calls)).toEqual({})
  })

  test('gives an unknown name back, and refuses other types', () => {
    expect(getfqdn(` ${UNKNOWN} `)).toBe(UNKNOWN)
    for (const name of [1, null, Buffer.from('localhost')]) {
      expect(thrown(() => getfqdn(name as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})
