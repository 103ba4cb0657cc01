/** Handlers with files, in every kind of server, beside CPython's. */
import { IPPROTO_TCP, type Socket, socket, TCP_NODELAY } from 'berkeley'
import {
  AsyncTCPServer,
  AsyncUDPServer,
  DatagramRequestHandler,
  StreamRequestHandler,
  TCPServer,
  ThreadingTCPServer,
  UDPServer,
} from 'berkeley/socketserver'
import { describe, expect, test } from 'vitest'
import { hasPython, python } from '../support/python.js'
import { ask, connectTo, until } from '../support/servers.js'
import { udp } from '../support/sockets.js'
import { moduleOf } from '../support/thread-handlers.js'

const LOOPBACK = ['127.0.0.1', 0] as const

class Upper extends StreamRequestHandler {
  override handle(): void {
    for (const line of this.rfile) this.wfile.write(Buffer.from(line.toString().toUpperCase()))
  }
}

class UpperAsync extends StreamRequestHandler {
  override async handle(): Promise<void> {
    for await (const line of this.rfile) await this.wfile.writeAsync(Buffer.from(line.toString().toUpperCase()))
  }
}

/** One request: what comes back, and what is left of the connection. */
function converse(server: TCPServer, text: string): string {
  using client = socket()
  client.connect(server.serverAddress)
  client.sendall(text)
  client.shutdown(1)
  server.handleRequest()
  const parts: Buffer[] = []
  for (let data = client.recv(1000); data.length > 0; data = client.recv(1000)) parts.push(data)
  return Buffer.concat(parts).toString()
}

describe('StreamRequestHandler', () => {
  test('lines in and out; the client sees the end', () => {
    using server = new TCPServer(LOOPBACK, Upper)
    expect(converse(server, 'one\ntwo\nthree')).toBe('ONE\nTWO\nTHREE')
  })

  test.each([
    ['static attributes', 'static'],
    ['fields', 'field'],
  ])('heeds %s', (_, how) => {
    const seen: unknown[] = []
    class Own extends Upper {
      override handle(): void {
        const { connection } = this
        seen.push(connection.gettimeout(), connection.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0)
        this.wfile.write(Buffer.from('buffered'))
        seen.push(connection === this.request, this.wfile.closed)
        super.handle()
      }
      override finish(): void {
        super.finish()
        seen.push(this.rfile.closed, this.wfile.closed, this.connection.closed)
      }
    }
    class Static extends Own {
      static override timeout = 2.5
      static override wbufsize = 100
      static override disableNagleAlgorithm = true
    }
    class Field extends Own {
      override timeout = 2.5
      override wbufsize = 100
      override disableNagleAlgorithm = true
    }
    using server = new TCPServer(LOOPBACK, how === 'static' ? Static : Field)
    expect(converse(server, ' text')).toBe('buffered TEXT')
    expect(seen).toEqual([2.5, true, true, false, true, true, false])
  })

  test('a client that has gone before the buffer is sent is no error', () => {
    const errors: unknown[] = []
    class Late extends StreamRequestHandler {
      static override wbufsize = 1 << 20
      override handle(): void {
        this.wfile.write(Buffer.alloc(1000))
        this.connection.shutdown(1)
      }
    }
    using server = new TCPServer(LOOPBACK, Late)
    server.handleError = (_request, _address, error) => errors.push(error)
    expect(converse(server, '')).toBe('')
    expect(errors).toEqual([])
  })

  test.skipIf(!hasPython)('the same requests to CPython [needs python3]', () => {
    const scripts = ['line\n', 'a\nb\n\nc', '', '\n', 'x'.repeat(20_000)]
    const there = python(`
import socketserver
class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line.upper())
answers = []
with socketserver.TCPServer(('127.0.0.1', 0), Upper) as server:
    for text in json.loads(${JSON.stringify(JSON.stringify(scripts))}):
        with socket.create_connection(server.server_address) as client:
            client.sendall(text.encode())
            client.shutdown(socket.SHUT_WR)
            server.handle_request()
            answers.append(client.makefile().read())
emit(answers)`)
    using server = new TCPServer(LOOPBACK, Upper)
    expect(scripts.map((text) => converse(server, text))).toEqual(there)
  })

  test('in an asynchronous server', async () => {
    class Buffered extends UpperAsync {
      static override wbufsize = 1 << 16
    }
    for (const handler of [UpperAsync, Buffered]) {
      await using server = new AsyncTCPServer(LOOPBACK, handler)
      const served = server.serveForeverAsync()
      const text = 'some line\n'.repeat(10_000)
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server.serverAddress, text)))
      expect(new Set(answers)).toEqual(new Set([text.toUpperCase()]))
      expect(await server.shutdown()).toBe(0)
      await served
    }
  })

  test('in an asynchronous server, a client that does not read holds up nobody, and is ended with it', async () => {
    let conn: Socket | undefined
    class Flood extends StreamRequestHandler {
      static override wbufsize = 1 << 20
      override async handle(): Promise<void> {
        if ((await this.rfile.readlineAsync()).toString() === 'hello\n') {
          await this.wfile.writeAsync(Buffer.from('hello'))
          return
        }
        conn = this.connection
        for (;;) await this.wfile.writeAsync(Buffer.alloc(1 << 16))
      }
    }
    const errors: unknown[] = []
    const server = new AsyncTCPServer(LOOPBACK, Flood)
    server.handleError = (_request, _address, error) => errors.push(error)
    const served = server.serveForeverAsync()
    const silent = connectTo(server.serverAddress).pause()
    silent.write('flood\n')
    await until(() => conn !== undefined)
    expect(await ask(server.serverAddress, 'hello\n')).toBe('hello')
    expect(await server.shutdown({ timeout: 0.01 })).toBe(1)
    await served
    expect(conn?.fileno()).toBe(-1)
    expect(errors).toEqual([])
    silent.destroy()
  })

  test('in threads', async () => {
    const module = moduleOf(`
import { StreamRequestHandler } from '${new URL('../../dist/socketserver.js', import.meta.url)}'
export default class extends StreamRequestHandler {
  handle() { for (const line of this.rfile) this.wfile.write(Buffer.from(line.toString().toUpperCase())) }
}`)
    await using server = new ThreadingTCPServer(LOOPBACK, { module })
    const served = server.serveForeverAsync()
    expect(await ask(server.serverAddress, 'one\ntwo\n')).toBe('ONE\nTWO\n')
    server.shutdown()
    await served
  })
})

describe('DatagramRequestHandler', () => {
  class Lines extends DatagramRequestHandler {
    override handle(): void {
      const first = this.rfile.readline()
      this.wfile.writelines([Buffer.from(`${first.length}:`), this.rfile.read()])
    }
  }

  test('what is written is one datagram, sent at the end, even if there is nothing', () => {
    using server = new UDPServer(LOOPBACK, Lines)
    using client = udp()
    client.settimeout(10)
    for (const [sent, answer] of [
      ['one\ntwo\nthree', '4:two\nthree'],
      ['', '0:'],
      ['no line', '7:'],
    ] as const) {
      client.sendto(sent, server.serverAddress)
      server.handleRequest()
      expect(client.recv(100).toString()).toBe(answer)
    }
    server.RequestHandlerClass = DatagramRequestHandler
    client.sendto('unheard', server.serverAddress)
    server.handleRequest()
    expect(client.recvfrom(100)).toEqual([Buffer.alloc(0), server.serverAddress])
  })

  test('in an asynchronous server: one answer', async () => {
    class Async extends DatagramRequestHandler {
      override async handle(): Promise<void> {
        for await (const line of this.rfile) await this.wfile.writeAsync(line)
      }
    }
    await using server = new AsyncUDPServer(LOOPBACK, Async)
    const served = server.serveForeverAsync()
    using client = udp()
    for (const text of ['first\nline', 'second']) {
      client.sendto(text, server.serverAddress)
      expect((await client.recvAsync(100, { timeout: 10 })).toString()).toBe(text)
    }
    await server.shutdown()
    await served
  })

  test('its files in memory read and write as BytesIO does', async () => {
    const log: unknown[] = []
    class Reads extends DatagramRequestHandler {
      override async handle(): Promise<void> {
        const { rfile, wfile } = this
        const buffer = Buffer.alloc(3)
        log.push(String(rfile.read(2)), String(rfile.readline(2)), rfile.readinto(buffer), String(buffer))
        log.push(rfile.readlines(3).map(String), String(await rfile.readAsync(100)), String(rfile.read()))
        log.push(await rfile.readintoAsync(buffer), String(await rfile.readlineAsync()), await rfile.readlinesAsync())
        await wfile.writelinesAsync([Buffer.from('a'), new Uint16Array([0x4141])])
        wfile.flush()
        await wfile.flushAsync()
        log.push(String(wfile.getvalue()))
        expect(() => wfile.write('text' as never)).toThrow(/"data" argument/)
      }
    }
    await using server = new AsyncUDPServer(LOOPBACK, Reads)
    const served = server.serveForeverAsync()
    using client = udp()
    client.sendto('abcdefg\nhi\njk\nl', server.serverAddress)
    expect((await client.recvAsync(100, { timeout: 10 })).toString()).toBe('aAA')
    await server.shutdown()
    await served
    expect(log).toEqual(['ab', 'cd', 3, 'efg', ['\n', 'hi\n'], 'jk\nl', '', 0, '', [], 'aAA'])
  })
})
