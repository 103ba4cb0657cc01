/** Which modules of lib/ there are, what each exports, and whether it belongs to the core or to a lazy file. */
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * @typedef {object} Modules
 * @property {Map<string, string[]>} exports the names that a module exports, by its path
 * @property {Set<string>} core what is loaded with the entry points
 * @property {Set<string>} shared the part of it that the first entry point and the lazy files use
 * @property {string[]} constants the modules of constants
 * @property {Map<string, string[]>} lazy the modules by which a lazy file is entered, by its name
 * @property {Map<string, string>} lazyFile the lazy file of such a module
 */

/** The module that another one imports. @param {string} source @param {string} importer */
export const pathOf = (source, importer) => resolve(dirname(importer), source).replace(/\.js$/, '.ts')

/** How the bundler reads lib/, for all builds of it. */
export const input = /** @type {const} */ ({
  platform: 'node',
  // Else there is a comment for each module, some with a path of this machine.
  experimental: { attachDebugInfo: 'none' },
  tsconfig: false,
  // Every module has its state; which are wanted is known from what the entry points export.
  treeshake: { moduleSideEffects: true, propertyReadSideEffects: false },
  transform: { target: 'es2022' },
})

/**
 * @param {string} root
 * @param {Record<string, string>} entries
 * @param {Record<string, string[]>} lazyFiles
 * @returns {Promise<Modules>}
 */
export async function modulesOf(root, entries, lazyFiles) {
  /** @type {Map<string, readonly string[]>} */
  const imports = new Map()
  /** @type {Map<string, string[]>} */
  const exports = new Map()
  const build = await rolldown({
    ...input,
    cwd: root,
    input: entries,
    plugins: [
      {
        name: 'modules',
        moduleParsed: ({ id, importedIds, exports: names }) => {
          imports.set(id, importedIds)
          exports.set(id, names)
        },
      },
    ],
  })
  await build.generate()
  await build.close()

  /** @type {Modules['lazy']} */
  const lazy = new Map()
  /** @type {Modules['lazyFile']} */
  const lazyFile = new Map()
  for (const [name, paths] of Object.entries(lazyFiles)) {
    const full = paths.map((path) => join(root, path))
    lazy.set(name, full)
    for (const path of full) {
      if (!imports.has(path)) throw new Error(`no entry point imports ${path}`)
      lazyFile.set(path, name)
    }
  }

  /** @param {Iterable<string>} from @param {(id: string) => boolean} isBeyond @param {Set<string>} found */
  const reach = (from, isBeyond, found = new Set()) => {
    for (const id of from) {
      if (found.has(id) || !imports.has(id)) continue
      found.add(id)
      const next = /** @type {string[]} */ (imports.get(id)).filter((target) => !isBeyond(target))
      reach(next, isBeyond, found)
    }
    return found
  }
  const core = reach(
    Object.values(entries).map((path) => join(root, path)),
    (id) => lazyFile.has(id),
  )
  // What several lazy files use has one state only in the core.
  for (let grows = true; grows; ) {
    grows = false
    /** @type {Map<string, string>} */
    const owner = new Map()
    for (const [name, paths] of lazy) {
      for (const id of reach(paths, (target) => core.has(target) || (lazyFile.get(target) ?? name) !== name)) {
        const other = owner.get(id)
        if (other === undefined) owner.set(id, name)
        else if (other !== name && !lazyFile.has(id)) {
          reach([id], (target) => lazyFile.has(target), core)
          grows = true
        }
      }
    }
  }
  const first = join(root, /** @type {string} */ (Object.values(entries)[0]))
  const shared = reach([first, ...lazyFile.keys()], () => false)
  for (const id of shared) if (!core.has(id)) shared.delete(id)
  const constants = ['constants', 'select'].map((name) => join(root, `lib/generated/${name}.ts`))
  return { exports, core, shared, constants, lazy, lazyFile }
}
