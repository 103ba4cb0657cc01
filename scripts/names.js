/**
 * Writes docs/names.md, the table of all names of Python's modules `socket`, `select`, `selectors` and `socketserver`,
 * from the lists of names in test/fixtures/ and the rules of translation; `--check` only says whether it differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { imports, reasonFor, renamed } from './names/translations.js'

const root = new URL('../', import.meta.url)
const page = new URL('docs/names.md', root)

/** @typedef {'function' | 'class' | 'exception' | 'value' | 'import' | 'constant' | 'method' | 'attribute'} Kind */
/**
 * A name of Python's: `ours` is `null` where it is absent, for a `reason`. `owner` is the class that it is a member of.
 * @typedef {{ module: string, owner: string | null, name: string, kind: Kind, ours: string | null, from: string, reason: string }} Row
 */
/** @typedef {{ methods: string[], attributes: string[] }} Members */

/** @param {string} name @returns {any} */
const fixture = (name) => JSON.parse(readFileSync(new URL(`test/fixtures/${name}.json`, root), 'utf8'))

/** @param {string} name */
const camelCase = (name) =>
  name === 'connect_ex' || /^[A-Z]/.test(name) ? name : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

const REEXPORTED = 'another module’s, which this one imports'

/** @param {string} module @param {string | null} owner @param {string} name @param {Kind} kind @returns {Row} */
function rowOf(module, owner, name, kind) {
  const key = [module, owner, name].filter((part) => part !== null).join('.')
  const reason = kind === 'import' ? REEXPORTED : reasonFor(key)
  const { ours, from } = renamed[key] ?? { ours: camelCase(name) }
  const place = from ?? /** @type {string} */ (imports[module])
  return { module, owner, name, kind, ours: reason === undefined ? ours : null, from: place, reason: reason ?? '' }
}

/** @param {string} module @returns {string[]} */
function constantsOf(module) {
  if (module === 'selectors') return ['EVENT_READ', 'EVENT_WRITE']
  if (module === 'socketserver') return []
  const lists = fixture(`cpython-3.13-${module}-constants`)
  delete lists.how
  const elsewhere = fixture('cpython-names')[module]['constants elsewhere'] ?? []
  return [...new Set([...Object.values(lists).flat(), ...elsewhere])].sort()
}

/** @param {string} module @returns {Row[]} */
function rowsOf(module) {
  const names = fixture('cpython-names')[module]
  const rows = [
    ...names.functions.map((/** @type {string} */ name) => rowOf(module, null, name, 'function')),
    ...names.exceptions.map((/** @type {string} */ name) => rowOf(module, null, name, 'exception')),
    ...names.values.map((/** @type {string} */ name) => rowOf(module, null, name, 'value')),
    ...constantsOf(module).map((name) => rowOf(module, null, name, 'constant')),
    ...names.imports.map((/** @type {string} */ name) => rowOf(module, null, name, 'import')),
  ]
  for (const [name, members] of /** @type {[string, Members][]} */ (Object.entries(names.classes))) {
    const row = rowOf(module, null, name, 'class')
    rows.push(row)
    // The members of a class that is absent are absent with it.
    if (row.ours === null) continue
    rows.push(...members.methods.map((member) => rowOf(module, name, member, 'method')))
    rows.push(...members.attributes.map((member) => rowOf(module, name, member, 'attribute')))
  }
  return rows
}

/** Every name of the four modules. */
export const rows = Object.keys(imports).flatMap(rowsOf)

/** @param {string} text */
const code = (text) => `\`${text}\``

/** @param {string[]} header @param {string[][]} lines */
const table = (header, lines) =>
  [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** @param {Row} row */
function lineOf({ owner, name, kind, ours, from, reason }) {
  const call = kind === 'function' || kind === 'method' ? '()' : ''
  const theirs = code(`${owner === null ? '' : `${owner}.`}${name}${name.endsWith(' object') ? '' : call}`)
  if (ours === null) return [theirs, '-', reason]
  return [theirs, code(`${ours}${call}`), code(from)]
}

/** @param {Row[]} some @param {string} title */
function tableOf(some, title) {
  if (some.length === 0) return ''
  return `### ${title}\n\n${table(['Python', 'here', 'import, or why it is absent'], some.map(lineOf))}\n`
}

/** Constants of one name in both, by prefix. @param {Row[]} constants @param {string} module */
function constantTables(constants, module) {
  if (constants.length === 0) return ''
  const plain = constants.filter(({ name, ours }) => ours === name)
  const groups = new Map()
  for (const { name } of plain) {
    const prefix = name.split('_')[0]
    groups.set(prefix, [...(groups.get(prefix) ?? []), code(name)])
  }
  const there = table(
    ['prefix', 'names'],
    [...groups].sort().map(([prefix, names]) => [code(prefix), names.join(', ')]),
  )
  const absent = new Map()
  for (const { name, reason } of constants.filter(({ ours }) => ours === null)) {
    absent.set(reason, [...(absent.get(reason) ?? []), code(name)])
  }
  const others = constants.filter(({ name, ours }) => ours !== null && ours !== name)
  return [
    `### Constants of ${module}\n`,
    `Under the same names, from \`${imports[module]}\`; \`undefined\` where the platform has none.\n`,
    `${there}\n`,
    others.length > 0 ? `${table(['Python', 'here', 'import'], others.map(lineOf))}\n` : '',
    absent.size > 0
      ? `${table(
          ['absent', 'why'],
          [...absent].map(([reason, names]) => [names.join(', '), reason]),
        )}\n`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** @param {string} module */
function sectionOf(module) {
  const own = rows.filter((row) => row.module === module)
  /** @param {...Kind} kinds */
  const of = (...kinds) => own.filter(({ owner, kind }) => owner === null && kinds.includes(kind))
  const classes = of('class').map((row) => {
    const members = own.filter(({ owner }) => owner === row.name)
    return tableOf([row, ...members], `${row.name}${row.name.endsWith(' object') ? '' : ', a class'} of ${module}`)
  })
  const present = classes.filter((_, index) => of('class')[index]?.ours !== null)
  const absent = of('class').filter(({ ours }) => ours === null)
  return [
    `## The module ${module}\n`,
    tableOf(of('function', 'value'), `Functions and values of ${module}`),
    tableOf(of('exception'), `Exceptions of ${module}`),
    ...present,
    tableOf(absent, `Classes of ${module} that are absent, with all of theirs`),
    constantTables(of('constant'), module),
    tableOf(of('import'), `What ${module} imports`),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

export const text = `# Every name of Python's modules

This page lists every public name of CPython's \`socket\`, \`select\`, \`selectors\` and \`socketserver\`, up to version 3.14
and on every system, with its name here, or why it is absent. \`npm run names\` writes it; a test compares it with the Python
at hand and with what the package exports. [Porting from Python](porting-from-python.md) says how calls differ.

The names follow rules: an underscore becomes camelCase, and constants stay as they are. A call that can block has a second
form with the suffix \`Async\`, which the tables leave out. \`with x:\` is \`using x\`, and \`for y in x\` is
\`for (const y of x)\`; other names with leading underscores are CPython's own business.

${Object.keys(imports).map(sectionOf).join('\n')}`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeFileSync(page, text)
  else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/names.md differs from what the tables give; run: npm run names')
    process.exitCode = 1
  }
}
