/** What can be waited for: a descriptor, or an object that has one. */
import { socketError } from '../errors.js'
import { argumentTypeError, checkInteger } from '../validate.js'

/** An object with a descriptor: a `Socket`, an `Epoll`, or any other with this method. */
export interface HasFileno {
  /** The descriptor; -1 for a closed one. */
  fileno(): number
}

/** A descriptor, or an object that has one. */
export type Selectable = number | HasFileno

const INT_MAX = 0x7fffffff

function hasFileno(value: unknown): value is HasFileno {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'fileno' in value && typeof value.fileno === 'function'
}

/**
 * The descriptor of what a caller gave.
 * @throws {SocketError} `EBADF` for an object that is closed
 * @throws {TypeError | RangeError} for anything but a descriptor and an object that has one
 */
export function descriptorOf(name: string, given: unknown, syscall: string): number {
  if (typeof given === 'number') {
    checkInteger(name, given, 0, INT_MAX)
    return given
  }
  if (!hasFileno(given)) throw argumentTypeError(name, 'a descriptor or an object with a fileno() method', given)
  const fd: unknown = given.fileno()
  if (typeof fd !== 'number' || !Number.isInteger(fd)) {
    throw argumentTypeError(`${name}.fileno()`, 'an integer', fd)
  }
  if (fd < 0) throw socketError('EBADF', syscall)
  checkInteger(`${name}.fileno()`, fd, 0, INT_MAX)
  return fd
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
