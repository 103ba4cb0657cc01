/** Waiting in tests, without sleeping. */
import type { thrown } from './sockets.js'

/** What a promise is rejected with; the test fails where it is not. */
export async function rejection(promise: Promise<unknown>): Promise<ReturnType<typeof thrown>> {
  return await promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}, not rejected`)
    },
    (error) => error,
  )
}

/** Lets the event loop go round so often: what was called has begun to wait by then. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
