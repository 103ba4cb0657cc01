/** What a worker of a server with threads runs: one request at a time, until it is told to stop. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { SocketError } from '../errors.js'
import { MSG_DONTWAIT } from '../generated/constants.js'
import { Socket } from '../socket.js'
import { type RequestHandlerClass, type RequestServer, runHandlerAsync } from './handler.js'
import type { ErrorRecord, FromWorker, ToWorker, WorkerStart } from './messages.js'
import { recordOf } from './thrown.js'

const start = workerData as WorkerStart
const { port, data, serverAddress } = start

/**
 * A socket of this thread over a descriptor of the server's, which remains the server's: nobody has to ask who closes
 * what, wherever this thread is ended. While both own it, its end closes nothing.
 */
function take(fd: number): Socket {
  const shared = Socket.adopt(fd)
  try {
    return shared.dup()
  } finally {
    shared.detach()
  }
}

const wake = take(start.wakeDescriptor)
const datagrams = start.socketDescriptor < 0 ? null : take(start.socketDescriptor)
// O_NONBLOCK is the same for both, so the timeout must be.
datagrams?.settimeout(start.socketTimeout)

function tell(message: FromWorker): void {
  port.postMessage(message)
  try {
    wake.send('.', MSG_DONTWAIT)
  } catch (error) {
    // Full: it is awake. Gone: nobody is to be woken.
    if (!(error instanceof SocketError)) throw error
  }
}

/** Views come as plain bytes out of a clone. */
const buffersIn = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value

/** What stands for the server in this thread. */
class WorkerServer implements RequestServer {
  readonly serverAddress = buffersIn(serverAddress)
  readonly data = data

  shutdown(): void {
    tell({ kind: 'shutdown' })
  }
}

async function handle(
  handler: RequestHandlerClass<unknown, unknown>,
  { descriptor, timeout, data, clientAddress }: ToWorker & { kind: 'request' },
): Promise<void> {
  const conn = descriptor < 0 ? null : take(descriptor)
  try {
    conn?.settimeout(timeout)
    const request = conn ?? [buffersIn(data), datagrams]
    await runHandlerAsync(handler, request, buffersIn(clientAddress), server)
  } finally {
    conn?.close()
  }
}

/** Nothing of the server's keeps this thread alive any more. */
function leave(): void {
  port.close()
  wake.close()
  datagrams?.close()
}

async function handleAndTell(handler: RequestHandlerClass<unknown, unknown>, message: ToWorker): Promise<void> {
  if (message.kind === 'stop') {
    leave()
    return
  }
  let error: ErrorRecord | null = null
  try {
    await handle(handler, message)
  } catch (thrown) {
    error = recordOf(thrown)
  }
  // A rejection that the handler left unhandled is told now, while it is known whose it is.
  await nextTurn()
  tell({ kind: 'done', error })
}

async function load(): Promise<RequestHandlerClass<unknown, unknown>> {
  const module = (await import(start.module)) as Record<string, unknown>
  const handler = module[start.name]
  if (typeof handler === 'function') return handler as RequestHandlerClass<unknown, unknown>
  throw new TypeError(`${start.module} exports no class or function named ${start.name}`)
}

/** An error that nobody catches ends this thread; the server shall know which. */
process.on('uncaughtExceptionMonitor', (error) => tell({ kind: 'failed', error: recordOf(error), isStart: false }))

const server = new WorkerServer()
tell({ kind: 'begun' })
void load().then(
  (handler) => {
    port.on('message', (message: ToWorker) => void handleAndTell(handler, message))
    tell({ kind: 'ready' })
  },
  (error: unknown) => {
    tell({ kind: 'failed', error: recordOf(error), isStart: true })
    leave()
  },
)
