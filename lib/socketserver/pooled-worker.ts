/** One worker of a server with threads, seen from the server's thread, which may be blocked. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { SocketError } from '../errors.js'
import { AF_UNIX, MSG_DONTWAIT, SOCK_STREAM } from '../generated/constants.js'
import { makePair, type Socket } from '../socket.js'
import type { FromWorker, ToWorker, WorkerStart } from './messages.js'
import { thrownOf } from './thrown.js'

/** Told of what a worker says, and once of its end. */
export interface WorkerEvents {
  hear(message: FromWorker): void
  ended(): void
}

const MAIN = new URL('./worker-main.js', import.meta.url)
const WAKE_BYTES = 4096
/** A blocked thread cannot hear of a worker that died before it had its socket: after so long it counts as dead. */
const START_LIMIT_MS = 30_000

/** A worker has the flags of its process, but one that says what kind of text was given in place of a file. */
const execArgv = process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {}

/**
 * A worker and the ways to hear from it: messages, which come by events where the event loop turns, and are fetched after
 * a byte on a socket where the server's thread blocks. The end of that socket tells of the worker's end, however it came.
 */
export class PooledWorker {
  readonly #worker: Worker
  readonly #port: MessagePort
  /** Readable when the worker has said something or has ended. */
  readonly wake: Socket
  /** The other end of it, until the worker has it. */
  readonly #theirs: Socket
  readonly #events: WorkerEvents
  readonly #startedMs = performance.now()
  #hasBegun = false
  /** Whether it has loaded everything, or cannot. */
  #hasLoaded = false
  #hasEnded = false
  /** Whether its end was wanted. */
  wasTerminated = false
  /** What it died of, where that is known. */
  #error: unknown

  constructor(start: Omit<WorkerStart, 'port' | 'wakeDescriptor'>, events: WorkerEvents) {
    this.#events = events
    ;[this.wake, this.#theirs] = makePair(AF_UNIX, SOCK_STREAM, 0)
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    try {
      const workerData: WorkerStart = { ...start, port: port2, wakeDescriptor: this.#theirs.fileno() }
      this.#worker = new Worker(MAIN, { workerData, transferList: [port2], name: 'berkeley server', ...execArgv })
    } catch (error) {
      this.#release()
      throw error
    }
    this.#worker.on('error', (error) => {
      this.#error ??= error
    })
    this.#worker.on('exit', () => {
      // What it said last may not have been told yet.
      this.#receive()
      this.#end()
    })
    this.#port.on('message', (message: FromWorker) => this.#hear(message))
    this.setReferenced(false)
  }

  /** Why it ends; `undefined` where nothing is known. */
  get error(): unknown {
    return this.#error
  }

  /** Whether it keeps the process alive. */
  setReferenced(isReferenced: boolean): void {
    if (isReferenced) this.#worker.ref()
    else this.#worker.unref()
    // The port's events come while the worker keeps the loop alive; it never does so itself.
    this.#port.unref()
  }

  post(message: ToWorker): void {
    this.#port.postMessage(message)
  }

  /** In a blocked thread: hears what the worker has said, and whether it has ended. */
  attend(): void {
    const hasEnded = this.#drain()
    this.#receive()
    if (!this.#hasBegun && performance.now() - this.#startedMs > START_LIMIT_MS) {
      this.kill()
      this.#error ??= new Error(`the worker thread did not start within ${START_LIMIT_MS / 1000} seconds`)
      this.wasTerminated = false
      this.#end()
    }
    if (hasEnded) this.#end()
  }

  /**
   * Ends the thread, in whatever it is but loading: Node would never close the file that it is reading.
   * {@link WorkerEvents.ended} is called when that is done.
   */
  terminate(): void {
    this.wasTerminated = true
    if (this.#hasLoaded) void this.#worker.terminate()
  }

  /** The same, even while it loads. */
  kill(): void {
    this.wasTerminated = true
    void this.#worker.terminate()
  }

  /** Hears what the worker has said and no event has told of. */
  #receive(): void {
    while (!this.#hasEnded) {
      const received = receiveMessageOnPort(this.#port) as { message: FromWorker } | undefined
      if (received === undefined) return
      this.#hear(received.message)
    }
  }

  /** Takes the bytes out that woke this thread. Whether the stream has ended. */
  #drain(): boolean {
    try {
      for (;;) if (this.wake.recv(WAKE_BYTES, MSG_DONTWAIT).length === 0) return true
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      return error.code !== 'EAGAIN'
    }
  }

  #hear(message: FromWorker): void {
    if (this.#hasEnded) return
    if (message.kind === 'begun') {
      this.#hasBegun = true
      this.#theirs.close()
    }
    if (message.kind === 'ready' || message.kind === 'failed') {
      this.#hasLoaded = true
      if (this.wasTerminated) void this.#worker.terminate()
    }
    if (message.kind === 'failed') this.#error ??= thrownOf(message.error)
    this.#events.hear(message)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#release()
    this.#events.ended()
  }

  #release(): void {
    this.#port.close()
    this.wake.close()
    this.#theirs.close()
  }
}
