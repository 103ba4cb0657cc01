/** Builds the addon from the sources for macOS, over a kqueue that is made of epoll: see kqueue-shim/. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nativeSources } from '../../scripts/native-sources.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const shim = join(root, 'test/kqueue-shim')
const compiler = process.env.CXX ?? 'g++'

/** What the release build compiled of native/. */
const objects = join(root, 'build/Release/obj.target/berkeley/native')

const nodeHeaders = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
  .map((folder) => join(folder ?? '', 'include/node'))
  .find((folder) => existsSync(join(folder, 'node_api.h')))

/** Whether this machine can build it. */
export const canBuildShim =
  process.platform === 'linux' &&
  process.env.BERKELEY_ADDON === undefined &&
  existsSync(objects) &&
  nodeHeaders !== undefined &&
  spawnSync(compiler, ['--version']).status === 0

const isLoop = (/** @type {string} */ source) => source.endsWith('/messages.cc')

/** @param {string[]} args */
function run(args) {
  const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${compiler} failed: ${stderr}`)
}

/**
 * An addon as on macOS, as far as kqueue goes: no epoll, and the constants of kqueue.
 * @returns {{ readonly addon: string } & Disposable}
 */
export function buildShim() {
  const folder = mkdtempSync(join(tmpdir(), 'bk-kqueue-'))
  const flags = [
    ...['-std=c++17', '-O1', '-fPIC', '-fexceptions', '-Wall', '-Wextra', '-Werror'],
    ...['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'].map(
      (name) => `-D${name}`,
    ),
    '-DNODE_GYP_MODULE_NAME=berkeley',
    ...['-I', shim, '-I', join(root, 'native'), '-isystem', nodeHeaders ?? ''],
    ...['-isystem', join(root, 'node_modules/node-addon-api')],
  ]
  // The constants of macOS in place of those of Linux.
  mkdirSync(join(folder, 'generated'))
  const constants = readFileSync(join(root, 'native/generated/select.inc'), 'utf8')
  const swapped = constants.replace('#ifdef __linux__', '#if 0').replace('#ifdef __APPLE__', '#if 1')
  writeFileSync(join(folder, 'generated/select.inc'), swapped)
  writeFileSync(join(folder, 'constants.cc'), readFileSync(join(root, 'native/constants.cc')))
  // Of the folder of macOS, what is over kqueue, and the loop in place of recvmmsg(2); all else stays Linux's.
  const ofMacos = nativeSources('darwin')
    .filter((source) => source.startsWith('native/darwin/'))
    .filter((source) => isLoop(source) || readFileSync(join(root, source), 'utf8').includes('<sys/event.h>'))
    .map((source) => join(root, source))
  const sources = [join(folder, 'constants.cc'), join(shim, 'kqueue_over_epoll.cc'), ...ofMacos]
  const compiled = sources.map((source) => {
    const object = join(folder, `${basename(source)}.o`)
    run(['-include', 'sys/event.h', ...flags, '-c', source, '-o', object])
    return object
  })
  const replaced = ['constants.o', 'linux/epoll.o', 'linux/kernel_queue.o', 'linux/messages.o']
  const kept = nativeSources('linux')
    .map((source) => source.replace(/^native\//, '').replace(/\.cc$/, '.o'))
    .filter((object) => !replaced.includes(object))
    .map((object) => join(objects, object))
  const addon = join(folder, 'berkeley.node')
  run(['-shared', '-Wl,-z,nodelete', '-Wl,--wrap=close,--wrap=shutdown', '-o', addon, ...kept, ...compiled])
  return {
    addon,
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
