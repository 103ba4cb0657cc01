/** A socket as a pair of WHATWG streams. */
import type { SendData } from './bytes.js'
import { SocketError } from './errors.js'
import { CHUNK_SIZE, endReceiving, endSending, type StreamSource, take, WAIT } from './stream-source.js'

/** What `toWeb` makes: the halves of a connection. */
export interface WebStreams {
  /** What the peer sends, a byte stream: readers of both kinds can be had. */
  readable: ReadableStream<Uint8Array>
  /** What is sent to the peer: bytes, or strings as UTF-8. */
  writable: WritableStream<SendData>
}

/** What @types/node does not tell of it. */
interface AbortableController extends WritableStreamDefaultController {
  readonly signal: AbortSignal
}

/** The errors of a send that mean that the peer is gone. What it sent before can still be there. */
const PEER_GONE = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN'])

/** A stream takes the memory of what it is given, so that must be nobody else's: not a part of Node's pool. */
function ownBytes(data: Uint8Array): Uint8Array {
  // A slice of a pool is never half of it.
  const isWhole = data.byteLength * 2 >= data.buffer.byteLength
  return isWhole ? data : new Uint8Array(data)
}

/** Both halves, and the socket that is closed when they are done. */
class Connection {
  readonly #source: StreamSource
  #readable: ReadableByteStreamController | undefined
  #writable: WritableStreamDefaultController | undefined
  #sendOptions = WAIT
  #isReadableDone = false
  #isWritableDone = false

  constructor(source: StreamSource) {
    this.#source = source
  }

  streams(): WebStreams {
    const readable = new ReadableStream({
      type: 'bytes',
      start: (controller) => {
        this.#readable = controller
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#cancel(),
    })
    const writable = new WritableStream<SendData>({
      start: (controller) => {
        this.#writable = controller
        // An abort ends the write that waits, before it is told otherwise.
        this.#sendOptions = { ...WAIT, signal: (controller as AbortableController).signal }
      },
      write: (chunk) => this.#source.sendallAsync(chunk, this.#sendOptions).then(undefined, this.#sendFailed),
      close: () => this.#close(),
      abort: (reason) => this.#fail(reason),
    })
    return { readable, writable }
  }

  /** Called while somebody reads, and not before. */
  #pull(controller: ReadableByteStreamController): Promise<void> {
    const view = controller.byobRequest?.view
    const arrived =
      view == null
        ? this.#source.recvAsync(CHUNK_SIZE, WAIT).then((data) => {
            if (this.#isReadableDone) return
            if (data.length > 0) controller.enqueue(ownBytes(data))
            else this.#end(controller)
          })
        : this.#source.recvIntoAsync(view, WAIT).then((length) => {
            if (this.#isReadableDone) return
            if (length > 0) controller.byobRequest?.respond(length)
            else this.#end(controller)
          })
    return arrived.catch(this.#receiveFailed)
  }

  #end(controller: ReadableByteStreamController): void {
    controller.close()
    // One that waits with a buffer of its own gets it back.
    controller.byobRequest?.respond(0)
    this.#isReadableDone = true
    this.#closeIfDone()
  }

  #cancel(): void {
    this.#isReadableDone = true
    if (!this.#isWritableDone && !this.#source.closed) endReceiving(this.#source)
    this.#closeIfDone()
  }

  readonly #receiveFailed = (error: unknown): void => {
    // The end of a receive that a cancelled stream had left.
    if (this.#isReadableDone) return
    this.#fail(error)
  }

  readonly #sendFailed = (error: unknown): never => {
    this.#isWritableDone = true
    const isPeerGone = error instanceof SocketError && PEER_GONE.has(error.code)
    if (isPeerGone) this.#closeIfDone()
    else this.#fail(error)
    throw error
  }

  #close(): void {
    try {
      endSending(this.#source)
    } catch (error) {
      this.#fail(error)
      throw error
    }
    this.#isWritableDone = true
    this.#closeIfDone()
  }

  /** Ends both halves by an error. */
  #fail(reason: unknown): void {
    if (!this.#isReadableDone) this.#readable?.error(reason)
    this.#writable?.error(reason)
    this.#isReadableDone = true
    this.#isWritableDone = true
    this.#source.close()
  }

  #closeIfDone(): void {
    if (this.#isReadableDone && this.#isWritableDone) this.#source.close()
  }
}

/** The streams of a socket, which has none yet. */
export function openWebStreams(source: StreamSource): WebStreams {
  take(source, 'toWeb')
  return new Connection(source).streams()
}
