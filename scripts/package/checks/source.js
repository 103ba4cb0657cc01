/** Building from source out of the installed package, where it has no binary that fits. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '../project.js'

/** @import { Check } from '../../test-package.js' */
/** @import { Project } from '../project.js' */

/** What a compiler is made of. */
const COMPILER = ['c++', 'as', 'ld']

/** @param {string} name */
const commandNamed = (name) => ['/usr/bin', '/usr/local/bin'].map((folder) => join(folder, name)).find(existsSync)

/** A machine that has those commands and nothing else: its PATH. @param {Project} project @param {string[]} names */
function machineWith(project, names) {
  const folder = project.in(`machine-${names.length}`)
  mkdirSync(folder)
  for (const name of names) symlinkSync(/** @type {string} */ (commandNamed(name)), join(folder, name))
  return { PATH: folder }
}

/** The command that the loader's error names: what is between its last quotes. @param {Project} project */
function commandNamedBy(project) {
  const { status, stderr } = project.try(process.execPath, ['--input-type=module', '-e', "await import('berkeley')"])
  expect(status === 1 && stderr.includes("'ERR_BERKELEY_NO_BINARY'"), `without a binary, it said:\n${stderr}`)
  const [, script = ''] = /with a C\+\+17 compiler: node "(.*)"/.exec(stderr) ?? []
  expect(existsSync(script), `the command it names is not there:\n${stderr}`)
  return script
}

/** @type {Check[]} */
export const source = [
  {
    name: 'builds from source where no binary fits, with a compiler and nothing else',
    needs: () => process.platform === 'linux' && COMPILER.every((name) => commandNamed(name) !== undefined),
    run: ({ project, installInto }) => {
      const fresh = project('source')
      installInto(fresh)
      rmSync(fresh.in('node_modules/berkeley/prebuilds'), { recursive: true })
      const script = commandNamedBy(fresh)
      const { status, stderr } = fresh.try(process.execPath, [script], machineWith(fresh, []))
      expect(status === 1 && /Missing on this machine: a C\+\+17 compiler/.test(stderr), `no compiler, and:\n${stderr}`)
      // How fast the result is matters less here than how long it takes.
      const said = fresh.run(process.execPath, [script], { ...machineWith(fresh, COMPILER), CXXFLAGS: '-O0' })
      expect(said.includes(fresh.in('node_modules/berkeley/build/Release/berkeley.node')), `it said:\n${said}`)
      fresh.runProgram('module.mjs')
    },
    spoil: (folder) => rmSync(join(folder, 'include/napi.h')),
  },
]
