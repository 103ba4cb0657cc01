/** The BSD socket API for Node.js. This file only says what there is. */

/// <reference types="node" preserve="true" />

export type * from './address/types.js'
export * from './ancillary.js'
export type {
  AsyncOptions,
  MessageOptions,
  ReceiveIntoOptions,
  ReceiveMessageOptions,
  SendMessageOptions,
} from './async-options.js'
export { type BatchMessageOptions, type BatchOptions, MessageBatch } from './batch.js'
export type { BytesLike, SendData } from './bytes.js'
export type { CreateConnectionOptions, ServiceAddress } from './connection-plan.js'
export type {
  AddressFamily,
  Constant,
  MessageFlags,
  OptionLevel,
  OptionName,
  Protocol,
  ShutdownHow,
  SocketType,
} from './constant.js'
export { CMSG_LEN, CMSG_SPACE } from './control.js'
export * from './create.js'
export * from './create-async.js'
export { getdefaulttimeout, setdefaulttimeout } from './defaults.js'
export type { DuplexOptions, SocketDuplex } from './duplex.js'
export type { Endpoint } from './endpoint.js'
export { getspin, setspin } from './engine.js'
export { type EngineName, getengine, setengine } from './engine-choice.js'
export { type ErrorAddress, GaiError, HostError, SocketError, SocketTimeoutError } from './errors.js'
export * from './fds.js'
export type {
  BinaryFile,
  BinaryFileOptions,
  BinaryMode,
  HintOptions,
  LimitOptions,
  SizeOptions,
  SocketFile,
  TextFile,
  TextFileOptions,
  TextMode,
} from './file.js'
export * from './generated/constants.js'
export { type ErrnoTable, errno } from './generated/errno.js'
export * from './inet.js'
export * from './interfaces.js'
export * from './netdb.js'
export type { AfalgMessage, AfalgOptions } from './operations/afalg.js'
export type { FileLike } from './operations/file-source.js'
export type { SendfileOptions } from './operations/sendfile-async.js'
export type { SpliceOptions } from './operations/splice-async.js'
export type { ZeroCopied, ZeroCopyOptions } from './operations/zero-copy.js'
export type { FilterInstruction, FilterOptions } from './options/filter.js'
export type { Membership, SourceMembership } from './options/multicast.js'
export type { TcpInfo, TcpInfoOption, TcpState } from './options/tcp-info-type.js'
export type { SocketOptions, SocketOptionsIn } from './options.js'
export type { AddressInfo, GetaddrinfoOptions, HostInfo, NamedAddress, ResolvedAddress } from './questions.js'
export * from './resolve.js'
export * from './resolve-async.js'
export { type Received, type ReceivedMessage, Socket } from './socket.js'
export type { WebStreams } from './web-streams.js'
