/**
 * How the addon is compiled: the one list for node-gyp, CMake, the prebuilt binaries and builds from source.
 * `node scripts/native-flags.js defines|flags` prints a part of it, one a line, as both build files ask for it.
 */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const defines = [
  'NAPI_VERSION=9',
  'NODE_ADDON_API_DISABLE_DEPRECATED',
  'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
  // A worker may be ended while it loads the addon: nothing can be thrown then.
  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
]

export const flags = ['-std=c++17', '-Wall', '-Wextra', '-fvisibility=hidden', '-fexceptions']

/** What compilers that are run without a build file are told besides. */
export const releaseFlags = [...flags, '-O2', '-fPIC', ...defines.map((define) => `-D${define}`)]

/**
 * How they link it.
 * @param {string} platform `process.platform`'s name of the system built for
 */
export const linkFlags = (platform) =>
  platform === 'darwin'
    ? // Node has what the addon asks for.
      ['-shared', '-undefined', 'dynamic_lookup']
    : // A worker that loaded the addon may end while its code is still on a thread's stack.
      ['-shared', '-pthread', '-Wl,-z,nodelete']

const parts = new Map([
  ['defines', defines],
  ['flags', flags],
])

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const part = parts.get(process.argv[2] ?? '')
  if (part === undefined) throw new Error(`usage: node scripts/native-flags.js ${[...parts.keys()].join('|')}`)
  console.log(part.join('\n'))
}
