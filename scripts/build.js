/**
 * Builds the addon and the TypeScript, and says what is missing where the machine lacks a tool.
 * `node scripts/build.js [native|ts]`; both where nothing is named.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  return result.error === undefined && result.status === 0
}

/** @param {string} command */
const isThere = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined

/** The tools that building the addon takes, each with the commands that may provide it. */
const tools = [
  { what: 'Python 3', commands: [process.env.PYTHON ?? 'python3', 'python3', 'python'] },
  { what: 'make', commands: [process.env.MAKE ?? 'make', 'make', 'gmake'] },
  { what: 'a C++17 compiler (g++ or clang++)', commands: [process.env.CXX ?? 'c++', 'c++', 'g++', 'clang++'] },
]

function explain() {
  const missing = tools.filter((tool) => !tool.commands.some(isThere)).map((tool) => tool.what)
  const install =
    process.platform === 'darwin'
      ? 'xcode-select --install'
      : 'apt-get install python3 make g++  (Debian, Ubuntu)  |  dnf install python3 make gcc-c++  (Fedora)  |  apk add python3 make g++  (Alpine)'
  console.error('\nberkeley: the native addon was not built.')
  if (missing.length > 0) console.error(`Missing on this machine: ${missing.join(', ')}.\nInstall with: ${install}`)
  else console.error('The compiler is there; what it said is above.')
}

const part = process.argv[2]
if (part !== 'ts' && !run('npm', ['run', '--silent', 'build:native'])) {
  explain()
  process.exit(1)
}
if (part !== 'native' && !run('npm', ['run', '--silent', 'build:ts'])) process.exit(1)
