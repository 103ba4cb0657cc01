/** One client of a server: its control connection, its tests in turn, and what belongs to it. */
import { randomBytes } from 'node:crypto'
import { type Socket, SocketError, SocketTimeoutError } from '../../../index.js'
import { Control } from '../control.js'
import { DATAGRAM_BYTES } from '../datagram.js'
import { LONGEST_REQUEST, TOKEN_BYTES } from '../frames.js'
import { CpuMeter, type Machine } from '../machine.js'
import { type Limits, type RequestOf, requestCheck, type Spec } from '../messages.js'
import { ProtocolError } from '../schema.js'
import { type Datagrams, UdpPeer } from './datagrams.js'
import { ConnectionsTest, EchoTest, ThroughputTest } from './tcp-tests.js'
import type { Context, ServerTest } from './test.js'
import { UdpEchoTest, UdpReceiveTest, UdpSendTest } from './udp-tests.js'

/** A client that says nothing for so long between tests is gone, and how long it may take beyond a test. Seconds. */
const IDLE_SECONDS = 60
const GRACE_SECONDS = 30

/** What a server gives its sessions. */
export interface Surroundings {
  machine: Machine
  limits: Limits
  datagrams: Datagrams | null
  /** A line for whoever runs the server. */
  say: (line: string) => void
}

export class Session {
  readonly number: number
  readonly token = randomBytes(TOKEN_BYTES).toString('hex')
  /** What it was about, for the summary. */
  readonly tests: string[] = []
  /** Who it is, for people. */
  readonly name: string
  readonly #control: Control<ReturnType<typeof requestCheck>>
  readonly #around: Surroundings
  readonly #peer: UdpPeer | null
  #current: { id: number; test: ServerTest; ended: Promise<void> } | undefined
  #secondsLeft = IDLE_SECONDS
  #goodbye: string | undefined

  constructor(number: number, sock: Socket, host: string, around: Surroundings) {
    this.number = number
    this.name = shownHost(host)
    this.#around = around
    this.#control = new Control(sock, LONGEST_REQUEST, requestCheck)
    this.#peer = around.datagrams === null ? null : new UdpPeer(this.token, host)
    if (this.#peer !== null) around.datagrams?.add(number, this.#peer)
  }

  get isTesting(): boolean {
    return this.#current !== undefined
  }

  /** Takes a connection that bears the token; `false`: no test wants it. */
  adopt(sock: Socket, stream: number): boolean {
    return this.#current?.test.adopt(sock, stream) ?? false
  }

  /** Serves to the end, whoever brings it about; nothing of the session is left. */
  async run(): Promise<void> {
    try {
      await this.#serve()
    } catch (error) {
      await this.#fail(error)
    } finally {
      this.#current?.test.abandon()
      this.#around.datagrams?.remove(this.number)
      await this.#current?.ended
      this.#control.close()
    }
  }

  /** Ends the session: the client is told why. */
  async end(reason: string): Promise<void> {
    this.#goodbye = reason
    try {
      await this.#control.send({ type: 'goodbye', reason })
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
    }
    this.#control.close()
  }

  async #serve(): Promise<void> {
    for (;;) {
      const message = await this.#control.receive(this.#secondsLeft)
      if (message === null || message.type === 'bye') return
      if (message.type === 'hello') await this.#welcome()
      else if (message.type === 'test') await this.#begin(message)
      else if (this.#current?.id === message.id) this.#current.test.stop(message)
    }
  }

  async #welcome(): Promise<void> {
    const { machine, limits } = this.#around
    const { number: session, token } = this
    const udp = this.#peer !== null
    await this.#control.send({ type: 'welcome', server: machine, session, token, udp, limits })
  }

  async #begin({ id, spec }: RequestOf<'test'>): Promise<void> {
    if (this.#current !== undefined) throw new ProtocolError('busy', 'a test is running: stop it before the next one')
    const { limits, datagrams, say } = this.#around
    const refusal = refusalOf(spec, limits)
    const tell = (message: object): void => {
      this.#control.send(message).catch(() => this.#control.close())
    }
    const context: Context = {
      ...{ id, limits, datagrams, tell },
      ...{ peer: this.#peer, session: this.number, token: this.token },
    }
    const test = refusal === undefined ? testOf(spec, context) : refusal
    if (typeof test === 'string') {
      await this.#control.send({ type: 'error', id, code: 'refused', message: test })
      return
    }
    const what = 'direction' in spec ? `${spec.kind} ${spec.direction}` : spec.kind
    this.tests.push(what)
    say(`${this.name}: ${what}`)
    const longest = 'omit' in spec ? (spec.seconds ?? limits.seconds) + spec.omit : spec.seconds
    this.#secondsLeft = longest + GRACE_SECONDS
    this.#current = { id, test, ended: this.#finish(id, test) }
    await this.#control.send({ type: 'ready', id })
  }

  /** Runs a test to its end and tells the result. */
  async #finish(id: number, test: ServerTest): Promise<void> {
    const cpu = new CpuMeter()
    const nothing = { side: null, loss: null, sent: null, served: null }
    try {
      const outcome = await test.run()
      await this.#control.send({ type: 'result', id, ...nothing, ...outcome, cpu: cpu.read() })
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      test.abandon()
      // Where the control connection is what broke, there is nobody to tell.
      await this.#control.send({ type: 'error', id, code: error.code, message: error.message }).catch(() => {})
    } finally {
      this.#current = undefined
      this.#secondsLeft = IDLE_SECONDS
    }
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#goodbye !== undefined) return
    const { say } = this.#around
    if (error instanceof ProtocolError) {
      say(`${this.name}: ${error.message}`)
      const { code, message } = error
      await this.#control.send({ type: 'error', id: null, code, message: message.slice(0, 400) }).catch(() => {})
    } else if (error instanceof SocketTimeoutError) {
      say(`${this.name}: said nothing for too long`)
      await this.end('nothing was heard of you for too long')
    } else if (error instanceof SocketError) {
      say(`${this.name}: gone (${error.code})`)
    } else {
      throw error
    }
  }
}

/** A host without what IPv6 sockets put before IPv4 addresses. */
export function shownHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.)/, '')
}

function refusalOf(spec: Spec, limits: Limits): string | undefined {
  const seconds = spec.seconds ?? 0
  if (seconds > limits.seconds) return `this server allows tests of at most ${limits.seconds} seconds, not ${seconds}`
  if ('parallel' in spec && spec.parallel > limits.parallel) {
    return `this server allows at most ${limits.parallel} connections at once, not ${spec.parallel}`
  }
  if (spec.kind === 'udp') {
    if (spec.size < DATAGRAM_BYTES) return `a datagram has at least ${DATAGRAM_BYTES} bytes, not ${spec.size}`
    if (limits.bitrate !== null && (spec.bitrate ?? Number.POSITIVE_INFINITY) > limits.bitrate) {
      return `this server allows at most ${limits.bitrate} bits per second, not ${spec.bitrate ?? 'any rate'}`
    }
  }
  if (spec.kind === 'throughput' && (spec.seconds === null) === (spec.bytes === null)) {
    return 'a throughput test takes seconds or bytes'
  }
  return undefined
}

/** The test, or why there can be none. */
function testOf(spec: Spec, context: Context): ServerTest | string {
  if (spec.kind === 'throughput') return new ThroughputTest(spec, context)
  if (spec.kind === 'echo') return new EchoTest(spec)
  if (spec.kind === 'connections') return new ConnectionsTest(spec.parallel)
  const { datagrams, peer } = context
  if (datagrams === null || peer === null) return 'this server has no UDP'
  const { address } = peer
  if (address === null) return 'no address is proven for UDP'
  const udp = { ...context, datagrams, peer }
  if (spec.kind === 'udp-echo') return new UdpEchoTest(udp)
  return spec.direction === 'up' ? new UdpReceiveTest(spec, udp) : new UdpSendTest(spec, udp, address)
}
