/**
 * Runs the tests on each version of Node that the package is for beside this one, over the addon that this one has
 * built: `npm run test:nodes -- [version]... [argument of vitest]...`, where `24` is a version. All of them take some
 * five minutes each. It ends with a line for each, and fails where a test did.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeFolder, nodeVersions } from './runtimes/nodes.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'bk-nodes-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))

/** @param {string} argument */
const isVersion = (argument) => /^\d+(\.\d+)*$/.test(argument)
const given = process.argv.slice(2)
const asked = given.filter(isVersion)
const chosen = nodeVersions.filter(
  (version) => asked.length === 0 || asked.some((part) => `${version}.`.startsWith(`${part}.`)),
)
if (chosen.length === 0) {
  console.error(`test:nodes: there are ${nodeVersions.join(', ')}`)
  process.exit(1)
}

execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' })

/** Runs vitest; what became of the tests. @param {string} version */
function run(version) {
  console.log(`\n== Node ${version}`)
  const report = join(scratch, `${version}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...given.filter((one) => !isVersion(one))]
  // What tests start by its name is to be this version too.
  const folder = nodeFolder(version)
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }
  const { status } = spawnSync(join(folder, 'node'), args, { cwd: root, stdio: 'inherit', env })
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    const text = `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`
    return {
      isWell: status === 0,
      text: status === 0 || numFailedTests > 0 ? text : `${text}, and ended with ${status}`,
    }
  } catch {
    return { isWell: false, text: `ended with ${status}` }
  }
}

const results = chosen.map((version) => ({ version, ...run(version) }))
console.log()
for (const { version, text } of results) console.log(`Node ${version}: ${text}`)
process.exit(results.every(({ isWell }) => isWell) ? 0 : 1)
