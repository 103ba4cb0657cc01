/** Servers, and what handles their requests: CPython's module `socketserver`. This file only says what there is. */

/// <reference types="node" preserve="true" />

export {
  type AsyncShutdownOptions,
  AsyncTCPServer,
  AsyncUDPServer,
  AsyncUnixDatagramServer,
  AsyncUnixStreamServer,
} from './socketserver/async.js'
export { BaseServer } from './socketserver/base.js'
export type { ServeOptions } from './socketserver/event-loop.js'
export { BaseRequestHandler, type RequestHandlerClass, type RequestServer } from './socketserver/handler.js'
export type { MemoryFile } from './socketserver/memory-file.js'
export {
  type ShutdownFlag,
  type ShutdownServerOptions,
  shutdownServer,
  shutdownServerAsync,
} from './socketserver/shutdown.js'
export type { RequestWriter } from './socketserver/socket-writer.js'
export { DatagramRequestHandler, StreamRequestHandler } from './socketserver/stream-handler.js'
export { TCPServer, UnixStreamServer } from './socketserver/tcp.js'
export {
  type HandlerModule,
  type ThreadingCloseOptions,
  type ThreadingOptions,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixDatagramServer,
  ThreadingUnixStreamServer,
} from './socketserver/threading.js'
export { type DatagramRequest, UDPServer, UnixDatagramServer } from './socketserver/udp.js'
