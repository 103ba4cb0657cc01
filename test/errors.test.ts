import { constants } from 'node:os'
import { AF_UNIX, errno, GaiError, getaddrinfo, HostError, SocketError, SocketTimeoutError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { pair, thrown } from './support/sockets.js'

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
    for (const type of [SocketTimeoutError, GaiError, HostError]) {
      expect(Object.getPrototypeOf(type)).toBe(SocketError)
    }
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

  test('of name resolution have the EAI_ name and number', () => {
    const error = thrown(() => getaddrinfo('name.invalid', 80)) as GaiError
    expect(error).toBeInstanceOf(GaiError)
    expect(error.code).toMatch(/^EAI_(NONAME|AGAIN)$/)
    expect(error).toMatchObject({ syscall: 'getaddrinfo', address: 'name.invalid', name: 'GaiError' })
    expect(error.message).toBe(`getaddrinfo ${error.code} name.invalid`)
  })
})
