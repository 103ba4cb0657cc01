/** How large the tarball is, and what tools that judge packages say of it. */
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMIT } from '../../pack.js'
import { expect, Project, root } from '../project.js'
import { TARGETS } from '../stage.js'
import { change } from './installers.js'

/** @import { Check } from '../../test-package.js' */

/** @param {string} name @param {string} path */
const bin = (name, path) => join(root, 'node_modules', name, path)

/** @type {Check[]} */
export const linters = [
  {
    name: 'six binaries, and less than 2 MiB in all',
    needs: ({ targets }) => targets.length === TARGETS.length,
    run: ({ tarball }) => {
      const { size } = statSync(tarball)
      expect(size < LIMIT, `it has ${size} bytes, of ${LIMIT} at most`)
    },
    spoil: (folder) => writeFileSync(join(folder, 'dist/cli-licenses.txt'), randomBytes(LIMIT)),
  },
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
