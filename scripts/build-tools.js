/** The tools that building the addon takes: which of them this machine lacks, and what installs them. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A command and its arguments, as CXX may have them: `ccache g++`. One that is a file may have spaces. @param {string} command */
export const wordsOf = (command) => (existsSync(command) ? [command] : command.split(/\s+/).filter(Boolean))

/** Whether the command can be run. @param {string} command with arguments */
export function isThere(command) {
  const [program, ...args] = wordsOf(command)
  if (program === undefined) return false
  return spawnSync(program, [...args, '--version'], { stdio: 'ignore' }).status === 0
}

/**
 * @typedef {object} Tool
 * @property {string} what
 * @property {readonly string[]} commands what may provide it
 * @property {readonly [apt: string, dnf: string, apk: string]} packages
 */

/** @satisfies {Record<string, Tool>} */
export const tools = {
  python: {
    what: 'Python 3',
    commands: [process.env.PYTHON || 'python3', 'python3', 'python'],
    packages: ['python3', 'python3', 'python3'],
  },
  make: { what: 'make', commands: [process.env.MAKE || 'make', 'make', 'gmake'], packages: ['make', 'make', 'make'] },
  compiler: {
    what: 'a C++17 compiler (g++ or clang++)',
    commands: [process.env.CXX || 'c++', 'c++', 'g++', 'clang++'],
    packages: ['g++', 'gcc-c++', 'g++ linux-headers'],
  },
}

/** What is missing of those tools, and the command that installs all of them; empty where nothing is. @param {readonly Tool[]} needed */
export function explainMissing(needed) {
  const missing = needed.filter((tool) => !tool.commands.some(isThere)).map((tool) => tool.what)
  if (missing.length === 0) return ''
  const packages = (/** @type {0 | 1 | 2} */ system) => needed.map((tool) => tool.packages[system]).join(' ')
  const install =
    process.platform === 'darwin'
      ? 'xcode-select --install'
      : `apt-get install ${packages(0)}  (Debian, Ubuntu)  |  dnf install ${packages(1)}  (Fedora)  |  apk add ${packages(2)}  (Alpine)`
  return `Missing on this machine: ${missing.join(', ')}.\nInstall with: ${install}`
}
