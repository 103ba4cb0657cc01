/** Over what the asynchronous engine of this thread waits: the system's own queue of events, or io_uring. */
import { native } from './binding.js'
import { errorOf } from './errors.js'
import { argumentTypeError, argumentValueError } from './validate.js'

/** What tells the engine of events: see {@link getengine}. */
export type EngineName = 'epoll' | 'kqueue' | 'io_uring'

// As in native/poller.h.
const SYSTEM = 0
const URING = 1

const own: EngineName = process.platform === 'darwin' ? 'kqueue' : 'epoll'
const nameOf = (kind: number): EngineName => (kind === URING ? 'io_uring' : own)
const kindOf = (name: string): number | undefined =>
  name === 'io_uring' ? URING : name === 'epoll' || name === 'kqueue' ? SYSTEM : undefined

let asked: number | undefined

/** What the environment asks for. */
function kindFromEnvironment(): number {
  asked ??= readEnvironment()
  return asked
}

function readEnvironment(): number {
  const name = process.env.BERKELEY_ENGINE
  if (!name) return SYSTEM
  const kind = kindOf(name)
  if (kind === undefined) {
    process.emitWarning(
      `BERKELEY_ENGINE must be epoll, kqueue or io_uring, not ${JSON.stringify(name)}: it is ignored`,
      {
        code: 'BERKELEY_ENGINE',
      },
    )
  }
  return kind ?? SYSTEM
}

/** Chooses if nobody has: the kind in use, or a negative errno. */
export function choosePoller(kind: number = kindFromEnvironment()): number {
  return native.choosePoller(kind)
}

/**
 * What tells the asynchronous calls of this thread of events: `'epoll'` or, on macOS, `'kqueue'`, unless io_uring was
 * asked for, by `BERKELEY_ENGINE=io_uring` in the environment or {@link setengine}, and can be had. To ask settles it.
 * @throws {SocketError} where no descriptor is to be had for it
 * @see epoll(7), kqueue(2), io_uring(7). Linux, macOS.
 */
export function getengine(): EngineName {
  const kind = choosePoller()
  if (kind < 0) throw errorOf(kind, 'getengine')
  return nameOf(kind)
}

/**
 * Chooses what tells the asynchronous calls of this thread of events, for good: before the first of them and before
 * {@link getengine}; after that it changes nothing.
 * @param name `'io_uring'`, or `'epoll'` or `'kqueue'`, which both mean the system's own
 * @returns what is in use: not io_uring where the kernel or a sandbox forbids it
 * @throws {TypeError} where it is no such name
 * @throws {SocketError} where no descriptor is to be had for it
 * @see io_uring(7). Linux (macOS answers `'kqueue'` always).
 */
export function setengine(name: EngineName): EngineName {
  if (typeof name !== 'string') throw argumentTypeError('name', 'of type string', name)
  const wanted = kindOf(name)
  if (wanted === undefined) throw argumentValueError('name', "must be 'epoll', 'kqueue' or 'io_uring'", name)
  const kind = choosePoller(wanted)
  if (kind < 0) throw errorOf(kind, 'setengine')
  return nameOf(kind)
}
