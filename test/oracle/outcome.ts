/** What a step came to on one side, and the comparison of the two. */
import { isDeepStrictEqual } from 'node:util'
import type { Expected, Kind, Step } from './notation.js'

/**
 * A value as JSON (bytes and sockets as small objects); or a failure by its name: an errno's (`'EAGAIN'`), `'timeout'`,
 * `'EAI_NONAME'`, `'HOST_NOT_FOUND'`, `'TypeError'`, ..., or `'OSError'` for one without a number; or `broken`: the
 * step could not be performed at all.
 */
export type Outcome = { value: unknown } | Failure | { broken: string }
export type Failure = { error: string; errno?: number; errors?: (Failure | { broken: string })[] }

/** The ports and names that one side has seen in a scenario, in their order. */
export type Seen = Map<Kind, unknown[]>

const HEX_OF_AUTOBOUND = /^00(3[0-9]|6[1-6]){5}$/

function bytesOf(given: unknown): string | null {
  if (typeof given !== 'object' || given === null) return null
  if ('bytes' in given) return String(given.bytes)
  return 'surrogates' in given ? String(given.surrogates) : null
}

function hasLength(given: unknown): given is { length: number } {
  return typeof given === 'object' && given !== null && 'length' in given && !Array.isArray(given)
}

/** `given` in the form in which its kind is compared; unchanged where it is not of that kind. */
function symbolOf(kind: Kind, given: unknown, seen: Seen): unknown {
  const digits = bytesOf(given)
  const isNatural = typeof given === 'number' && Number.isInteger(given) && given >= 0
  if (kind === 'descriptor') return isNatural ? 'a descriptor' : given
  if (kind === 'unreceived' || kind === 'numbers') return hasLength(given) ? `${given.length} bytes` : given
  if (kind === 'path') return digits === null ? given : `the path ${digits}`
  const isPort = isNatural && given >= 1 && given <= 65535
  if (kind === 'any port') return isPort ? 'a port' : given
  if (kind === 'port' ? !isPort : !HEX_OF_AUTOBOUND.test(digits ?? '')) return given
  const key = digits ?? given
  const known = seen.get(kind) ?? []
  seen.set(kind, known)
  if (!known.includes(key)) known.push(key)
  return `${kind}${known.indexOf(key) + 1}`
}

function replaced(value: unknown, path: string[], kind: Kind, seen: Seen): unknown {
  const [index, ...rest] = path
  if (index === undefined || index === '') return symbolOf(kind, value, seen)
  if (!Array.isArray(value)) return value
  return value.map((item: unknown, at) => (at === Number(index) ? replaced(item, rest, kind, seen) : item))
}

/** The outcome with the parts that the step marks in the form in which they are compared. */
export function normalised(step: Step, outcome: Outcome, side: 'python' | 'berkeley', seen: Seen): Outcome {
  if (!('value' in outcome)) return outcome
  let { value } = outcome
  for (const [path, kind] of Object.entries(step.kinds ?? {})) {
    if (kind !== 'unreceived' || side === 'python') value = replaced(value, path.split('.'), kind, seen)
  }
  return { value }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}

function meets(outcome: Outcome, expected: Expected): boolean {
  if ('error' in expected) return 'error' in outcome && outcome.error === expected.error
  return 'value' in outcome && isDeepStrictEqual(outcome.value, expected.value)
}

/** What is wrong with two outcomes of one step, in words; `null` where nothing is. */
export function difference(step: Step, python: Outcome, berkeley: Outcome): string | null {
  const both = `CPython ${shown(python)}, berkeley ${shown(berkeley)}`
  if ('broken' in python || 'broken' in berkeley) return `broken: ${both}`
  if (step.differs !== undefined) {
    const { python: theirs, berkeley: ours, why } = step.differs
    if (theirs.some((expected) => meets(python, expected)) && meets(berkeley, ours)) return null
    return `${both}; expected ${shown(theirs)} and ${shown(ours)}, because ${why}`
  }
  if (!isDeepStrictEqual(python, berkeley)) return both
  // What fails, and how, is told for Linux; elsewhere it is enough that the two agree.
  if (process.platform !== 'linux') return null
  if (step.fails === undefined) return 'error' in python ? `no failure was expected: ${both}` : null
  return meets(python, { error: step.fails }) ? null : `expected ${step.fails}: ${both}`
}

/** The step as its author wrote it. */
export function describeStep(step: Step): string {
  const options = step.options === undefined ? '' : `, ${shown(step.options)}`
  return `${step.call}(${step.args.map(shown).join(', ')}${options})`
}
