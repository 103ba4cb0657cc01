/** Errors that were thrown in another thread. A clone of one has only its message and stack, and not everything clones. */
import { inspect } from 'node:util'
import { SocketError, SocketTimeoutError } from '../errors.js'
import type { ErrorRecord } from './messages.js'

const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** What was thrown, as a record that can be posted. */
export function recordOf(thrown: unknown): ErrorRecord {
  if (!(thrown instanceof Error)) {
    let value: unknown
    try {
      value = structuredClone(thrown)
    } catch {
      value = inspect(thrown)
    }
    return {
      value,
      isError: false,
      name: '',
      message: '',
      stack: undefined,
      code: undefined,
      errno: undefined,
      syscall: undefined,
    }
  }
  const { name, message, stack, code, errno, syscall } = thrown as NodeJS.ErrnoException
  return {
    value: null,
    isError: true,
    name: String(name),
    message: String(message),
    stack: textOr(stack),
    code: textOr(code),
    errno: typeof errno === 'number' ? errno : undefined,
    syscall: textOr(syscall),
  }
}

const KINDS: Readonly<Record<string, new (message: string) => Error>> = { TypeError, RangeError, SyntaxError }

function emptyErrorOf({ name, message, code, errno, syscall }: ErrorRecord): Error {
  if (name === 'SocketTimeoutError') return new SocketTimeoutError(syscall ?? '')
  if (name === 'SocketError') return new SocketError(code ?? '', errno ?? 0, syscall ?? '')
  const error = new (KINDS[name] ?? Error)(message)
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return error
}

/** The same again: an error of the same name, message, code and stack, or the value that was thrown. */
export function thrownOf(record: ErrorRecord): unknown {
  if (!record.isError) return record.value
  const error = emptyErrorOf(record)
  error.message = record.message
  if (record.stack !== undefined) error.stack = record.stack
  for (const name of ['code', 'errno', 'syscall'] as const) {
    if (record[name] !== undefined && !(name in error)) Object.assign(error, { [name]: record[name] })
  }
  return error
}
