/**
 * Builds the addon and the TypeScript, and says what is missing where the machine lacks a tool.
 * `node scripts/build.js [native|ts]`; both where nothing is named.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { explainMissing, tools } from './build-tools.js'

const root = fileURLToPath(new URL('../', import.meta.url))

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  return result.error === undefined && result.status === 0
}

function explain() {
  console.error('\nberkeley: the native addon was not built.')
  console.error(explainMissing(Object.values(tools)) || 'The compiler is there; what it said is above.')
}

const part = process.argv[2]
if (part !== 'ts' && !run('npm', ['run', '--silent', 'build:native'])) {
  explain()
  process.exit(1)
}
if (part !== 'native' && !run('npm', ['run', '--silent', 'build:ts'])) process.exit(1)
