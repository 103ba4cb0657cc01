/** A server of `berkeley bench` among strangers: random bytes, cut frames, wrong tokens, spoofed datagrams. */
import { AF_INET, SOCK_DGRAM, type Socket, SocketError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import * as datagram from '../../lib/cli/bench/datagram.js'
import { decodeHeader, encodeFrame, encodeHeader, FrameReader } from '../../lib/cli/bench/frames.js'
import type { ReplyOf } from '../../lib/cli/bench/messages.js'
import { type BenchServer, measured, only, startBenchServer } from '../support/bench.js'
import { runCli } from '../support/cli.js'
import { Closing, can } from '../support/sockets.js'

type Inet = Socket<typeof AF_INET>

function connectTo(port: number): Inet {
  const sock = socket()
  sock.settimeout(10)
  sock.connect(['127.0.0.1', port])
  return sock
}

/** All that is answered until the end; a reset is one. */
async function answerOf(sock: Inet): Promise<Buffer> {
  const parts: Buffer[] = []
  try {
    for (;;) {
      const data = await sock.recvAsync(65_536)
      if (data.length === 0) break
      parts.push(data)
    }
  } catch (error) {
    if (!(error instanceof SocketError) || error.code !== 'ECONNRESET') throw error
  }
  return Buffer.concat(parts)
}

async function sendAndRead(port: number, bytes: Uint8Array): Promise<Buffer> {
  using sock = connectTo(port)
  await sock.sendallAsync(bytes)
  return await answerOf(sock)
}

/** The frames in an answer. */
function framesIn(bytes: Buffer): unknown[] {
  const reader = new FrameReader(1 << 20)
  reader.push(bytes)
  const found: unknown[] = []
  for (let next = reader.next(); next !== undefined; next = reader.next()) found.push(next)
  return found
}

/** Shows that a server still serves. */
async function serves(server: BenchServer): Promise<void> {
  const [found] = only(await measured('127.0.0.1', server.port, '--test', 'udp', '-t', '0.05', '-b', '1M'), 'udp')
  expect(found?.status).toBe('done')
}

const MACHINE = { berkeley: '0', node: 'v0', platform: 'p', kernel: 'k', arch: 'a', cpu: 'c', cpus: 1 }

/** A control connection that was welcomed. */
async function welcomed(port: number): Promise<{ sock: Inet; reader: FrameReader; welcome: ReplyOf<'welcome'> }> {
  const sock = connectTo(port)
  const reader = new FrameReader(1 << 20)
  await sock.sendallAsync(Buffer.concat([encodeHeader(), encodeFrame({ type: 'hello', client: MACHINE })]))
  const welcome = (await nextFrame(sock, reader)) as ReplyOf<'welcome'>
  return { sock, reader, welcome }
}

async function nextFrame(sock: Inet, reader: FrameReader): Promise<unknown> {
  for (;;) {
    const message = reader.next()
    if (message !== undefined) return message
    const data = await sock.recvAsync(65_536)
    if (data.length === 0) throw new Error('the server closed the connection')
    reader.push(data)
  }
}

describe('over TCP', () => {
  test('a request of HTTP gets a line, and the end', async () => {
    await using server = await startBenchServer()
    const answer = await sendAndRead(server.port, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    expect(answer.toString()).toBe('This is a server of berkeley bench, which speaks a protocol of its own.\r\n')
    await serves(server)
  })

  test('another version is told', async () => {
    await using server = await startBenchServer()
    const header = encodeHeader()
    header.writeUInt8(2, 7)
    const [message] = framesIn(await sendAndRead(server.port, header))
    expect(message).toMatchObject({ type: 'error', code: 'version' })
    expect(() => decodeHeader(header)).toThrow((message as { message: string }).message.slice(0, 20))
  })

  test('random bytes, before a header and after one, upset nobody', async () => {
    await using server = await startBenchServer()
    let seed = 1
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed
    }
    const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => (random() >> 8) & 0xff))
    for (let i = 0; i < 40; i++) {
      const junk = bytes(1 + (random() % 200))
      using sock = connectTo(server.port)
      await sock.sendallAsync(i % 2 === 0 ? junk : Buffer.concat([encodeHeader(), junk]))
      sock.shutdown(1)
      await answerOf(sock)
    }
    await serves(server)
  })

  test('frames that are cut, too long, or say nothing known end their session only', async () => {
    await using server = await startBenchServer()
    const header = encodeHeader()
    const hello = encodeFrame({ type: 'hello', client: MACHINE })
    const bodies: [Uint8Array, string][] = [
      [Buffer.from([0, 0, 64, 1]), 'too-long'],
      [Buffer.from([255, 255, 255, 255]), 'too-long'],
      [encodeFrame({ type: 'hello', client: {} }), 'bad-message'],
      [encodeFrame({ type: 'test', id: 1, spec: { kind: 'udp', seconds: -1 } }), 'bad-message'],
      [encodeFrame([]), 'bad-message'],
      [Buffer.from([0, 0, 0, 2, 123, 123]), 'bad-message'],
    ]
    for (const [body, code] of bodies) {
      expect(framesIn(await sendAndRead(server.port, Buffer.concat([header, body])))).toMatchObject([
        { type: 'error', code },
      ])
    }
    for (let length = 1; length < hello.length; length += 17) {
      using sock = connectTo(server.port)
      await sock.sendallAsync(Buffer.concat([header, hello.subarray(0, length)]))
      sock.shutdown(1)
      expect(framesIn(await answerOf(sock))).toMatchObject([{ code: 'bad-message' }])
    }
    await serves(server)
  })

  test('a connection for data needs the token of a session', async () => {
    await using server = await startBenchServer()
    const header = encodeHeader({ stream: 0, token: 'ab'.repeat(16) })
    expect(await sendAndRead(server.port, header)).toEqual(Buffer.alloc(0))
    // With the token, and no test that wants it.
    const { sock, welcome } = await welcomed(server.port)
    using _ = sock
    expect(await sendAndRead(server.port, encodeHeader({ stream: 0, token: welcome.token }))).toEqual(Buffer.alloc(0))
  })

  test('more clients than are allowed are told so', async () => {
    await using server = await startBenchServer('--max-sessions', '1')
    const { sock } = await welcomed(server.port)
    using _ = sock
    const outcome = await runCli(['bench', 'client', '127.0.0.1', '--port', String(server.port)])
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/the server says: this server serves 1 clients at once\n$/)
  })

  test('two clients at once are both served', async () => {
    await using server = await startBenchServer()
    const both = await Promise.all(
      [1, 2].map(() => measured('127.0.0.1', server.port, '--test', 'latency,udp', '-t', '0.2', '-b', '1M')),
    )
    for (const results of both) expect(results.tests.map(({ status }) => status)).toEqual(Array(4).fill('done'))
  })
})

describe('over UDP', () => {
  const { KINDS, HANDSHAKE_BYTES } = datagram
  const spec = { kind: 'udp', direction: 'down', seconds: 60, bitrate: 1e6, size: 1200, interval: 1 }

  /** A socket on another address of this host, and one on the client's own. */
  function sockets(closing: Closing, port: number): Record<'own' | 'other', Inet> {
    const on = (host: string): Inet => {
      const sock = closing.add(socket(AF_INET, SOCK_DGRAM))
      sock.bind([host, 0])
      sock.connect(['127.0.0.1', port])
      return sock
    }
    return { own: on('127.0.0.1'), other: on('127.0.0.2') }
  }

  function request(kind: number, { session, token }: ReplyOf<'welcome'>): Buffer {
    const bytes = Buffer.alloc(HANDSHAKE_BYTES)
    datagram.fillHeader(bytes, 0, kind, session, token)
    return bytes
  }

  test.skipIf(!can.bindSecondLoopback)(
    'nothing is sent to an address that has not proven itself [needs 127.0.0.2]',
    async () => {
      await using server = await startBenchServer()
      using closing = new Closing()
      const { sock, reader, welcome } = await welcomed(server.port)
      closing.add(sock)
      const { own, other } = sockets(closing, server.port)
      const asked = async (): Promise<unknown> => {
        await sock.sendallAsync(encodeFrame({ type: 'test', id: 1, spec }))
        return await nextFrame(sock, reader)
      }
      expect(await asked()).toMatchObject({ type: 'error', message: 'no address is proven for UDP' })

      // Without the token, with a wrong cookie, from another host, and too short: all silent.
      const { token } = welcome
      own.send(request(KINDS.open, { ...welcome, token: token.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }))
      own.send(request(KINDS.prove, welcome))
      own.send(request(KINDS.open, welcome).subarray(0, HANDSHAKE_BYTES - 1))
      own.send(request(KINDS.request, welcome))
      own.send(Buffer.alloc(0))
      other.send(request(KINDS.open, welcome))
      // What is asked for rightly comes first, since nothing else is answered; and it is no longer than the request.
      own.send(request(KINDS.open, welcome))
      const cookie = await own.recvAsync(65_536, { timeout: 10 })
      expect(datagram.kindOf(cookie, 0)).toBe(KINDS.cookie)
      expect(cookie.length).toBe(HANDSHAKE_BYTES)

      // A cookie proves the address that it was sent to, not another one.
      const proof = Buffer.from(cookie)
      datagram.setKind(proof, 0, KINDS.prove)
      other.send(proof)
      expect(await asked()).toMatchObject({ type: 'error', message: 'no address is proven for UDP' })
      own.send(proof)
      expect(datagram.kindOf(await own.recvAsync(65_536, { timeout: 10 }), 0)).toBe(KINDS.proven)
      expect(await asked()).toMatchObject({ type: 'ready' })
      expect(datagram.kindOf(await own.recvAsync(65_536, { timeout: 10 }), 0)).toBe(KINDS.data)
      other.setblocking(false)
      expect(() => other.recv(65_536)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
    },
  )

  test('datagrams of nobody are passed over', async () => {
    await using server = await startBenchServer()
    using closing = new Closing()
    const { own } = sockets(closing, server.port)
    for (let length = 0; length < 200; length += 3) own.send(Buffer.alloc(length, length))
    for (let length = 0; length < 60; length++) {
      own.send(request(KINDS.open, { session: 1, token: '00'.repeat(16) } as ReplyOf<'welcome'>).subarray(0, length))
    }
    await serves(server)
  })
})
