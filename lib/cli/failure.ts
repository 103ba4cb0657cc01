/** How a command fails: one line on the standard error, and an exit code. */
import { getSystemErrorMap } from 'node:util'
import { colors } from './colors.js'

/** What was asked cannot be: exit code 2. */
export class UsageError extends Error {}

/** What failed, told to a person in `message` already: exit code 1. */
export class Failure extends Error {}

const GAI_TEXTS: Readonly<Record<string, string>> = {
  EAI_NONAME: 'Name or service not known',
  EAI_NODATA: 'No address of this family for the name',
  EAI_ADDRFAMILY: 'No address of this family for the name',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Name resolution failed',
  EAI_SERVICE: 'Service not known',
  EAI_FAMILY: 'Address family not supported',
}

let texts: Map<string, string> | undefined

/** `'Connection refused'` for `'ECONNREFUSED'`, as strerror(3) has it, nearly; undefined for what it does not know. */
export function textOf(code: string): string | undefined {
  if (code in GAI_TEXTS) return GAI_TEXTS[code]
  texts ??= new Map(getSystemErrorMap().values())
  const text = texts.get(code)
  return text === undefined ? undefined : text.charAt(0).toUpperCase() + text.slice(1)
}

/** `what`, then what is wrong: `connect 127.0.0.1:1: Connection refused (ECONNREFUSED)`. */
export function failure(what: string, error: unknown): Failure {
  return new Failure(`${what}: ${reasonOf(error)}`, { cause: error })
}

/** `Connection refused (ECONNREFUSED)` for an error of the system, and the message of any other. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code !== 'string') return String(message ?? error)
  const text = textOf(code)
  return text === undefined ? `${String(message)} (${code})` : `${text} (${code})`
}

/** One line for an error. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  const { code, message, syscall } = error as { code?: unknown; message?: unknown; syscall?: unknown }
  const text = typeof code === 'string' ? textOf(code) : undefined
  if (text === undefined) return String(message ?? error)
  const said = String(message)
  // Node writes `ENOENT: no such file or directory, open 'x'` of files, else as this package `connect ECONNREFUSED host:1`.
  const ofFile = new RegExp(`^${code}: .*?, (${String(syscall)}.*)$`).exec(said)
  if (ofFile !== null) return `${ofFile[1]}: ${text} (${code})`
  const head = `${String(syscall)} ${code}`
  return said.startsWith(head) ? `${syscall}${said.slice(head.length)}: ${text} (${code})` : `${said} (${code})`
}

/** Tells of an error on the standard error, and sets the exit code. */
export function failWith(error: unknown): void {
  const { bold, red } = colors(process.stderr)
  const message = messageOf(error)
    .replaceAll('\n', ' ')
    .replace(/^berkeley: /, '')
  process.stderr.write(`${bold('berkeley:')} ${red(message)}\n`)
  if (process.env.DEBUG && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`)
    if (error.cause instanceof Error) process.stderr.write(`caused by ${error.cause.stack}\n`)
  }
  process.exitCode = error instanceof UsageError ? 2 : 1
}
