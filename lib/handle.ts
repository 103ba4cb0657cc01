/** What operations know of a socket: a descriptor of this environment and the state that goes with it. */
import { MODE_KERNEL_TIMEOUT, native, require, TOKEN, words } from './binding.js'
import { Channel } from './channel.js'
import type { Completions } from './completions.js'
import { sourceOf } from './engine.js'
import { errorOf, socketError } from './errors.js'

// A name of this module's own, for speed: see operations/transfer.ts.
const kernelTimeoutMode: number = MODE_KERNEL_TIMEOUT

/** What sort of socket it is: one object for all that are alike, such as those that a listener has accepted. */
class Kind {
  readonly family: number
  readonly type: number
  readonly proto: number

  constructor(family: number, type: number, proto: number) {
    this.family = family
    this.type = type
    this.proto = proto
  }

  is(family: number, type: number, proto: number): boolean {
    return this.family === family && this.type === type && this.proto === proto
  }
}

const kinds: Kind[] = []
let latestKind = new Kind(0, 0, 0)

function kindOf(family: number, type: number, proto: number): Kind {
  if (latestKind.is(family, type, proto)) return latestKind
  let kind = kinds.find((known) => known.is(family, type, proto))
  if (kind === undefined) {
    kind = new Kind(family, type, proto)
    kinds.push(kind)
  }
  latestKind = kind
  return kind
}

/** Bits of a handle's state; above them `pollFirst`, and then how many files are open over it. */
const [LISTENING, LOW_WATER, BULK, UNREFERENCED, CLOSING, KERNEL_TIMEOUT, UNCOUNTED] = [1, 2, 4, 8, 16, 32, 64]
const POLL_FIRST_AT = 7
const MOST_POLL_FIRST = 255
const FILES_AT = 15
const [BELOW_FILES, BESIDE_POLL_FIRST] = [(1 << FILES_AT) - 1, ~(MOST_POLL_FIRST << POLL_FIRST_AT)]

/** An idle connection has one, and pays for each field: so what is a yes or no shares one. */
export class Handle {
  /** The descriptor; -1 once closed or detached. */
  fd: number
  /** The descriptor's token in the native table: a late close by an old token is refused. */
  token: number
  readonly #kind: Kind
  #state = 0
  /** Nanoseconds; below 0 = blocking, 0 = non-blocking. */
  timeoutNs = -1
  /** A negative errno that came after a part of a transfer and belongs to the next one; else 0. */
  deferredError = 0
  /** Those that wait, from the first asynchronous call on. */
  channel: Channel | null = null

  constructor(fd: number, token: number, family: number, type: number, proto: number) {
    this.fd = fd
    this.token = token
    this.#kind = kindOf(family, type, proto)
    unclosed.register(this, traced ? { token, stack: stackOfUser() } : token, this)
  }

  get family(): number {
    return this.#kind.family
  }

  /** Without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`. */
  get type(): number {
    return this.#kind.type
  }

  get proto(): number {
    return this.#kind.proto
  }

  /** `listen` was called: accepting may poll at once, because it will not fail. */
  get listening(): boolean {
    return (this.#state & LISTENING) !== 0
  }

  set listening(is: boolean) {
    this.set(LISTENING, is)
  }

  /** `MODE_KERNEL_TIMEOUT` where an SO_RCVTIMEO or SO_SNDTIMEO was set, which a blocking call honours; else 0. */
  get kernelTimeout(): number {
    return this.#state & KERNEL_TIMEOUT ? kernelTimeoutMode : 0
  }

  set kernelTimeout(mode: number) {
    this.set(KERNEL_TIMEOUT, mode !== 0)
  }

  /** How many receives yet shall poll before they try, at most 255; the native layer counts. */
  get pollFirst(): number {
    return (this.#state >> POLL_FIRST_AT) & MOST_POLL_FIRST
  }

  set pollFirst(count: number) {
    this.#state = (this.#state & BESIDE_POLL_FIRST) | (count << POLL_FIRST_AT)
  }

  /** Whether SO_RCVLOWAT was set: poll(2) heeds it, an attempt does not, so receives poll first. */
  get lowWater(): boolean {
    return (this.#state & LOW_WATER) !== 0
  }

  set lowWater(is: boolean) {
    this.set(LOW_WATER, is)
  }

  /** Whether the last large receive was filled well, so that the next one gets memory of its own. */
  get bulk(): boolean {
    return (this.#state & BULK) !== 0
  }

  set bulk(is: boolean) {
    this.set(BULK, is)
  }

  /** Whether a waiting asynchronous call keeps the process alive. */
  get referenced(): boolean {
    return (this.#state & UNREFERENCED) === 0
  }

  set referenced(is: boolean) {
    this.set(UNREFERENCED, !is)
  }

  /** The socket was closed while files were open. */
  get closing(): boolean {
    return (this.#state & CLOSING) !== 0
  }

  set closing(is: boolean) {
    this.set(CLOSING, is)
  }

  /** Others may have sent with MSG_ZEROCOPY: how often is not known, which the kernel counts by. */
  get uncounted(): boolean {
    return (this.#state & UNCOUNTED) !== 0
  }

  set uncounted(is: boolean) {
    this.set(UNCOUNTED, is)
  }

  /** What the kernel tells of sends with MSG_ZEROCOPY, from the first `sendZeroCopyAsync` on. */
  get completions(): Completions | null {
    return this.channel?.completions ?? null
  }

  /** How many files of `makefile` are open over it: the descriptor stays open until they are closed too. */
  get files(): number {
    return this.#state >> FILES_AT
  }

  set files(count: number) {
    this.#state = (this.#state & BELOW_FILES) | (count << FILES_AT)
  }

  private set(bit: number, is: boolean): void {
    this.#state = is ? this.#state | bit : this.#state & ~bit
  }
}

/** The token of a descriptor whose socket was collected while open; a small integer costs the least memory. */
type Unclosed = number | { token: number; stack: string | undefined }

export const traced = process.env.BERKELEY_TRACE === '1'

/** Where the package was called from: the stack without the package's own frames. */
export function stackOfUser(): string {
  const own = new URL('.', import.meta.url)
  // What is loaded at its first call is CommonJS, whose frames have paths.
  const folders = [own.href, (require('node:url') as typeof import('node:url')).fileURLToPath(own)]
  const frames = (new Error().stack ?? '').split('\n').slice(1)
  return ['opened here', ...frames.filter((frame) => !folders.some((folder) => frame.includes(folder)))].join('\n')
}

const unclosed = new FinalizationRegistry<Unclosed>((held) => {
  const token = typeof held === 'number' ? held : held.token
  const fd = native.descriptorOf(token)
  if (fd < 0) return
  const source = sourceOf(fd)
  if (source?.token === token) source.cancel()
  if (native.closeOwned(fd, token) < 0) return
  const detail = typeof held === 'number' ? 'BERKELEY_TRACE=1 shows where it was opened' : (held.stack ?? '')
  process.emitWarning(`a socket was collected before it was closed (descriptor ${fd})`, {
    type: 'ResourceWarning',
    code: 'BERKELEY_UNCLOSED_SOCKET',
    detail,
  })
})

/** close(2), or as soon as the last file over it is closed. Nothing where the handle is closed already. */
export function closeHandle(handle: Handle): void {
  const { fd } = handle
  handle.closing = true
  if (fd < 0 || handle.files > 0) return
  handle.fd = -1
  unclosed.unregister(handle)
  const finish = handle.completions === null ? null : handle.channel?.errorReader?.outlive()
  handle.channel?.cancel()
  const result = native.closeOwned(fd, handle.token)
  finish?.()
  if (result < 0) throw errorOf(result, 'close')
  // An earlier socket on the same descriptor, which was adopted twice.
  sourceOf(fd)?.cancel()
}

/** A file over the handle was closed. */
export function releaseFile(handle: Handle): void {
  handle.files--
  if (handle.closing) closeHandle(handle)
}

/** Gives the descriptor up without closing it; -1 where it is closed already. */
export function detachHandle(handle: Handle): number {
  const { fd } = handle
  if (fd < 0) return -1
  handle.fd = -1
  unclosed.unregister(handle)
  handle.channel?.cancel()
  native.detach(fd, handle.token)
  return fd
}

/**
 * Where the asynchronous calls of a handle wait.
 * @throws {SocketError} `EBADF` where it is closed
 */
export function openChannel(handle: Handle, syscall: string): Channel {
  if (handle.fd < 0) throw socketError('EBADF', syscall)
  handle.channel ??= new Channel(handle.fd, handle.token, handle.referenced)
  return handle.channel
}

/** Whether waiting calls keep the process alive. */
export function setReferenced(handle: Handle, referenced: boolean): void {
  handle.referenced = referenced
  handle.channel?.setReferenced(referenced)
}

/** O_NONBLOCK as the timeout asks for, and the timeout. */
export function setTimeoutNs(handle: Handle, timeoutNs: number): void {
  const result = native.setNonblocking(handle.fd, timeoutNs < 0 ? 0 : 1)
  if (result < 0) throw errorOf(result, 'setblocking')
  handle.timeoutNs = timeoutNs
}

/** The token of the descriptor that the last native call made. */
export const newToken = (): number => words[TOKEN] as number
