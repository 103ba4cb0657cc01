/** The deadlines of all waiting calls of this thread: one heap, one timer. */
import { clearTimeout, setTimeout } from 'node:timers'
import { nowMs } from './clock.js'

/** Something that ends at its deadline unless it ended before. */
export interface Deadlined {
  /** Milliseconds on the clock of `performance.now()`. */
  deadlineMs: number
  /** Its place in the heap; below 0 = it waits for no deadline. */
  heapIndex: number
  expire(): void
}

/** A binary heap: the earliest deadline first; each element knows its place, so that it can leave from anywhere. */
const heap: Deadlined[] = []
let timer: NodeJS.Timeout | undefined
/** When the timer fires. It may be earlier than the first deadline: then it is set anew, which is rarer than moving it. */
let timerMs = Number.POSITIVE_INFINITY

/** The longest that a timer takes. */
const MOST_MS = 0x7fffffff

function put(element: Deadlined, index: number): void {
  heap[index] = element
  element.heapIndex = index
}

function rise(element: Deadlined, from: number): void {
  let index = from
  while (index > 0) {
    const parent = heap[(index - 1) >> 1] as Deadlined
    if (parent.deadlineMs <= element.deadlineMs) break
    put(parent, index)
    index = (index - 1) >> 1
  }
  put(element, index)
}

function sink(element: Deadlined, from: number): void {
  let index = from
  for (;;) {
    let below = 2 * index + 1
    if (below >= heap.length) break
    const other = heap[below + 1]
    if (other !== undefined && other.deadlineMs < (heap[below] as Deadlined).deadlineMs) below++
    const child = heap[below] as Deadlined
    if (child.deadlineMs >= element.deadlineMs) break
    put(child, index)
    index = below
  }
  put(element, index)
}

/**
 * Lets `element` expire after so many nanoseconds, not earlier.
 * @param timeoutNs nanoseconds, at least 0
 */
export function expireAfter(element: Deadlined, timeoutNs: number): void {
  element.deadlineMs = nowMs() + timeoutNs / 1e6
  heap.push(element)
  rise(element, heap.length - 1)
  if (element.deadlineMs < timerMs) arm()
}

/** `element` ended before its deadline. */
export function forgetDeadline(element: Deadlined): void {
  const { heapIndex } = element
  if (heapIndex < 0) return
  element.heapIndex = -1
  const last = heap.pop() as Deadlined
  if (last === element) return
  if (last.deadlineMs < element.deadlineMs) rise(last, heapIndex)
  else sink(last, heapIndex)
}

/** A call at a time, for what is no call of its own. */
class Timer implements Deadlined {
  deadlineMs = 0
  heapIndex = -1
  readonly expire: () => void

  constructor(expire: () => void) {
    this.expire = expire
  }
}

/**
 * Calls `expire` after so many nanoseconds, not earlier. It does not keep the process alive.
 * @returns what prevents that
 */
export function startTimer(ns: number, expire: () => void): () => void {
  const timer = new Timer(expire)
  expireAfter(timer, ns)
  return () => forgetDeadline(timer)
}

/** Sets the timer for the first deadline. The waiting calls keep the process alive, not the timer. */
function arm(): void {
  clearTimeout(timer)
  const [first] = heap
  if (first === undefined) {
    timerMs = Number.POSITIVE_INFINITY
    return
  }
  const waitMs = Math.min(Math.ceil(first.deadlineMs - nowMs()), MOST_MS)
  timerMs = first.deadlineMs
  timer = setTimeout(expireDue, Math.max(waitMs, 1)).unref()
}

function expireDue(): void {
  const now = nowMs()
  for (let [first] = heap; first !== undefined && first.deadlineMs <= now; [first] = heap) {
    forgetDeadline(first)
    first.expire()
  }
  arm()
}
