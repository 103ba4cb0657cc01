/** The local CPython, whose answers are compared with. */
import { spawnSync } from 'node:child_process'

const INTERPRETER = 'python3'

/** Whether there is one. A test that needs it says so: `test.skipIf(!hasPython)('... [needs python3]', ...)`. */
export const hasPython = spawnSync(INTERPRETER, ['-c', 'import socket']).status === 0

/** What a call answers: `['ok', result]`, or CPython's name of the exception and its errno (`null` where it has none). */
export type Answer = [outcome: string, value: unknown]

const PREAMBLE = `
import json, socket
def emit(value):
    print(json.dumps(value, default=lambda other: other.hex() if isinstance(other, bytes) else str(other)))
def answer(expression):
    try:
        return ['ok', eval(expression)]
    except Exception as error:
        return [type(error).__name__, getattr(error, 'errno', None)]
`

/** Runs statements with `json` and `socket` in scope; returns what they `emit(value)`: bytes as hex, tuples as arrays. */
export function python(code: string): unknown {
  const { status, stdout, stderr } = spawnSync(INTERPRETER, ['-c', PREAMBLE + code], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`)
  return JSON.parse(stdout)
}

/** CPython's answers to expressions. */
export function pythonAnswers(expressions: readonly string[]): Answer[] {
  return python(`emit([answer(one) for one in json.loads(${JSON.stringify(JSON.stringify(expressions))})])`) as Answer[]
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  GaiError: 'gaierror',
  HostError: 'herror',
  SocketTimeoutError: 'TimeoutError',
  SocketError: 'OSError',
  RangeError: 'OverflowError',
}

/** A call's own answer, in the same form. */
export function answerOf(call: () => unknown): Answer {
  try {
    const value = call()
    return ['ok', value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value]
  } catch (error) {
    const { name, errno = null } = error as Error & { errno?: number }
    return [EXCEPTIONS[name] ?? name, errno]
  }
}

/** The calls that CPython answers otherwise, of calls by its expressions. Where it gives no errno, any will do. */
export function differences(
  calls: Readonly<Record<string, () => unknown>>,
): Record<string, { here: Answer; python: Answer }> {
  const expected = pythonAnswers(Object.keys(calls))
  const found: Record<string, { here: Answer; python: Answer }> = {}
  Object.entries(calls).forEach(([expression, call], index) => {
    const theirs = expected[index] as Answer
    const here = answerOf(call)
    // Its herror carries what some earlier call left in h_errno.
    if (theirs[0] === 'herror') theirs[1] = null
    if (theirs[0] !== 'ok' && theirs[1] === null) here[1] = null
    if (JSON.stringify(here) !== JSON.stringify(theirs)) found[expression] = { here, python: theirs }
  })
  return found
}
