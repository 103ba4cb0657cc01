/** What tools that judge packages say of the tarball. */
import { join } from 'node:path'
import { Project, root } from '../project.js'
import { change } from './installers.js'

/** @import { Check } from '../../test-package.js' */

/** @param {string} name @param {string} path */
const bin = (name, path) => join(root, 'node_modules', name, path)

/** @type {Check[]} */
export const linters = [
  {
    name: 'publint, strictly',
    run: ({ tarball }) => {
      const said = new Project('publint').run(process.execPath, [bin('publint', 'src/cli.js'), tarball, '--strict'])
      if (!said.includes('All good!')) throw new Error(said)
    },
    // What stands after the default is never looked at.
    spoil: (folder) =>
      change(folder, (manifest) => ({
        ...manifest,
        exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } },
      })),
  },
  {
    name: 'attw, for packages of ES modules',
    run: ({ tarball }) => {
      const args = [bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'esm-only', '--no-emoji']
      const { status, stdout, stderr } = new Project('attw').try(process.execPath, args)
      if (status !== 0) throw new Error(stdout + stderr)
    },
    spoil: (folder) =>
      change(folder, (manifest) => ({
        ...manifest,
        exports: { '.': './dist/index.js', './select': './dist/core.js' },
      })),
  },
]
