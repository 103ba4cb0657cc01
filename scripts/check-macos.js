/** Compiles every native source for macOS, arm64 and x64, without warnings, on any machine. Links nothing. */
import { targets } from './prebuild/targets.js'
import { compileAll } from './prebuild/zig.js'

const macos = targets.filter(({ platform }) => platform === 'darwin')
await compileAll(macos, { runtime: false })
console.log(`every source compiles for ${macos.map(({ triple }) => triple).join(' and ')}`)
