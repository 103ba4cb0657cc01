/** What a server's thread and its workers tell each other. */
import type { MessagePort } from 'node:worker_threads'

/** What a worker is started with. */
export interface WorkerStart {
  readonly port: MessagePort
  /** One end of a pair of sockets: a byte wakes the server's thread out of a blocking call, the end tells of the worker's. */
  readonly wakeDescriptor: number
  /** The server's socket where requests are datagrams; -1 where they are connections. */
  readonly socketDescriptor: number
  /** Its timeout: seconds or `null`. */
  readonly socketTimeout: number | null
  /** The URL of the module that has the handler, and the name that it exports it by. */
  readonly module: string
  readonly name: string
  readonly serverAddress: unknown
  /** What the user gave for the handlers. */
  readonly data: unknown
}

/** To a worker. */
export type ToWorker =
  | {
      readonly kind: 'request'
      /** The connection's descriptor, which stays the server's until the worker has done; of a datagram -1. */
      readonly descriptor: number
      /** The timeout of the connection: seconds or `null`. */
      readonly timeout: number | null
      readonly data: Uint8Array | null
      readonly clientAddress: unknown
    }
  | { readonly kind: 'stop' }

/** From a worker. */
export type FromWorker =
  /** It has what it was started with. */
  | { readonly kind: 'begun' }
  /** It has the handler. */
  | { readonly kind: 'ready' }
  /** The handler is done. */
  | { readonly kind: 'done'; readonly error: ErrorRecord | null }
  /** The worker cannot go on. */
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly isStart: boolean }
  /** A handler called `server.shutdown()`. */
  | { readonly kind: 'shutdown' }

/** An error in a form that every thread can read. */
export interface ErrorRecord {
  /** What was thrown, where it can be cloned. */
  readonly value: unknown
  readonly isError: boolean
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly errno: number | undefined
  readonly syscall: string | undefined
}
