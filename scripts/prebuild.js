/**
 * Builds the binaries that the package carries, prebuilds/<target>/berkeley.node, for all targets on one machine:
 * `node scripts/prebuild.js [target ...]`.
 */
import { readFileSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { targetsNamed } from './prebuild/targets.js'
import { binaryOf, compileAll, linkAll } from './prebuild/zig.js'

const chosen = targetsNamed(process.argv.slice(2))
const start = performance.now()
await compileAll(chosen)
await linkAll(chosen)
console.log(`built in ${((performance.now() - start) / 1000).toFixed(0)} s`)

for (const target of chosen) {
  const file = binaryOf(target)
  const packed = gzipSync(readFileSync(file), { level: 9 }).length
  console.log(`${target.name.padEnd(16)} ${statSync(file).size} bytes, ${packed} packed`)
}
