import { closeSync, openSync } from 'node:fs'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  close,
  dup,
  errno,
  fromfd,
  getdefaulttimeout,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  Socket,
  setdefaulttimeout,
  socket,
  socketpair,
} from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { can, isNonblocking, pair, thrown, udp } from '../support/sockets.js'

afterEach(() => setdefaulttimeout(null))

describe('socket', () => {
  test.each([
    [AF_INET, SOCK_STREAM, 0],
    [AF_INET6, SOCK_DGRAM, IPPROTO_UDP],
    [AF_UNIX, can.seqpacket ? SOCK_SEQPACKET : SOCK_STREAM, 0],
  ])('opens family %i, type %i, proto %i', (family, type, proto) => {
    using sock = new Socket(family as number, type, proto)
    expect(sock).toMatchObject({ family, type, proto, closed: false })
    expect(sock.fileno()).toBeGreaterThan(2)
    expect(sock.getInheritable()).toBe(false)
  })

  test('is TCP over IPv4 where nothing is said', () => {
    using plain = socket()
    using constructed = new Socket()
    for (const sock of [plain, constructed]) {
      expect(sock).toMatchObject({ family: AF_INET, type: SOCK_STREAM, proto: 0 })
      expect(sock.gettimeout()).toBe(null)
      expect(sock.getblocking()).toBe(true)
    }
  })

  test.skipIf(!can.linux)('SOCK_NONBLOCK starts it as settimeout(0) [needs Linux]', () => {
    using sock = socket(AF_INET, SOCK_STREAM | (SOCK_NONBLOCK as number))
    expect(sock.type).toBe(SOCK_STREAM)
    expect(sock.gettimeout()).toBe(0)
    expect(isNonblocking(sock.fileno())).toBe(true)
  })

  test('what the kernel refuses is its errno', () => {
    expect(thrown(() => socket(9999))).toMatchObject({ code: 'EAFNOSUPPORT', syscall: 'socket' })
    expect(thrown(() => socket(AF_INET, 99))).toMatchObject({ errno: can.linux ? errno.EINVAL : errno.EPROTONOSUPPORT })
    expect(thrown(() => socketpair(AF_INET)).code).toBe('EOPNOTSUPP')
  })

  test.each([[undefined], [null], ['2'], [2n], [AF_INET, undefined], [AF_INET, SOCK_STREAM, undefined]])(
    'refuses %s %s %s',
    (...given) => {
      for (const make of [socket, socketpair, (...all: [number]) => new Socket(...all)]) {
        expect(thrown(() => make(...(given as unknown as [number]))).code).toBe('ERR_INVALID_ARG_TYPE')
      }
    },
  )

  test.each([[1.5], [AF_INET, Number.NaN], [AF_INET, SOCK_STREAM, 2 ** 31]])('refuses %s %s %s', (...given) => {
    expect(thrown(() => socket(...(given as unknown as [number]))).code).toBe('ERR_OUT_OF_RANGE')
  })
})

describe('socketpair', () => {
  test('gives two connected ends', () => {
    using ends = pair()
    ends[0].send('there')
    expect(ends[1].recv(10).toString()).toBe('there')
    ends[1].send('back')
    expect(ends[0].recv(10).toString()).toBe('back')
    for (const end of ends) expect(end).toMatchObject({ family: AF_UNIX, type: SOCK_STREAM })
  })

  test('takes the default timeout', () => {
    setdefaulttimeout(1.5)
    using ends = pair()
    expect(ends.map((end) => end.gettimeout())).toEqual([1.5, 1.5])
  })
})

describe('adopt and fromfd', () => {
  test('adopt takes the descriptor, fromfd a duplicate; the kernel is asked what it is', () => {
    const original = udp()
    const address = original.getsockname()
    const copy = fromfd<typeof AF_INET>(original.fileno())
    const adopted = Socket.adopt<typeof AF_INET>(original.detach())
    expect(adopted).toMatchObject({ family: AF_INET, type: SOCK_DGRAM })
    if (can.linux) expect(adopted.proto).toBe(IPPROTO_UDP)
    expect(adopted.getsockname()).toEqual(address)
    adopted.close()
    expect(copy.getsockname()).toEqual(address)
    copy.close()
  })

  test('with O_NONBLOCK set it starts as settimeout(0); otherwise it blocks, whatever the default', () => {
    setdefaulttimeout(3)
    using ends = pair()
    ends[0].setblocking(false)
    ends[1].setblocking(true)
    using first = fromfd(ends[0].fileno())
    using second = fromfd(ends[1].fileno())
    expect([first.gettimeout(), second.gettimeout()]).toEqual([0, null])
  })

  test('refuses what is not a socket, what is not open, and what is not a number', () => {
    const file = openSync('package.json', 'r')
    expect(thrown(() => Socket.adopt(file)).code).toBe('ENOTSOCK')
    expect(thrown(() => fromfd(file)).code).toBe('ENOTSOCK')
    closeSync(file)
    expect(thrown(() => Socket.adopt(file)).code).toBe('EBADF')
    expect(thrown(() => fromfd(-1)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => Socket.adopt('3' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
  })
})

describe('dup, detach, close', () => {
  test('dup keeps family, type, proto and timeout, and lives on its own', () => {
    using sock = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)
    sock.settimeout(2.5)
    using copy = sock.dup()
    expect(copy).toMatchObject({ family: AF_INET, type: SOCK_DGRAM, proto: IPPROTO_UDP })
    expect(copy.gettimeout()).toBe(2.5)
    expect(copy.fileno()).not.toBe(sock.fileno())
    expect(copy.getInheritable()).toBe(false)
    sock.close()
    copy.bind(['127.0.0.1', 0])
  })

  test('detach gives the descriptor up, open', () => {
    const sock = udp()
    const fd = sock.detach()
    expect(sock.closed).toBe(true)
    expect(sock.fileno()).toBe(-1)
    expect(sock.detach()).toBe(-1)
    sock.close()
    const copy = dup(fd)
    close(fd)
    expect(thrown(() => close(fd)).code).toBe('EBADF')
    close(copy)
  })

  test('close twice is nothing', () => {
    const sock = socket()
    sock.close()
    sock.close()
    expect(sock.closed).toBe(true)
    expect(sock.fileno()).toBe(-1)
    for (const call of [() => sock.dup(), () => sock.getInheritable(), () => sock.setblocking(true)]) {
      expect(thrown(call).code).toBe('EBADF')
    }
  })

  test('`using` closes', async () => {
    let seen: Socket
    {
      using sock = socket()
      seen = sock
    }
    expect(seen.closed).toBe(true)
    {
      await using sock = socket()
      seen = sock
    }
    expect(seen.closed).toBe(true)
  })
})

describe('blocking modes', () => {
  test.each([
    [null, null, true, false],
    [0, 0, false, true],
    [2.5, 2.5, true, true],
    [0.1, 0.1, true, true],
    [1e-10, 1e-9, true, true],
  ])('settimeout(%s): gettimeout %s, getblocking %s, O_NONBLOCK %s', (seconds, timeout, blocking, nonblock) => {
    using sock = socket()
    sock.settimeout(seconds)
    expect(sock.gettimeout()).toBe(timeout)
    expect(sock.getblocking()).toBe(blocking)
    expect(isNonblocking(sock.fileno())).toBe(nonblock)
  })

  test('setblocking switches O_NONBLOCK', () => {
    using sock = socket()
    for (const flag of [false, true, false]) {
      sock.setblocking(flag)
      expect(sock.gettimeout()).toBe(flag ? null : 0)
      expect(isNonblocking(sock.fileno())).toBe(!flag)
    }
    expect(thrown(() => sock.setblocking('yes' as never)).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e10])('settimeout(%s) is refused', (seconds) => {
    using sock = socket()
    expect(thrown(() => sock.settimeout(seconds)).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => setdefaulttimeout(seconds)).code).toBe('ERR_OUT_OF_RANGE')
    expect(sock.gettimeout()).toBe(null)
  })

  test('new sockets take the default timeout', () => {
    expect(getdefaulttimeout()).toBe(null)
    setdefaulttimeout(0.25)
    expect(getdefaulttimeout()).toBe(0.25)
    using sock = socket()
    expect(sock.gettimeout()).toBe(0.25)
    expect(isNonblocking(sock.fileno())).toBe(true)
  })

  test('the inheritable flag is switched', () => {
    using sock = socket()
    sock.setInheritable(true)
    expect(sock.getInheritable()).toBe(true)
    sock.setInheritable(false)
    expect(sock.getInheritable()).toBe(false)
  })
})
