/** A control connection: frames over a socket, checked, with limits of time. */
import { type Socket, SocketTimeoutError } from '../../index.js'
import { encodeFrame, FrameReader } from './frames.js'
import { type Check, ProtocolError } from './schema.js'

/** Who does not take a message for so long is given up, seconds. */
const SEND_SECONDS = 10
const CHUNK = 16 * 1024

export class Control<M> {
  readonly #sock: Socket
  readonly #frames: FrameReader
  readonly #check: Check<M>

  /** @param most bytes of a message that comes, at most */
  constructor(sock: Socket, most: number, check: Check<M>) {
    this.#sock = sock
    this.#frames = new FrameReader(most)
    this.#check = check
  }

  /** Sends a message, behind those before it. */
  async send(message: object): Promise<void> {
    await this.#sock.sendallAsync(encodeFrame(message), { timeout: SEND_SECONDS })
  }

  /**
   * The next message; `null` at the end of the connection.
   * @param seconds for the whole message, from now on
   * @throws {ProtocolError} for what is none, and for one that is cut off by the end
   * @throws {SocketTimeoutError} where it takes longer; {@link SocketError} where the connection breaks
   */
  async receive(seconds: number): Promise<M | null> {
    const end = performance.now() + seconds * 1000
    for (;;) {
      const message = this.#frames.next()
      if (message !== undefined) return this.#check(message, '')
      const left = (end - performance.now()) / 1000
      if (left <= 0) throw new SocketTimeoutError('recv')
      const bytes = await this.#sock.recvAsync(CHUNK, { timeout: left })
      if (bytes.length === 0) {
        if (this.#frames.isWithin) throw new ProtocolError('bad-message', 'the connection ended within a message')
        return null
      }
      this.#frames.push(bytes)
    }
  }

  close(): void {
    this.#sock.close()
  }
}
