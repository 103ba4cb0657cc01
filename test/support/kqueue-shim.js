/** Builds the addon from the sources for macOS, over a kqueue that is made of epoll: see kqueue-shim/. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nativeSources } from '../../scripts/native-sources.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const shim = join(root, 'test/kqueue-shim')
const compiler = process.env.CXX ?? 'g++'

/** The tests of what uses these sources, which run over them too. */
export const SHIM_TESTS = [
  ...['kqueue', 'select', 'select-async', 'poll-async', 'selectors', 'selectors-async', 'selectors-random'],
  // The asynchronous engine.
  ...['readiness', 'operations/accept-async', 'operations/connect-async', 'operations/send-async'],
  // Sends that heed O_NONBLOCK alone.
  ...['operations/send', 'operations/descriptor', 'message-async'],
  // Messages in a loop, where no system call takes several.
  ...['batch', 'batch-waiting', 'batch-async', 'batch-addresses', 'batch-control'],
  // The guide's program for kqueue.
  'docs-needs',
].map((name) => `test/${name}.test.ts`)

/** What a build compiled of native/. @param {'Release' | 'Debug'} build */
const objectsOf = (build) => join(root, `build/${build}/obj.target/berkeley/native`)

/** As the debug build has them: see binding.gyp. */
const SANITIZED = [
  ...['-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined'],
  ...['-fno-sanitize=vptr', '-fno-sanitize-recover=undefined'],
]

const nodeHeaders = [
  process.env.npm_config_nodedir,
  dirname(dirname(process.execPath)),
  join(homedir(), '.cache/node-gyp', process.versions.node),
]
  .map((folder) => join(folder ?? '', 'include/node'))
  .find((folder) => existsSync(join(folder, 'node_api.h')))

/** Whether this machine can build it. */
export const canBuildShim =
  process.platform === 'linux' &&
  process.env.BERKELEY_ADDON === undefined &&
  existsSync(objectsOf('Release')) &&
  nodeHeaders !== undefined &&
  spawnSync(compiler, ['--version']).status === 0

/** @param {string[]} args */
function run(args) {
  const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${compiler} failed: ${stderr}`)
}

/** Changes a file, every one of the places. @param {string} path @param {[from: string, to: string][]} changes */
function change(path, changes) {
  let text = readFileSync(path, 'utf8')
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
    text = text.replace(from, to)
  }
  writeFileSync(path, text)
}

/** A copy of native/ that takes the constants of kqueue, and sends and receives, for those of macOS. @param {string} to */
function copySources(to) {
  cpSync(join(root, 'native'), to, { recursive: true })
  change(join(to, 'generated/select.inc'), [
    ['#ifdef __linux__', '#if 0'],
    ['#ifdef __APPLE__', '#if 1'],
  ])
  change(join(to, 'platform.h'), [['#include "linux/transfer_calls.h"', '#include "darwin/transfer_calls.h"']])
}

/** Whether a source sends or receives by the calls whose forms differ. @param {string} source */
const transfers = (source) =>
  /\b(SendTo|ReceiveFrom|SendMessage|ReceiveMessage)\(/.test(readFileSync(join(root, source), 'utf8'))

/** Whether a source for macOS is over kqueue, or the loop in place of recvmmsg(2). @param {string} source */
const isShimmed = (source) =>
  source.endsWith('/messages.cc') || readFileSync(join(root, source), 'utf8').includes('<sys/event.h>')

/**
 * An addon as on macOS, as far as kqueue and sends go: no epoll, the constants of kqueue, and a send(2) that waits
 * whatever MSG_DONTWAIT says.
 * @param {{ isSanitized?: boolean }} [options] with AddressSanitizer and UndefinedBehaviorSanitizer: needs the debug build
 * @returns {{ readonly addon: string } & Disposable}
 */
export function buildShim({ isSanitized = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'bk-kqueue-'))
  const objects = objectsOf(isSanitized ? 'Debug' : 'Release')
  const native = join(folder, 'native')
  copySources(native)
  const sanitizers = isSanitized ? SANITIZED : []
  const flags = [
    ...['-std=c++17', '-O1', '-fPIC', '-fexceptions', '-Wall', '-Wextra', '-Werror', ...sanitizers],
    ...['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'].map(
      (name) => `-D${name}`,
    ),
    '-DNODE_GYP_MODULE_NAME=berkeley',
    ...['-I', shim, '-I', native, '-isystem', nodeHeaders ?? ''],
    ...['-isystem', join(root, 'node_modules/node-addon-api')],
  ]
  const common = nativeSources('linux').filter((source) => !source.startsWith('native/linux/'))
  // Of the folder of macOS, what can run here; all else stays Linux's.
  const ofMacos = nativeSources('darwin').filter((source) => source.startsWith('native/darwin/') && isShimmed(source))
  const anew = ['native/constants.cc', ...common.filter(transfers)]
  const sources = [...[...anew, ...ofMacos].map((source) => join(folder, source)), join(shim, 'kqueue_over_epoll.cc')]
  const compiled = sources.map((source, index) => {
    const object = join(folder, `${index}.o`)
    run(['-include', 'sys/event.h', ...flags, '-c', source, '-o', object])
    return object
  })
  const replaced = [...anew, ...['epoll', 'kernel_queue', 'messages'].map((name) => `native/linux/${name}.cc`)]
  const kept = nativeSources('linux')
    .filter((source) => !replaced.includes(source))
    .map((source) => join(objects, source.replace(/^native\//, '').replace(/\.cc$/, '.o')))
  const addon = join(folder, 'berkeley.node')
  const wrapped = ['close', 'shutdown', 'sendto', 'sendmsg'].map((name) => `-Wl,--wrap=${name}`)
  run(['-shared', '-Wl,-z,nodelete', ...sanitizers, ...wrapped, '-o', addon, ...kept, ...compiled])
  return {
    addon,
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
