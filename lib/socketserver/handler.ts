/** What handles a request. */
import type { InetAddress } from '../address.js'
import type { AF_INET } from '../generated/constants.js'
import type { Socket } from '../socket.js'

/** What a handler may count on of its server: in a worker thread the server itself is far away. */
export interface RequestServer {
  /** The address that the server is bound to. */
  readonly serverAddress: unknown
  /**
   * Ends the server's loop, without waiting for it.
   * @returns what the server's own gives
   */
  shutdown(): unknown
}

/** A signal that nobody aborts, where the server is not asynchronous. */
const NEVER = new AbortController().signal

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Refuses a promise where nobody could wait for it; what becomes of it is of no more interest. */
function refusePromise(result: unknown, who: string): void {
  if (!isPromise(result)) return
  result.then(
    () => {},
    () => {},
  )
  throw new TypeError(`${who} returned a promise: such a handler needs an asynchronous server or one with threads`)
}

/**
 * Handles one request. Derive a class, with a `handle` of your own; the server makes an instance per request and runs
 * it: `setup`, `handle`, `finish`.
 *
 * In the asynchronous servers, and in those with threads, each of the three may return a promise, which is waited for.
 * @typeParam Request a connected `Socket`, or of datagrams `[data, socket]`
 * @typeParam Address the address of a client
 * @see Python’s socketserver.BaseRequestHandler. Linux, macOS.
 */
export class BaseRequestHandler<Request = Socket<typeof AF_INET>, Address = InetAddress> {
  /** The request: a connected `Socket`, or of datagrams `[data, socket]` with the server's socket. */
  readonly request: Request
  /** Who sent the request. */
  readonly clientAddress: Address
  /** The server; in a worker thread what stands for it there. */
  readonly server: RequestServer
  /** Aborted when an asynchronous server has waited long enough for this handler; elsewhere never. */
  signal: AbortSignal = NEVER

  /**
   * Called by the server. A class with a constructor of its own hands all three on.
   * @param request what `getRequest` gave
   * @param clientAddress who sent it
   * @param server the server, or in a thread what stands for it
   * @throws what a derived class likes: it goes to the server's `handleError`
   */
  constructor(request: Request, clientAddress: Address, server: RequestServer) {
    this.request = request
    this.clientAddress = clientAddress
    this.server = server
  }

  /**
   * Called before `handle`.
   * @throws what it likes: then nothing else is called
   */
  setup(): void | Promise<void> {}

  /**
   * Does everything that the request asks for.
   * @throws what it likes: it goes to the server's `handleError`, after {@link finish}
   */
  handle(): void | Promise<void> {}

  /**
   * Called after `handle`, even if that threw; not after a `setup` that threw.
   * @throws what it likes: it goes to the server's `handleError`
   */
  finish(): void | Promise<void> {}

  /**
   * Handles the request: `setup`, `handle`, `finish`. In Python the constructor does it; here the fields of a derived
   * class exist only after the constructor, so the server does.
   * @throws {TypeError} where one of them returned a promise
   */
  run(): void {
    refusePromise(this.setup(), 'setup()')
    try {
      refusePromise(this.handle(), 'handle()')
    } finally {
      refusePromise(this.finish(), 'finish()')
    }
  }

  /**
   * {@link run} that waits for promises.
   * @param signal what the handler shall have as its `signal`
   * @throws what the three throw: the promise rejects with it
   */
  async runAsync(signal: AbortSignal = NEVER): Promise<void> {
    this.signal = signal
    await this.setup()
    try {
      await this.handle()
    } finally {
      await this.finishAsync()
    }
  }

  /**
   * What {@link runAsync} calls for `finish`, a promise: what would block in there, a derived class does here before.
   */
  protected async finishAsync(): Promise<void> {
    await this.finish()
  }
}

type Handles<Request, Address, Result> = (
  request: Request,
  clientAddress: Address,
  server: RequestServer,
  signal: AbortSignal,
) => Result

/**
 * What servers take for a handler: a class, usually derived from {@link BaseRequestHandler}, that is made with the request,
 * the client's address and the server; or a function that is called with these and a signal. A function may answer a
 * handler, which is then run.
 */
export type RequestHandlerClass<Request, Address> =
  | (new (
      request: Request,
      clientAddress: Address,
      server: RequestServer,
    ) => object)
  | Handles<Request, Address, unknown>

/** Arrow functions, methods and async functions have no prototype and cannot be constructed. */
const isClass = (target: object): target is new (...args: unknown[]) => object =>
  'prototype' in target && typeof target.prototype === 'object'

function begin<Request, Address>(
  target: RequestHandlerClass<Request, Address>,
  request: Request,
  clientAddress: Address,
  server: RequestServer,
  signal: AbortSignal,
): unknown {
  if (isClass(target)) return new target(request, clientAddress, server)
  return (target as Handles<Request, Address, unknown>)(request, clientAddress, server, signal)
}

/** Has a request handled in this thread, at once. */
export function runHandler<Request, Address>(
  target: RequestHandlerClass<Request, Address>,
  request: Request,
  clientAddress: Address,
  server: RequestServer,
): void {
  const handler = begin(target, request, clientAddress, server, NEVER)
  if (handler instanceof BaseRequestHandler) handler.run()
  else refusePromise(handler, 'the handler')
}

/** Has a request handled, and waits for it. */
export async function runHandlerAsync<Request, Address>(
  target: RequestHandlerClass<Request, Address>,
  request: Request,
  clientAddress: Address,
  server: RequestServer,
  signal: AbortSignal = NEVER,
): Promise<void> {
  const handler = await begin(target, request, clientAddress, server, signal)
  if (handler instanceof BaseRequestHandler) await handler.runAsync(signal)
}
