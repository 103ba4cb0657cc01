/** recvmmsg(2) and sendmmsg(2). */
import { types } from 'node:util'
import type { BatchMemory } from '../batch/memory.js'
import { BATCH_CONTROL_LENGTH } from '../batch/record.js'
import { memoryOf } from '../batch.js'
import * as binding from '../binding.js'
import { lost } from '../bytes.js'
import { decodeControl } from '../control.js'
import { badCall, type ErrorAddress, errorOf } from '../errors.js'
import { AF_INET, AF_INET6, SCM_PIDFD, SCM_RIGHTS, SOL_SOCKET } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkInt } from '../validate.js'
import { letReadersGoFirst, letWritersGoFirst } from './earlier.js'
import { receiveMany, transmitMany } from './transfer.js'

const { native, words, controlBytes, CONTROL_LENGTH, UNTAKEN } = binding

/** The error for a negative result. */
export function batchError(memory: BatchMemory, result: number, syscall: string, address?: ErrorAddress): Error {
  return result === badCall ? lost('batch', memory.slab) : errorOf(result, syscall, address)
}

/** Receives as many messages as there are, up to those that the batch has room for: how many, or a negative result. */
export function receiveBatch(handle: Handle, memory: BatchMemory, flags: number, mode: number): number {
  const { family } = handle
  // What the kernel may write: where datagrams can be joined, their size, and what the caller has asked for.
  const isInternet = family === AF_INET || family === AF_INET6
  const offered = isInternet ? memory.room : memory.ancbufsize
  const { slab, records, size, room } = memory
  const result = receiveMany(handle, slab, records, size, offered, room, flags, mode)
  if (result < 0) return result
  // Those of the messages that were there before.
  memory.descriptors.closeAll()
  memory.noteReceived(result)
  memory.addresses.noteReceived(handle, result)
  if (words[UNTAKEN] !== 0) holdDescriptors(memory, result)
  return result
}

/** Descriptors came with some of the messages: they are the batch's until somebody takes them. */
function holdDescriptors(memory: BatchMemory, count: number): void {
  try {
    for (let index = 0; index < count; index++) {
      const length = memory.words[index * memory.stride + BATCH_CONTROL_LENGTH] as number
      if (length === 0) continue
      controlBytes.set(memory.control(index, length))
      words[CONTROL_LENGTH] = length
      memory.descriptors.hold(index, descriptorsIn(decodeControl()))
    }
    native.takeUntaken()
  } catch (error) {
    native.closeUntaken()
    throw error
  }
}

function descriptorsIn(messages: readonly [level: number, type: number, data: Buffer][]): number[] {
  const fds: number[] = []
  for (const [level, type, data] of messages) {
    if (level !== SOL_SOCKET || (type !== SCM_RIGHTS && type !== SCM_PIDFD)) continue
    const whole = data.length - (data.length % 4)
    // A copy of its own, which is aligned.
    for (const fd of new Int32Array(Uint8Array.from(data.subarray(0, whole)).buffer)) if (fd >= 0) fds.push(fd)
  }
  return fds
}

/** Sends what is set: how many messages went, or a negative result. The addresses are encoded. */
export function sendBatch(handle: Handle, memory: BatchMemory, flags: number, mode: number): number {
  const { slab, records, size, room } = memory
  const result = transmitMany(handle, slab, records, size, room, flags, mode)
  if (result > 0) memory.unsent -= result
  return result
}

/** The address of the message that could not be sent. */
export function addressOfNext({ addresses, firstUnsent }: BatchMemory): ErrorAddress | undefined {
  const given = firstUnsent < 0 ? undefined : addresses.given(firstUnsent)
  return typeof given === 'object' && types.isUint8Array(given) ? Buffer.from(given) : given
}

export function recvmmsg(handle: Handle, batch: unknown, flags: number): number {
  const memory = memoryOf(batch)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letReadersGoFirst(handle, handle.channel, flags)
  const result = earlier < 0 ? earlier : receiveBatch(handle, memory, flags, 0)
  if (result < 0) throw batchError(memory, result, 'recvmmsg')
  return result
}

export function sendmmsg(handle: Handle, batch: unknown, flags: number): number {
  const memory = memoryOf(batch)
  if (flags !== 0) checkInt('flags', flags)
  const earlier = handle.channel === null ? 0 : letWritersGoFirst(handle, handle.channel, flags)
  if (earlier < 0) throw batchError(memory, earlier, 'sendmmsg', addressOfNext(memory))
  for (const [index, address] of memory.addresses.behind(handle)) {
    memory.addresses.encode(handle, index, address, 'sendmmsg')
  }
  const result = sendBatch(handle, memory, flags, 0)
  if (result < 0) throw batchError(memory, result, 'sendmmsg', addressOfNext(memory))
  return result
}
