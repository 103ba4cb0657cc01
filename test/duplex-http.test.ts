/** HTTP over streams: node:http's server and client, with keep-alive, each beside the other and beside node:net's. */
import { once } from 'node:events'
import * as http from 'node:http'
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { createConnection, createServer, type Socket } from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { settle } from './support/streams.js'

const MIB = 1024 * 1024
const open: { close(): void }[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

/** Gives an HTTP server of either version the connections of a listener of this package; where it listens. */
function serve(server: http.Server | http2.Http2Server): readonly [host: string, port: number] {
  const listener = createServer(['127.0.0.1', 0])
  open.push(listener)
  void (async () => {
    for await (const [conn] of listener) server.emit('connection', conn.toDuplex().setNoDelay())
  })()
  return listener.getsockname()
}

const echo: http.RequestListener = (request, response) => {
  response.setHeader('peer', `${request.socket.remoteAddress}:${request.socket.remotePort}`)
  request.pipe(response)
}

/** Makes a request; the response and its body. */
async function ask(options: http.RequestOptions, body = ''): Promise<{ response: http.IncomingMessage; body: string }> {
  const request = http.request({ method: 'POST', host: '127.0.0.1', ...options })
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  return { response, body: await text(response) }
}

/** An agent whose connections are sockets of this package, which it keeps for the next request. */
class SocketAgent extends http.Agent {
  readonly sockets_: Socket[] = []

  override createConnection(options: http.ClientRequestArgs): Duplex {
    const sock = createConnection([options.host ?? '127.0.0.1', options.port as number])
    this.sockets_.push(sock)
    // An agent relies on a connection that ends itself when the server has ended it.
    return sock.toDuplex({ allowHalfOpen: false })
  }
}

describe('a server of node:http over streams', () => {
  test('answers the client of node:http, several times on one connection', async () => {
    const server = http.createServer(echo)
    const [, port] = serve(server)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const peers = new Set<unknown>()
    for (const body of ['first', 'second', 'x'.repeat(MIB)]) {
      const answer = await ask({ port, agent }, body)
      expect([answer.response.statusCode, answer.body.length]).toEqual([200, body.length])
      expect(answer.body === body).toBe(true)
      peers.add(answer.response.headers.peer)
    }
    expect([...peers]).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
    agent.destroy()
  })

  test('closes a connection that asks for it, and one that is idle too long', async () => {
    const server = http.createServer({ keepAliveTimeout: 20 }, echo)
    const [, port] = serve(server)
    for (const request of ['Connection: close\r\n', '']) {
      using client = createConnection(['127.0.0.1', port])
      const stream = client.toDuplex()
      stream.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${request}\r\n`)
      expect(await text(stream)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    }
  })

  test('waits for a client that reads slowly', async () => {
    const body = Buffer.alloc(32 * MIB, 'slow')
    let isWritten = false
    const server = http.createServer((_, response) => {
      response.end(body, () => {
        isWritten = true
      })
    })
    const [, port] = serve(server)
    const request = http.get({ host: '127.0.0.1', port, agent: false })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.pause()
    await settle()
    expect(isWritten).toBe(false)
    expect((await buffer(response)).equals(body)).toBe(true)
  })

  test('answers what is no HTTP with 400, and outlives clients that reset', async () => {
    const server = http.createServer(echo)
    const [, port] = serve(server)
    using wrong = createConnection(['127.0.0.1', port])
    const stream = wrong.toDuplex()
    stream.write('this is not HTTP\r\n\r\n')
    expect(await text(stream)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    const gone = createConnection(['127.0.0.1', port])
    gone.sendall('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nless')
    gone.close()
    expect((await ask({ port, agent: false }, 'still here')).body).toBe('still here')
  })

  test('hands a connection over to whoever upgrades it', async () => {
    const server = http.createServer()
    server.on('upgrade', (_, socket: Duplex, head) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.write(head)
      socket.pipe(socket)
    })
    const [, port] = serve(server)
    const request = http.get({
      createConnection: () => createConnection(['127.0.0.1', port]).toDuplex(),
      headers: { connection: 'Upgrade', upgrade: 'echo' },
    })
    const [, socket] = (await once(request, 'upgrade')) as [unknown, Duplex]
    socket.end('back, please')
    expect(await text(socket)).toBe('back, please')
  })
})

describe('a client of node:http over streams', () => {
  const listen = async (listener: http.RequestListener): Promise<number> => {
    const server = http.createServer(listener).listen(0, '127.0.0.1')
    open.push({
      close() {
        server.closeAllConnections()
        server.close()
      },
    })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  test('asks a server of node:http', async () => {
    const port = await listen(echo)
    const sock = createConnection(['127.0.0.1', port])
    const { response, body } = await ask({ createConnection: () => sock.toDuplex() }, 'a question')
    expect([response.statusCode, body]).toEqual([200, 'a question'])
    await settle()
    // Without an agent, a connection is for one request.
    expect(sock.closed).toBe(true)
  })

  test('keeps its connection in an agent, and makes a new one after the server has closed it', async () => {
    let requests = 0
    const port = await listen((_, response) => {
      requests++
      // The third answer is the last of its connection.
      if (requests === 3) response.setHeader('connection', 'close')
      response.end(`answer ${requests}`)
    })
    const agent = new SocketAgent({ keepAlive: true, maxSockets: 1 })
    const bodies: string[] = []
    for (let i = 0; i < 4; i++) bodies.push((await ask({ port, agent })).body)
    expect(bodies).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4'])
    expect(agent.sockets_.map(({ closed }) => closed)).toEqual([true, false])
    agent.destroy()
    await settle()
    expect(agent.sockets_.map(({ closed }) => closed)).toEqual([true, true])
  })

  test('forgets an idle connection in an agent when the server closes it', async () => {
    const port = await listen(echo)
    const agent = new SocketAgent({ keepAlive: true })
    await ask({ port, agent })
    const [[idle] = []] = Object.values(agent.freeSockets)
    const closed = once(idle as unknown as Duplex, 'close')
    open.pop()?.close()
    await closed
    expect(Object.keys(agent.freeSockets)).toEqual([])
    expect(agent.sockets_.map((sock) => sock.closed)).toEqual([true])
  })

  test('is told of a server that goes away in the middle of an answer', async () => {
    const port = await listen((request, response) => {
      response.setHeader('content-length', '1000')
      response.write('a part')
      setImmediate(() => request.socket.resetAndDestroy())
    })
    const request = http.get({ createConnection: () => createConnection(['127.0.0.1', port]).toDuplex() })
    request.on('error', () => {})
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    await expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('notices that nothing comes', async () => {
    const port = await listen(() => {})
    const request = http.get({ createConnection: () => createConnection(['127.0.0.1', port]).toDuplex() })
    const failed = once(request, 'response').catch((error) => error)
    request.setTimeout(20, () => request.destroy(new Error('nothing came')))
    expect(await failed).toMatchObject({ message: 'nothing came' })
  })
})

test('both sides of HTTP/2 work over streams, many requests at once', async () => {
  const server = http2.createServer()
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  })
  const [, port] = serve(server)
  const session = http2.connect('http://localhost', {
    createConnection: () => createConnection(['127.0.0.1', port]).toDuplex().setNoDelay(),
  })
  const bodies = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000 * i))
  const answers = bodies.map((body) => {
    const stream = session.request({ ':method': 'POST' })
    stream.end(body)
    return text(stream)
  })
  expect((await Promise.all(answers)).every((answer, i) => answer === bodies[i])).toBe(true)
  const closed = once(session, 'close')
  session.close()
  await closed
})
