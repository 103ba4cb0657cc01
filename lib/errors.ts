/** The errors that calls throw, and how a native result becomes one. */
import { types } from 'node:util'
import { namedConstants, native, VALUE, words } from './binding.js'

/** An address as a user writes it, for an error's message and `address`. */
export type ErrorAddress = string | number | Uint8Array | readonly unknown[]

/** The caller's own time ran out. */
export const timedOut = -100001
/** This environment is being ended: no JavaScript will see what is thrown for it. */
const TERMINATED = -100002
/** The native layer was called with what this one must not let through. */
export const badCall = -100003

// Aliases that would hide the usual name of their number: that of the manual pages of sockets, and of every system.
const ALIASES = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP'])
const names = new Map<number, string>()
for (const [name, value] of Object.entries(native.errno)) {
  if (!names.has(value) || !ALIASES.has(name)) names.set(value, name)
}

/** The number of an errno of every platform. */
function numberOf(name: string): number {
  const value = native.errno[name]
  if (value === undefined) throw new Error(`berkeley: no errno ${name} on this platform`)
  return value
}

/** The negative result of a call that would have to wait. */
export const wouldBlock: number = -numberOf('EAGAIN')

/** `'ECONNREFUSED'` for its number; `'errno 4711'` for one that the headers do not name. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${value}`
}

/** How much of an address a message shows. */
const LONGEST_ADDRESS = 120

function formatAddress(address: ErrorAddress): string {
  const text = textOf(address)
  return text.length > LONGEST_ADDRESS ? `${text.slice(0, LONGEST_ADDRESS - 3)}...` : text
}

function textOf(address: ErrorAddress): string {
  if (address === '') return "''"
  if (typeof address === 'string') return address.slice(0, LONGEST_ADDRESS + 1).replaceAll('\0', '@')
  if (types.isUint8Array(address)) return textOf(Buffer.from(address).toString('latin1', 0, LONGEST_ADDRESS + 1))
  if (typeof address === 'number') return String(address)
  // A host and port, an interface and protocol: what comes after them says little.
  const shown = typeof address[0] === 'string' && typeof address[1] === 'number' ? address.slice(0, 2) : address
  return shown.map(partOf).join(':')
}

function partOf(part: unknown): string {
  if (part === '') return "''"
  return types.isUint8Array(part) ? Buffer.from(part).toString('hex') : String(part)
}

/** What the caller does with its list or buffer later does not change the error. */
function copyOf(address: ErrorAddress): ErrorAddress {
  if (typeof address === 'string' || typeof address === 'number') return address
  return types.isUint8Array(address) ? Buffer.from(address) : [...address]
}

/**
 * A system call failed: `code` (`'ECONNREFUSED'`), `errno` (the kernel's positive number), `syscall`, `address`.
 * @see errno(3). Linux, macOS.
 */
export class SocketError extends Error {
  /** The name of the error, as errno(3) lists it. */
  readonly code: string
  /** The kernel's number, positive: what `connect_ex` returns and `os.constants.errno` lists. */
  readonly errno: number
  /** The call that failed, such as `'connect'`. */
  readonly syscall: string
  /** The address given to the call, where one was: a copy. */
  declare readonly address?: ErrorAddress
  /** How many bytes an interrupted `sendall` had handed to the kernel. */
  declare bytesSent?: number
  /** Of a failed `splice`: how many bytes the destination has got, or will get of those that were on their way. */
  declare bytesMoved?: number
  /** Of a failed `splice`: what was taken from the source, and the destination does not take any more. */
  declare pending?: Buffer
  /** Of a write to a file: how many bytes (or characters of text) the file had taken, which are not to be written again. */
  declare charactersWritten?: number

  /**
   * Makes an error with a message as Node writes it: `connect ECONNREFUSED 127.0.0.1:9`.
   * @param code the name of the error
   * @param errno its number, positive
   * @param syscall the call that failed
   * @param address what was given to the call, if it was an address
   */
  constructor(code: string, errno: number, syscall: string, address?: ErrorAddress) {
    super(`${syscall} ${code}${address === undefined ? '' : ` ${formatAddress(address)}`}`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
    if (address !== undefined) this.address = copyOf(address)
  }
}

/**
 * The socket's or the call's own timeout ran out. `code` is `'ETIMEDOUT'`.
 * @see errno(3), ETIMEDOUT. Linux, macOS.
 */
export class SocketTimeoutError extends SocketError {
  /**
   * Makes an error with the code `ETIMEDOUT`.
   * @param syscall the call that failed
   * @param address what was given to the call, if it was an address
   */
  constructor(syscall: string, address?: ErrorAddress) {
    super('ETIMEDOUT', numberOf('ETIMEDOUT'), syscall, address)
  }
}

/**
 * Name resolution failed. `code` is such as `'EAI_NONAME'`, `errno` the `EAI_` number.
 * @see getaddrinfo(3). Linux, macOS.
 */
export class GaiError extends SocketError {}

/**
 * `gethostbyname` or its kin failed. `code` is such as `'HOST_NOT_FOUND'`, `errno` the h_errno. It is a {@link GaiError},
 * so that what catches `socket.gaierror` around `gethostbyname` in Python can be ported as it is.
 * @see gethostbyname(3). Linux, macOS.
 */
export class HostError extends GaiError {}

for (const type of [SocketError, SocketTimeoutError, GaiError, HostError]) {
  Object.defineProperty(type.prototype, 'name', { value: type.name, configurable: true, writable: true })
}

/** The error for a native result below 0. */
export function errorOf(result: number, syscall: string, address?: ErrorAddress): SocketError {
  if (result === timedOut) return new SocketTimeoutError(syscall, address)
  if (result === TERMINATED) return socketError('ECANCELED', syscall, address)
  if (result === badCall) return socketError('EINVAL', syscall, address)
  return new SocketError(errnoName(-result), -result, syscall, address)
}

/** An error that no system call gave: the nearest errno, by name. */
export function socketError(code: string, syscall: string, address?: ErrorAddress): SocketError {
  return new SocketError(code, numberOf(code), syscall, address)
}

/** The name of a code of getaddrinfo(3): the last in the table where several have it. */
function gaiName(code: number): string {
  const names = Object.entries(namedConstants()).filter(([name, value]) => value === code && name.startsWith('EAI_'))
  return names.at(-1)?.[0] ?? `EAI ${code}`
}

/** The error for a code of getaddrinfo(3) or getnameinfo(3). */
export function gaiError(code: number, syscall: string, address?: ErrorAddress): GaiError {
  return new GaiError(gaiName(code), code, syscall, address)
}

/** The positive errno for a native result below 0, as `connect_ex` returns it: a timeout is EAGAIN. */
export function errnoOf(result: number): number {
  if (result === timedOut) return numberOf('EAGAIN')
  if (result === TERMINATED) return numberOf('ECANCELED')
  if (result === badCall) return numberOf('EINVAL')
  return result === 0 ? 0 : -result
}

/** What a lookup answers besides 0 and -errno: the resolver's own code is in the shared memory. */
const GAI_FAILURE = 1
const HOST_FAILURE = 2

/** By h_errno: netdb.h's numbers, the same on every system. */
const hostNames: readonly (string | undefined)[] = [undefined, 'HOST_NOT_FOUND', 'TRY_AGAIN', 'NO_RECOVERY', 'NO_DATA']

/** The names of h_errno for those of getaddrinfo(3). */
const HOST_NAMES: Readonly<Record<string, string>> = {
  EAI_NONAME: 'HOST_NOT_FOUND',
  EAI_AGAIN: 'TRY_AGAIN',
  EAI_FAIL: 'NO_RECOVERY',
  EAI_NODATA: 'NO_DATA',
  EAI_ADDRFAMILY: 'NO_DATA',
}

/** The error for an h_errno. */
export function hostError(code: number, syscall: string, address?: ErrorAddress): HostError {
  return new HostError(hostNames[code] ?? `h_errno ${code}`, code, syscall, address)
}

/** The h_errno that says what a code of getaddrinfo(3) says; `undefined` where none does. */
function hostCodeOf(gai: number): number | undefined {
  const hostName = HOST_NAMES[gaiName(gai)]
  return hostName === undefined ? undefined : hostNames.indexOf(hostName)
}

/** The error for the result of `gethostbyname` or its kin: an h_errno also where it was getaddrinfo(3) that failed. */
export function hostLookUpError(result: number, syscall: string, address: ErrorAddress): SocketError {
  const code = result === GAI_FAILURE ? hostCodeOf(words[VALUE] as number) : undefined
  return code === undefined ? lookUpError(result, syscall, address) : hostError(code, syscall, address)
}

/** The error for a lookup's result other than 0. What fails before `syscall` itself is getaddrinfo(3). */
export function lookUpError(result: number, syscall: string, address?: ErrorAddress): SocketError {
  const code = words[VALUE] as number
  if (result === GAI_FAILURE) return gaiError(code, syscall === 'getnameinfo' ? syscall : 'getaddrinfo', address)
  if (result === HOST_FAILURE) return hostError(code, syscall, address)
  return errorOf(result, syscall, address)
}
