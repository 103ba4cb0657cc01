/** There are no descriptors left, or no memory for one: each call that makes one says so, and works the next time. */
import assert from 'node:assert/strict'
import { AF_INET, createConnection, createServer, socket, socketpair } from 'berkeley'
import { check, listenTcp, summary, test, twice, twiceAsync } from './support.js'

await test('socket', () => {
  for (let i = 0; i < 5; i++) twice('socket', () => socket(AF_INET)).close()
})

await test('socketpair', () => {
  for (let i = 0; i < 5; i++) for (const end of twice('socketpair', () => socketpair())) end.close()
})

await test('createServer', () => {
  for (let i = 0; i < 5; i++) twice('socket', () => createServer(['127.0.0.1', 0])).close()
})

await test('createConnection', () => {
  const listener = twice('socket', listenTcp)
  for (let i = 0; i < 5; i++) twice('socket', () => createConnection(listener.getsockname())).close()
  listener.close()
})

for (const timeout of [null, 5, 0]) {
  await test(`accept leaves the connection where it is, timeout ${timeout}`, async () => {
    const listener = twice('socket', listenTcp)
    const clients = []
    for (const accept of [
      () => twice('accept', () => listener.accept()),
      () => twiceAsync('accept', () => listener.acceptAsync()),
      () => twiceAsync('accept', () => listener.acceptAsync()),
    ]) {
      const client = twice('socket', () => socket(AF_INET))
      client.connect(listener.getsockname())
      clients.push(client)
      listener.settimeout(timeout)
      const [server] = await accept()
      server.sendall('hello')
      assert.equal(String(client.recv(10)), 'hello')
      server.close()
    }
    for (const client of clients) client.close()
    listener.close()
  })
}

await test('an accept that waits', async () => {
  const listener = twice('socket', listenTcp)
  const client = twice('socket', () => socket(AF_INET))
  const accepted = listener.acceptAsync()
  client.connect(listener.getsockname())
  check(await accepted.catch((reason) => reason), 'accept')
  const [server] = await listener.acceptAsync()
  for (const sock of [server, client, listener]) sock.close()
})

await test('an iteration over connections ends with the error, and another one goes on', async () => {
  const listener = twice('socket', listenTcp)
  const client = twice('socket', () => socket(AF_INET))
  setImmediate(() => client.connect(listener.getsockname()))
  let accepted = 0
  while (accepted === 0) {
    try {
      for await (const [server] of listener) {
        server.close()
        accepted++
        break
      }
    } catch (error) {
      check(error, 'accept')
    }
  }
  client.close()
  listener.close()
})

summary()
