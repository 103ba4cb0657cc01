/** What the documentation of a public name must say. Each rule answers what is missing, or nothing. */
import type { Documented } from './surface.js'

type Rule = (it: Documented) => string | undefined

const isCall = ({ what }: Documented): boolean => what === 'function' || what === 'method'
const isConstructor = ({ name }: Documented): boolean => /\.constructor\b/.test(name)

/** Members that are reached by a symbol, and always mean the same: `using`, `for await`, `console.log`. */
const isProtocol = ({ name }: Documented): boolean => name.includes('.[')

/** What only a derived class calls or writes: it says what it is, and its code says the rest. */
const isOpen = (it: Documented): boolean => !it.isProtected && !isProtocol(it)

/** All that the documentation says. */
const everything = (it: Documented): string =>
  [it.description, ...it.params.values(), it.returns ?? '', ...it.throws, ...it.see].join(' ')

/** 1. Everything says what it is. */
const description: Rule = (it) =>
  it.description.length >= 10 || (it.what === 'property' && it.description !== '') ? undefined : 'no description'

/** 2. Every parameter of every overload is described, and nothing else is. */
const parameters: Rule = (it) => {
  if (!isOpen(it)) return undefined
  const missing = it.takes.filter(({ name }) => !it.params.get(name.replace(/\W/g, ''))).map(({ name }) => name)
  if (missing.length > 0) return `no @param for ${missing.join(', ')}`
  const unknown = [...it.params.keys()].filter(
    (name) => !it.takes.some((each) => each.name.replace(/\W/g, '') === name),
  )
  return unknown.length > 0 ? `@param for ${unknown.join(', ')}, which it does not take` : undefined
}

/** 3. What a call gives is told by `@returns`, or by a description that begins with its name. */
const NAMED = /^(The|A|An|Whether|What|Who|How|All|Every|Which|Both|One|Its|Python’s|`|\{@link)\b|^[`{]/
const result: Rule = (it) => {
  if (!isCall(it) || isConstructor(it) || !isOpen(it) || it.overload > 1) return undefined
  if (/^(void|this|Promise<void>|void \| Promise<void>|never)$/.test(it.type) || it.returns) return undefined
  return NAMED.test(it.description) ? undefined : `no @returns for ${it.type}`
}

/** 4. A number that is a time, a size or a port names its unit. */
const UNITS: readonly [name: RegExp, unit: RegExp][] = [
  [/^(timeout|seconds|pollInterval|.*(Delay|Interval|Timeout|Seconds))$/, /\b(milli|micro)?seconds?\b/i],
  [/^(timeoutMs|.*Ms)$/, /\bmilliseconds?\b/i],
  [/^(size|limit|hint)$/, /\b(bytes?|characters?)\b/i],
  [/^(bufsize|ancbufsize|nbytes|buflen|optlen|bytes\w*|offset|maxPacketSize|highWaterMark)$/, /\bbytes?\b/i],
  [/^port$/, /\bhost order\b|\bnumber\b/i],
]
const isNumber = (type: string): boolean => /\bnumber\b/.test(type) && !/=>/.test(type)
function unitOf(name: string, type: string, text: string): string | undefined {
  const unit = isNumber(type) ? UNITS.find(([pattern]) => pattern.test(name))?.[1] : undefined
  return unit === undefined || unit.test(text) ? undefined : `${name} does not name its unit, ${unit.source}`
}
const units: Rule = (it) => {
  if (it.what === 'property' && it.owner?.what === 'class' && /\.size$/.test(it.name)) return undefined
  if (it.what === 'property') return unitOf(it.name.replace(/^.*\./, ''), it.type, everything(it))
  return it.takes.map(({ name, type }) => unitOf(name, type, it.params.get(name) ?? '')).find(Boolean)
}

/** 5. What a call throws, or a promise rejects with: `@throws`, or its class tells it of every method. */
const errors: Rule = (it) => {
  if (!isCall(it) || !isOpen(it) || it.overload > 1 || it.throws.length > 0) return undefined
  const isTold = !isConstructor(it) && /\b(methods?) .*\bthrows?\b/i.test(it.owner?.description ?? '')
  return isTold ? undefined : 'no @throws'
}

/** 6. The manual page, the RFC or the document, and the systems: `@see recv(2). Linux, macOS.`, its own or its type's. */
const AVAILABLE = /(?:^|[.;] |^.*\. )(Linux|macOS|Linux, macOS)\b[^.]*\.$/
const isAvailable = (it: Documented): boolean => it.see.some((text) => AVAILABLE.test(text))
const availability: Rule = (it) => {
  const applies = it.what === 'function' || it.what === 'class' || (it.what === 'method' && it.owner?.what === 'class')
  if (!applies || it.overload > 1 || !isOpen(it)) return undefined
  return isAvailable(it) || (it.owner && isAvailable(it.owner)) ? undefined : 'no @see with a page and its systems'
}

/** 7. A constant of the headers says what it is, where that is written, and on which systems it is. */
const constants: Rule = (it) =>
  it.what !== 'constant' || /^.+\. See .+\. (Linux|macOS)\b.*\.$/.test(it.description) || isAvailable(it)
    ? undefined
    : 'no page and no systems'

/** 8. An asynchronous form says that it is a promise. */
const promises: Rule = (it) =>
  !isCall(it) || !/Async( \(\d+\))?$/.test(it.name) || /\bpromise|\breject|\b(not|without) block/i.test(everything(it))
    ? undefined
    : 'does not say that it is a promise'

export const rules = { description, parameters, result, units, errors, availability, constants, promises }

export type RuleName = keyof typeof rules

/** Names that a rule does not ask, and why. */
export type Exceptions = Readonly<Partial<Record<RuleName, readonly (readonly [names: RegExp, reason: string])[]>>>

/** Everything that is missing, but for the exceptions. */
export function complaintsOf(all: readonly Documented[], except: Exceptions = {}): string[] {
  return all.flatMap((it) =>
    (Object.keys(rules) as RuleName[]).flatMap((name) => {
      const isExcepted = except[name]?.some(([names]) => names.test(it.name)) ?? false
      const complaint = isExcepted ? undefined : rules[name](it)
      return complaint === undefined ? [] : [`${it.name}: ${complaint}`]
    }),
  )
}
