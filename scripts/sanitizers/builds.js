/** What the sanitizers run over: the addon and the library of faults, built for each of them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const compiler = process.env.CXX ?? 'g++'

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (error !== undefined || status !== 0) {
    throw new Error(`${command} ${args.join(' ')}\n${error?.message ?? ''}${stdout}${stderr}`)
  }
}

/** @param {string} name */
const libraryOf = (name) => execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()

/** The folder of the headers of the Node that runs this: its own, or where node-gyp has put them. */
function nodeHeaders() {
  const folders = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
  const cached = join(process.env.HOME ?? '/root', '.cache/node-gyp', process.versions.node)
  const found = [...folders, cached].map((folder) => join(folder ?? '', 'include/node'))
  const headers = found.find((folder) => existsSync(join(folder, 'node_api.h')))
  if (headers === undefined) throw new Error(`no node_api.h in ${found.join(', ')}`)
  return headers
}

const FLAGS = ['-g', '-O1', '-fno-omit-frame-pointer']

/**
 * @typedef {object} Build
 * @property {string} addon
 * @property {string} faulty the library of test/sanitizers/faulty.cc
 * @property {string} preload the sanitizer's own library
 */

/**
 * @param {string} name @param {string[]} flags @param {string} folder
 */
function buildFaulty(name, flags, folder) {
  mkdirSync(folder, { recursive: true })
  const output = join(folder, `${name}.node`)
  const source = join(root, 'test/sanitizers/faulty.cc')
  const general = ['-std=c++17', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror', '-isystem', nodeHeaders()]
  run(compiler, [...general, ...FLAGS, ...flags, '-o', output, source])
  return output
}

/** AddressSanitizer with LeakSanitizer, and UndefinedBehaviorSanitizer: the debug build. @returns {Build} */
export function buildForLeaks() {
  run('npm', ['run', '--silent', 'build:asan'])
  const flags = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']
  return {
    addon: join(root, 'build/Debug/berkeley.node'),
    faulty: buildFaulty('faulty', flags, join(root, 'build/sanitizers')),
    preload: libraryOf('libasan.so'),
  }
}

/** ThreadSanitizer: build-tsan/. @returns {Build} */
export function buildForThreads() {
  const flags = ['-fsanitize=thread']
  // In place of -O3, which would leave less of a stack.
  const options = [`--CDCMAKE_CXX_FLAGS=${[...FLAGS, ...flags].join(' ')}`, '--CDCMAKE_CXX_FLAGS_RELEASE=']
  run('node_modules/.bin/cmake-js', ['compile', '--out', 'build-tsan', ...options])
  return {
    addon: join(root, 'build-tsan/Release/berkeley.node'),
    faulty: buildFaulty('faulty', flags, join(root, 'build-tsan')),
    preload: libraryOf('libtsan.so'),
  }
}

/** The resolver that takes as long as it is told, to be preloaded behind a sanitizer. */
export function buildSlowResolver() {
  const output = join(root, 'build/sanitizers/slow-resolver.so')
  mkdirSync(dirname(output), { recursive: true })
  run(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', output, 'test/fixtures/slow-resolver.c', '-ldl'])
  return output
}
