/**
 * The neutral notation of the oracle: a scenario is a list of calls, written once and performed by two interpreters, one
 * over CPython's `socket`, `select` and `selectors` (interpreter.py) and one over this package (interpreter.ts). Names are Python's.
 */

/** An argument: JSON, and these forms for what JSON cannot say. Arrays are Python's tuples. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  /** Constants by name, combined with `|`. */
  | { constants: string[] }
  /** Bytes, as hexadecimal digits, `times` times. */
  | { hex: string; times: number }
  /** What an earlier step gave, or with further names a part of it: `'address.1'`. */
  | { ref: string }
  /** A path in the scenario's own folder, or an abstract name made of it; with a length, padded to so many bytes. */
  | { path: string; length: number; bytes: boolean; abstract: boolean }
  | { float: 'nan' | 'inf' }
  /** Something that no call takes. */
  | { object: true }

/** How a part of a result is compared where the kernel or the interpreter chooses it. */
export type Kind =
  /** A port: by its place among the scenario's ports, so `port1` is the same port wherever it is seen. */
  | 'port'
  /** A port that a socket which is closed by now may have had before: that it is one. */
  | 'any port'
  /** A descriptor of this process: that it is one. */
  | 'descriptor'
  /** A name that the kernel gave an unnamed unix socket: by its place among the scenario's names. */
  | 'autobound'
  /** Bytes of which CPython hands out some that were never received: its answer by their number. */
  | 'unreceived'
  /** Bytes that hold numbers of descriptors or processes: by their number. */
  | 'numbers'
  /** A file system path that is not UTF-8: by its bytes. */
  | 'path'

/** What one side answers, in an expectation: a value, or a failure by its name (see `Outcome`). */
export type Expected = { value: unknown } | { error: string }

/** A step on which the two differ on purpose. Both answers are asserted. */
export interface Difference {
  python: Expected[]
  berkeley: Expected
  why: string
}

/** One call: `[name =] [object.]function`, with several names where the result is a tuple. */
export interface Step {
  call: string
  args: Value[]
  /** Python's keyword arguments; the trailing options object here. */
  options?: Record<string, Value>
  /** Part of a preparation that many scenarios share: compared, but not counted. */
  prepares?: true
  /** The name of the failure that both give. A failure that no step announces is a fault of the scenario. */
  fails?: string
  differs?: Difference
  /** Parts of the result, by the path to them (`''` is all of it), that are compared by their kind. */
  kinds?: Record<string, Kind>
}

export type Need = 'linux' | 'bindIPv6' | 'python311' | 'packet' | 'vsock'

export interface Scenario {
  name: string
  needs?: Need[]
  steps: Step[]
}

export const constant = (...constants: string[]): Value => ({ constants })
/** Text as bytes. */
export const bytes = (text: string, times = 1): Value => ({ hex: Buffer.from(text).toString('hex'), times })
export const hex = (digits: string, times = 1): Value => ({ hex: digits, times })
export const ref = (name: string): Value => ({ ref: name })
export const path = (name: string, length = 0): Value => ({ path: name, length, bytes: false, abstract: false })
export const bytesPath = (name: string, length = 0): Value => ({ path: name, length, bytes: true, abstract: false })
export const abstract = (name: string, length = 0): Value => ({ path: name, length, bytes: false, abstract: true })
export const bytesAbstract = (name: string, length = 0): Value => ({ path: name, length, bytes: true, abstract: true })
export const object: Value = { object: true }

/** A `struct timeval`, as SO_RCVTIMEO takes it on systems with 64 bits. */
export function timeval(seconds: number): Value {
  const value = Buffer.alloc(16)
  value.writeBigInt64LE(BigInt(Math.floor(seconds)), 0)
  value.writeBigInt64LE(BigInt(Math.round((seconds % 1) * 1e6)), 8)
  return hex(value.toString('hex'))
}

/** A `struct linger`. */
export function linger(on: number, seconds: number): Value {
  const value = Buffer.alloc(8)
  value.writeInt32LE(on, 0)
  value.writeInt32LE(seconds, 4)
  return hex(value.toString('hex'))
}

export const call = (text: string, ...args: Value[]): Step => ({ call: text, args })
export const withOptions = (step: Step, options: Record<string, Value>): Step => ({ ...step, options })
export const fails = (name: string, step: Step): Step => ({ ...step, fails: name })

/** The same step with a part of its result compared by kind. */
export const kind = (name: Kind, at: string, step: Step): Step => ({ ...step, kinds: { ...step.kinds, [at]: name } })
/** An address whose port the kernel chose. */
export const port = (step: Step): Step => kind('port', '1', step)

export const prepare = (...steps: Step[]): Step[] => steps.map((step) => ({ ...step, prepares: true }))

/** Bytes as a result shows them. */
export const encoded = (text: string) => ({ bytes: Buffer.from(text).toString('hex'), length: text.length })
export const value = (expected: unknown): Expected => ({ value: expected })
export const error = (name: string): Expected => ({ error: name })

export function differs(step: Step, python: Expected | Expected[], berkeley: Expected, why: string): Step {
  return { ...step, differs: { python: [python].flat(), berkeley, why } }
}

/** A number outside of its range. */
export const outOfRange = (step: Step): Step =>
  differs(
    step,
    [error('OverflowError'), error('ValueError')],
    error('RangeError'),
    'JavaScript has one error for what Python calls OverflowError and ValueError',
  )

/** A number with a fraction, or none at all. */
export const notWhole = (step: Step): Step =>
  differs(step, error('TypeError'), error('RangeError'), 'a float is a type of its own in Python, a number here')

/** A value of the right type that makes no sense. */
export const badValue = (step: Step): Step =>
  differs(step, error('ValueError'), error('TypeError'), 'ERR_INVALID_ARG_VALUE is a TypeError')

/** A closed object is a ValueError in one of CPython's modules or another, EBADF in all of this package. */
export const closedIsEbadf = (step: Step): Step =>
  differs(
    step,
    [error('ValueError'), error('RuntimeError'), error('KeyError')],
    error('EBADF'),
    'what is closed is EBADF',
  )

/** What a mapping does not have is a KeyError in CPython; here it is an errno. */
export const keyError = (code: string, step: Step): Step =>
  differs(step, error('KeyError'), error(code), 'no call of this package has a KeyError')

/** What CPython raises without a number has the nearest one here. */
export const unnumbered = (code: string, step: Step): Step =>
  differs(step, error('OSError'), error(code), 'CPython raises an OSError without a number')

/** The names of a step's call: what it binds, the object, the function. */
export function parse(text: string): { binds: string[]; target: string | null; name: string } {
  const [left, right] = text.includes(' = ') ? text.split(' = ') : ['', text]
  const binds = left === '' ? [] : (left as string).split(', ')
  const [first, second] = (right as string).split('.')
  return second === undefined
    ? { binds, target: null, name: first as string }
    : { binds, target: first as string, name: second }
}

export const AF_INET = constant('AF_INET')
export const AF_INET6 = constant('AF_INET6')
export const AF_UNIX = constant('AF_UNIX')
export const SOCK_STREAM = constant('SOCK_STREAM')
export const SOCK_DGRAM = constant('SOCK_DGRAM')
export const SOCK_SEQPACKET = constant('SOCK_SEQPACKET')
export const SOL_SOCKET = constant('SOL_SOCKET')
export const IPPROTO_TCP = constant('IPPROTO_TCP')
export const MSG_PEEK = constant('MSG_PEEK')
export const MSG_TRUNC = constant('MSG_TRUNC')
export const MSG_DONTWAIT = constant('MSG_DONTWAIT')
export const MSG_WAITALL = constant('MSG_WAITALL')
export const MSG_OOB = constant('MSG_OOB')
