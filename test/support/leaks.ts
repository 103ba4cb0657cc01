/** For vitest's `setupFiles`: a file of tests fails where it leaves descriptors open, or closes those of others. */
import { setImmediate } from 'node:timers/promises'
import { getaddrinfoAsync, socketpair } from 'berkeley'
import { afterAll } from 'vitest'
import { differencesFrom, openDescriptors } from './open-descriptors.js'

/** Has Node and the engine open what each opens once, when it is first needed, and keeps. */
async function warmUp(): Promise<void> {
  // Node: what tells it of signals, and of children that end.
  const ignore = (): void => {}
  process.on('SIGWINCH', ignore).off('SIGWINCH', ignore)
  // The engine: its poller, and what tells it of look-ups that are done.
  const [one, other] = socketpair()
  const received = one.recvAsync(1)
  other.send('x')
  await received
  one.close()
  other.close()
  await getaddrinfoAsync('localhost', 0).catch(() => {})
  // On macOS the C library keeps its way to the system's resolver, which is asked for names that no file has.
  if (process.platform === 'darwin') await getaddrinfoAsync('berkeley.invalid', 0).catch(() => {})
}

await warmUp()
const before = openDescriptors()

/** How long it may take until what was let go is gone: handles of libuv, ended workers and children. */
const LIMIT_MS = 2000

// The first of such hooks is called last.
afterAll(async () => {
  const deadline = performance.now() + LIMIT_MS
  while (differencesFrom(before).length > 0 && performance.now() < deadline) await setImmediate()
  const found = differencesFrom(before)
  if (found.length > 0) throw new Error(`this file of tests leaks descriptors: ${found.join(', ')}`)
})
