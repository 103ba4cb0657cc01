/**
 * Receives that the native half makes for a whole batch of ready sockets before it calls: see native/arrivals.h. Who
 * waits says so in advance; what has come is picked up when its socket is told of.
 */
import { native, place, word } from './binding.js'

/** The longest receive that can be armed. */
export const MOST_ARMED = place('mostArmed')

const ARMABLE = place('armable')
const NONE = place('noArrival')
const [ARMED, ARRIVALS, SLAB, SLAB_SIZE] = [
  word('armed'),
  word('arrivals'),
  place('arrivalSlab'),
  place('arrivalSlabSize'),
]
/** Where one begins. */
const ALIGNMENT = 64

let words = new Int32Array(0)
let slab = Buffer.alloc(0)
/** The view of the last bytes that came at each place. */
const views = new Array<Uint8Array | undefined>(SLAB_SIZE / ALIGNMENT)

/** Makes the memory, if it can be had. */
export function openArrivals(): void {
  const memory = native.openArrivals()
  if (memory === undefined) return
  words = new Int32Array(memory)
  slab = Buffer.from(memory, SLAB, SLAB_SIZE)
}

/** Whoever waits first for `fd` to be readable wants what recv(2) gives, at most `size` bytes. */
export function arm(fd: number, token: number, size: number): void {
  if (fd >= ARMABLE) return
  words[ARMED + 2 * fd] = token
  words[ARMED + 2 * fd + 1] = size
}

/** Nobody does any more. */
export function disarm(fd: number): void {
  if (fd < ARMABLE) words[ARMED + 2 * fd + 1] = 0
}

let [result, offset] = [NONE, 0]

/** What has come for the event of that place in the batch is for the next who asks. */
export function offerArrival(index: number): void {
  // Where the memory could not be had there is nothing.
  result = words[ARRIVALS + 2 * index] ?? NONE
  offset = words[ARRIVALS + 2 * index + 1] as number
}

/** Nobody is told of an event. */
export function endArrivals(): void {
  result = NONE
}

/** Whether a receive was made for the one who asks. */
export const hasArrived = (): boolean => result !== NONE

/** How it ended: bytes, or negative. */
export function takeArrival(): number {
  const taken = result
  result = NONE
  return taken
}

/** A copy of the bytes that came last. */
export function copyOfArrival(length: number): Buffer {
  const data = Buffer.allocUnsafe(length)
  const slot = offset / ALIGNMENT
  let view = views[slot]
  if (view === undefined || view.length !== length) {
    view = slab.subarray(offset, offset + length)
    views[slot] = view
  }
  data.set(view)
  return data
}
