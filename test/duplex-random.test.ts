/** Streams under random orders of events: bytes keep their order, and everything is told once. */
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { SO_LINGER, SOL_SOCKET, type Socket, type SocketDuplex, socketpair } from 'berkeley'
import { expect, test } from 'vitest'
import { byteAt, bytesFrom, freshSeed, type Random, randomOf } from './support/async.js'
import { tcpPair } from './support/sockets.js'

const LINGER_0 = Buffer.from(new Int32Array([1, 0]).buffer)
/** What a connection that one side breaks off may tell the other, or a writer. */
const EXPECTED = new Set(['ECONNRESET', 'EPIPE'])
/** And what a writer is told besides, when the stream is destroyed or the socket closed under it. */
const TOLD = new Set([...EXPECTED, 'ECANCELED', 'EBADF', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'])

/** One end: what it wrote and read, and what it was told. */
class Side {
  readonly duplex: SocketDuplex
  readonly #sock: Socket
  written = 0
  read = 0
  wrongBytes = 0
  calls = 0
  callbacks = 0
  closes = 0
  readonly errors: string[] = []

  constructor(sock: Socket, random: Random) {
    this.#sock = sock
    this.duplex = sock.toDuplex({ allowHalfOpen: random(2) === 0, highWaterMark: [500, 5000, 65536][random(3)] })
    this.duplex.on('data', (data: Buffer) => {
      for (const byte of data) if (byte !== byteAt(this.read++)) this.wrongBytes++
    })
    this.duplex.on('close', () => this.closes++)
    this.duplex.on('error', (error: NodeJS.ErrnoException) => this.errors.push(error.code ?? error.message))
  }

  /** One thing that a program might do now. */
  act(random: Random): void {
    const { duplex } = this
    switch (random(20)) {
      case 0:
        duplex.end()
        break
      case 1:
        duplex.destroy()
        break
      case 2:
        this.#sock.close()
        break
      case 3:
        if (!this.#sock.closed) this.#sock.setsockopt(SOL_SOCKET, SO_LINGER, LINGER_0)
        break
      case 4:
      case 5:
        duplex.pause()
        break
      case 6:
        duplex.cork()
        process.nextTick(() => duplex.uncork())
        break
      case 7:
        duplex.destroySoon()
        break
      default:
        if (random(3) === 0) duplex.resume()
        else if (duplex.writable) this.#write([0, 1, 100, 20_000, 300_000][random(5)] as number)
    }
  }

  #write(length: number): void {
    const from = this.written
    this.written += length
    this.calls++
    this.duplex.write(bytesFrom(from, length), (error) => {
      this.callbacks++
      const { code } = (error ?? {}) as NodeJS.ErrnoException
      if (error && !TOLD.has(code ?? '')) this.errors.push(`callback ${code} ${error.message}`)
    })
  }
}

async function run(random: Random, seed: string): Promise<void> {
  const tcp = random(2) === 0 ? tcpPair() : undefined
  const socks = tcp === undefined ? socketpair() : [tcp.client, tcp.server]
  const sides = socks.map((sock) => new Side(sock, random))
  for (let step = random(40); step > 0; step--) {
    sides[random(2)]?.act(random)
    if (random(3) === 0) await turn()
  }
  for (const { duplex } of sides) duplex.resume().end()
  // A socket that was closed under a stream which does nothing is found out when it is used, as here by resume().
  for (const { duplex } of sides) if (!duplex.closed) await once(duplex, 'close').catch(() => {})
  await turn()
  const [one, other] = sides as [Side, Side]
  for (const [side, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    const told = { closes: side.closes, wrongBytes: side.wrongBytes, untold: side.calls - side.callbacks }
    expect(told, seed).toEqual({ closes: 1, wrongBytes: 0, untold: 0 })
    expect(side.errors.length, `${seed}: ${side.errors}`).toBeLessThanOrEqual(1)
    for (const code of side.errors) expect(EXPECTED, seed).toContain(code)
    expect(peer.read, seed).toBeLessThanOrEqual(side.written)
    expect(side.duplex.bytesWritten, seed).toBeGreaterThanOrEqual(peer.read)
  }
}

test('1000 random connections', { timeout: 120_000 }, async () => {
  const seed = freshSeed()
  const random = randomOf(seed)
  for (let i = 0; i < 1000; i++) await run(random, `BERKELEY_SEED=${seed}, number ${i}`)
})
