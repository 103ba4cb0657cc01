/** The client's end of the control connection: what is expected, and what comes unasked. */
import { type Socket, SocketError, SocketTimeoutError } from '../../../index.js'
import { Control } from '../control.js'
import { LONGEST_REPLY } from '../frames.js'
import { type Reply, type ReplyOf, type Request, replyCheck } from '../messages.js'
import { ProtocolError } from '../schema.js'

/** The server cannot go on, or does not want to: `code` is a word for programs. */
export class BenchError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'BenchError'
    this.code = code
  }
}

interface Waiting {
  type: Reply['type']
  settle: (reply: Reply) => void
  fail: (error: unknown) => void
}

/** Nothing is heard for as long as a test lasts. */
const PATIENCE_SECONDS = 2 * 86_400

export class Link {
  readonly #control: Control<Reply>
  readonly #gone = new AbortController()
  #early: Reply[] = []
  #waiting: Waiting | undefined
  /** Figures of intervals that the server tells while a test runs. */
  onInterval: (reply: ReplyOf<'tcp'> | ReplyOf<'loss'>) => void = () => {}

  constructor(sock: Socket) {
    this.#control = new Control(sock, LONGEST_REPLY, replyCheck)
    void this.#pump()
  }

  /** Aborted once there is no server any more, with the error that says why. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** @throws {BenchError} where the server is gone */
  async send(request: Request): Promise<void> {
    if (this.gone.aborted) throw this.gone.reason
    try {
      await this.#control.send(request)
    } catch (error) {
      this.#lose(lossOf(error))
      throw this.gone.reason
    }
  }

  /**
   * The next reply of a type.
   * @throws {BenchError} where the server refuses, is gone, or takes too long
   */
  async expect<T extends Reply['type']>(type: T, seconds: number): Promise<ReplyOf<T>> {
    const early = this.#early.shift()
    if (early !== undefined) return this.#sorted(early, type)
    if (this.gone.aborted) throw this.gone.reason
    let timer: NodeJS.Timeout | undefined
    try {
      const reply = await new Promise<Reply>((settle, fail) => {
        this.#waiting = { type, settle, fail }
        const tooLate = (): void => fail(new BenchError('timeout', `the server did not answer for ${seconds} seconds`))
        timer = setTimeout(tooLate, seconds * 1000)
      })
      return this.#sorted(reply, type)
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }

  #sorted<T extends Reply['type']>(reply: Reply, type: T): ReplyOf<T> {
    if (reply.type === 'error') throw new BenchError(reply.code, `the server says: ${reply.message}`)
    if (reply.type !== type) throw new BenchError('bad-message', `the server said ${reply.type} in place of ${type}`)
    return reply as ReplyOf<T>
  }

  close(): void {
    this.#lose(new BenchError('closed', 'the connection was closed'))
    this.#control.close()
  }

  #lose(error: BenchError): void {
    if (this.gone.aborted) return
    this.#gone.abort(error)
    this.#waiting?.fail(error)
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const reply = await this.#control.receive(PATIENCE_SECONDS)
        if (reply === null) throw new BenchError('lost', 'the server closed the connection')
        if (reply.type === 'goodbye') throw new BenchError('stopped', `the server ended the session: ${reply.reason}`)
        if (reply.type === 'tcp' || reply.type === 'loss') this.onInterval(reply)
        else if (this.#waiting === undefined) this.#early.push(reply)
        else this.#waiting.settle(reply)
      }
    } catch (error) {
      this.#lose(lossOf(error))
    }
  }
}

/** What the end of a connection means to a user. */
function lossOf(error: unknown): BenchError {
  if (error instanceof BenchError) return error
  if (error instanceof ProtocolError)
    return new BenchError(error.code, `this is no server of berkeley bench: ${error.message}`)
  if (error instanceof SocketTimeoutError) return new BenchError('timeout', 'the server did not answer in time')
  if (error instanceof SocketError) return new BenchError('lost', `the connection to the server broke (${error.code})`)
  throw error
}
