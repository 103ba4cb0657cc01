/** AF_VSOCK: names, and conversations of this machine with itself where the kernel can have them. */
import * as berkeley from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rejection, settles } from '../support/async.js'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

const { AF_VSOCK, SOCK_STREAM, VMADDR_CID_ANY, VMADDR_PORT_ANY, VMADDR_CID_LOCAL = 1, socket } = berkeley

/** Whether the kernel connects this machine with itself. */
function canLoop(): boolean {
  if (!has.vsock) return false
  try {
    using listener = socket(AF_VSOCK, SOCK_STREAM)
    listener.bind([VMADDR_CID_ANY, VMADDR_PORT_ANY])
    listener.listen()
    using client = socket(AF_VSOCK, SOCK_STREAM)
    client.settimeout(1)
    client.connect([VMADDR_CID_LOCAL, listener.getsockname()[1]])
    return true
  } catch {
    return false
  }
}
const loops = canLoop()

describe.skipIf(!has.vsock)('vsock [needs vsock]', () => {
  let sock: berkeley.Socket<typeof AF_VSOCK>
  beforeEach(() => {
    sock = socket(AF_VSOCK, SOCK_STREAM)
    sock.settimeout(5)
  })
  afterEach(() => sock.close())

  test('an unbound socket is of any context and port', () => {
    expect(sock.getsockname()).toEqual([0xffffffff, 0xffffffff])
    expect([VMADDR_CID_ANY, VMADDR_PORT_ANY]).toEqual([0xffffffff, 0xffffffff])
  })

  test('the kernel chooses a port, or takes the one given, 32 bits wide', () => {
    sock.bind([VMADDR_CID_ANY, VMADDR_PORT_ANY])
    const [cid, port] = sock.getsockname()
    expect(cid).toBe(VMADDR_CID_ANY)
    expect(port).toBeGreaterThan(1023)
    using other = socket(AF_VSOCK, SOCK_STREAM)
    expect(thrown(() => other.bind([-1, port]))).toMatchObject({
      code: 'EADDRINUSE',
      message: `bind EADDRINUSE -1:${port}`,
    })
    other.bind([-1, 0xfffffff0])
    expect(other.getsockname()).toEqual([0xffffffff, 0xfffffff0])
  })

  test('createServer makes a listener', () => {
    using server = berkeley.createServer([VMADDR_CID_ANY, VMADDR_PORT_ANY], { family: AF_VSOCK })
    expect(server.getsockname()[0]).toBe(VMADDR_CID_ANY)
    expect(server.getsockopt(berkeley.SOL_SOCKET, berkeley.SO_ACCEPTCONN)).toBe(1)
  })

  test.each([
    ['a host', ['host', 1], 'ERR_INVALID_ARG_TYPE', '"address[0]" argument must be of type number'],
    ['a context alone', [1], 'ERR_INVALID_ARG_TYPE', 'an array [cid, port] for AF_VSOCK'],
    ['a bigint', [1n, 1], 'ERR_INVALID_ARG_TYPE', '"address[0]" argument must be of type number'],
    ['33 bits', [1, 2 ** 32], 'ERR_OUT_OF_RANGE', '"address[1]" is out of range'],
  ])('%s is refused', (_, address, code, message) => {
    const error = thrown(() => sock.bind(address as never))
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(message)
  })

  test('an error of connect names the address', async () => {
    // Context 0 was the hypervisor's, and is nobody's now.
    const error = thrown(() => sock.connect([0, 1]))
    expect(error).toMatchObject({ syscall: 'connect', address: [0, 1] })
    expect(error.message).toMatch(/^connect E[A-Z]+ 0:1$/)
    expect(await rejection(sock.connectAsync([0, 1]))).toMatchObject({ syscall: 'connect', address: [0, 1] })
  })

  test.skipIf(!loops)('a conversation of this machine with itself [needs vsock over loopback]', async () => {
    sock.bind([VMADDR_CID_ANY, VMADDR_PORT_ANY])
    sock.listen()
    const [, port] = sock.getsockname()
    using client = socket(AF_VSOCK, SOCK_STREAM)
    client.settimeout(5)
    client.connect([VMADDR_CID_LOCAL, port])
    expect(client.getpeername()).toEqual([VMADDR_CID_LOCAL, port])
    const [conn, peer] = sock.accept()
    using served = conn
    expect(peer).toEqual([VMADDR_CID_LOCAL, client.getsockname()[1]])
    client.sendall('hello')
    expect(served.recv(10).toString()).toBe('hello')
    expect(served.getpeername()).toEqual(peer)

    const accepted = sock.acceptAsync()
    using other = socket(AF_VSOCK, SOCK_STREAM)
    await settles(other.connectAsync([VMADDR_CID_LOCAL, port]))
    const [second, from] = await settles(accepted)
    using secondServed = second
    expect(from).toEqual([VMADDR_CID_LOCAL, other.getsockname()[1]])
    await secondServed.sendallAsync('to you')
    expect((await settles(other.recvAsync(10))).toString()).toBe('to you')
  })

  test.skipIf(!loops)('a port that nobody listens on [needs vsock over loopback]', async () => {
    expect(thrown(() => sock.connect([VMADDR_CID_LOCAL, 0xfffffff1])).code).toBe('ECONNRESET')
    using other = socket(AF_VSOCK, SOCK_STREAM)
    expect(await rejection(other.connectAsync([VMADDR_CID_LOCAL, 0xfffffff1]))).toMatchObject({ code: 'ECONNRESET' })
  })
})
