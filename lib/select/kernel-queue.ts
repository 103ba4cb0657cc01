/** The descriptor behind an `Epoll` or `Kqueue`: who owns it, and what happens where nobody closes it. */
import { native, TOKEN, words } from '../binding.js'
import { errorOf, socketError } from '../errors.js'
import { stackOfUser, traced } from '../handle.js'
import { checkInteger } from '../validate.js'
import { cancelReadable } from '../wait-readable.js'
import type { Limits } from './limits.js'
import { attemptThenWait } from './waiting.js'

/** The kinds of queues, and how messages call them. */
const KINDS = { epoll: 'an epoll object', kqueue: 'a kqueue object' } as const

type QueueKind = keyof typeof KINDS

interface Unclosed {
  readonly fd: number
  readonly token: number
  readonly kind: QueueKind
  readonly stack: string | undefined
}

const unclosed = new FinalizationRegistry<Unclosed>(({ fd, token, kind, stack }) => {
  if (native.closeOwned(fd, token) < 0) return
  process.emitWarning(`${KINDS[kind]} was collected before it was closed (descriptor ${fd})`, {
    type: 'ResourceWarning',
    code: `BERKELEY_UNCLOSED_${kind.toUpperCase()}`,
    detail: stack ?? 'BERKELEY_TRACE=1 shows where it was opened',
  })
})

/** What an `Epoll` and a `Kqueue` have in common: a descriptor of their own. */
export abstract class QueueObject {
  readonly #queue: KernelQueue

  /** @internal */
  constructor(queue: KernelQueue) {
    this.#queue = queue
  }

  /** @internal */
  protected get queue(): KernelQueue {
    return this.#queue
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#queue.closed
  }

  /** Its descriptor, which polls readable while there are events. */
  fileno(): number {
    return this.#queue.open('fileno')
  }

  /** Closes it; nothing where it is closed already. What waits asynchronously is rejected with `ECANCELED`. */
  close(): void {
    this.#queue.close()
  }

  /** Closes it at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }
}

export class KernelQueue {
  #fd: number
  readonly #token: number

  /** Of the descriptor that the last native call made. */
  constructor(fd: number, kind: QueueKind) {
    this.#fd = fd
    this.#token = words[TOKEN] as number
    const stack = traced ? stackOfUser() : undefined
    unclosed.register(this, { fd, token: this.#token, kind, stack }, this)
  }

  /** Takes ownership of a descriptor. */
  static adopt(fd: number, kind: QueueKind): KernelQueue {
    checkInteger('fd', fd, 0, 0x7fffffff)
    // A number that is not open would be closed when somebody else has it.
    const flags = native.getInheritable(fd)
    if (flags < 0) throw errorOf(flags, 'fcntl')
    const result = native.own(fd)
    if (result < 0) throw errorOf(result, 'fcntl')
    return new KernelQueue(fd, kind)
  }

  get closed(): boolean {
    return this.#fd < 0
  }

  /** The descriptor. @throws {SocketError} `EBADF` where it is closed */
  open(syscall: string): number {
    if (this.#fd < 0) throw socketError('EBADF', syscall)
    return this.#fd
  }

  /** Closes it; nothing where it is closed already. What waits is rejected with `ECANCELED`. */
  close(): void {
    const fd = this.#fd
    if (fd < 0) return
    this.#fd = -1
    unclosed.unregister(this)
    cancelReadable(fd)
    const result = native.closeOwned(fd, this.#token)
    if (result < 0) throw errorOf(result, 'close')
  }

  /** What `attempt` finds, as soon as it finds something; `null` after the time is over. */
  async wait<T>(syscall: string, limits: Limits, attempt: () => T | null): Promise<T | null> {
    const attemptIfOpen = () => {
      if (this.closed) throw socketError('ECANCELED', syscall)
      return attempt()
    }
    // It polls readable by itself, and an attempt that takes an event takes the news.
    const begin = () => ({ fd: this.#fd, drain() {}, close() {} })
    return await attemptThenWait(syscall, limits, attemptIfOpen, begin)
  }
}
