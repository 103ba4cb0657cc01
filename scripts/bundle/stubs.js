/** The modules that the bundle has besides those of lib/: they stand for others. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'
import { fingerprintOf, namesOf } from '../constants/names.js'
import { selectTable, table } from '../constants/table.js'

/** @import { Modules } from './modules.js' */

/** What loads lazy files. */
export const LOADER = '\0loader'

const families = [...table, ...selectTable]
const places = new Map(namesOf(families).map(({ name }, place) => [name, place]))

/**
 * A module of constants, taken from the addon's list of values: an object of so many names would have to be made first.
 * @param {string} path
 */
export function constantsBy(path) {
  const text = readFileSync(path, 'utf8')
    .replace('namedConstants', 'valuesOf')
    .replace('namedConstants()', `valuesOf(${fingerprintOf(families)})`)
    .replace(/ = c\.(\w+) as/g, (_, name) => ` = c[${places.get(name)}] as`)
  if (/namedConstants|c\.[A-Z]|undefined\]/.test(text)) throw new Error(`${path} is not as its generator writes it`)
  return text
}

/**
 * In place of a lazy module, for the core: its functions, which load it at their first call, and its numbers.
 * @param {string} path
 * @param {Modules['lazyFile']} lazyFile
 */
export function callsOf(path, lazyFile) {
  const file = JSON.stringify(lazyFile.get(path))
  const lines = [`import { lazy } from ${JSON.stringify(LOADER)}`]
  for (const node of parseAst(readFileSync(path, 'utf8'), { lang: 'ts' }).body) {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) continue
    const { declaration } = node
    if (declaration.type === 'FunctionDeclaration' && declaration.id !== null) {
      const { name } = declaration.id
      const { params } = declaration
      // Where all are plain, so many are passed on: a list would have to be made.
      const list = params.every((each) => each.type === 'Identifier')
        ? params.map((_, index) => `_${index}`).join(', ')
        : '...args'
      lines.push(`let ${name}$`, `export function ${name}(${list}) {`)
      lines.push(`${name}$ ??= lazy(${file}).${name}`, `return ${name}$(${list})`, '}')
    } else if (declaration.type === 'VariableDeclaration') {
      for (const { id, init } of declaration.declarations) {
        if (id.type !== 'Identifier' || init?.type !== 'Literal') continue
        lines.push(`export const ${id.name} = ${init.raw}`)
      }
    }
  }
  return lines.join('\n')
}

/**
 * In place of a lazy module, for what is outside the core: loads it at once.
 * @param {string} path
 * @param {Modules} modules
 */
export function contentOf(path, { exports, lazyFile }) {
  const lines = [
    `import { lazy } from ${JSON.stringify(LOADER)}`,
    `const it = lazy(${JSON.stringify(lazyFile.get(path))})`,
  ]
  for (const name of namesIn(exports, path)) lines.push(`export const ${name} = it.${name}`)
  return lines.join('\n')
}

/**
 * In place of a module of the core, for a lazy file: what the loader gives of it.
 * @param {string} root
 * @param {string} path
 * @param {Modules} modules
 */
export function gift(root, path, { exports }) {
  const key = JSON.stringify(keyOf(root, path))
  return namesIn(exports, path)
    .map((name) => `export const ${name} = berkeleyCore[${key}].${name}`)
    .join('\n')
}

/** In a lazy file, where it calls another one: the loader. */
export const loaderGift = 'export const { lazy } = berkeleyCore.loader'

/**
 * The loader. A lazy file is a function of what it uses of the core.
 * @param {string} root
 * @param {Map<string, Set<string>>} used names by module
 */
export function loaderOf(root, used) {
  const imports = []
  const parts = []
  let count = 0
  for (const [path, names] of used) {
    const part = []
    for (const name of names) {
      const alias = `core${count++}`
      imports.push(`import { ${name} as ${alias} } from ${JSON.stringify(path)}`)
      part.push(`${name}: ${alias}`)
    }
    if (part.length > 0) parts.push(`${JSON.stringify(keyOf(root, path))}: { ${part.join(', ')} }`)
  }
  return `${imports.join('\n')}
import { require } from ${JSON.stringify(join(root, 'lib/binding.ts'))}
const files = new Map()
const coreForLazy = () => ({ loader: { lazy }, ${parts.join(', ')} })
export function lazy(name) {
  let file = files.get(name)
  if (file === undefined) {
    file = require('./lazy/' + name + '.cjs')(coreForLazy())
    files.set(name, file)
  }
  return file
}`
}

/** How a lazy file knows a module of the core. @param {string} root @param {string} path */
const keyOf = (root, path) => path.slice(join(root, 'lib/').length, -'.ts'.length)

/** @param {Modules['exports']} exports @param {string} path */
const namesIn = (exports, path) => /** @type {string[]} */ (exports.get(path))
