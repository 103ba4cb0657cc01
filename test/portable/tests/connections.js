/** Many connections: accept loops, iteration, fairness, createConnectionAsync. */
import assert from 'node:assert/strict'
import { AF_INET6, createConnectionAsync, createServer, SHUT_WR, socket } from 'berkeley'
import { test } from '../suite.js'
import { closedPort, listenTcp, pair, pattern, tcpPair } from '../support/sockets.js'

test('a hundred connections, accepted one after the other', (t) => {
  const listener = listenTcp(t)
  const address = listener.getsockname()
  const clients = Array.from({ length: 100 }, () => {
    const sock = t.add(socket())
    sock.connect(address)
    return sock
  })
  for (const client of clients) {
    const [conn, peer] = listener.accept()
    t.add(conn)
    assert.deepEqual(peer, client.getsockname())
  }
})

test(
  'a hundred connections at once, each with its echo',
  async (t) => {
    const listener = listenTcp(t)
    const address = listener.getsockname()
    const serving = (async () => {
      const echoes = []
      for (let i = 0; i < 100; i++) {
        const [conn] = await listener.acceptAsync()
        t.add(conn)
        echoes.push(
          (async () => {
            for await (const chunk of conn) await conn.sendallAsync(chunk)
            conn.close()
          })(),
        )
      }
      await Promise.all(echoes)
    })()
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const client = t.add(socket())
        await client.connectAsync(address)
        for (let turn = 0; turn < 3; turn++) {
          await client.sendallAsync(`client ${i} turn ${turn}`)
          assert.equal(String(await client.recvAsync(100)), `client ${i} turn ${turn}`)
        }
        client.shutdown(SHUT_WR)
        assert.equal((await client.recvAsync(1)).length, 0)
      }),
    )
    await serving
  },
  { timeout: 20 },
)

test('for await accepts, until close() ends it', async (t) => {
  const listener = listenTcp(t)
  const address = listener.getsockname()
  const peers = []
  for (let i = 0; i < 3; i++) t.add(socket()).connect(address)
  for await (const [conn, peer] of listener) {
    t.add(conn)
    peers.push(peer[0])
    if (peers.length === 3) listener.close()
  }
  assert.deepEqual(peers, ['127.0.0.1', '127.0.0.1', '127.0.0.1'])
})

test('for await receives, and break leaves the socket open', async (t) => {
  const { client, server } = tcpPair(t)
  client.sendall('one')
  for await (const chunk of server) {
    assert.equal(String(chunk), 'one')
    break
  }
  client.sendall('two')
  client.shutdown(SHUT_WR)
  const rest = []
  for await (const chunk of server) rest.push(chunk)
  assert.equal(String(Buffer.concat(rest)), 'two')
})

test(
  'an endless sender starves neither timers nor others',
  async (t) => {
    const { client, server } = tcpPair(t)
    const [first, second] = pair(t)
    let isOver = false
    const block = pattern(65_536)
    const flood = (async () => {
      while (!isOver) await client.sendallAsync(block)
      client.close()
    })()
    const drain = (async () => {
      let count = 0
      for await (const chunk of server) count += chunk.length
      return count
    })()
    let beats = 0
    const heart = setInterval(() => beats++, 5)
    for (let i = 0; i < 50; i++) {
      const answer = second.recvAsync(10)
      await first.sendallAsync(`turn ${i}`)
      assert.equal(String(await answer), `turn ${i}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    clearInterval(heart)
    isOver = true
    await flood
    assert.ok((await drain) > 0)
    assert.ok(beats >= 2, `${beats} beats`)
  },
  { timeout: 30 },
)

test('promises that are done at once let timers have their turn', async (t) => {
  const [first, second] = pair(t)
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, 20)
  let count = 0
  while (!isOver) {
    await first.sendAsync('x')
    await second.recvAsync(1)
    count++
  }
  assert.ok(count > 10)
})

test('createConnectionAsync resolves names and connects', async (t) => {
  const listener = listenTcp(t)
  const client = t.add(await createConnectionAsync(['localhost', listener.getsockname()[1]]))
  const [conn, peer] = await listener.acceptAsync()
  t.add(conn)
  assert.deepEqual(peer[1], client.getsockname()[1])
})

test('createConnectionAsync goes on to the address that answers', async (t) => {
  // Nobody listens on ::1, to which localhost may come first.
  const listener = t.add(createServer(['127.0.0.1', 0]))
  const [, port] = listener.getsockname()
  const client = t.add(await createConnectionAsync(['localhost', port], { timeout: 5 }))
  assert.deepEqual(client.getpeername().slice(0, 2), ['127.0.0.1', port])
})

test('createConnectionAsync of a port that nobody has', async (t) => {
  const port = closedPort(t)
  await assert.rejects(createConnectionAsync(['127.0.0.1', port]), {
    code: 'ECONNREFUSED',
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
  })
  await assert.rejects(createConnectionAsync(['127.0.0.1', port], { allErrors: true }), (error) => {
    assert.ok(error instanceof AggregateError)
    return true
  })
})

test('sourceAddress is where the connection comes from', async (t) => {
  const listener = listenTcp(t)
  const client = t.add(await createConnectionAsync(listener.getsockname(), { sourceAddress: ['127.0.0.1', 0] }))
  const [conn, peer] = await listener.acceptAsync()
  t.add(conn)
  assert.deepEqual(peer, client.getsockname())
})

test(
  'one server for both families',
  async (t) => {
    const listener = t.add(createServer(['', 0], { family: AF_INET6, dualstackIPv6: true }))
    const [, port] = listener.getsockname()
    for (const host of ['127.0.0.1', '::1']) {
      const client = t.add(await createConnectionAsync([host, port]))
      const [conn, peer] = await listener.acceptAsync()
      t.add(conn)
      assert.ok(['::ffff:127.0.0.1', '::1'].includes(String(peer[0])), String(peer[0]))
      client.close()
    }
  },
  { needs: ['ipv6'] },
)

test('two accept loops on one listener share its connections', async (t) => {
  const listener = listenTcp(t)
  const address = listener.getsockname()
  let accepted = 0
  const loop = async () => {
    try {
      for (;;) {
        const [conn] = await listener.acceptAsync()
        accepted++
        conn.close()
        if (accepted === 20) listener.close()
      }
    } catch (error) {
      assert.match(String(/** @type {{ code?: string }} */ (error).code), /^(ECANCELED|EBADF)$/)
    }
  }
  const loops = [loop(), loop()]
  for (let i = 0; i < 20; i++) t.add(socket()).connect(address)
  await Promise.all(loops)
  assert.equal(accepted, 20)
})

test('synchronous calls and promises on the same sockets', async (t) => {
  const { client, server } = tcpPair(t)
  for (let i = 0; i < 100; i++) {
    const text = `message ${i};`
    if (i % 3 === 0) client.sendall(text)
    else await client.sendallAsync(text)
    const got = i % 2 === 0 ? server.recv(text.length) : await server.recvAsync(text.length)
    assert.equal(String(got), text)
  }
})
