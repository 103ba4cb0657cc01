/** The server's side of the tests over TCP. */
import { type Socket, SocketError } from '../../../index.js'
import type { RequestOf, SpecOf } from '../messages.js'
import { Turns } from '../pacer.js'
import { StreamRun } from '../streams.js'
import { tune } from '../tune.js'
import type { Context, Outcome, ServerTest } from './test.js'

/** Sends, receives, or both over all connections at once. */
export class ThroughputTest implements ServerTest {
  readonly #spec: SpecOf<'throughput'>
  readonly #context: Context
  readonly #socks: (Socket | undefined)[]
  readonly #complete = withResolvers()
  #missing: number
  #run: StreamRun | undefined
  #failure: unknown

  constructor(spec: SpecOf<'throughput'>, context: Context) {
    this.#spec = spec
    this.#context = context
    this.#missing = spec.parallel
    this.#socks = new Array<Socket | undefined>(spec.parallel).fill(undefined)
  }

  adopt(sock: Socket, stream: number): boolean {
    if (stream >= this.#socks.length || this.#socks[stream] !== undefined || this.#run !== undefined) return false
    this.#socks[stream] = sock
    try {
      tune(sock, this.#spec)
      if (--this.#missing === 0) this.#complete.resolve()
    } catch (error) {
      // An option that this system lacks: the client learns of it as the test's end.
      this.#failure = error
      this.#complete.resolve()
    }
    return true
  }

  async run(): Promise<Outcome> {
    const { id, limits, tell } = this.#context
    const { direction, omit, block, interval, seconds, bytes } = this.#spec
    await this.#complete.promise
    if (this.#failure !== undefined) throw this.#failure
    const socks = this.#socks.filter((sock) => sock !== undefined)
    if (socks.length === 0) return {}
    const plan = {
      sends: direction !== 'up',
      receives: direction !== 'down',
      // Of a test by bytes, too, no more than any other may take.
      seconds: seconds ?? (bytes === null ? 0 : limits.seconds),
      bytes,
      omit,
      block,
      interval,
      bitrate: limits.bitrate,
    }
    this.#run = new StreamRun(socks, plan, (found) => tell({ type: 'tcp', id, interval: found }))
    tell({ type: 'start', id })
    return { side: await this.#run.run() }
  }

  stop({ interrupted }: RequestOf<'stop'>): void {
    if (this.#run === undefined) this.abandon()
    else this.#run.stop(interrupted)
  }

  abandon(): void {
    this.#run?.abandon()
    for (const sock of this.#socks.splice(0)) sock?.close()
    this.#complete.resolve()
  }
}

/** Connections each of which is served in a loop of its own, until the client says that its part is over. */
abstract class ServingTest implements ServerTest {
  readonly #socks = new Set<Socket>()
  readonly #over = withResolvers()
  protected served = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  protected abstract serve(sock: Socket): Promise<void>

  adopt(sock: Socket): boolean {
    if (this.#socks.size >= this.#most) return false
    this.#socks.add(sock)
    void this.serve(sock)
      .catch((error: unknown) => {
        // The client is gone, or its part is over.
        if (!(error instanceof SocketError)) throw error
      })
      .finally(() => {
        sock.close()
        this.#socks.delete(sock)
      })
    return true
  }

  async run(): Promise<Outcome> {
    await this.#over.promise
    return { served: this.served }
  }

  stop(): void {
    this.abandon()
  }

  abandon(): void {
    for (const sock of this.#socks) sock.close()
    this.#over.resolve()
  }
}

/** Sends back what comes. */
export class EchoTest extends ServingTest {
  readonly #spec: SpecOf<'echo'>

  constructor(spec: SpecOf<'echo'>) {
    super(1)
    this.#spec = spec
  }

  protected async serve(sock: Socket): Promise<void> {
    sock.setOption('noDelay', true)
    const { size } = this.#spec
    const buffer = Buffer.allocUnsafe(Math.max(64 * 1024, size))
    const turns = new Turns()
    let bytes = 0
    for (;;) {
      const count = await sock.recvIntoAsync(buffer)
      if (count === 0) return
      await sock.sendallAsync(buffer.subarray(0, count))
      bytes += count
      this.served = Math.floor(bytes / size)
      if (turns.isDue(performance.now())) await turns.take()
    }
  }
}

const ACCEPTED = Buffer.from([1])

/** Answers each connection with one byte, and closes it. */
export class ConnectionsTest extends ServingTest {
  protected async serve(sock: Socket): Promise<void> {
    this.served++
    await sock.sendAsync(ACCEPTED, { timeout: 5 })
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
