import { constants } from 'node:os'
import { AF_UNIX, errno, GaiError, getaddrinfo, HostError, SocketError, SocketTimeoutError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { errnoOf, errorOf } from '../dist/errors.js'
import { closedPort, pair, thrown } from './support/sockets.js'

describe('errors', () => {
  test('are of their classes, each an Error with its own name', () => {
    using ends = pair()
    ends[0].settimeout(0.001)
    const timedOut = thrown(() => ends[0].recv(1))
    expect(timedOut).toBeInstanceOf(SocketTimeoutError)
    expect(timedOut).toBeInstanceOf(SocketError)
    expect(timedOut).toBeInstanceOf(Error)
    expect(timedOut.name).toBe('SocketTimeoutError')
    expect(timedOut.stack).toMatch(/^SocketTimeoutError: recv ETIMEDOUT\n/)
    for (const type of [SocketTimeoutError, GaiError]) expect(Object.getPrototypeOf(type)).toBe(SocketError)
    expect(Object.getPrototypeOf(HostError)).toBe(GaiError)
  })

  test('have the numbers of the platform, those that os.constants lists', () => {
    for (const [name, value] of Object.entries(constants.errno)) {
      if (name in errno) expect([name, errno[name as keyof typeof errno]]).toEqual([name, value])
    }
    using sock = socket()
    sock.setblocking(false)
    expect(thrown(() => sock.recv(1))).toMatchObject({ code: 'ENOTCONN', errno: constants.errno.ENOTCONN })
  })

  test('have an address only where one was given', () => {
    using ends = pair()
    ends[0].setblocking(false)
    expect(Object.keys(thrown(() => ends[0].recv(1))).sort()).toEqual(['code', 'errno', 'syscall'])
    using sock = socket(AF_UNIX)
    expect(thrown(() => sock.bind('/nowhere/x'))).toMatchObject({ address: '/nowhere/x', syscall: 'bind' })
    expect(thrown(() => sock.connect('\0nobody')).message).toBe('connect ECONNREFUSED @nobody')
  })

  test('keep the address as it was, whatever the caller does with it later', () => {
    using sock = socket()
    const address: [string, number] = ['127.0.0.1', closedPort()]
    const [host, port] = address
    const error = thrown(() => sock.connect(address)) as SocketError
    address[0] = 'changed'
    expect(error.address).toEqual([host, port])
    using unix = socket(AF_UNIX)
    const path = Buffer.from('/nowhere/x')
    const failed = thrown(() => unix.connect(path)) as SocketError
    path.fill(0)
    expect(failed.address).toEqual(Buffer.from('/nowhere/x'))
  })

  test('show the beginning of a long address', () => {
    using sock = socket(AF_UNIX)
    for (const path of ['/'.repeat(5000), Buffer.alloc(5000, '/')]) {
      const error = thrown(() => sock.connect(path)) as SocketError
      expect(error.message).toBe(`connect ENAMETOOLONG ${'/'.repeat(117)}...`)
      expect(error.address).toEqual(path)
    }
    const host = `${'a'.repeat(300)}.invalid`
    using inet = socket()
    expect(thrown(() => inet.connect([host, 80])).message).toMatch(/^getaddrinfo EAI_\w+ a{117}\.\.\.$/)
  })

  test('of a call that the native layer finds malformed are EINVAL, not a number of its own', () => {
    const code = -100003
    expect(errorOf(code, 'recv')).toMatchObject({ code: 'EINVAL', errno: errno.EINVAL, message: 'recv EINVAL' })
    expect(errnoOf(code)).toBe(errno.EINVAL)
  })

  test('of name resolution have the EAI_ name and number', () => {
    const error = thrown(() => getaddrinfo('name.invalid', 80)) as GaiError
    expect(error).toBeInstanceOf(GaiError)
    expect(error.code).toMatch(/^EAI_(NONAME|AGAIN)$/)
    expect(error).toMatchObject({ syscall: 'getaddrinfo', address: 'name.invalid', name: 'GaiError' })
    expect(error.message).toBe(`getaddrinfo ${error.code} name.invalid`)
  })
})
