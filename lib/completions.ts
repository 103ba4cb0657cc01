/**
 * The error queue of a socket that sends with MSG_ZEROCOPY: the kernel tells there, by numbers of sends, which memory it
 * needs no more. What else lies in the queue is kept for whoever asks for it.
 */
import * as binding from './binding.js'
import { startTimer } from './deadline.js'
import { wouldBlock } from './errors.js'
import * as c from './generated/constants.js'

const { words, timeouts, small, controlBytes, fromBytes, native } = binding

/** What one call sends: its bytes are read by the kernel until `pending`, the number of its sends, is 0 again. */
export interface Held {
  readonly view: Uint8Array
  pending: number
  /** The kernel has copied bytes after all. */
  copied: boolean
}

/** A message of the error queue that is somebody else's: what a receive leaves in the shared memory. */
export interface Kept {
  readonly data: Uint8Array
  readonly control: Uint8Array
  readonly flags: number
  readonly from: Uint8Array
  /** The negative errno that the kernel had for the next call, or 0. */
  readonly error: number
}

/** The socket, as far as its error queue is concerned. */
interface Owner {
  readonly fd: number
  /** A negative errno for the next call, or 0. */
  deferredError: number
}

/** So long memory is held for sends of which no more can be learned. */
const HELD_NS = 120e9

const [ERROR_QUEUE, ZEROCOPY] = [c.MSG_ERRQUEUE ?? 0, c.SO_EE_ORIGIN_ZEROCOPY ?? 0]
const COPIED = c.SO_EE_CODE_ZEROCOPY_COPIED ?? 0
const ICMP: readonly unknown[] = [c.SO_EE_ORIGIN_ICMP, c.SO_EE_ORIGIN_ICMP6]

/** Where in the shared words a `struct sock_extended_err` begins, of the message received last; -1: it has none. */
function extendedError(): number {
  words[binding.CONTROL_POSITION] = 0
  while (native.nextControl() === 1) {
    const [level, type] = [words[binding.CONTROL_LEVEL], words[binding.CONTROL_TYPE]]
    const isError =
      (level === c.IPPROTO_IP && type === c.IP_RECVERR) || (level === c.IPPROTO_IPV6 && type === c.IPV6_RECVERR)
    if (isError) return (controlBytes.byteOffset + (words[binding.CONTROL_DATA_OFFSET] as number)) >> 2
  }
  return -1
}

const unsigned = (at: number): number => (words[at] as number) >>> 0

/** The bytes of a word in the order of their addresses. */
const octets = new Uint8Array(words.buffer)

export class Completions {
  /** Weak: the poller knows this, and a socket that nobody holds is to be collected all the same. */
  #owner: { deref(): Owner | undefined }
  /** The number that the kernel gives to the next send. */
  #next: number
  /** By the numbers of sends that the kernel has not done with. */
  readonly #held = new Map<number, Held>()
  /** What was found in the error queue besides, oldest first. */
  readonly #kept: Kept[] = []
  /** Told whenever something was read. */
  told: () => void = () => {}

  constructor(owner: Owner, next = 0) {
    this.#owner = new WeakRef(owner)
    this.#next = next
  }

  /** How many sends the kernel has not done with. */
  get size(): number {
    return this.#held.size
  }

  get hasKept(): boolean {
    return this.#kept.length > 0
  }

  /** A send was made of bytes in `held`. */
  add(held: Held): void {
    this.#held.set(this.#next, held)
    held.pending++
    this.#next = (this.#next + 1) >>> 0
  }

  /** The kernel has done with the sends `first` to `last`, numbers of 32 bits that begin again at 0. */
  release(first: number, last: number, copied: boolean): void {
    const count = ((last - first) >>> 0) + 1
    if (count > this.#held.size) {
      for (const number of [...this.#held.keys()]) {
        if ((number - first) >>> 0 < count) this.#releaseOne(number, copied)
      }
      return
    }
    for (let i = 0; i < count; i++) this.#releaseOne((first + i) >>> 0, copied)
  }

  #releaseOne(number: number, copied: boolean): void {
    const held = this.#held.get(number)
    if (held === undefined) return
    this.#held.delete(number)
    held.pending--
    if (copied) held.copied = true
  }

  /** Reads at most so many messages of the error queue: how many it had. */
  read(most: number): number {
    const count = this.#read(most)
    if (count > 0) this.told()
    return count
  }

  #read(most: number): number {
    const fd = this.#owner.deref()?.fd ?? -1
    for (let count = 0; ; count++) {
      if (count === most) return count
      words[binding.FD] = fd
      words[binding.LENGTH] = small.length
      words[binding.FLAGS] = ERROR_QUEUE
      words[binding.MODE] = binding.MODE_ONCE
      words[binding.POLL_FIRST] = 0
      words[binding.CONTROL_ROOM] = controlBytes.length
      timeouts[0] = 0
      const length = native.recvmsgSmall()
      if (length < 0) return count
      const at = extendedError()
      if (at >= 0 && octets[4 * at + 4] === ZEROCOPY) {
        this.release(unsigned(at + 2), unsigned(at + 3), (octets[4 * at + 6] as number) === COPIED)
      } else {
        this.#keep(length, at)
      }
    }
  }

  #keep(length: number, at: number): void {
    const error = at >= 0 && ICMP.includes(octets[4 * at + 4]) ? -unsigned(at) : 0
    this.#kept.push({
      data: Uint8Array.prototype.slice.call(small, 0, length),
      control: Uint8Array.prototype.slice.call(controlBytes, 0, words[binding.CONTROL_LENGTH]),
      flags: words[binding.MESSAGE_FLAGS] as number,
      from: Uint8Array.prototype.slice.call(fromBytes),
      error,
    })
    // Taken out of the queue, it is the next call's no more.
    const owner = this.#owner.deref()
    if (error !== 0 && owner?.deferredError === 0) owner.deferredError = error
  }

  /** The oldest message that is somebody else's. */
  takeKept(): Kept | undefined {
    const kept = this.#kept.shift()
    const owner = this.#owner.deref()
    if (kept === undefined || kept.error === 0 || owner === undefined) return kept
    // As the kernel has it: who reads the message gets the error no more.
    if (owner.deferredError === kept.error && !this.hasKept) owner.deferredError = 0
    return kept
  }

  /** The socket is closed; a duplicate of its descriptor is left. */
  moveTo(fd: number): void {
    const owner: Owner = { fd, deferredError: 0 }
    this.#owner = { deref: () => owner }
  }

  /** Nothing more can be learned, as the socket is given away: holds the memory for a while. */
  leave(): void {
    const views = [...this.#held.values()]
    this.#held.clear()
    if (views.length > 0) startTimer(HELD_NS, () => views.splice(0))
  }
}

/**
 * A receive with `MSG_ERRQUEUE` among what was kept. As recvmsg(2) it leaves the rest in the shared memory.
 * @returns bytes, or `EAGAIN`
 */
export function receiveKept(completions: Completions, views: readonly Uint8Array[], flags: number): number {
  const room = words[binding.CONTROL_ROOM] as number
  completions.read(Number.POSITIVE_INFINITY)
  words[binding.CONTROL_ROOM] = room
  const kept = completions.takeKept()
  if (kept === undefined) return wouldBlock
  const { data, control, from } = kept
  let at = 0
  for (const view of views) {
    const part = data.subarray(at, at + view.length)
    view.set(part)
    at += part.length
  }
  const length = Math.min(room, control.length)
  controlBytes.set(control.subarray(0, length))
  fromBytes.set(from)
  words[binding.CONTROL_LENGTH] = length
  words[binding.UNTAKEN] = 0
  const isCut = at < data.length
  words[binding.MESSAGE_FLAGS] = kept.flags | (isCut ? c.MSG_TRUNC : 0) | (length < control.length ? c.MSG_CTRUNC : 0)
  return flags & c.MSG_TRUNC ? data.length : at
}
