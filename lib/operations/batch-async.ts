/** recvmmsg(2) and sendmmsg(2) as promises. */
import { internetFamily, nameIn, withHost } from '../address.js'
import {
  checkAsyncOptions,
  checkTransferOptions,
  flagsIn,
  type MessageOptions,
  signalIn,
  timeoutIn,
} from '../async-options.js'
import type { BatchMemory } from '../batch/memory.js'
import { BATCH_LENGTH } from '../batch/record.js'
import { memoryOf } from '../batch.js'
import { MODE_ONCE } from '../binding.js'
import { type ErrorAddress, wouldBlock } from '../errors.js'
import { MSG_DONTWAIT } from '../generated/constants.js'
import { type Handle, openChannel } from '../handle.js'
import { resolveHostAsync } from '../host.js'
import { Operation, type OperationQueue } from '../operation.js'
import { type Queue, submit, submitOnce } from '../queue.js'
import { isUntold } from './addressed-send.js'
import { addressOfNext, batchError, receiveBatch, sendBatch } from './batch.js'
import { noteReceive, Receive, start } from './receive-async.js'

const once: number = MODE_ONCE
const again: number = wouldBlock

/** A socket's share of a turn is counted in calls: so many messages are worth one. */
const MESSAGES_A_CALL = 16

function spend(handle: Handle, messages: number): void {
  handle.channel?.spend(Math.floor(messages / MESSAGES_A_CALL))
}

class ReceiveBatch extends Receive<number> {
  readonly #memory: BatchMemory

  constructor(handle: Handle, memory: BatchMemory, flags: number) {
    super(handle, memory.size, flags)
    this.#memory = memory
  }

  override get syscall(): string {
    return 'recvmmsg'
  }

  override perform(queue: OperationQueue): number {
    const memory = this.#memory
    const result = receiveBatch(this.handle, memory, this.flags, once)
    if (this.isAtEnd(result, queue)) {
      // As a call that blocks has it: a message without bytes.
      memory.clear(0)
      memory.words[BATCH_LENGTH] = 0
      memory.noteReceived(1)
      return 1
    }
    if (result < 0) return result
    spend(this.handle, result)
    noteReceive(this.handle, queue, 0, 0)
    return result
  }

  override errorOf(result: number): Error {
    return batchError(this.#memory, result, 'recvmmsg')
  }
}

class SendBatch extends Operation<number> {
  readonly #handle: Handle
  readonly #memory: BatchMemory
  readonly #flags: number
  /** The lookups of names among the addresses, until all are done. */
  #lookUps: AbortController | null = null

  constructor(handle: Handle, memory: BatchMemory, flags: number) {
    super()
    this.#handle = handle
    this.#memory = memory
    this.#flags = flags
  }

  override get syscall(): string {
    return 'sendmmsg'
  }

  override get isHeld(): boolean {
    return this.#lookUps !== null
  }

  override perform(queue: OperationQueue): number {
    const result = sendBatch(this.#handle, this.#memory, this.#flags, once)
    if (result === again && isUntold(this.#handle)) queue.retry()
    if (result > 0) spend(this.#handle, result)
    return result
  }

  override attempt(queue: OperationQueue): boolean {
    if (super.attempt(queue)) return true
    // With MSG_DONTWAIT only the address of a name was waited for.
    if (!(this.#flags & MSG_DONTWAIT)) return false
    this.fail(this.errorOf(again))
    return true
  }

  override errorOf(result: number): Error {
    return batchError(this.#memory, result, 'sendmmsg', addressOfNext(this.#memory))
  }

  override interrupt(reason: unknown): void {
    this.#lookUps?.abort()
    this.#lookUps = null
    super.interrupt(reason)
  }

  /** Encodes the addresses: at once, but for those with names, which it answers. */
  encode(): Map<string, number[]> {
    const names = new Map<string, number[]>()
    const { addresses } = this.#memory
    for (const [index, address] of [...addresses.behind(this.#handle)]) {
      const name = nameIn(this.#handle.family, address, `batch[${index}].address`)
      if (name === null) addresses.encode(this.#handle, index, address, 'sendmmsg')
      else names.set(name, [...(names.get(name) ?? []), index])
    }
    return names
  }

  /** Waits in the queue while the names are looked up. */
  lookUp(names: Map<string, number[]>, queue: Queue, timeoutNs: number, signal: AbortSignal | undefined) {
    const controller = new AbortController()
    this.#lookUps = controller
    const sent = this.wait(queue, timeoutNs, signal)
    Promise.all([...names].map(([name, indices]) => this.#resolve(name, indices, controller.signal)))
      .then(() => {
        if (this.#lookUps !== controller) return
        this.#lookUps = null
        queue.retryNow(this)
      })
      .catch((error: unknown) => {
        if (this.#lookUps !== controller) return
        controller.abort()
        this.#lookUps = null
        this.fail(error)
        queue.advance()
      })
    return sent
  }

  async #resolve(name: string, indices: readonly number[], signal: AbortSignal): Promise<void> {
    const { addresses } = this.#memory
    const [first] = indices as [number]
    const family = internetFamily(this.#handle.family, addresses.given(first))
    const limits = { timeoutNs: -1, signal, isReferenced: false }
    const [host, scopeId] = await resolveHostAsync(name, family, `batch[${first}].address[0]`, limits)
    if (signal.aborted) return
    for (const index of indices) {
      const address = withHost(addresses.given(index) as ErrorAddress, host, scopeId)
      addresses.encode(this.#handle, index, address, 'sendmmsg')
    }
  }
}

/** Begins a call that has the batch until its promise is settled. */
function withBatch(memory: BatchMemory, user: string, begin: () => Promise<number>): Promise<number> {
  memory.lock(user)
  try {
    const promise = begin()
    promise.then(memory.unlock, memory.unlock)
    return promise
  } catch (error) {
    memory.unlock()
    throw error
  }
}

export function recvmmsgAsync(handle: Handle, batch: unknown, options: MessageOptions | undefined): Promise<number> {
  try {
    const memory = memoryOf(batch)
    checkTransferOptions(options)
    const flags = flagsIn(options)
    return withBatch(memory, 'recvmmsgAsync', () => {
      return start(new ReceiveBatch(handle, memory, flags), handle, flags, options)
    })
  } catch (error) {
    return Promise.reject(error)
  }
}

export function sendmmsgAsync(handle: Handle, batch: unknown, options: MessageOptions | undefined): Promise<number> {
  try {
    const memory = memoryOf(batch)
    checkAsyncOptions(options)
    const flags = flagsIn(options)
    const timeoutNs = timeoutIn(options, handle.timeoutNs)
    const signal = signalIn(options)
    return withBatch(memory, 'sendmmsgAsync', () => {
      const { writes } = openChannel(handle, 'sendmmsg')
      const operation = new SendBatch(handle, memory, flags)
      const names = operation.encode()
      if (names.size > 0) return operation.lookUp(names, writes, timeoutNs, signal)
      if (flags & MSG_DONTWAIT) return submitOnce(operation, writes, false, signal)
      return submit(operation, writes, timeoutNs, signal)
    })
  } catch (error) {
    return Promise.reject(error)
  }
}
