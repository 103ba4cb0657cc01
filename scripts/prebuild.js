/**
 * Builds the binaries that the package carries, prebuilds/<target>/berkeley.node, for all targets on one machine, checks
 * each, and loads those that can be loaded here: `node scripts/prebuild.js [options] [target ...]`.
 *   --check     builds nothing, and takes the binaries that are there
 *   --install   installs by apt-get what linking those for macOS, and loading those for arm64, takes
 * `npm run prebuilds`: npm would run a script of the name `prebuild` before each `build`.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { inspect } from './prebuild/inspect.js'
import { installLinker } from './prebuild/lld.js'
import { installEmulation, load } from './prebuild/load.js'
import { targetsNamed } from './prebuild/targets.js'
import { binaryOf, compileAll, linkAll } from './prebuild/zig.js'

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, install: { type: 'boolean' } },
  allowPositionals: true,
})
const chosen = targetsNamed(positionals)
if (values.install) {
  installEmulation()
  if (chosen.some(({ platform }) => platform === 'darwin')) installLinker()
}
if (!values.check) {
  const start = performance.now()
  await compileAll(chosen)
  await linkAll(chosen)
  console.log(`built in ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

let failed = 0
for (const target of chosen) {
  const file = binaryOf(target)
  const bytes = readFileSync(file)
  const problems = inspect(bytes, target)
  let loaded = ''
  try {
    if (problems.length === 0) loaded = await load(target, file)
  } catch (error) {
    problems.push(`does not load: ${/** @type {Error} */ (error).message}`)
  }
  const size = `${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} packed`
  console.log(`${target.name.padEnd(16)} ${size}; ${problems.length === 0 ? loaded : 'WRONG'}`)
  for (const problem of problems) console.error(`  ${target.name} ${problem}`)
  failed += problems.length
}
process.exitCode = failed === 0 ? 0 : 1
