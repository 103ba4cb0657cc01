/** Checks of what came over the network: a value of the type, or an error that names the field. */

/** What a peer said is not what the protocol has. */
export class ProtocolError extends Error {
  /** A word for programs: `bad-message`, `too-long`, `not-the-protocol`, `version`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.code = code
  }
}

/** Gives the value back with its type. @throws {ProtocolError} that names `field` */
export type Check<T> = (value: unknown, field: string) => T
export type Checked<C> = C extends Check<infer T> ? T : never

function wrong(field: string, takes: string): ProtocolError {
  return new ProtocolError('bad-message', `the field "${field}" takes ${takes}`)
}

/** A finite number within bounds, both included. */
export function number(least: number, most: number): Check<number> {
  return (value, field) => {
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw wrong(field, `a number from ${least} to ${most}`)
  }
}

export function integer(least: number, most: number): Check<number> {
  return (value, field) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
    throw wrong(field, `an integer from ${least} to ${most}`)
  }
}

export const count = integer(0, Number.MAX_SAFE_INTEGER)
export const amount = number(0, Number.MAX_VALUE)

export const boolean: Check<boolean> = (value, field) => {
  if (typeof value === 'boolean') return value
  throw wrong(field, 'true or false')
}

/** Text of so many characters at most. Control characters, which could move a terminal's cursor, become spaces. */
export function text(most: number): Check<string> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length > most) throw wrong(field, `text of at most ${most} characters`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    return value.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  }
}

export function oneOf<const T extends string>(...names: readonly T[]): Check<T> {
  return (value, field) => {
    const found = names.find((name) => name === value)
    if (found === undefined) throw wrong(field, `one of ${names.join(', ')}`)
    return found
  }
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, field) => (value === null || value === undefined ? null : check(value, field))
}

export function list<T>(check: Check<T>, most: number): Check<T[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length > most) throw wrong(field, `a list of at most ${most}`)
    return value.map((item, i) => check(item, `${field}[${i}]`))
  }
}

/** An object with these fields. Others are left out: a later version may have them. */
export function record<S extends Readonly<Record<string, Check<unknown>>>>(
  shape: S,
): Check<{ [K in keyof S]: Checked<S[K]> }> {
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object')
    const given = value as Record<string, unknown>
    const found: Record<string, unknown> = {}
    for (const [name, check] of Object.entries(shape)) {
      found[name] = check(
        Object.hasOwn(given, name) ? given[name] : undefined,
        field === '' ? name : `${field}.${name}`,
      )
    }
    return found as { [K in keyof S]: Checked<S[K]> }
  }
}

/** One of several objects, told apart by the text in one field. */
export function tagged<K extends string, S extends Readonly<Record<string, Check<object>>>>(
  key: K,
  shapes: S,
): Check<{ [T in keyof S & string]: Checked<S[T]> & Record<K, T> }[keyof S & string]> {
  const tag = oneOf(...Object.keys(shapes))
  return (value, field) => {
    const given = record({ [key]: tag })(value, field)
    const name = given[key] as string
    const found = { [key]: name, ...(shapes[name] as Check<object>)(value, field) }
    return found as unknown as { [T in keyof S & string]: Checked<S[T]> & Record<K, T> }[keyof S & string]
  }
}
