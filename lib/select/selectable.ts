/** What can be waited for: a descriptor, or an object that has one. */
import { socketError } from '../errors.js'
import { argumentTypeError, checkInteger, rangeError } from '../validate.js'

/** An object with a descriptor: a `Socket`, an `Epoll`, or any other with this method. */
export interface HasFileno {
  /**
   * The descriptor; -1 for a closed one.
   * @throws what it likes; the call that asks passes it on
   */
  fileno(): number
}

/** A descriptor, or an object that has one. */
export type Selectable = number | HasFileno

const INT_MAX = 0x7fffffff

function hasFileno(value: unknown): value is HasFileno {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'fileno' in value && typeof value.fileno === 'function'
}

/** That what a caller gave can have a descriptor, before the range of any argument. */
export function checkSelectable(name: string, given: unknown, index: number): void {
  if (typeof given !== 'number' && !hasFileno(given)) throw refusal(`${name}[${index}]`, given, undefined, '')
}

/**
 * The descriptor of what a caller gave.
 * @param index its place, where it is one of the list called `name`; below 0 where it is none
 * @throws {SocketError} `EBADF` for an object that is closed
 * @throws {TypeError | RangeError} for anything but a descriptor and an object that has one
 */
export function descriptorOf(name: string, given: unknown, syscall: string, index = -1): number {
  const fd: unknown = typeof given === 'number' ? given : hasFileno(given) ? given.fileno() : undefined
  if (typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 && fd <= INT_MAX) return fd
  throw refusal(index < 0 ? name : `${name}[${index}]`, given, fd, syscall)
}

/** Why `given`, whose descriptor is `fd`, is refused. */
function refusal(name: string, given: unknown, fd: unknown, syscall: string): Error {
  if (typeof given === 'number') return rangeError(name, `an integer >= 0 and <= ${INT_MAX}`, given)
  if (!hasFileno(given)) return argumentTypeError(name, 'a descriptor or an object with a fileno() method', given)
  const answer = `${name}.fileno()`
  if (typeof fd !== 'number' || !Number.isInteger(fd)) return argumentTypeError(answer, 'an integer', fd)
  return fd < 0 ? socketError('EBADF', syscall) : rangeError(answer, `<= ${INT_MAX}`, fd)
}

/** `modify` and its kin do not know the descriptor: `ENOENT`. */
export function notRegistered(syscall: string, fd: number): Error {
  const error = socketError('ENOENT', syscall)
  error.message += `: descriptor ${fd} is not registered`
  return error
}

/** A mask of events with up to 16 bits, as poll(2) takes it. */
export function checkEvents(name: string, value: unknown): asserts value is number {
  checkInteger(name, value, 0, 0xffff)
}
