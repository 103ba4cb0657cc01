/** What tests of promises need: turns of the event loop, rejections, schedules that can be repeated. */
import type { Socket } from 'berkeley'

/** The next turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Some turns of the event loop, in each of which the poller is asked: what can happen at once has happened. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Whether a promise is still pending after some turns. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true
  const end = (): void => {
    pending = false
  }
  promise.then(end, end)
  await turns()
  return pending
}

/** What a promise rejects with; the test fails where it is fulfilled. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; errno?: number; syscall?: string; bytesSent?: number; address?: unknown }> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error as Error
  }
  throw new Error(`the promise was fulfilled with ${String(value)}`)
}

/** `promise`, or an error that says so where it is not settled in time: better than the end of the whole test. */
export async function settles<T>(promise: Promise<T>, ms = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the promise was not settled within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whole numbers from 0 to below `limit`, the same for the same seed. */
export type Random = (limit: number) => number

/** A generator of 32 bits of state (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed | 0
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

/** A seed for one run of the tests: `BERKELEY_SEED` where it is given, so that a failure can be repeated. */
export function freshSeed(): number {
  const given = process.env.BERKELEY_SEED
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}

/** `count` bytes of a stream of which each place tells itself: what is lost, doubled or misplaced shows. */
export function bytesFrom(start: number, count: number): Buffer {
  const data = Buffer.alloc(count)
  for (let i = 0; i < count; i++) data[i] = byteAt(start + i)
  return data
}

/** The byte at a place of that stream. */
export const byteAt = (place: number): number => (place * 31 + (place >>> 8) * 17 + (place >>> 16)) & 0xff

/** Calls until it would have to wait. */
function untilEmpty(sock: Socket, call: () => boolean): void {
  const timeout = sock.gettimeout()
  sock.setblocking(false)
  try {
    while (call()) {}
  } catch (error) {
    if ((error as { code?: string }).code !== 'EAGAIN') throw error
  } finally {
    sock.settimeout(timeout)
  }
}

/** All that a socket has to receive now. */
export function drain(sock: Socket): Buffer {
  const parts: Buffer[] = []
  untilEmpty(sock, () => {
    const part = sock.recv(1 << 20)
    parts.push(part)
    return part.length > 0
  })
  return Buffer.concat(parts)
}

/** The same until there is no room any more in what the peer has, which TCP uses a while later. */
export async function fillBoth(sock: Socket): Promise<void> {
  // On a busy machine later still.
  for (let full = 0; full < 5; full++) {
    if (fill(sock) > 0) full = 0
    await sleep(5)
  }
}

/** What a receive of urgent data gives once that has come, which on some systems is a moment after it was sent. */
export async function urgent(receive: () => Buffer | Promise<Buffer>): Promise<string> {
  const limit = performance.now() + 5000
  for (;;) {
    try {
      return String(await receive())
    } catch (error) {
      const isThere = !/^(EINVAL|EAGAIN)$/.test(String((error as { code?: string }).code))
      if (isThere || performance.now() > limit) throw error
      await turn()
    }
  }
}

/** Sends until no more is taken: how many bytes were. `piece` is what one call sends. */
export function fill(sock: Socket, piece: Uint8Array = Buffer.alloc(65_536)): number {
  let taken = 0
  untilEmpty(sock, () => {
    taken += sock.send(piece)
    return true
  })
  return taken
}
