/** Thousands of connections at once, every byte of which is checked by the peer. */
import { execFileSync, spawn } from 'node:child_process'
import { createServer, type Socket as NodeSocket } from 'node:net'
import { createServer as listen, type Socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { settles } from './support/async.js'
import { hasPython } from './support/python.js'
import { ended, startChild, startWrapped } from './support/worker.js'

/** How many descriptors a process may have here. */
const limit = ((): number => {
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
})()
const MOST = 2000
const count = Math.min(MOST, limit - 200)

/** What a connection sends in a round, as source: the clients are programs of their own. */
const MESSAGE = `
  const ROUNDS = 3
  const message = (index, round) => {
    const data = Buffer.alloc(1 + (index * 7919 + round * 104729) % 3000)
    for (let i = 0; i < data.length; i++) data[i] = (index * 31 + round * 17 + i * 7 + (i >> 8)) & 0xff
    return data
  }
  const [port, count] = process.argv.slice(-2).map(Number)`

const NODE_CLIENTS = `${MESSAGE}
  import { connect } from 'node:net'
  const one = (index) => new Promise((resolve, reject) => {
    const sock = connect(port, '127.0.0.1')
    let round = 0, got = []
    const begin = () => sock.write(message(index, round))
    sock.on('connect', begin).on('error', reject).on('close', () => resolve(round))
    sock.on('data', (chunk) => {
      got.push(chunk)
      const expected = message(index, round)
      if (got.reduce((sum, part) => sum + part.length, 0) < expected.length) return
      if (!Buffer.concat(got).equals(expected)) return reject(new Error('connection ' + index + ' got other bytes'))
      got = []
      if (++round < ROUNDS) begin()
      else sock.end()
    })
  })
  const rounds = await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
  console.log(rounds.every((one) => one === ROUNDS))`

const OWN_CLIENTS = `${MESSAGE}
  const one = async (index) => {
    const sock = berkeley.socket()
    await sock.connectAsync(['127.0.0.1', port])
    for (let round = 0; round < ROUNDS; round++) {
      const data = message(index, round)
      const back = sock.recvAsync(data.length, { flags: berkeley.MSG_WAITALL })
      await sock.sendallAsync(data)
      if (!(await back).equals(data)) throw new Error('connection ' + index + ' got other bytes')
    }
    sock.shutdown(berkeley.SHUT_WR)
    if ((await sock.recvAsync(1)).length !== 0) throw new Error('more than was sent')
    sock.close()
    return ROUNDS
  }
  const rounds = await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
  console.log(rounds.every((one) => one === ROUNDS))`

/** Echoes until the peer has finished. */
async function echo(conn: Socket): Promise<void> {
  for (let data = await conn.recvAsync(65_536); data.length > 0; data = await conn.recvAsync(65_536)) {
    await conn.sendallAsync(data)
  }
  conn.close()
}

async function serve(listener: Socket, connections: number): Promise<number> {
  const echoes: Promise<void>[] = []
  let most = 0
  let open = 0
  for (let i = 0; i < connections; i++) {
    const [conn] = await listener.acceptAsync()
    most = Math.max(most, ++open)
    echoes.push(echo(conn).finally(() => open--))
  }
  await Promise.all(echoes)
  return most
}

describe(`${count} connections`, () => {
  test.skipIf(count < MOST).each([
    ['node:net', NODE_CLIENTS],
    ['this package', OWN_CLIENTS],
  ])('of %s echo at once, every byte [needs 2,200 descriptors]', { timeout: 120_000 }, async (_, clients) => {
    using listener = listen(['127.0.0.1', 0], { backlog: 4096 }) as Socket
    const [, port] = listener.getsockname() as [string, number]
    const served = serve(listener, count)
    const { stdout, stderr, code } = await ended(startChild(clients, String(port), String(count)))
    expect({ stdout, stderr, code }).toEqual({ stdout: 'true\n', stderr: '', code: 0 })
    // They were there together, not one after the other.
    expect(await settles(served)).toBeGreaterThan(count / 4)
  })

  test.skipIf(count < MOST)(
    'of this package with the waker thread, to a server of node:net [needs 2,200 descriptors]',
    { timeout: 120_000 },
    async () => {
      const server = createServer({ allowHalfOpen: true }, (conn: NodeSocket) => conn.pipe(conn))
      await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve))
      const { port } = server.address() as { port: number }
      const child = startWrapped(['env', 'BERKELEY_WAKER=thread'], OWN_CLIENTS, String(port), String(count))
      expect(await ended(child)).toEqual({ stdout: 'true\n', stderr: '', code: 0, signal: null })
      server.close()
    },
  )

  test.skipIf(!hasPython)('one after the other from CPython, in one thread with a timer [needs python3]', async () => {
    using listener = listen(['127.0.0.1', 0]) as Socket
    const [, port] = listener.getsockname() as [string, number]
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const served = serve(listener, 200)
    const code = `
import socket, subprocess, sys
for i in range(200):
    with socket.create_connection(('127.0.0.1', ${port})) as conn:
        data = bytes([i]) * (i * 37 + 1)
        conn.sendall(data)
        assert conn.recv(len(data), socket.MSG_WAITALL) == data
print('done')`
    expect(await ended(spawn('python3', ['-c', code]))).toMatchObject({ stdout: 'done\n', stderr: '', code: 0 })
    await settles(served)
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
  })
})
