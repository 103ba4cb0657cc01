/** The input for several connections: each gets what comes while it is there. */
import { type Exchange, endSending, sendPiece } from './exchange.js'

export class Broadcast {
  readonly #members = new Set<Exchange>()
  #hasEnded = false
  #someoneCame: (() => void) | undefined
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#someoneCame?.())
  }

  add(exchange: Exchange): void {
    if (this.#hasEnded) endSending(exchange)
    else this.#members.add(exchange)
    this.#someoneCame?.()
  }

  remove(exchange: Exchange): void {
    this.#members.delete(exchange)
  }

  /** Sends all of the input. It is not read while nobody is there, and goes as fast as the slowest member takes it. */
  async send(input: (signal: AbortSignal) => AsyncIterable<Buffer>): Promise<void> {
    await this.#someone()
    for await (const data of input(this.#signal)) {
      await this.#someone()
      await Promise.all([...this.#members].map((exchange) => this.#sendTo(exchange, data)))
    }
    if (this.#signal.aborted) return
    this.#hasEnded = true
    for (const exchange of this.#members) endSending(exchange)
    this.#members.clear()
  }

  async #sendTo(exchange: Exchange, data: Buffer): Promise<void> {
    try {
      await sendPiece(exchange, data, this.#signal)
    } catch (error) {
      // It has gone; those that stay get theirs.
      this.#members.delete(exchange)
      if (!exchange.conn.closed) exchange.session.note((error as Error).message)
    }
  }

  /** Waits until there is a member. */
  async #someone(): Promise<void> {
    while (this.#members.size === 0 && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#someoneCame = resolve
      })
    }
  }
}
