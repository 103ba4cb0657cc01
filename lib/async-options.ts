/** The options that asynchronous calls take last. */
import type { AncillaryIn } from './ancdata.js'
import type { MessageFlags } from './constant.js'
import { argumentTypeError, checkInt, checkNumber, checkOptions, checkTimeout, timeoutNsOf } from './validate.js'

/** What every asynchronous call takes. */
export interface AsyncOptions {
  /** Seconds that the call may take in all; `null` = for ever; the socket's own positive timeout where left out. */
  timeout?: number | null | undefined
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** What asynchronous transfers take. */
export interface MessageOptions extends AsyncOptions {
  /** `MSG_*`, combined with `|`; with `MSG_DONTWAIT` the call tries once and rejects with `EAGAIN`. */
  flags?: MessageFlags
}

/** What asynchronous receives into a buffer take. */
export interface ReceiveIntoOptions extends MessageOptions {
  /** Bytes at most; 0 or left out = the size of the buffer. */
  nbytes?: number | undefined
}

/** What asynchronous receives of messages take. */
export interface ReceiveMessageOptions extends MessageOptions {
  /** Room for control messages, bytes; 0 where left out: none are received. */
  ancbufsize?: number | undefined
}

/** What asynchronous sends of messages take. */
export interface SendMessageOptions<Address = unknown> extends MessageOptions {
  /** Control messages, none where left out. */
  ancdata?: Iterable<AncillaryIn> | undefined
  /** The destination; the peer of a connected socket where left out. */
  address?: Address | null | undefined
}

/** That `options` is an object with limits of their types, or left out: types come before the range of any argument. */
export function checkAsyncOptions(options: unknown): asserts options is AsyncOptions | undefined {
  if (options === undefined) return
  checkOptions('options', options)
  const { timeout, signal } = options as { timeout?: unknown; signal?: unknown }
  if (timeout !== undefined) checkTimeout('options.timeout', timeout)
  if (signal !== undefined) checkSignal(signal)
}

/** The same with the flags that transfers take. */
export function checkTransferOptions(options: unknown): asserts options is MessageOptions | undefined {
  checkAsyncOptions(options)
  if (options !== undefined) flagsGiven(options)
}

/** The flags in checked options, whose range is for later. */
export function flagsGiven(options: MessageOptions | undefined): number {
  if (options === undefined || !('flags' in options)) return 0
  const { flags } = options as { flags: unknown }
  checkNumber('options.flags', flags)
  return flags
}

/** The flags in checked options. */
export function flagsIn(options: MessageOptions | undefined): number {
  const flags = flagsGiven(options)
  checkInt('options.flags', flags)
  return flags
}

/** How long a call with checked options may wait: nanoseconds; below 0 = for ever. */
export function timeoutIn(options: AsyncOptions | undefined, socketTimeoutNs: number): number {
  if (options?.timeout !== undefined) return timeoutNsOf('options.timeout', options.timeout)
  return socketTimeoutNs > 0 ? socketTimeoutNs : -1
}

/** Any realm's: what is used of it is asked for. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return 'aborted' in value && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
}

function checkSignal(signal: unknown): asserts signal is AbortSignal {
  if (!isSignal(signal)) throw argumentTypeError('options.signal', 'an instance of AbortSignal', signal)
}

/**
 * The signal in checked options.
 * @throws the signal's reason where it is aborted already
 */
export function signalIn(options: AsyncOptions | undefined): AbortSignal | undefined {
  const signal = options?.signal
  if (signal === undefined) return undefined
  checkSignal(signal)
  if (signal.aborted) throw signal.reason
  return signal
}
