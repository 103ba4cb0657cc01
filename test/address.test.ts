import { runInNewContext } from 'node:vm'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { can, temporaryFolder, thrown, udp } from './support/sockets.js'

describe('hosts', () => {
  test.each(['127.0.0.1', '127.1', '0x7f.1', '2130706433', 'localhost'])('%s is 127.0.0.1', (host) => {
    using receiver = udp()
    using sender = socket(AF_INET, SOCK_DGRAM)
    sender.sendto('x', [host, receiver.getsockname()[1]])
    expect(receiver.recv(1).toString()).toBe('x')
  })

  test('a host that looks numeric only when cut to bytes is not taken for numeric', () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    // U+0131 ends in 0x31, the digit 1.
    expect(thrown(() => sock.connect(['127.0.0.\u0131', 9])).code).toMatch(/^EAI_/)
  })

  test('an IPv4 host for AF_INET6, and the reverse, is a GaiError', () => {
    using inet6 = socket(AF_INET6, SOCK_DGRAM)
    using inet = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => inet6.connect(['127.0.0.1', 9])).code).toMatch(/^EAI_/)
    expect(thrown(() => inet.connect(['::1', 9])).code).toMatch(/^EAI_/)
  })

  // macOS has fe80::1%lo0, and a loopback of another name.
  test.skipIf(!can.bindIPv6 || !can.linux)(
    'a scope in the host stands where the address has none [needs Linux, IPv6]',
    () => {
      using sock = socket(AF_INET6, SOCK_DGRAM)
      // The kernel refuses a link-local address without a scope, and knows that this one is nobody's with one.
      expect(thrown(() => sock.bind(['fe80::1', 0])).code).toBe('EINVAL')
      expect(thrown(() => sock.bind(['fe80::1%lo', 0])).code).toBe('EADDRNOTAVAIL')
      expect(thrown(() => sock.bind(['fe80::1', 0, 0, 1])).code).toBe('EADDRNOTAVAIL')
      using other = socket(AF_INET6, SOCK_DGRAM)
      expect(thrown(() => other.bind(['fe80::1%lo', 0, 0, 0])).code).toBe('EINVAL')
    },
  )
})

describe('unix paths', () => {
  test('may be bytes of another realm', () => {
    using folder = temporaryFolder()
    using sock = socket(AF_UNIX)
    const Foreign = runInNewContext('Uint8Array') as Uint8ArrayConstructor
    sock.bind(Foreign.from(Buffer.from(folder.path('s'))))
    expect(sock.getsockname()).toBe(folder.path('s'))
  })

  test('whose memory is gone are no unnamed address', () => {
    using sock = socket(AF_UNIX)
    const detached = new Uint8Array(10)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    for (const path of [detached, Object.create(Uint8Array.prototype), new Proxy(new Uint8Array(1), {})]) {
      const error = thrown(() => sock.connect(path))
      expect(error.code).toBe('ERR_INVALID_ARG_TYPE')
      expect(error.message).toContain('"address"')
    }
  })
})

describe('what is remembered of the last address', () => {
  test('is not mistaken after another family, another port or a failure', () => {
    using receiver = udp()
    using sender = socket(AF_INET, SOCK_DGRAM)
    using inet6 = socket(AF_INET6, SOCK_DGRAM)
    const address = receiver.getsockname()
    for (const disturb of [
      () => {},
      () => inet6.connect(['::1', address[1]]),
      () => thrown(() => sender.sendto('y', ['127.0.0.1', 70_000])),
      () => thrown(() => sender.connect(['name.invalid', address[1]])),
      () => sender.sendto('y', ['127.0.0.1', 1]),
    ]) {
      disturb()
      sender.sendto('x', address)
      expect(receiver.recvfrom(10)).toEqual([Buffer.from('x'), sender.getsockname().with(0, '127.0.0.1')])
    }
  })

  test('a list that the caller changes is read anew', () => {
    using first = udp()
    using second = udp()
    using sender = socket(AF_INET, SOCK_DGRAM)
    const address = first.getsockname()
    sender.sendto('one', address)
    address[1] = second.getsockname()[1]
    sender.sendto('two', address)
    expect([first.recv(9).toString(), second.recv(9).toString()]).toEqual(['one', 'two'])
  })
})
