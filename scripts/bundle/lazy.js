/** The lazy files: CommonJS, because only that can be loaded in the middle of a call. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { input, pathOf } from './modules.js'
import { callsOf, constantsBy, gift, LOADER, loaderGift } from './stubs.js'

/** @import { Modules } from './modules.js' */

const ENTRY = '\0entry'
/** Modules that stand for one of the core, and for one of another lazy file. */
const CORE = '\0core:'
const CALLS = '\0calls:'

/**
 * Writes dist/lazy/.
 * @param {string} root
 * @param {Modules} modules
 * @returns {Promise<Map<string, Set<string>>>} what they use of the core: names by module
 */
export async function buildLazy(root, modules) {
  rmSync(join(root, 'dist/lazy'), { recursive: true, force: true })
  const { core, lazy, lazyFile, constants } = modules
  /** @type {Map<string, Set<string>>} */
  const used = new Map()
  for (const [name, paths] of lazy) {
    const build = await rolldown({
      ...input,
      cwd: root,
      input: { [name]: ENTRY },
      plugins: [
        {
          name: 'lazy',
          resolveId: (source, importer) => {
            if (source === ENTRY || source === LOADER) return source
            if (importer === undefined || !/^[./]/.test(source)) return null
            const path = pathOf(source, importer)
            if (constants.includes(path)) return path
            if (core.has(path)) return CORE + path
            return (lazyFile.get(path) ?? name) === name ? path : CALLS + path
          },
          load: (id) => {
            if (id === ENTRY) return paths.map((path) => `export * from ${JSON.stringify(path)}`).join('\n')
            if (id === LOADER) return loaderGift
            if (constants.includes(id)) return { code: constantsBy(id), moduleType: 'ts' }
            if (id.startsWith(CALLS)) return callsOf(id.slice(CALLS.length), lazyFile)
            return id.startsWith(CORE) ? gift(root, id.slice(CORE.length), modules) : null
          },
        },
      ],
    })
    const { output } = await build.write({
      dir: join(root, 'dist/lazy'),
      format: 'cjs',
      entryFileNames: '[name].cjs',
      sourcemap: true,
      comments: false,
      banner: `'use strict'\nmodule.exports = (berkeleyCore) => {\nconst exports = {}`,
      footer: 'return exports\n}',
    })
    await build.close()
    for (const file of output) {
      for (const [id, { renderedExports }] of file.type === 'chunk' ? Object.entries(file.modules) : []) {
        if (!id.startsWith(CORE)) continue
        const path = id.slice(CORE.length)
        used.set(path, new Set([...(used.get(path) ?? []), ...renderedExports]))
      }
    }
  }
  return used
}
