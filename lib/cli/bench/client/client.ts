/** `berkeley bench client`: connects, runs the tests in turn, and gathers what they find. */
import { createConnectionAsync, type Socket } from '../../../index.js'
import { Failure, failure } from '../../failure.js'
import { encodeHeader } from '../frames.js'
import type { Machine } from '../machine.js'
import type { SpecOf } from '../messages.js'
import type { BenchResults, TestResult } from '../results.js'
import { measureConnections } from './connections.js'
import type { ClientContext, Progress } from './context.js'
import { measureLatency } from './latency.js'
import { BenchError, Link } from './link.js'
import { measureThroughput } from './throughput.js'
import { measureUdp } from './udp.js'

const CONNECT_SECONDS = 10
const WELCOME_SECONDS = 10

/** A test to run, with what it takes. */
export type Wanted =
  | SpecOf<'throughput'>
  | SpecOf<'udp'>
  | { kind: 'latency'; transport: 'tcp' | 'udp'; size: number; seconds: number; rate: number | null }
  | { kind: 'connections'; parallel: number; seconds: number }

export interface ClientPlan {
  host: string
  port: number
  tests: Wanted[]
  interval: number
  machine: Machine
}

/** A client whose server has welcomed it. */
export class BenchClient {
  readonly #plan: ClientPlan
  readonly #context: ClientContext
  readonly #started = new Date()
  readonly #beganMs = performance.now()

  private constructor(plan: ClientPlan, context: ClientContext) {
    this.#plan = plan
    this.#context = context
  }

  /** @throws {Failure} where there is no server, or it wants no more clients */
  static async connect(plan: ClientPlan, signal: AbortSignal, progress: Progress): Promise<BenchClient> {
    const { host, port, machine, interval } = plan
    const where = `${host} port ${port}`
    let sock: Socket
    try {
      sock = (await createConnectionAsync([host, port], { timeout: CONNECT_SECONDS, signal })) as Socket
    } catch (error) {
      if (signal.aborted) throw error
      throw failure(where, error)
    }
    sock.settimeout(null)
    const link = new Link(sock)
    try {
      sock.setOption('noDelay', true)
      const address = sock.getpeername() as ClientContext['address']
      await sock.sendallAsync(encodeHeader(), { timeout: CONNECT_SECONDS })
      await link.send({ type: 'hello', client: machine })
      const welcome = await link.expect('welcome', WELCOME_SECONDS)
      return new BenchClient(plan, { link, welcome, family: sock.family, address, signal, progress, interval })
    } catch (error) {
      link.close()
      if (error instanceof BenchError) throw new Failure(`${where}: ${error.message}`, { cause: error })
      throw failure(where, error)
    }
  }

  /** Runs the tests; those after an interruption, or after the server has gone, are left out. */
  async run(): Promise<BenchResults> {
    const { host, port, machine } = this.#plan
    const { link, signal, welcome, address } = this.#context
    const tests: TestResult[] = []
    for (const wanted of this.#plan.tests) {
      if (signal.aborted || link.gone.aborted) break
      tests.push(await this.#measure(wanted))
    }
    if (!link.gone.aborted) await link.send({ type: 'bye' }).catch(() => {})
    link.close()
    return {
      format: 'berkeley-bench',
      version: 1,
      started: this.#started.toISOString(),
      seconds: (performance.now() - this.#beganMs) / 1000,
      interrupted: signal.aborted,
      target: { host, address: String((address as [string, number])[0]), port },
      client: machine,
      server: welcome.server,
      tests,
    }
  }

  #measure(wanted: Wanted): Promise<TestResult> {
    const context = this.#context
    const { bitrate } = context.welcome.limits
    if (wanted.kind === 'throughput') return measureThroughput(context, wanted)
    if (wanted.kind === 'connections') {
      return measureConnections(context, { parallel: wanted.parallel, seconds: wanted.seconds })
    }
    if (wanted.kind === 'latency') {
      const { transport, size, seconds, rate } = wanted
      return measureLatency(context, { transport, size, seconds, rate })
    }
    // As fast as it goes means as fast as the server allows.
    return measureUdp(context, { ...wanted, bitrate: wanted.bitrate ?? bitrate })
  }
}
