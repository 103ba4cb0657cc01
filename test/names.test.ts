/** docs/names.md: that it has every name of CPython's modules, and that what it says is there is there. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errno } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { imports, reasoned, renamed } from '../scripts/names/translations.js'
import { rows, text } from '../scripts/names.js'
import { type Declared, declarationsOf, ENTRIES } from './support/declarations.js'
import { hasPython } from './support/python.js'

type Row = (typeof rows)[number]

const keyOf = ({ module, owner, name }: Pick<Row, 'module' | 'owner' | 'name'>): string =>
  [module, owner, name].filter((part) => part !== null).join('.')
const byKey = new Map(rows.map((row) => [keyOf(row), row]))

const entries = [...new Set(rows.map(({ from }) => from))].filter((entry) => existsSync(ENTRIES[entry] as string))
const declared = declarationsOf(entries)
const exported = new Map<string, Readonly<Record<string, unknown>>>()
for (const entry of entries) {
  const file = resolve((ENTRIES[entry] as string).replace(/\.d\.ts$/, '.js'))
  exported.set(entry, (await import(pathToFileURL(file).href)) as Record<string, unknown>)
}

test('the page is what `npm run names` makes', () => {
  expect(readFileSync('docs/names.md', 'utf8')).toBe(text)
})

test('the tables of names name nothing twice, and nothing that Python does not have', () => {
  expect(byKey.size).toBe(rows.length)
  expect([...reasoned, ...Object.keys(renamed)].filter((key) => !byKey.has(key))).toEqual([])
  for (const { ours, reason } of rows) expect(ours === null).toBe(reason !== '')
})

/** What scripts/names/dump.py prints of a module. */
interface Names {
  readonly functions: string[]
  readonly exceptions: string[]
  readonly values: string[]
  readonly constants: string[]
  readonly classes: Readonly<Record<string, { readonly methods: string[]; readonly attributes: string[] }>>
}

describe.skipIf(!hasPython)('of the CPython on this machine [needs python3]', () => {
  const dump = hasPython ? execFileSync('python3', ['scripts/names/dump.py'], { encoding: 'utf8' }) : '{}'
  const theirs = JSON.parse(dump) as Readonly<Record<string, Names>>
  const kindIn = (key: string): string | undefined => byKey.get(key)?.kind

  test.each(Object.entries(theirs))('every name of %s is in the table, as what it is', (module, names) => {
    for (const kind of ['function', 'exception', 'value', 'constant'] as const) {
      for (const name of names[`${kind}s`]) expect.soft([name, kindIn(`${module}.${name}`)]).toEqual([name, kind])
    }
    for (const [name, members] of Object.entries(names.classes)) {
      const key = `${module}.${name}`
      expect.soft([name, kindIn(key)]).toEqual([name, 'class'])
      if (byKey.get(key)?.ours === null) continue
      for (const kind of ['method', 'attribute'] as const) {
        for (const member of members[`${kind}s`]) {
          expect.soft([name, member, kindIn(`${key}.${member}`)]).toEqual([name, member, kind])
        }
      }
    }
  })

  test('there are some', () => {
    expect(Object.keys(theirs)).toEqual(Object.keys(imports))
    expect(theirs.socket?.functions.length).toBeGreaterThan(30)
    expect(theirs.socket?.constants.length).toBeGreaterThan(150)
    expect(theirs.socket?.classes.socket?.methods.length).toBeGreaterThan(25)
  })
})

/** What is declared of the class that a member's row belongs to. */
function ownerOf({ module, owner }: Row): Declared | undefined {
  const row = byKey.get(`${module}.${owner}`) as Row
  return declared.get(row.from)?.get(row.ours as string)
}

/** What the package has of a name: its kind, or `undefined`. */
function foundAs(row: Row, ours: string): string | undefined {
  if (row.owner !== null) {
    const owner = ownerOf(row)
    if (owner?.methods.has(ours)) return 'method'
    return owner?.attributes.has(ours) ? 'attribute' : undefined
  }
  if (ours.startsWith('errno.')) return ours.slice('errno.'.length) in errno ? 'constant' : undefined
  const kind = declared.get(row.from)?.get(ours)?.kind
  return kind === 'value' ? row.kind : kind
}

describe.each(Object.keys(imports))('of the module %s', (module) => {
  const own = rows.filter((row) => row.module === module)

  test('what the table gives is exported, as what it is in Python', () => {
    for (const row of own) {
      if (row.ours === null) continue
      // Only a type, which has no class: `selectors.SelectorKey`.
      const kinds = row.kind === 'class' ? ['class', 'type'] : [row.kind]
      expect.soft(kinds, `${keyOf(row)} as ${row.ours}`).toContain(foundAs(row, row.ours))
    }
  })

  test('functions, classes and methods are there at run time', () => {
    for (const { owner, kind, ours, from } of own) {
      if (ours === null || ours.startsWith('errno.')) continue
      const there = exported.get(from) ?? {}
      if (owner === null) {
        const isType = declared.get(from)?.get(ours)?.kind === 'type'
        if (!isType) expect.soft(ours in there, ours).toBe(true)
        if (!isType && /function|class|exception/.test(kind)) expect.soft(there[ours], ours).toBeTypeOf('function')
        if (kind === 'exception') expect.soft((there[ours] as typeof Error).prototype, ours).toBeInstanceOf(Error)
      } else if (kind === 'method') {
        const name = byKey.get(`${module}.${owner}`)?.ours as string
        const holder = there[name] as { readonly prototype: object } & Record<string, unknown>
        const method = Reflect.get(holder.prototype, ours) ?? holder[ours]
        // An abstract method has no body.
        if (name !== 'BaseSelector') expect.soft(method, `${name}.${ours}`).toBeTypeOf('function')
      }
    }
  })

  test('what has a reason to be absent is absent', () => {
    for (const row of own) {
      if (row.ours !== null || row.kind === 'import') continue
      const translated = row.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      // A type of that name is something else: it has no value.
      for (const name of [row.name, translated]) {
        expect.soft([undefined, 'type'], `${keyOf(row)} as ${name}`).toContain(foundAs(row, name))
      }
    }
  })
})
