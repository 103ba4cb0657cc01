/** The server's side of the tests over UDP. */
import type { AddressIn } from '../../../index.js'
import { FlowReceiver, FlowSender, settled } from '../flow.js'
import type { RequestOf, SpecOf } from '../messages.js'
import type { Datagrams, UdpPeer } from './datagrams.js'
import type { Context, Outcome, ServerTest } from './test.js'

/** What a test over UDP has, once its client has proven an address. */
export interface UdpContext extends Context {
  datagrams: Datagrams
  peer: UdpPeer
}

abstract class UdpTest implements ServerTest {
  protected readonly context: UdpContext
  #end: (sent: number | null) => void = () => {}
  /** How many datagrams the client sent, once it says so. */
  protected readonly over: Promise<number | null>

  constructor(context: UdpContext) {
    this.context = context
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  abstract run(): Promise<Outcome>

  adopt(): boolean {
    return false
  }

  stop({ sent }: Pick<RequestOf<'stop'>, 'sent'>): void {
    this.#end(sent)
  }

  abandon(): void {
    this.stop({ sent: null })
  }
}

/** Sends requests back. */
export class UdpEchoTest extends UdpTest {
  async run(): Promise<Outcome> {
    const { peer } = this.context
    peer.echoes = true
    peer.echoed = 0
    await this.over
    peer.echoes = false
    return { served: peer.echoed }
  }
}

/** Counts what comes. */
export class UdpReceiveTest extends UdpTest {
  readonly #spec: SpecOf<'udp'>
  #gone = false

  constructor(spec: SpecOf<'udp'>, context: UdpContext) {
    super(context)
    this.#spec = spec
  }

  async run(): Promise<Outcome> {
    const { peer, datagrams, id, tell } = this.context
    const receiver = new FlowReceiver()
    peer.receiver = receiver
    const report = (): void => tell({ type: 'loss', id, interval: receiver.interval() })
    const timer = setInterval(report, this.#spec.interval * 1000)
    try {
      const sent = await this.over
      if (!this.#gone) await settled(receiver, sent)
      clearInterval(timer)
      report()
      return { loss: receiver.result(sent, datagrams.receiveBuffer) }
    } finally {
      clearInterval(timer)
      peer.receiver = null
    }
  }

  override abandon(): void {
    this.#gone = true
    super.abandon()
  }
}

/** Sends to the address that was proven. */
export class UdpSendTest extends UdpTest {
  readonly #spec: SpecOf<'udp'>
  readonly #address: AddressIn
  #sender: FlowSender | undefined

  constructor(spec: SpecOf<'udp'>, context: UdpContext, address: AddressIn) {
    super(context)
    this.#spec = spec
    this.#address = address
  }

  async run(): Promise<Outcome> {
    const { datagrams, session, token, id, tell } = this.context
    const { size, bitrate, seconds } = this.#spec
    const { sock } = datagrams
    this.#sender = new FlowSender({ sock, address: this.#address, session, token, size, bitrate, seconds })
    const sent = await this.#sender.run()
    tell({ type: 'sent', id, sent })
    await this.over
    return { sent }
  }

  override stop(message: Pick<RequestOf<'stop'>, 'sent'>): void {
    this.#sender?.stop()
    super.stop(message)
  }
}
