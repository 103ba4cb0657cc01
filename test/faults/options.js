/** The kernel has no memory for an option, a name or a path to a peer: each says so, and works the next time. */
import assert from 'node:assert/strict'
import { AF_INET, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF, SOL_SOCKET, socket } from 'berkeley'
import { check, code, summary, test, twice, twiceAsync } from './support.js'

/** Node may have asked for the names of its own sockets before: it is one of two that fails. @param {import('berkeley').Socket} sock */
function nameOf(sock) {
  const names = []
  for (let i = 0; i < 2; i++) {
    try {
      names.push(sock.getsockname())
    } catch (error) {
      check(error, 'getsockname')
    }
  }
  assert.equal(names.length, 1)
  return /** @type {import('berkeley').InetAddress} */ (names[0])
}

// A connect that is waited for is asked for its outcome by a second one: strace has every third one fail.
await test('bind, listen, connect', async () => {
  const listener = socket(AF_INET)
  twice('bind', () => listener.bind(['127.0.0.1', 0]))
  twice('listen', () => listener.listen())
  const address = nameOf(listener)
  const sync = socket(AF_INET)
  twice('connect', () => sync.connect(address))
  const quick = socket(AF_INET)
  assert.ok(quick.connect_ex(address) > 0, code)
  assert.equal(quick.connect_ex(address), 0)
  const later = socket(AF_INET)
  await twiceAsync('connect', () => later.connectAsync(address))
  for (const sock of [sync, quick, later]) {
    const [server] = listener.accept()
    assert.deepEqual(
      twice('getpeername', () => sock.getpeername()),
      address,
    )
    twice('shutdown', () => sock.shutdown(2))
    server.close()
    sock.close()
  }
  listener.close()
})

await test('setsockopt', () => {
  const sock = socket(AF_INET)
  twice('setsockopt', () => sock.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1))
  twice('setsockopt', () => sock.setsockopt(SOL_SOCKET, SO_RCVBUF, 65_536))
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 1)
  assert.equal(sock.getsockopt(SOL_SOCKET, SO_LINGER, 8).length, 8)
  sock.close()
})

summary()
