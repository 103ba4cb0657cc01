/** What binaries are built for: prebuilds/<name>/berkeley.node each. The loader makes the same names: lib/load.ts. */

/**
 * @typedef {object} Target
 * @property {string} name platform and arch as `process` has them, and on Linux the C library
 * @property {'linux' | 'darwin'} platform
 * @property {'x64' | 'arm64'} arch
 * @property {'gnu' | 'musl'} [libc]
 * @property {string} triple the compiler's name for it, with the oldest system that is served
 */

/** The oldest glibc: Debian 10's and RHEL 8's, which is what Node's own binaries need. */
export const oldestGlibc = '2.28'
/** The oldest macOS: the first one for arm64. */
export const oldestMacos = '11.0'

/** @type {readonly Target[]} */
export const targets = [
  { name: 'linux-x64-gnu', platform: 'linux', arch: 'x64', libc: 'gnu', triple: `x86_64-linux-gnu.${oldestGlibc}` },
  {
    name: 'linux-arm64-gnu',
    platform: 'linux',
    arch: 'arm64',
    libc: 'gnu',
    triple: `aarch64-linux-gnu.${oldestGlibc}`,
  },
  { name: 'linux-x64-musl', platform: 'linux', arch: 'x64', libc: 'musl', triple: 'x86_64-linux-musl' },
  { name: 'linux-arm64-musl', platform: 'linux', arch: 'arm64', libc: 'musl', triple: 'aarch64-linux-musl' },
  { name: 'darwin-arm64', platform: 'darwin', arch: 'arm64', triple: `aarch64-macos.${oldestMacos}` },
  { name: 'darwin-x64', platform: 'darwin', arch: 'x64', triple: `x86_64-macos.${oldestMacos}` },
]

/** The targets of those names; all where none is named. @param {readonly string[]} names */
export function targetsNamed(names) {
  const unknown = names.filter((name) => !targets.some((target) => target.name === name))
  if (unknown.length > 0) {
    throw new Error(`no target ${unknown.join(', ')}; there are ${targets.map(({ name }) => name).join(', ')}`)
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name))
}
