/** The asynchronous engine's TypeScript half: who waits for which descriptor, and what keeps the process alive. */
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { endArrivals, offerArrival, openArrivals } from './arrivals.js'
import * as binding from './binding.js'
import { choosePoller } from './engine-choice.js'
import { checkInteger } from './validate.js'

// Names of this module's own, for speed: see operations/transfer.ts.
const { words, READY, WAITING, IN_DISPATCH, READABLE, WRITABLE, HUNG_UP, FAILED, URGENT } = binding
const { native } = binding

/** Readiness bits: what is waited for (the first two), and what is there. */
export { FAILED, HUNG_UP, READABLE, URGENT, WRITABLE }

/** Who is told when a descriptor is ready. */
export interface Source {
  readonly fd: number
  /** Unique in this thread. An event for a descriptor number that has changed hands is known by it, and dropped. */
  readonly token: number
  /** @param readiness bits of what is there */
  deliver(readiness: number): void
  /** Its descriptor is about to be closed, or its number is another source's now: it leaves, and ends its calls. */
  cancel(): void
}

/** The sources by their descriptors. */
const sources: (Source | undefined)[] = []

/** How the event loop is woken: see native/waker.h. */
const WAKER_LIBUV = 0
const WAKER_LIBUV_ONE_SHOT = 1
const WAKER_THREAD = 2

function wakerKind(): number {
  // Every call of libuv ends a Bun process, and only its name tells.
  if (process.versions.bun !== undefined || process.env.BERKELEY_WAKER === 'thread') return WAKER_THREAD
  return process.versions.deno === undefined ? WAKER_LIBUV : WAKER_LIBUV_ONE_SHOT
}

let started = false

function start(): number {
  native.deliverers ??= []
  const { deliverers } = native
  const chosen = choosePoller()
  if (chosen < 0) return chosen
  const result = native.startEngine(wakerKind(), (count) => {
    for (const tell of deliverers) tell(count)
  })
  if (result < 0) return result
  deliverers.unshift(deliver)
  openArrivals()
  started = true
  native.updateReference()
  return 0
}

/**
 * Changes what is watched of a descriptor; what is ready already is delivered soon.
 * @param before the readiness bits watched so far; 0 = none
 * @param interest those to be watched; 0 = none
 * @returns 0 or a negative errno
 */
export function watch(source: Source, before: number, interest: number): number {
  const { fd } = source
  const other = sources[fd]
  if (interest === 0) {
    // What is registered for the number by now is another's, and stays.
    if (other !== source) return 0
    sources[fd] = undefined
    return native.watch(fd, source.token, before, 0)
  }
  if (!started) {
    const result = start()
    if (result < 0) return result
  }
  const result = native.watch(fd, source.token, before, interest)
  if (result < 0) return result
  sources[fd] = source
  // The number was closed behind this package's back.
  if (other !== undefined && other !== source) other.cancel()
  return result
}

/** Whoever is registered for a descriptor number. */
export const sourceOf = (fd: number): Source | undefined => sources[fd]

/** Counts the turns: batches of events and passes over those that were put off. */
export let turn = 0

/** Called by the native half with events in the shared memory, in threes: descriptor, token, readiness. */
function deliver(count: number): void {
  turn++
  const end = READY + 3 * count
  for (let at = READY, index = 0; at < end; at += 3, index++) {
    const source = sources[words[at] as number]
    if (source === undefined || source.token !== words[at + 1]) continue
    // For an event that is alone nothing has been received.
    if (count > 1) offerArrival(index)
    source.deliver(words[at + 2] as number)
  }
  endArrivals()
}

/** So many more (or, below 0, fewer) waiting calls keep the process alive. */
export function addWaiting(difference: number): void {
  const before = words[WAITING] as number
  const after = before + difference
  words[WAITING] = after
  // After a batch the native half looks for itself.
  if (before > 0 !== after > 0 && words[IN_DISPATCH] === 0 && started) native.updateReference()
}

let lastToken = 0

/** A token for a source that is no socket of this package: below 0, as those of sockets are above. */
export function freshToken(): number {
  lastToken = lastToken <= -0x7fffffff ? -1 : lastToken - 1
  return lastToken
}

/** What has more to do at once than its share, and goes on in the next turn. */
interface Postponed {
  /** Whether the process is kept alive for it. */
  readonly isReferenced: boolean
  resume(): void
}

let postponed: Postponed[] = []
let immediate: NodeJS.Immediate | undefined
let timer: NodeJS.Timeout | undefined

/** Lets `task` go on after timers and other descriptors have had their turn. */
export function postpone(task: Postponed): void {
  postponed.push(task)
  if (task.isReferenced) immediate ??= setImmediate(resumePostponed)
  // An immediate that does not keep the process alive would not end the event loop's wait either.
  else timer ??= setTimeout(resumePostponed, 1).unref()
}

function resumePostponed(): void {
  clearImmediate(immediate)
  clearTimeout(timer)
  immediate = undefined
  timer = undefined
  turn++
  const tasks = postponed
  postponed = []
  for (const task of tasks) task.resume()
}

/** The longest spin, in microseconds: a thousandth of a second. */
const LONGEST_SPIN_US = 1000

/**
 * How long this thread looks for more events after each batch before it goes back to its event loop: it shortens the
 * wait for an answer that comes within that time, and keeps a CPU busy meanwhile.
 * @param microseconds 0 = not at all (the default) to 1000
 * @throws {RangeError} for a number out of range
 * @see epoll(7), kqueue(2). Linux, macOS.
 */
export function setspin(microseconds: number): void {
  checkInteger('microseconds', microseconds, 0, LONGEST_SPIN_US)
  words[binding.SPIN_US] = microseconds
}

/**
 * The microseconds set by {@link setspin}.
 * @see epoll(7), kqueue(2). Linux, macOS.
 */
export function getspin(): number {
  return words[binding.SPIN_US] as number
}
