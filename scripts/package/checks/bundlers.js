/** Programs that a user bundles: with the package left outside, and, by mistake, inside. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { expect } from '../project.js'

/** @import { Check } from '../../test-package.js' */

/**
 * Bundles a program of the project into out/bundle.mjs.
 * @param {import('../project.js').Project} project
 * @param {string[]} external
 */
async function bundle(project, external) {
  project.copy('module.mjs')
  const build = await rolldown({
    cwd: project.folder,
    input: 'module.mjs',
    platform: 'node',
    external,
    logLevel: 'silent',
  })
  await build.write({ file: project.in('out/bundle.mjs') })
  await build.close()
  return project.try(process.execPath, ['out/bundle.mjs'])
}

/** @type {Check[]} */
export const bundlers = [
  {
    name: 'a bundle that leaves the package outside',
    run: async ({ installed }) => {
      const { status, stdout, stderr } = await bundle(installed(), ['berkeley', /** @type {any} */ (/^berkeley\//)])
      expect(status === 0 && stdout === 'ok\n' && stderr === '', stdout + stderr)
    },
    spoil: (folder) => rmSync(join(folder, 'dist/lazy/messages.cjs')),
  },
  {
    name: 'a bundle that takes it in says at once that its binary is not there',
    run: async ({ installed }) => {
      const { status, stderr } = await bundle(installed(), [])
      expect(status === 1 && /berkeley: the native addon could not be loaded/.test(stderr), stderr)
    },
    spoil: (folder) => rmSync(join(folder, 'dist/index.js')),
  },
]
