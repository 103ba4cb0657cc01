/**
 * The linker for macOS: LLVM's. Zig's takes hidden symbols for ones that others may use, so that it shows them all and
 * keeps what nothing calls: binaries of more than twice the size. It has no libraries of its own, and takes Zig's stubs.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { EXPORTED } from './inspect-common.js'
import { oldestMacos } from './targets.js'

/** @import { Target } from './targets.js' */

/** The oldest version that was found to be right: 14 loses on arm64 what exceptions need. */
const OLDEST = 19
const PACKAGE = `lld-${OLDEST}`

/** @param {string} command */
function versionOf(command) {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return Number(/LLD (\d+)\./.exec(stdout ?? '')?.[1] ?? 0)
}

const found = () => [`ld64.${PACKAGE}`, 'ld64.lld'].find((command) => versionOf(command) >= OLDEST)

/** Installs it where it is missing: as root, by apt-get. */
export function installLinker() {
  if (process.platform !== 'linux' || found() !== undefined) return
  const apt = (/** @type {string[]} */ ...args) => execFileSync('apt-get', ['-qq', ...args], { stdio: 'inherit' })
  apt('update')
  apt('install', '-y', PACKAGE)
}

/**
 * Links a binary for macOS, with an ad-hoc signature.
 * @param {Target} target
 * @param {readonly string[]} objects
 * @param {string} output its name gets into the signature
 * @param {string} libraries Zig's
 * @returns {Promise<void>}
 * @throws {Error} (rejects) where there is no linker, or with what it said
 */
export function linkForMacos(target, objects, output, libraries) {
  const linker = found()
  if (linker === undefined) {
    throw new Error(`Linking for macOS takes LLVM's linker, ${OLDEST} or later: apt-get install ${PACKAGE}`)
  }
  const args = [
    ...[
      '-arch',
      target.arch === 'x64' ? 'x86_64' : target.arch,
      '-platform_version',
      'macos',
      oldestMacos,
      oldestMacos,
    ],
    // Node has what the addon asks for.
    ...['-dylib', '-undefined', 'dynamic_lookup', '-install_name', '@rpath/berkeley.node', '-adhoc_codesign'],
    ...EXPORTED.flatMap((name) => ['-exported_symbol', `_${name}`]),
    ...['-dead_strip', '-S', '-x', '-fatal_warnings', '-o', output],
    ...[...objects, join(libraries, `libc/darwin/libSystem.${parseInt(oldestMacos, 10)}.tbd`)],
  ]
  return new Promise((resolve, reject) => {
    execFile(linker, args, (error) => (error ? reject(error) : resolve()))
  })
}
