/** The entry points and the core that they share: ES modules. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { input, pathOf } from './modules.js'
import { callsOf, constantsBy, contentOf, LOADER, loaderOf } from './stubs.js'

/** @import { Modules } from './modules.js' */

/** Modules that stand for a lazy one, which they load at a call, or at once. */
const CALLS = '\0calls:'
const CONTENT = '\0content:'
/** The constants once more: to import a name from another file costs more than to have the number. */
const OWN = '?own'

/**
 * Writes the entry points, and core.js, to dist/.
 * @param {string} root
 * @param {Record<string, string>} entries
 * @param {Modules} modules
 * @param {Map<string, Set<string>>} used what the lazy files use of the core
 */
export async function buildEntries(root, entries, modules, used) {
  const { lazyFile, shared, constants } = modules
  const paths = Object.values(entries).map((path) => join(root, path))
  const exportsAll = (/** @type {string} */ id) =>
    id !== LOADER && /^export \* from '.\/generated\//m.test(readFileSync(id.replace(OWN, ''), 'utf8'))
  // What is exported stands in the file that exports it.
  const isInPlace = (/** @type {string} */ id) => paths.includes(id) || constants.includes(id)
  const isCore = (/** @type {string} */ id) =>
    !isInPlace(id) && (shared.has(id) || id === LOADER || id.endsWith(OWN) || id.startsWith(CALLS))
  const build = await rolldown({
    ...input,
    cwd: root,
    input: entries,
    plugins: [
      {
        name: 'entries',
        resolveId: (source, importer) => {
          if (source === LOADER) return source
          if (importer === undefined || !/^[./]/.test(source)) return null
          const path = pathOf(source, importer)
          if (lazyFile.has(path))
            return (importer === LOADER || isCore(importer) || paths[0] === importer ? CALLS : CONTENT) + path
          return constants.includes(path) && !exportsAll(importer) ? path + OWN : path
        },
        load: (id) => {
          if (id === LOADER) return loaderOf(root, used)
          if (id.startsWith(CALLS)) return callsOf(id.slice(CALLS.length), lazyFile)
          if (id.startsWith(CONTENT)) return contentOf(id.slice(CONTENT.length), modules)
          const path = id.replace(OWN, '')
          return constants.includes(path) ? { code: constantsBy(path), moduleType: 'ts' } : null
        },
      },
    ],
  })
  await build.write({
    dir: join(root, 'dist'),
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    sourcemap: true,
    comments: false,
    minifyInternalExports: false,
    codeSplitting: {
      groups: [
        { name: 'core', test: isCore },
        // What servers, selectors and berkeley/select share.
        { name: 'waiting', test: (id) => !isInPlace(id), minShareCount: 2 },
      ],
    },
  })
  await build.close()
  for (const name of ['core', 'waiting', 'socketserver']) {
    const path = join(root, `dist/${name}.js`)
    const code = withoutFacades(readFileSync(path, 'utf8'))
    writeFileSync(path, name === 'core' ? refusal(root) + code : code)
  }
}

/**
 * What a version of Node that is too old meets first, in place of the error that something or other is no function. On the
 * first line, so that the lines stay as many as they were.
 * @param {string} root
 */
function refusal(root) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const message = `\`berkeley needs Node.js ${engines.node}; this is \${process.version}\``
  return `if (process.getBuiltinModule === undefined) throw new Error(${message}); `
}

/**
 * Takes modules of Node itself without an import, for which an ES module would be made around each: that takes time, and
 * from version 22 on the one of node:util opens the standard streams. The lines stay as many as they were.
 * @param {string} code
 */
const withoutFacades = (code) =>
  code.replace(
    /^import \{(.*)\} from ("node:\w+");$/gm,
    (_, names, module) => `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule(${module});`,
  )
