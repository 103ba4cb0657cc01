/** What a server prints of an error that its own `handleError` does not handle. */
import { inspect } from 'node:util'

const RULE = '-'.repeat(40)

/** CPython's form, with the stack of the error in place of a traceback. */
export function reportError(clientAddress: unknown, error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? String(error)) : inspect(error)
  const client = inspect(clientAddress, { breakLength: Number.POSITIVE_INFINITY })
  process.stderr.write(`${RULE}\nException occurred during processing of request from ${client}\n${what}\n${RULE}\n`)
}

/** An error that no call can answer any more. */
export function warnOf(error: unknown, code: string): void {
  const warning = error instanceof Error ? error.message : inspect(error)
  process.emitWarning(warning, { type: 'SocketServerWarning', code, detail: String((error as Error)?.stack ?? '') })
}
